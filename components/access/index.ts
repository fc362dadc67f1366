// Access: grants, the identities behind them, and the ledger that removes what is no longer granted.
export { ADMIN_PATH, administratorSecret } from "./administrator";
export {
  type Claim,
  type Claimable,
  type ClaimArgs,
  type FormedClaimArgs,
  Grant,
  type GrantArgs,
  type PublishArgs,
} from "./grant";
export { PublishedGrant, type PublishedGrantArgs } from "./published";
export { Consumer, type ConsumerArgs, type Published } from "./consumer";
export { type Identity, identityPrefix, type IdentityPrefix, password } from "./identity";
export type { AccessContext, Issued, Issuer, SecretData } from "./issuer";
export { type Provision, Provisioner } from "./provisioner";
export { externalGrants, type ExternalService } from "./external";
export { CA_BUNDLE_KEY, publishTrust, trustMounts } from "./trust";
