// Generated configurations of the systems on top of the shared services, and what all of them are made of.
import * as fc from "fast-check";
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

/** With all of its images, or none, or some, which are refused. */
export function vidp(): fc.Arbitrary<Values> {
  const images = fc.constantFrom(
    each(pipelineServices, (service) => `registry.example.com/vidp-${service}:1`),
    {},
    { frontend: "registry.example.com/vidp-frontend:1" },
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
