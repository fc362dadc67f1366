// Judges custom resources by their definitions, as strictly as an API server that was told to refuse what it doesn't
// know: unknown fields, wrong types, missing fields and values outside an enum. The rules in CEL are left to the real
// API server of the end-to-end tests.
//
// Ajv does the judging. What is written here is what Kubernetes adds to OpenAPI's schemas.
import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { parseAllDocuments } from "yaml";
import { isPlainObject, type Plain, type PlainObject, text } from "../../tools/graph/values";
import { run } from "./processes";
import { cannotRun } from "./tools";

const crds = path.resolve(__dirname, "../../tools/control-plane/crds");
const published = path.join(crds, "published");

/** Where the project's own definitions are. */
const own = { minikube: [], openshift: [crds], gitops: [path.join(crds, "gitops")] };

interface Definition {
  readonly scope: Plain;
  readonly plural: string;
  readonly schema: PlainObject;
}

/** What Kubernetes itself knows of every object, as far as programs write it. */
const METADATA: PlainObject = {
  type: "object",
  additionalProperties: false,
  properties: {
    name: { type: "string", minLength: 1 },
    generateName: { type: "string" },
    namespace: { type: "string", minLength: 1 },
    labels: { type: "object", additionalProperties: { type: "string" } },
    annotations: { type: "object", additionalProperties: { type: "string" } },
    finalizers: { type: "array", items: { type: "string" } },
  },
};

export class Definitions {
  private readonly known = new Map<string, Definition>();
  private readonly validators = new Map<string, ValidateFunction>();
  /** Formats are hints to the API server, for which it has a list of its own. */
  private readonly ajv = new Ajv({
    allErrors: true,
    strict: false,
    validateFormats: false,
    unicodeRegExp: false,
    code: { regExp: Object.assign(patternOfGo, { code: "" }) },
  });

  /** The definitions in the text of files, several of them in each or none. */
  constructor(files: readonly string[]) {
    for (const file of files)
      for (const document of parseAllDocuments(file)) this.add(document.toJS() as PlainObject);
  }

  /** What is wrong with the object, each with the path of the field; empty when nothing is. */
  problems(object: PlainObject): string[] {
    const kind = `${text(object.apiVersion)} ${text(object.kind)}`;
    const definition = this.known.get(kind);
    if (definition === undefined) return [`${kind}: nobody knows this kind`];
    let validate = this.validators.get(kind);
    if (validate === undefined) {
      validate = this.ajv.compile(completed(strict(definition.schema)));
      this.validators.set(kind, validate);
    }
    validate(object);
    return [...(validate.errors ?? []).map(sentence), ...scopeProblems(object, definition)];
  }

  /** The kind's name in addresses and rights. */
  pluralOf({ apiVersion, kind }: PlainObject): string | undefined {
    return this.known.get(`${text(apiVersion)} ${text(kind)}`)?.plural;
  }

  private add(crd: PlainObject): void {
    const spec = crd.kind === "CustomResourceDefinition" ? crd.spec : undefined;
    if (!isPlainObject(spec) || !isPlainObject(spec.names) || !Array.isArray(spec.versions)) return;
    for (const version of spec.versions) {
      if (!isPlainObject(version) || !isPlainObject(version.schema)) continue;
      const schema = version.schema.openAPIV3Schema;
      const kind = `${text(spec.group)}/${text(version.name)} ${text(spec.names.kind)}`;
      if (isPlainObject(schema))
        this.known.set(kind, { scope: spec.scope ?? null, plural: text(spec.names.plural), schema });
    }
  }
}

/** What definitions there are for: the two targets, and examples/gitops/. */
export type Cluster = "minikube" | "openshift" | "gitops";

const loaded = new Map<Cluster, Definitions>();

/**
 * The definitions of a cluster's kinds: those that Go modules publish, and the project's own for kinds that none does.
 * Without Go the suite is skipped with a sentence; where every tool can be had (CI=true), that is a failure.
 */
export async function definitionsOrSkip(suite: Mocha.Context, cluster: Cluster): Promise<Definitions> {
  // The modules are fetched once, and what that prints is for whoever waits.
  suite.timeout(10 * 60_000);
  const known = loaded.get(cluster);
  if (known !== undefined) return known;
  const { code, stdout, stderr } = await run(published, [cluster], { live: true });
  if (code !== 0) return cannotRun(suite, stderr);
  const definitions = new Definitions([...own[cluster], ...stdout.trim().split(":")].flatMap(textsIn));
  loaded.set(cluster, definitions);
  return definitions;
}

function textsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => readFileSync(path.join(folder, file), "utf8"));
}

/**
 * The schema as JSON Schema. A field that it does not name is an error, unless it says that such fields are kept; inside
 * of `allOf` and its kin it only adds conditions to what is named outside.
 */
function strict(schema: PlainObject, names = true): PlainObject {
  const {
    properties,
    items,
    additionalProperties,
    nullable,
    "x-kubernetes-preserve-unknown-fields": open,
    "x-kubernetes-int-or-string": intOrString,
    "x-kubernetes-embedded-resource": embedded,
    ...rest
  } = schema;
  const plain: PlainObject = Object.fromEntries(
    Object.entries(rest).filter(([key]) => key !== "default" && !key.startsWith("x-kubernetes-")),
  );
  for (const key of ["allOf", "anyOf", "oneOf"])
    if (Array.isArray(plain[key]))
      plain[key] = plain[key].map((inner) => (isPlainObject(inner) ? strict(inner, false) : inner));
  if (isPlainObject(plain.not)) plain.not = strict(plain.not, false);
  if (intOrString === true) plain.type = ["integer", "string"];
  if (isPlainObject(items)) plain.items = strict(items, names);
  if (isPlainObject(properties)) plain.properties = all(properties, names);
  if (isPlainObject(additionalProperties)) plain.additionalProperties = strict(additionalProperties, names);
  else if (names && open !== true && plain.type === "object" && additionalProperties !== true)
    plain.additionalProperties = false;
  const complete = embedded === true ? completed(plain) : plain;
  return nullable === true ? { anyOf: [{ type: "null" }, complete] } : complete;
}

function all(schemas: PlainObject, names: boolean): PlainObject {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [
      name,
      isPlainObject(schema) ? strict(schema, names) : schema,
    ]),
  );
}

/** With the fields that every object has. */
function completed(schema: PlainObject): PlainObject {
  const properties = isPlainObject(schema.properties) ? schema.properties : {};
  return {
    ...schema,
    type: "object",
    required: [
      "apiVersion",
      "kind",
      "metadata",
      ...(Array.isArray(schema.required) ? schema.required : []),
    ].filter((name, at, names) => names.indexOf(name) === at),
    properties: {
      ...properties,
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: METADATA,
    },
  };
}

/** Go writes at the start of a pattern that capitals don't matter, and JavaScript after its end. */
function patternOfGo(pattern: string): RegExp {
  const insensitive = pattern.includes("(?i)");
  return new RegExp(pattern.replace("(?i)", ""), insensitive ? "i" : "");
}

function sentence({ instancePath, message, params }: ErrorObject): string {
  const place = instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const { additionalProperty, allowedValues } = params as PlainObject;
  if (typeof additionalProperty === "string")
    return `${[...place, additionalProperty].join(".")}: no such field`;
  const allowed = Array.isArray(allowedValues) ? `: ${allowedValues.map(String).join(", ")}` : "";
  return `${place.join(".") || "the object"}: ${message ?? "is wrong"}${allowed}`;
}

function scopeProblems({ metadata }: PlainObject, { scope }: Definition): string[] {
  const namespaced = isPlainObject(metadata) && metadata.namespace !== undefined;
  if (scope === "Cluster" && namespaced) return ["metadata.namespace: this kind belongs to no namespace"];
  return scope === "Namespaced" && !namespaced ? ["metadata.namespace: this kind belongs to one"] : [];
}
