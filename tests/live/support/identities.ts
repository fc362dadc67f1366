// Identities: tries what those of a platform may do, each at every server, by the script that knows the server's protocol.
import * as assert from "node:assert/strict";
import * as path from "node:path";
import { objectsIn, text } from "../../../tools/graph/values";
import { scratch } from "../../support/processes";
import { at } from "../../support/services";
import { isNamed, unlistedPlaces, type GrantedIdentity, type Service } from "./grants";
import type { Platform } from "./platform";

/** The programs that run the scripts. */
export interface Clients {
  readonly python: string;
  readonly mongosh: string;
}

/** Of each kind of server: where it listens, and what knows its protocol. */
const SERVERS: Readonly<Record<string, { readonly port: number; readonly client: keyof Clients }>> = {
  "document-database": { port: 27017, client: "mongosh" },
  "object-store": { port: 9000, client: "python" },
  "sql-database": { port: 3306, client: "python" },
  "tracking-server": { port: 5000, client: "python" },
};

/** How an administrator is called where the Secret does not say. */
const ROOT = "root";

/** All that worked, as `identity | action | server: place`. */
export async function tryAll(
  platform: Platform,
  clients: Clients,
  identities: readonly GrantedIdentity[],
): Promise<string[]> {
  const credential = await credentials(platform);
  const given = await Promise.all(
    identities.map(async ({ name, secret: { namespace, stem } }) => ({
      name,
      ...(await credential(namespace, stem)),
    })),
  );
  const worked: string[] = [];
  for (const [client, command] of Object.entries(commands(clients))) {
    const servers: Record<string, object> = {};
    for (const { service, namespace } of servicesOf(identities)) {
      const { kind, name } = service;
      if (SERVERS[kind]?.client !== client) continue;
      servers[name] = {
        kind,
        ...(await whereIs(platform, namespace, SERVERS[kind].port)),
        administrator: await credential(namespace, `${name}-admin`),
        unlisted: unlistedPlaces(identities, service),
      };
    }
    const input = JSON.stringify({ servers, identities: given });
    const { code, stdout, stderr } = await platform.machine.enter(command, { input });
    assert.equal(code, 0, stderr);
    worked.push(...stdout.split("\n").filter((line) => line !== ""));
  }
  return worked;
}

/** Secrets come in on standard input; what mongosh keeps in its home is gone after the run. */
function commands({ python, mongosh }: Clients): Record<keyof Clients, string[]> {
  const script = (file: string): string => path.join(__dirname, file);
  const found = [path.dirname(mongosh), process.env.PATH].join(path.delimiter);
  return {
    python: [python, script("identities.py")],
    mongosh: ["env", `PATH=${found}`, `TMPDIR=${scratch("mongosh")}`, "sh", script("identities.mongo.sh")],
  };
}

/** Each server that made one of the identities, and its namespace. */
function servicesOf(
  identities: readonly GrantedIdentity[],
): Iterable<{ readonly service: Service; readonly namespace: string }> {
  return new Map(
    identities.map(({ service, secret: { namespace } }) => [service.name, { service, namespace }]),
  ).values();
}

/** Reads what Secrets hold, by the names that the program gives them. */
async function credentials(
  platform: Platform,
): Promise<(namespace: string, stem: string) => Promise<{ user: string; password: string | undefined }>> {
  const secrets = await platform.get("secrets", "--all-namespaces");
  return async (namespace, stem) => {
    const found = secrets.filter(
      ({ metadata }) => metadata.namespace === namespace && isNamed(metadata.name, stem),
    );
    assert.equal(found.length, 1, `one Secret ${namespace}/${stem}: ${found.length}`);
    const held = await platform.secret(namespace, found[0]!.metadata.name);
    return { user: held.user ?? held.username ?? ROOT, password: held.password };
  };
}

/** A Service's address, since the node reaches every pod; and the name by which pods know it. */
async function whereIs(
  platform: Platform,
  namespace: string,
  port: number,
): Promise<{ address: string; host: string }> {
  const services = await platform.get("services", `--namespace=${namespace}`);
  const found = services.find((service) =>
    objectsIn(at(service, "spec", "ports")).some((each) => each.port === port),
  );
  assert.ok(found, `a Service in ${namespace} has the port ${port}`);
  return {
    address: `${text(at(found, "spec", "clusterIP"))}:${port}`,
    host: `${found.metadata.name}.${namespace}.svc.cluster.local:${port}`,
  };
}
