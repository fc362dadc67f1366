// SQL database: the interface and its two implementations.
export { ExternalSqlDatabase, type ExternalSqlDatabaseArgs, type SqlCredential } from "./external";
export { MySql, type MySqlArgs } from "./mysql";
export type { SchemaAccess, SqlConnection, SqlDatabase, TlsTrust } from "./sql-database";
