// Document database: MongoDB: the interface, and the server in the cluster.
export {
  type DocumentAccess,
  type DocumentConnection,
  type DocumentDatabase,
  documentData,
  documentUrl,
} from "./document-database";
export { MongoDb, type MongoDbArgs } from "./mongodb";
