// External services: their administrators make one credential for each consumer, the stack's config holds
// it as secrets. Grants then only carry it to where it is used; nothing is made or revoked at the service.
import * as pulumi from "@pulumi/pulumi";
import { AddressEndpoint } from "../network";
import { Grant } from "./grant";
import { SecretData } from "./issuer";
import { GrantRoll } from "./roll";

/** A service outside the cluster, with the credentials that its administrator made. */
export interface ExternalService<Credential, Connection> {
  /** Short name of the service; also its key in the stack's config: `minio`. */
  service: string;
  /** Where it is. */
  endpoint: AddressEndpoint;
  /** One credential for each consumer, by the consumer's name. */
  credentials: Readonly<Record<string, Credential>>;
  /** The usual content of a connection Secret for this service. */
  connectionData: (connection: Connection) => SecretData;
}

/** There is one generation at a time: the service's administrator rotates, the config follows. */
const GENERATIONS = ["external"];

/** Makes Grants out of given credentials. */
export function externalGrants<Credential, Connection>(
  args: ExternalService<Credential, Connection>,
  opts: { parent: pulumi.Resource },
): {
  grant(consumer: string, connection: (credential: Credential) => Connection): Grant<Connection>;
  seal(): void;
} {
  const { service, endpoint, credentials, connectionData } = args;
  const roll = new GrantRoll(service);
  return {
    grant(consumer, connection) {
      const credential = Object.hasOwn(credentials, consumer) ? credentials[consumer] : undefined;
      if (credential === undefined) {
        throw new pulumi.RunError(
          `There is no credential of "${consumer}" for the external service ${service}. ` +
            `Set ${service}.external.credentials.${consumer} in the stack's config, as a secret.`,
        );
      }
      const issue = () => ({ connection: connection(credential), ready: [] });
      // Of what is behind an address nothing else is known.
      const issuer = { service, endpoint, storage: endpoint.host, connectionData, issue };
      const grant = new Grant(`${service}-${consumer}`, { consumer, generations: GENERATIONS, issuer }, opts);
      roll.add(grant);
      return grant;
    },
    seal() {
      roll.close();
    },
  };
}
