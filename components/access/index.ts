// Access: grants, the identities behind them, and the ledger that removes what is no longer granted.
export { ADMIN_PATH, administratorSecret } from "./administrator";
export { type Claim, type ClaimArgs, Grant, type PublishArgs } from "./grant";
export { Consumer, type ConsumerArgs } from "./consumer";
export { type Identity, identityPrefix, type IdentityPrefix, password } from "./identity";
export type { AccessContext, Issued, Issuer, SecretData } from "./issuer";
export { type Provision, Provisioner } from "./provisioner";
export { externalGrants, type ExternalService } from "./external";
export { CA_BUNDLE_KEY, publishTrust, trustMounts } from "./trust";
