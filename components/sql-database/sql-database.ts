// SqlDatabase: a MySQL service. Two implementations: a server in the cluster (mysql.ts), or one that is
// there already (external.ts). Consumers can't tell which.
import * as pulumi from "@pulumi/pulumi";
import { Grant, SecretData } from "../access";
import { Endpoint } from "../network";

export interface SqlDatabase {
  readonly endpoint: Endpoint;
  /** Name of the Secret with the administrator's credential; an external database's is nobody's business here. */
  readonly adminSecretName: pulumi.Output<string> | undefined;
  /** Access for one consumer to one schema, which is made when it is not there. */
  grant(consumer: string, access: SchemaAccess): Grant<SqlConnection>;
  /** Ends the granting; what is no longer granted is revoked. Called once, when the program is complete. */
  seal(): void;
}

export interface SchemaAccess {
  /** Name of the schema, which MySQL also calls database. */
  schema: string;
}

/** Everything a MySQL client needs. */
export interface SqlConnection {
  readonly host: pulumi.Input<string>;
  readonly port: number;
  readonly schema: string;
  readonly user: pulumi.Input<string>;
  /** Secret. */
  readonly password: pulumi.Input<string>;
  /** Whether the connection is encrypted, and whom it trusts then. */
  readonly tls: TlsTrust | undefined;
}

/** The certificates that a client trusts. */
export interface TlsTrust {
  /** PEM text of private authorities. @default the client's own */
  readonly caBundle?: string;
}

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
