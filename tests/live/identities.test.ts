// Who may do what, with credentials: every identity of the stack is tried at every server, on every bucket, schema, experiment and
// model. What works is what the Grants say.
import * as assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { objectsIn, text } from "../../tools/graph/values";
import { renderStack } from "../../tools/render/stack";
import { root } from "../../tools/stack/settings";
import { at } from "../support/services";
import { toolsOrSkip } from "../support/tools";
import { usePlatform, type Platform } from "./support/platform";
import {
  expectedActions,
  foldersOf,
  grantedIdentities,
  isNamed,
  type GrantedIdentity,
  type Service,
} from "./support/grants";

/** Where each kind of server listens, and how its administrator is called where the Secret does not say. */
const PORTS: Readonly<Record<string, number>> = {
  "object-store": 9000,
  "sql-database": 3306,
  "tracking-server": 5000,
};
const ROOT = "root";

describe("who may do what with real servers", function () {
  this.timeout(10 * 60_000);
  const platform = usePlatform();
  let identities: readonly GrantedIdentity[];
  let worked: readonly string[];

  before(async function () {
    const [python = ""] = await toolsOrSkip(this, "python-ml");
    const rendered = await renderStack("dev", platform().machine.home.config);
    // Those of MongoDB are tried in tests/servers alone: its protocol takes another client.
    identities = grantedIdentities(rendered).filter(({ service }) => service.kind in PORTS);
    worked = await tryAll(platform(), python, identities);
  });

  it("is tried on buckets, schemas and experiments, with at least one identity of each server", () => {
    assert.deepEqual(
      [...new Set(identities.map(({ service }) => service.kind))].sort(),
      Object.keys(PORTS).sort(),
    );
  });

  it("is what the Grants say: nobody may do more, and nobody less", () => {
    assert.deepEqual([...worked].sort(), expectedActions(identities));
  });

  it("is more than nothing, and less than everything", () => {
    assert.ok(worked.length > 0);
    const places = new Set(worked.map((line) => line.split(" | ").slice(1).join(" | ")));
    assert.ok(worked.length < places.size * identities.length);
  });
});

async function tryAll(
  platform: Platform,
  python: string,
  identities: readonly GrantedIdentity[],
): Promise<string[]> {
  const secrets = await platform.get("secrets", "--all-namespaces");
  const credential = async (namespace: string, stem: string) => {
    const found = secrets.filter(
      ({ metadata }) => metadata.namespace === namespace && isNamed(metadata.name, stem),
    );
    assert.equal(found.length, 1, `one Secret ${namespace}/${stem}: ${found.length}`);
    const { user = ROOT, password } = await platform.secret(namespace, found[0]!.metadata.name);
    return { user, password };
  };
  const services = new Map<string, { service: Service; namespace: string }>(
    identities.map(({ service, secret }) => [service.name, { service, namespace: secret.namespace }]),
  );
  const servers: Record<string, object> = {};
  for (const { service, namespace } of services.values())
    servers[service.name] = {
      kind: service.kind,
      ...(await whereIs(platform, namespace, PORTS[service.kind]!)),
      administrator: await credential(namespace, `${service.name}-admin`),
      folders: service.kind === "object-store" ? foldersOf(identities) : [],
    };
  const given = await Promise.all(
    identities.map(async ({ name, secret }) => ({
      name,
      ...(await credential(secret.namespace, secret.stem)),
    })),
  );
  const script = readFileSync(path.join(root, "tests/live/support/identities.py"), "utf8");
  const { code, stdout, stderr } = await platform.machine.enter([python, "-c", script], {
    input: JSON.stringify({ servers, identities: given }),
  });
  assert.equal(code, 0, stderr);
  return stdout.trim().split("\n");
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
