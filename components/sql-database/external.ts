// ExternalSqlDatabase: a MySQL service that is there already, with its schemas, and with a user for each
// consumer that its administrator made.
import * as pulumi from "@pulumi/pulumi";
import { externalGrants, Grant } from "../access";
import { AddressEndpoint } from "../network";
import { SchemaAccess, SqlConnection, sqlData, SqlDatabase, TlsTrust } from "./sql-database";

export interface ExternalSqlDatabaseArgs {
  /** DNS name or address of the server. */
  host: string;
  /** Port that it listens on. */
  port: number;
  /** Encrypted connections, and the authorities they trust. @default not encrypted */
  tls?: TlsTrust;
  /** Address ranges of the service, in CIDR notation: what consumers may connect to. */
  cidrs: readonly string[];
  /** One user for each consumer, by the consumer's name. */
  credentials: Readonly<Record<string, SqlCredential>>;
}

/** A user of an external database, as its administrator made it. */
export interface SqlCredential {
  /** Name of the user. */
  user: pulumi.Output<string>;
  /** Its password. */
  password: pulumi.Output<string>;
}

/**
 * @example
 * const database = new ExternalSqlDatabase("mysql", {
 *   host: "mysql.example.com",
 *   port: 3306,
 *   tls: {},
 *   cidrs: ["203.0.113.0/24"],
 *   credentials: { mlflow: { user: config.requireSecret("user"), password: config.requireSecret("password") } },
 * });
 */
export class ExternalSqlDatabase extends pulumi.ComponentResource implements SqlDatabase {
  readonly endpoint: AddressEndpoint;
  readonly encrypted: boolean;
  readonly adminSecretName = undefined;
  private readonly grants;

  constructor(
    component: string,
    private readonly args: ExternalSqlDatabaseArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:sql-database:ExternalSqlDatabase", component, {}, opts);
    const { host, port, cidrs, credentials } = args;
    this.encrypted = args.tls !== undefined;
    this.endpoint = { kind: "addresses", name: component, cidrs, port, host: pulumi.output(host) };
    this.grants = externalGrants<SqlCredential, SqlConnection>(
      { service: component, endpoint: this.endpoint, credentials, connectionData: sqlData },
      { parent: this },
    );
    this.registerOutputs({ host });
  }

  grant(consumer: string, { schema }: SchemaAccess): Grant<SqlConnection> {
    const { encrypted } = this;
    const { host, port, tls } = this.args;
    return this.grants.grant(consumer, (credential) => ({
      host,
      port,
      schema,
      encrypted,
      tls,
      ...credential,
    }));
  }

  seal(): void {
    this.grants.seal();
  }
}
