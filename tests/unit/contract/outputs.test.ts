// The outputs of real stacks against the shape: all that they say is in it, all that is in it is said by some stack, and
// none of it is secret.
import * as assert from "node:assert/strict";
import Ajv2020 from "ajv/dist/2020";
import { page } from "../../../tools/contract/page";
import { contractFolder, currentSchema, schemaText } from "../../../tools/contract/schema";
import { objectsOf } from "../../../tools/graph/objects";
import {
  isPlainObject,
  type Plain,
  objectsIn,
  type PlainObject,
  strings,
  text,
} from "../../../tools/graph/values";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { targetNames } from "../../support/fixtures";
import { findLeaks } from "../../support/leaks";
import type { TestGraph } from "../../support/program";
import { at, SECRET } from "../../support/services";
import { stack, stackNames } from "../../support/stacks";
import { both, platform, sharedOnly } from "../stacks/setup";
import { all } from "./setup";

const ajv = new Ajv2020({ allErrors: true });
const lenient = ajv.compile(currentSchema());
/** The same schema, for which a field that it does not name is a mistake. */
const strict = ajv.compile(closed(currentSchema()) as PlainObject);

function closed(schema: Plain): Plain {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isPlainObject(schema)) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in inner && inner.type === "object" ? { ...inner, additionalProperties: false } : inner;
}

/** Paths of all fields, with `<name>` for the names in maps; those of the schema itself, or of a value. */
function paths(schema: PlainObject, value?: Plain, path = ""): string[] {
  const given = value === undefined ? undefined : isPlainObject(value) ? value : {};
  const fields = Object.entries((schema.properties ?? {}) as Record<string, PlainObject>).flatMap(
    ([name, inner]) => (given && !(name in given) ? [] : paths(inner, given?.[name], `${path}.${name}`)),
  );
  const { additionalProperties: entries } = schema;
  const held = given === undefined ? [undefined] : Object.values(given);
  const named = isPlainObject(entries) ? held.flatMap((one) => paths(entries, one, `${path}.<name>`)) : [];
  return [path, ...fields, ...named];
}

/** Credentials that the config has, as the administrators of the services gave them. */
const given = {
  minio: { accessKeyId: "an-access-key", secretAccessKey: "its-secret-key" },
  mysql: { user: "a-given-user", password: "its-given-password" },
};

/** Services that are there already, which private authorities vouch for. */
const external = {
  ...sharedOnly,
  modelRegistry: { enabled: false },
  caBundle: readFileSync(join(__dirname, "../fixtures/ca.pem"), "utf8"),
  minio: {
    external: {
      url: "https://s3.example.com",
      credentials: { iris: given.minio },
    },
  },
  mysql: { external: { host: "mysql.example.com", credentials: { iris: given.mysql } } },
  consumers: { iris: both },
};

/** Services that pods of the stack answer: where clients connect to, and where in the outputs that is said. */
function inCluster(value: Plain, path = ""): { path: string; host: string; port: number }[] {
  if (!isPlainObject(value)) return [];
  const own =
    at(value, "endpoint", "kind") === "pods"
      ? [{ path, host: text(value.host), port: Number(value.port) }]
      : [];
  const inner = Object.entries(value).flatMap(([name, one]) =>
    inCluster(one, path === "" ? name : `${path}.${name}`),
  );
  return [...own, ...inner];
}

describe("the outputs of a stack", () => {
  const graphs: TestGraph[] = [];
  let outside: TestGraph;
  before(async () => {
    const everything = {
      minio: { consoleHost: "console.example.com" },
      tracking: { host: "mlflow.example.com" },
      consumers: { iris: all, shop: { ...both, schema: "shop" } },
      generations: { iris: ["2", "1"] },
    };
    outside = await platform("minikube", external);
    const registry = { modelRegistry: { host: "registry.example.com" } };
    for (const target of targetNames)
      graphs.push(await platform(target, { ...everything, ...(target === "minikube" ? registry : {}) }));
  });

  const valid = (check: typeof strict, outputs: PlainObject): void => {
    const isValid = check(outputs);
    assert.ok(isValid, ajv.errorsText(check.errors));
  };

  for (const name of stackNames)
    it(`have the shape of the contract in ${name}, and nothing besides`, async () => {
      const { graph } = await stack(name);
      valid(strict, graph.outputs);
      assert.deepEqual(graph.secretOutputs, []);
    });

  it("have it with everything that can be turned on, too", () => {
    for (const { outputs } of [...graphs, outside]) valid(strict, outputs);
  });

  it("may have more one day, which is no mistake", () => {
    for (const { outputs } of graphs) valid(lenient, { ...outputs, news: "http://news" });
  });

  it("have every field of the contract in one stack or another", async () => {
    const schema = currentSchema();
    const prod = await stack("prod");
    const dev = await stack("dev");
    const said = new Set(
      [...graphs, outside, prod.graph, dev.graph].flatMap(({ outputs }) => paths(schema, outputs)),
    );
    assert.deepEqual(
      paths(schema).filter((path) => !said.has(path)),
      [],
    );
  });

  it("hold no secret, neither marked as one nor by its value", () => {
    for (const { outputs, secretOutputs, graph } of graphs) {
      assert.deepEqual(secretOutputs, []);
      const secrets = graph.generatedSecrets.map(({ value }) => value);
      assert.ok(secrets.length > 10);
      for (const { path, text } of strings(outputs))
        assert.ok(!secrets.some((secret) => text.includes(secret)), path);
    }
  });

  it("hold nothing of the credentials that the config has", () => {
    const credentials = Object.values(given).flatMap((credential) => Object.values(credential));
    const inSecrets = outside.all(SECRET).flatMap(({ inputs }) => [...strings(inputs.stringData)]);
    for (const credential of credentials)
      assert.ok(
        inSecrets.some(({ text: told }) => told === credential),
        `nobody is told ${credential}, so it leaks nowhere`,
      );

    assert.deepEqual(outside.secretOutputs, []);
    assert.deepEqual(findLeaks(outside.graph, credentials), []);
  });

  it("name ports that clients can connect to: those of the Services", async () => {
    const whole = await Promise.all(stackNames.map(async (name) => (await stack(name)).graph));
    const checked = new Set<string>();
    for (const graph of [...graphs.map((one) => one.graph), ...whole]) {
      const services = objectsOf(graph).filter(({ manifest }) => manifest.kind === "Service");
      for (const { path, host, port } of inCluster(graph.outputs)) {
        const service = services.find(
          ({ manifest, namespace }) => `${manifest.metadata.name}.${namespace}.svc.cluster.local` === host,
        );
        // What an operator makes is not among the stack's own objects.
        if (["modelRegistry", "workloads.triton"].includes(path) && service === undefined) continue;
        const ports = objectsIn(at(service?.manifest.spec, "ports")).map((one) => one.port);
        assert.ok(ports.includes(port), `${path}: ${host}:${port} is not among ${JSON.stringify(ports)}`);
        checked.add(path);
      }
    }
    for (const path of [
      "objectStore",
      "database",
      "documentDatabase",
      "modelRegistry",
      "tracking",
      "workloads.iris-api",
    ])
      assert.ok(checked.has(path), `no stack has ${path}`);
  });

  it("name only Secrets, ConfigMaps, namespaces and buckets that the stack makes", () => {
    for (const { outputs, objects, graph } of graphs) {
      const made = new Set(objects.map(({ manifest }) => `${manifest.kind} ${manifest.metadata.name}`));
      const jobs = graph.resources.map(({ name }) => name);
      for (const { path, text } of strings(outputs)) {
        if (path.endsWith("ecretName")) assert.ok(made.has(`Secret ${text}`), `${path}: ${text}`);
        if (path.startsWith("namespaces")) assert.ok(made.has(`Namespace ${text}`), `${path}: ${text}`);
        if (path.startsWith("objectStore.buckets"))
          assert.ok(jobs.includes(`minio-bucket-${text}`), `${path}: ${text}`);
      }
    }
  });

  it("forward the ports of Services that there are", () => {
    for (const { outputs, objects } of graphs) {
      const commands = Object.values(outputs.portForward as Record<string, string>);
      assert.ok(commands.length >= 8);
      for (const command of commands) {
        const [, namespace, service, port] =
          /^kubectl port-forward --namespace (\S+) service\/(\S+) (\d+):\3$/.exec(command) ?? [];
        const found = objects.find(
          (object) =>
            object.manifest.kind === "Service" &&
            object.namespace === namespace &&
            object.manifest.metadata.name === service,
        );
        // What an operator makes is not among the stack's own objects.
        if (service === "model-registry" && found === undefined) continue;
        const ports = (found?.manifest.spec as { ports: { port: number }[] } | undefined)?.ports;
        assert.ok(
          ports?.some((one) => String(one.port) === port),
          command,
        );
      }
    }
  });
});

describe("the JSON Schema and the page of the contract", () => {
  it("are what `npm run --silent docs` writes", () => {
    const schema = currentSchema();
    const file = (name: string) => readFileSync(join(contractFolder, name), "utf8");
    assert.equal(file("contract.schema.json"), schemaText(schema));
    assert.equal(file("../../docs/contract.md"), page(schema));
  });

  it("name every field", () => {
    const text = page(currentSchema());
    for (const path of paths(currentSchema()))
      if (path !== "" && !path.endsWith(".<name>")) assert.ok(text.includes(`\`${path.slice(1)}\``), path);
  });
});
