// SqlDatabase: a MySQL service. Two implementations: a server in the cluster (mysql.ts), or one that is
// there already (external.ts). Consumers can't tell which.
import * as pulumi from "@pulumi/pulumi";
import { Grant, SecretData } from "../access";
import { Endpoint } from "../network";

export interface SqlDatabase {
  /** Where it listens. */
  readonly endpoint: Endpoint;
  /** Whether connections are encrypted. */
  readonly encrypted: boolean;
  /** Name of the Secret with the administrator's credential; an external database's is nobody's business here. */
  readonly adminSecretName: pulumi.Output<string> | undefined;
  /** Access for one consumer to one schema, which is made when it is not there. */
  grant(consumer: string, access: SchemaAccess): Grant<SqlConnection>;
  /** Ends the granting; what is no longer granted is revoked. Called once, when the program is complete. */
  seal(): void;
}

/** What a consumer is granted of the database. */
export interface SchemaAccess {
  /** Name of the schema, which MySQL also calls database. */
  schema: string;
}

/** Where a schema is: what a MySQL client needs besides its credential. */
export interface SqlLocation {
  /** DNS name or address of the server. */
  readonly host: pulumi.Input<string>;
  /** Port that it listens on. */
  readonly port: pulumi.Input<number>;
  /** The schema that is the user's. */
  readonly schema: pulumi.Input<string>;
  /** Whether connections are encrypted. */
  readonly encrypted: pulumi.Input<boolean>;
}

/** Everything a MySQL client needs. */
export interface SqlConnection extends SqlLocation {
  /** Port that it listens on. */
  readonly port: number;
  /** The schema that is the user's. */
  readonly schema: string;
  /** Name of the user. */
  readonly user: pulumi.Input<string>;
  /** Secret. */
  readonly password: pulumi.Input<string>;
  /** Whom the connection trusts, where it is encrypted. */
  readonly tls: TlsTrust | undefined;
}

/** The certificates that a client trusts. */
export interface TlsTrust {
  /** PEM text of private authorities. @default the client's own */
  readonly caBundle?: string;
}

/** The keys of a connection's Secret, for pods that read it as variables. */
export const SQL_VARIABLES = ["DB_HOST", "DB_PORT", "DB_NAME", "DB_USER", "DB_PASSWORD"];

/** The keys that applications look for. */
export function sqlData(connection: SqlConnection): SecretData {
  return {
    DB_HOST: connection.host,
    DB_PORT: String(connection.port),
    DB_NAME: connection.schema,
    DB_USER: connection.user,
    DB_PASSWORD: connection.password,
  };
}
