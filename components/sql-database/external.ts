// ExternalSqlDatabase: a MySQL service that is there already, with its schemas, and with a user for each
// consumer that its administrator made.
import * as pulumi from "@pulumi/pulumi";
import { externalGrants, Grant } from "../access";
import { AddressEndpoint } from "../network";
import { SchemaAccess, SqlConnection, sqlData, SqlDatabase, TlsTrust } from "./sql-database";

export interface ExternalSqlDatabaseArgs {
  host: string;
  port: number;
  /** Encrypted connections, and the authorities they trust. @default not encrypted */
  tls?: TlsTrust;
  /** Address ranges of the service, in CIDR notation: what consumers may connect to. */
  cidrs: readonly string[];
  /** One user for each consumer, by the consumer's name. */
  credentials: Readonly<Record<string, SqlCredential>>;
}

export interface SqlCredential {
  user: pulumi.Output<string>;
  password: pulumi.Output<string>;
}

export class ExternalSqlDatabase extends pulumi.ComponentResource implements SqlDatabase {
  readonly endpoint: AddressEndpoint;
  readonly adminSecretName = undefined;
  private readonly grants;

  constructor(
    component: string,
    private readonly args: ExternalSqlDatabaseArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:sql-database:ExternalSqlDatabase", component, {}, opts);
    const { host, port, cidrs, credentials } = args;
    this.endpoint = { kind: "addresses", name: component, cidrs, port, host: pulumi.output(host) };
    this.grants = externalGrants<SqlCredential, SqlConnection>(
      { service: component, endpoint: this.endpoint, credentials, connectionData: sqlData },
      { parent: this },
    );
    this.registerOutputs({ host });
  }

  grant(consumer: string, { schema }: SchemaAccess): Grant<SqlConnection> {
    const { host, port, tls } = this.args;
    return this.grants.grant(consumer, (credential) => ({ host, port, schema, tls, ...credential }));
  }

  seal(): void {
    this.grants.seal();
  }
}
