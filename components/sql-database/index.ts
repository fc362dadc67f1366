// SQL database: MySQL, in the cluster or outside of it: the interface and its two implementations.
export { ExternalSqlDatabase, type ExternalSqlDatabaseArgs, type SqlCredential } from "./external";
export { MySql, type MySqlArgs } from "./mysql";
export {
  type SchemaAccess,
  SQL_VARIABLES,
  type SqlConnection,
  type SqlDatabase,
  type SqlLocation,
  type TlsTrust,
} from "./sql-database";
