// A stand-in for `mongod`, since no package registry has one: it speaks the wire protocol to real clients, and does
// what MongoDB's manual says of logins, users, roles and operations. What it can't show is in docs/security.md.
//
// Documents are in memory, unless the variable ENGINE names the program that is to keep them.
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { parseArgs } from "node:util";
import { Commands, type Connection } from "./commands";
import { Engine } from "./engine";
import { Users } from "./users";
import { serve } from "./wire";

const { values: options } = parseArgs({
  options: {
    dbpath: { type: "string", default: "/data/db" },
    port: { type: "string", default: "27017" },
    bind_ip: { type: "string", default: "127.0.0.1" },
    bind_ip_all: { type: "boolean", default: false },
    auth: { type: "boolean", default: false },
    // Whoever is on the same machine may make the first user otherwise; here nobody may.
    setParameter: { type: "string" },
    nounixsocket: { type: "boolean" },
    wiredTigerCacheSizeGB: { type: "string" },
  },
});
const address = options.bind_ip_all ? "::" : options.bind_ip;

// Like the real one, it needs a directory that is there, and leaves this file in it.
const [kept, marker] = ["users.json", "storage.bson"].map((file) => path.join(options.dbpath, file)) as [
  string,
  string,
];
fs.writeFileSync(marker, "");
const users = fs.existsSync(kept) ? Users.from(fs.readFileSync(kept, "utf8")) : new Users();
const commands = new Commands(users, { auth: options.auth, journal: keep });

/** Under another name first: whenever it ends, what is there is whole. */
function keep(): void {
  fs.writeFileSync(`${kept}.new`, users.toString(), { flush: true });
  fs.renameSync(`${kept}.new`, kept);
}

async function run(): Promise<void> {
  const program = process.env.ENGINE;
  const engine =
    program === undefined ? undefined : await Engine.start(program, path.join(options.dbpath, "documents"));
  const server = net.createServer((socket) => {
    const link = engine?.link();
    const connection: Connection = link === undefined ? {} : { engine: link };
    socket.once("close", () => link?.cut());
    serve(socket, (command, message) => commands.answer(command, connection, message));
  });
  server.once("error", (error) => {
    console.error(error.message);
    process.exit(48);
  });
  server.listen(Number(options.port), address, () => console.log("Waiting for connections"));
  // Everything is on the disk after an orderly end; after a crash, what clients asked to have in the journal.
  process.once("SIGTERM", () => {
    keep();
    void (engine?.stop() ?? Promise.resolve()).then(() => process.exit(0));
  });
}

void run();
