// Stores: where the tracking server keeps runs, users and files, in the forms that MLflow takes it.
import { isIP } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { SecretData } from "../access";
import { S3Connection } from "../object-store";
import { SqlConnection } from "../sql-database";

/** Variables that hold a key of the claimed Secrets, under the name of that key. */
export const DATABASE_VARIABLES = ["MLFLOW_BACKEND_STORE_URI"];
export const ARTIFACT_VARIABLES = [
  "MLFLOW_ARTIFACTS_DESTINATION",
  "MLFLOW_S3_ENDPOINT_URL",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_DEFAULT_REGION",
];

/** The key of the file that says how users are told apart and where they are kept. */
export const USERS_FILE = "auth.ini";

/** Where private authorities that vouch for the stores are mounted. */
export const DATABASE_CA_FILE = "/etc/database-ca/ca.crt";
export const ARTIFACTS_CA_FILE = "/etc/artifacts-ca/ca.crt";

/** Of the image's Debian: the authorities that everybody trusts. */
const PUBLIC_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

/**
 * Seconds that a password, once checked, is taken as right: checking one costs a tenth of a second of a processor by
 * design, and every request has to be checked, several times. A sweep waits as long before it is done.
 */
export const AUTH_CACHE_SECONDS = 10;

/** Runs and users share a schema: their tables, and the tables that count their migrations, have other names. */
export function databaseData(connection: SqlConnection): SecretData {
  const url = databaseUrl(connection);
  return { MLFLOW_BACKEND_STORE_URI: url, [USERS_FILE]: url.apply(usersFile) };
}

function databaseUrl({ host, port, schema, user, password, tls }: SqlConnection): pulumi.Output<string> {
  const authorities = tls?.caBundle === undefined ? PUBLIC_AUTHORITIES : DATABASE_CA_FILE;
  const encryption = tls === undefined ? "" : `?ssl_ca=${authorities}`;
  return pulumi.all([host, user, password]).apply(([name, ...credential]) => {
    const address = isIP(name) === 6 ? `[${name}]` : name;
    const login = credential.map(encodeURIComponent).join(":");
    return `mysql+pymysql://${login}@${address}:${port}/${encodeURIComponent(schema)}${encryption}`;
  });
}

/** Without an explicit grant nobody may do anything, to nothing. In this format a percent sign is written twice. */
function usersFile(url: string): string {
  const lines = [
    "[mlflow]",
    `database_uri = ${url.replaceAll("%", "%%")}`,
    "default_permission = NO_PERMISSIONS",
    "grant_default_workspace_access = false",
    "authorization_function = authorization:authorize",
    `auth_cache_ttl_seconds = ${AUTH_CACHE_SECONDS}`,
  ];
  return `${lines.join("\n")}\n`;
}

export function artifactsData({ url, region, bucket, prefix, ...credential }: S3Connection): SecretData {
  return {
    MLFLOW_ARTIFACTS_DESTINATION: `s3://${[bucket, prefix].filter((part) => part !== "").join("/")}`,
    MLFLOW_S3_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: credential.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credential.secretAccessKey,
    AWS_DEFAULT_REGION: region,
  };
}

/** Tells the S3 client whom to trust, where that is not everybody's choice. */
export function artifactTrust({ caBundle }: S3Connection): Record<string, string> {
  return caBundle === undefined ? {} : { AWS_CA_BUNDLE: ARTIFACTS_CA_FILE };
}
