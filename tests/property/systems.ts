// Generated configurations of the systems on top of the shared services, and what all of them are made of.
import * as fc from "fast-check";
import { componentNames, recipeNames } from "../../components/openshift-ai/recipes";
import { each, pipelineServices } from "../../components/video-pipeline/services";

export type Value = string | number | boolean | null | undefined | readonly Value[] | Values;
export type Values = { readonly [key: string]: Value };

export const size = fc.constantFrom("1Gi", "5Gi", "20Gi");

/** Some of these keys, as an empty map when none. */
export function some(
  model: Record<string, fc.Arbitrary<Value>>,
  requiredKeys: string[] = [],
): fc.Arbitrary<Values> {
  return fc.record(model, { requiredKeys });
}

export const server = {
  storage: some({ size, storageClass: fc.constant("fast"), existingClaim: fc.constant("from-before") }),
  resources: some({ requests: some({ cpu: fc.constantFrom("100m", "0.5"), memory: fc.constant("512Mi") }) }),
};

export function iris(): fc.Arbitrary<Values> {
  return some({
    enabled: fc.boolean(),
    image: fc.constant("registry.example.com/iris:1"),
    modelVolume: fc.constant("iris-model"),
    host: fc.constant("iris-api.example.com"),
    cors: fc.constantFrom([], ["https://iris.example.com"]),
    rateLimit: fc.constantFrom(1, 50),
    scaling: some({ min: fc.constantFrom(1, 2), max: fc.constantFrom(2, 6), memory: fc.constant(80) }),
    objectives: some({
      availability: fc.constantFrom(0.9, 0.9999),
      latency: some({ seconds: fc.constant(0.5) }),
    }),
  });
}

export function aiWorkload(target: string): fc.Arbitrary<Values> {
  const accessModes = target === "openshift" ? ["ReadWriteMany"] : ["ReadWriteOnce", "ReadWriteMany"];
  const nodes = fc.constant({ labels: { pool: "special" }, taints: ["special"] });
  return some(
    {
      image: fc.constant("registry.example.com/ai:1"),
      host: fc.constant("ai.example.com"),
      models: some({ size, accessMode: fc.constantFrom(...accessModes) }, ["accessMode"]),
      gpu: some({ count: fc.constantFrom(1, 2), nodes }),
      spot: nodes,
    },
    ["models"],
  );
}

/** With components that go together with what uses them, or not: then it is refused. */
export function openshiftAi(): fc.Arbitrary<Values> {
  const components = fc.uniqueArray(fc.constantFrom(...componentNames));
  const mirror = some({
    channel: fc.constantFrom("stable", "eus-2.25"),
    source: fc.constant("mirror"),
    sourceNamespace: fc.constant("mirrors"),
    version: fc.constant("rhods-operator.2.25.12"),
  });
  return some({
    enabled: fc.boolean(),
    version: fc.constantFrom(...recipeNames),
    components: fc.oneof({ weight: 1, arbitrary: components }, { weight: 3, arbitrary: whole }),
    operators: some({
      install: fc.boolean(),
      approval: fc.constantFrom("Automatic", "Manual"),
      timeout: fc.constantFrom(60, 7200),
      packages: some({ "rhods-operator": mirror }),
    }),
  });
}

/** What both generations have. */
const whole = fc.constant(componentNames.filter((name) => name !== "serverless"));

export function triton(): fc.Arbitrary<Values> {
  return some({
    enabled: fc.boolean(),
    host: fc.constantFrom("triton", "triton.example.com"),
    rateLimit: fc.constantFrom(1, 50),
    authentication: fc.constantFrom("token", "none"),
    models: some({
      bucket: fc.constantFrom("models", "mlpipeline"),
      prefix: fc.constantFrom("triton", "a/b"),
      size,
      sample: fc.boolean(),
    }),
    scaling: some({ min: fc.constantFrom(1, 2), max: fc.constantFrom(2, 4), memory: fc.constant(80) }, [
      "max",
    ]),
    gpu: some({ count: fc.constantFrom(1, 2) }),
    availability: fc.constantFrom(0.9, 0.9999),
  });
}

/** With all of its images, or none, or some, which are refused. */
export function vidp(): fc.Arbitrary<Values> {
  const images = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        each(pipelineServices, (service) => `registry.example.com/vidp-${service}:1`),
        {},
      ),
    },
    { weight: 1, arbitrary: fc.constant({ frontend: "registry.example.com/vidp-frontend:1" }) },
  );
  const service = some({
    scaling: some({ min: fc.constantFrom(1, 2), max: fc.constantFrom(2, 4) }),
    storage: fc.constantFrom("512Mi", "4Gi"),
    health: fc.constant("/ok"),
    metrics: some({ path: fc.constant("/metrics"), availability: fc.constant(0.95) }),
  });
  return some({
    images,
    host: fc.constant("vidp.example.com"),
    apiHost: fc.constant("api.vidp.example.com"),
    cors: fc.constantFrom([], ["https://studio.example.com"]),
    appName: fc.constantFrom("VidP", 'a "name" of $(PARTS) & üöä'),
    uploads: some({ size: fc.constantFrom("500Mi", "2Gi"), timeout: fc.constantFrom(60, 9000) }),
    jobSeconds: fc.constantFrom(0, 900, 7200),
    services: some(each(pipelineServices, () => service)),
  });
}

/** An application that is not the platform's. */
export function consumer(): fc.Arbitrary<Values> {
  const bucket = some(
    {
      name: fc.constantFrom("datasets", "mlpipeline", "model-registry-bucket", "shared.files"),
      prefix: fc.constantFrom("models/iris", "a"),
      access: fc.constantFrom("read", "write", "readWrite"),
    },
    ["name"],
  );
  const schema = fc.constantFrom("iris", "under_score", "model_registry");
  const common = {
    namespace: fc.constantFrom("garden", "team-a", "videos"),
    createNamespace: fc.boolean(),
    pods: fc.constantFrom({ app: "iris" }, { "app.kubernetes.io/name": "minio" }, {}),
    egress: fc.boolean(),
  };
  return fc.oneof(
    some({ ...common, bucket, schema }, ["namespace", "bucket"]),
    some({ ...common, schema }, ["namespace", "schema"]),
    some({ ...common, tracking: fc.constant({ experiments: ["a"], models: ["b"], access: "read" }) }, [
      "namespace",
      "tracking",
    ]),
  );
}
