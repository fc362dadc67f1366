// docs/configuration.md: it is what the schema says, and its commands work.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseConfig } from "../../stacks/config";
import { docsOf, keysOf, schemaAt } from "../../stacks/config/field";
import { configSchema } from "../../stacks/config/schema";
import { EncryptedValue } from "../../stacks/config/secret";
import { sections, type Field } from "../../tools/config-docs/fields";
import { page } from "../../tools/config-docs/page";

const schema = configSchema("minikube");
const file = readFileSync(join(__dirname, "../../docs/configuration.md"), "utf8");
const certificate = readFileSync(join(__dirname, "fixtures/ca.pem"), "utf8");
const fields = sections().flatMap((section) => section.fields);

/** What the example's command would store. */
function stored({ example }: Field): unknown {
  if (example.secret) return new EncryptedValue();
  return example.file === "corporate-ca.pem" ? certificate : example.value;
}

/** The configuration that results when the commands of all these fields are run. */
function runAll(chosen: readonly Field[], start: Record<string, unknown>): unknown {
  const text = (value: unknown, path: readonly PropertyKey[], leaf: unknown): unknown => {
    const [key, ...rest] = path;
    if (key === undefined) return leaf;
    if (typeof key === "number") return [text(undefined, rest, leaf)];
    const map = (value ?? {}) as Record<PropertyKey, unknown>;
    return { ...map, [key]: text(map[key], rest, leaf) };
  };
  return chosen.reduce<unknown>((values, field) => text(values, field.example.path, stored(field)), start);
}

describe("docs/configuration.md", () => {
  it("is what `npm run --silent docs` writes", () => {
    assert.equal(file, page(), "docs/configuration.md is out of date: run `npm run --silent docs`");
  });

  it("has a section for every top-level key", () => {
    for (const key of keysOf(schema)) assert.ok(file.includes(`\n## ${key}\n`), key);
  });

  it("says of every key what it means and what is allowed", () => {
    for (const field of fields) {
      assert.notEqual(field.description, "", `${field.key} has no description`);
      assert.notEqual(field.allowed, "", `${field.key} does not say what is allowed`);
    }
  });

  it("shows both defaults where the targets differ", () => {
    assert.ok(file.includes("| minikube: `8443`, OpenShift: `6443` |"));
    assert.ok(file.includes("| minikube: `selfSigned`, OpenShift: `cluster` |"));
  });

  for (const field of fields) {
    it(`has an example for ${field.key} that the schema accepts`, () => {
      const own = schemaAt(schema, field.example.path);
      assert.ok(own, "the example's path leads nowhere");
      const value = stored(field);
      assert.notEqual(value, undefined, "there is no example");
      assert.equal(own.safeParse(value).error, undefined);
      assert.equal(docsOf(own).secret ?? false, field.example.secret);
    });
  }

  it("has examples that go together, for servers in the cluster and for external ones", () => {
    const secretKeys = new Set(["images", "minio", "mysql"]);
    const excluded =
      /^tracking\.enabled$|^(appsDomain|openshiftAi|triton)(\.|$)|^crimePrediction\.nodePort$|^vidp\.images/;
    const unlike = (pattern: RegExp) => fields.filter(({ key }) => !pattern.test(key) && !excluded.test(key));
    const inCluster = runAll(unlike(/\.external|^tls\.(secretName|issuer)/), {});
    const own = (...keys: string[]) => {
      const credential = Object.fromEntries(keys.map((key) => [key, new EncryptedValue()]));
      return { "model-registry": credential, mlflow: credential };
    };
    const external = runAll(unlike(/^(minio|mysql)(?!\.external)|^tls/), {
      minio: { external: { credentials: own("accessKeyId", "secretAccessKey") } },
      mysql: { external: { credentials: own("user", "password") } },
    });
    for (const values of [inCluster, external]) {
      assert.doesNotThrow(() => parseConfig({ values: values as Record<string, unknown>, secretKeys }));
    }
  });
});
