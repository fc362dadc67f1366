// DocumentDatabase: a MongoDB service. Consumers get a user of their own for one database each.
import * as pulumi from "@pulumi/pulumi";
import { Grant, SecretData } from "../access";
import { PodEndpoint } from "../network";

export interface DocumentDatabase {
  /** Where it listens. */
  readonly endpoint: PodEndpoint;
  /** Name of the Secret with the administrator's credential; it stays in the database's namespace. */
  readonly adminSecretName: pulumi.Output<string>;
  /** Access for one consumer to one database, which MongoDB makes when something is first written to it. */
  grant(consumer: string, access: DocumentAccess): Grant<DocumentConnection>;
  /** Ends the granting; what is no longer granted is revoked. Called once, when the program is complete. */
  seal(): void;
}

/** What a consumer is granted of the document database. */
export interface DocumentAccess {
  /** Name of the database: letters, digits, `-` and `_`, and none of the server's own. */
  database: string;
}

/** Everything a MongoDB client needs. */
export interface DocumentConnection {
  /** DNS name of the server. */
  readonly host: pulumi.Input<string>;
  /** Port that it listens on. */
  readonly port: number;
  /** Database that the user reads and writes. */
  readonly database: string;
  /** Name of the user. */
  readonly user: pulumi.Input<string>;
  /** Secret. */
  readonly password: pulumi.Input<string>;
  /** The database that knows the user; it is another one than the user works in. */
  readonly authSource: "admin";
}

/** `mongodb://user:password@host:27017/database?authSource=admin`, with whatever the names contain. Secret. */
export function documentUrl({
  host,
  port,
  database,
  user,
  password,
  authSource,
}: DocumentConnection): pulumi.Output<string> {
  const url = pulumi.all([host, user, password]).apply(([server, ...credential]) => {
    const who = credential.map(encodeURIComponent).join(":");
    return `mongodb://${who}@${server}:${port}/${encodeURIComponent(database)}?authSource=${authSource}`;
  });
  return pulumi.secret(url);
}

/** The keys that applications look for. */
export function documentData(connection: DocumentConnection): SecretData {
  return {
    MONGODB_HOST: connection.host,
    MONGODB_PORT: String(connection.port),
    MONGODB_DATABASE: connection.database,
    MONGODB_USERNAME: connection.user,
    MONGODB_PASSWORD: connection.password,
    MONGODB_URL: documentUrl(connection),
  };
}
