// A stand-in for `mongod`, since no package registry has one: it speaks the wire protocol to real clients, and does
// what MongoDB's manual says of logins, users, roles and operations. What it can't show is in docs/security.md.
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { Commands, type Connection } from "./commands";
import { Users } from "./users";
import { serve } from "./wire";

const { values: options } = parseArgs({
  options: {
    dbpath: { type: "string" },
    port: { type: "string" },
    bind_ip: { type: "string" },
    auth: { type: "boolean", default: false },
    // Whoever is on the same machine may make the first user otherwise; here nobody may.
    setParameter: { type: "string" },
    nounixsocket: { type: "boolean" },
    wiredTigerCacheSizeGB: { type: "string" },
  },
});
const { dbpath = "", port = "27017", bind_ip: address = "127.0.0.1" } = options;

// Like the real one, it needs a directory that is there, and leaves this file in it.
const [kept, marker] = [path.join(dbpath, "users.json"), path.join(dbpath, "storage.bson")];
fs.writeFileSync(marker, "");
const users = fs.existsSync(kept) ? Users.from(fs.readFileSync(kept, "utf8")) : new Users();
const keep = (): void => fs.writeFileSync(kept, users.toString());
const commands = new Commands(users, { auth: options.auth, journal: keep });

const server = net.createServer((socket) => {
  const connection: Connection = {};
  serve(socket, (command) => commands.answer(command, connection));
});
server.once("error", (error) => {
  console.error(error.message);
  process.exit(48);
});
server.listen(Number(port), address, () => console.log("Waiting for connections"));
// Everything is on the disk after an orderly end; after a crash, what clients asked to have in the journal.
process.once("SIGTERM", () => {
  keep();
  process.exit(0);
});
