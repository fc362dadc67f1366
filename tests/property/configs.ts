// Generated configurations: good ones that exercise every branch of the platform, and the same with damage done
// at random places of the schema.
import * as fc from "fast-check";
import { childrenAt, docsOf, keysOf, unwrap } from "../../stacks/config/field";
import { configSchema } from "../../stacks/config/schema";
import type { RawConfig } from "../../stacks/config";
import {
  aiWorkload,
  consumer,
  iris,
  openshiftAi,
  server,
  size,
  some,
  triton,
  type Value,
  type Values,
  vidp,
} from "./systems";

type Path = string[];

/** How a configured secret begins, so that it can be found wherever it ends up. */
export const SECRET_MARK = "configured-secret-";

/** Any configuration, good or not. */
export function configurations(): fc.Arbitrary<RawConfig> {
  const damage = fc.array(mutation(), { minLength: 1, maxLength: 3 });
  return fc
    .oneof({ weight: 3, arbitrary: goodValues() }, { weight: 1, arbitrary: damaged(goodValues(), damage) })
    .map((values) => ({ values, secretKeys: secretKeysOf(values) }));
}

/** Pulumi tells of each top-level key whether a secret is somewhere in it. */
function secretKeysOf(values: Values): Set<string> {
  return new Set(Object.keys(values).filter((key) => JSON.stringify(values[key]).includes(SECRET_MARK)));
}

/** The secrets in a configuration. */
export function secretsIn({ values }: RawConfig): string[] {
  return [...new Set(JSON.stringify(values).match(new RegExp(`${SECRET_MARK}[0-9a-f]+`, "g")) ?? [])];
}

const secret = fc
  .integer({ min: 0x10000000, max: 0xffffffff })
  .map((number) => SECRET_MARK + number.toString(16));
const name = fc.constantFrom(
  "iris",
  "video",
  "fraud-detection",
  "x",
  "a-rather-long-name-of-an-application-40c",
);
const generation = fc.uniqueArray(fc.constantFrom("1", "2", "2026-08", "2026-11"), {
  minLength: 1,
  maxLength: 3,
});
const host = fc.constantFrom("minio.local", "registry.apps.example.com", "a.b");
const cidrs = fc.constantFrom(["10.0.0.0/8"], ["192.0.2.7/32", "2001:db8::/32"], ["0.0.0.0/0"]);

const credentials = (model: Record<string, fc.Arbitrary<Value>>, names: string[]): fc.Arbitrary<Values> =>
  fc.record(Object.fromEntries(names.map((key) => [key, fc.record(model) as fc.Arbitrary<Value>])));

function objectStore(consumers: string[], external: boolean): fc.Arbitrary<Values> {
  if (!external)
    return some({
      ...server,
      buckets: fc.dictionary(
        fc.constantFrom("datasets", "mlpipeline", "with.dots"),
        some({ versioning: fc.boolean(), quota: size }),
      ),
      consoleHost: fc.constant("console.example.com"),
    });
  return fc.record({
    external: some(
      {
        url: fc.constantFrom("https://s3.example.com", "http://192.0.2.7:9000"),
        region: fc.constant("eu-central-1"),
        cidrs,
        credentials: credentials({ accessKeyId: secret, secretAccessKey: secret }, [
          "model-registry",
          "mlflow",
          "triton",
          "triton-upload",
          ...consumers,
        ]),
      },
      ["url", "credentials"],
    ),
  });
}

function database(consumers: string[], external: boolean): fc.Arbitrary<Values> {
  if (!external)
    return some({
      ...server,
      maxConnections: fc.integer({ min: 10, max: 1000 }),
      slowQueryLog: some({ enabled: fc.boolean(), seconds: fc.integer({ min: 1, max: 60 }) }),
    });
  return fc.record({
    external: some(
      {
        host: fc.constantFrom("mysql.example.com", "192.0.2.9"),
        port: fc.constantFrom(3306, 13306),
        tls: fc.boolean(),
        cidrs,
        credentials: credentials({ user: fc.constant("iris"), password: secret }, [
          "model-registry",
          "mlflow",
          ...consumers,
        ]),
      },
      ["host", "credentials"],
    ),
  });
}

const certificate = fc.constantFrom<Values>(
  { source: "cluster" },
  { source: "selfSigned" },
  { source: "secret", secretName: "platform-tls" },
  { source: "issuer", issuer: { name: "letsencrypt", kind: "ClusterIssuer" } },
);

export function goodValues(): fc.Arbitrary<Values> {
  return fc
    .record({
      target: fc.constantFrom("minikube", "openshift"),
      consumers: fc.uniqueArray(name, { maxLength: 3 }),
      externalStore: fc.boolean(),
      externalDatabase: fc.boolean(),
    })
    .chain(({ target, consumers, externalStore, externalDatabase }) =>
      some(
        {
          target: fc.constant(target),
          namespacePrefix: fc.constantFrom("", "team-1-"),
          protectData: fc.boolean(),
          rolloutTimeout: fc.integer({ min: 10, max: 7200 }),
          storageClass: fc.constant("standard"),
          images: some({
            mirror: fc.constant("registry.example.com:5000/mirror"),
            pullSecrets: fc.constantFrom([], ["registry-credentials"]),
            pullCredentials: secret.map((auth) =>
              JSON.stringify({ auths: { "registry.example.com": { auth } } }),
            ),
            sqlDatabase: fc.constant("registry.example.com/mysql:8.4.10"),
          }),
          tls: certificate,
          monitoring: some({ enabled: fc.boolean(), namespace: fc.constant("observability") }),
          tracking: some({
            host: fc.constantFrom("mlflow.example.com", ...(target === "openshift" ? ["mlflow"] : [])),
            replicas: fc.constantFrom(1, 2),
          }),
          iris: iris(),
          aiWorkload: aiWorkload(target),
          vidp: vidp(),
          mongodb: some(server),
          crimePrediction: some({
            enabled: fc.boolean(),
            ...(target === "minikube" ? { nodePort: fc.constant(30005) } : {}),
          }),
          apiServer: some({ cidrs, port: fc.constant(6443) }),
          minio: objectStore(consumers, externalStore),
          mysql: database(consumers, externalDatabase),
          modelRegistry: some({ enabled: fc.boolean(), ...(target === "minikube" ? { host } : {}) }),
          generations: fc.record(
            Object.fromEntries(["default", "model-registry", ...consumers].map((key) => [key, generation])),
            { requiredKeys: [] },
          ),
          consumers: fc.record(Object.fromEntries(consumers.map((key) => [key, consumer()]))),
          ...(target === "minikube"
            ? {
                ingress: some({ class: fc.constantFrom("nginx", "traefik"), readTimeout: fc.constant(9000) }),
              }
            : {
                appsDomain: fc.constant("apps.cluster.example.com"),
                openshiftAi: openshiftAi(),
                triton: triton(),
              }),
        },
        ["target", "consumers", "minio", "mysql"],
      ),
    );
}

/** Every path that the schema knows, with example names for the keys of maps. */
const schemaPaths: Path[] = [...new Set(["minikube", "openshift"] as const)].flatMap((target) =>
  pathsIn(configSchema(target)),
);

function pathsIn(schema: Parameters<typeof keysOf>[0], at: Path = []): Path[] {
  const entry = docsOf(schema).entry?.example;
  const keys = keysOf(unwrap(schema));
  return [...keys, ...(keys.length === 0 && entry !== undefined ? [entry] : [])].flatMap((key) =>
    childrenAt(schema, key).flatMap((child) => [[...at, key], ...pathsIn(child, [...at, key])]),
  );
}

/** Values that are wrong in most places, and right in some. */
const junk: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom<Value>(
    null,
    true,
    "",
    "true",
    0,
    -1,
    1e99,
    0.1,
    [],
    {},
    [[]],
    "x".repeat(300),
    "☃",
    "a b",
    "-x",
  ),
  fc.constantFrom<Value>(
    "__proto__",
    "constructor",
    "../../etc",
    "$(id)",
    "'; DROP TABLE x; --",
    "%",
    "*",
    "\u0000",
    "a\nb",
  ),
  fc.constantFrom<Value>(
    "1Gi",
    "250m",
    "minikube",
    "example.com",
    "10.0.0.0/33",
    "latest",
    "image",
    "https://u:p@h/",
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.jsonValue({ maxDepth: 2 }).map((value) => value as Value),
);

interface Mutation {
  path: Path;
  value: Value | undefined;
}

function mutation(): fc.Arbitrary<Mutation> {
  const unknownKey = fc.constantFrom("unknown", "__proto__", "toString", "nmespace");
  const path = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...schemaPaths) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(fc.constantFrom(...schemaPaths), unknownKey)
        .map(([at, key]) => [...at.slice(0, -1), key]),
    },
  );
  return fc.record({ path, value: fc.option(junk, { nil: undefined }) });
}

function damaged(good: fc.Arbitrary<Values>, damage: fc.Arbitrary<Mutation[]>): fc.Arbitrary<Values> {
  return fc.tuple(good, damage).map(([values, mutations]) => mutations.reduce(mutate, values));
}

/** A copy with one value put in place, or taken away. What is in the way of the path is replaced. */
function mutate(values: Values, { path, value }: Mutation): Values {
  const [key, ...rest] = path;
  if (key === undefined) return values;
  const entries = new Map(Object.entries(values));
  const inner = entries.get(key);
  const map = isMap(inner) ? inner : {};
  if (rest.length > 0) entries.set(key, mutate(map, { path: rest, value }));
  else if (value === undefined) entries.delete(key);
  else entries.set(key, value);
  return Object.fromEntries(entries);
}

function isMap(value: Value): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
