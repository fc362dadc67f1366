/**
 * Rules about size: requests fit into limits, and what runs in a namespace fits into its quota.
 */
import { pipelineServices } from "../../../components/video-pipeline/services";
import type { Given } from "../given";
import type { PlatformNamespace } from "../names";
import { setCommand, type Path } from "../property-path";
import { bytes, cores } from "../quantity";
import type { Rule } from "./rule";

/** Something that runs in a namespace. */
interface Place {
  readonly at: Path;
  readonly namespace: PlatformNamespace;
  /** How many run at once at most, a rolling update included. */
  readonly pods: (given: Given) => number;
  readonly runs?: (given: Given) => boolean;
  /** The key of its disk. @default "storage" */
  readonly disk?: string;
}

const one = () => 1;
const replicas =
  (...path: string[]) =>
  (given: Given) =>
    Number(given.text(...path)) + 1;
const hasPipeline = (given: Given) => given.names("vidp", "images").length > 0;
const isServer = (service: string) => (given: Given) => !given.has(service, "external");

const places: readonly Place[] = [
  { at: ["minio"], namespace: "minio", pods: one, runs: isServer("minio") },
  { at: ["mysql"], namespace: "db-ai", pods: one, runs: isServer("mysql") },
  { at: ["modelRegistry"], namespace: "rhoai-model-registries", pods: () => 2 },
  {
    at: ["tracking"],
    namespace: "mlops",
    pods: replicas("tracking", "replicas"),
    runs: (given) => given.isOn("tracking", "enabled"),
  },
  {
    at: ["iris"],
    namespace: "mlops",
    pods: replicas("iris", "scaling", "max"),
    runs: (given) => given.isOn("iris", "enabled"),
  },
  {
    at: ["aiWorkload"],
    namespace: "ai-workload",
    pods: replicas("aiWorkload", "scaling", "max"),
    runs: (given) => given.has("aiWorkload", "image"),
    disk: "models",
  },
  ...["backend", "frontend"].map((part): Place => ({
    at: ["crimePrediction", part],
    namespace: "crime-prediction",
    pods: replicas("crimePrediction", part, "replicas"),
    runs: (given) => given.isOn("crimePrediction", "enabled"),
  })),
  ...pipelineServices.map((name): Place => ({
    at: ["vidp", "services", name],
    namespace: "vidp",
    // During an update all old ones may still be at their last jobs when all new ones are there.
    pods: (given) => 2 * Number(given.text("vidp", "services", name, "scaling", "max")),
    runs: hasPipeline,
  })),
  {
    at: ["triton"],
    namespace: "triton",
    pods: replicas("triton", "scaling", "max"),
    runs: (given) => given.isOn("triton", "enabled"),
  },
  { at: ["mongodb"], namespace: "vidp", pods: one, runs: hasPipeline },
];

const measures = { cpu: cores, memory: bytes } as const;

const requestsWithinLimits: Rule = (given) =>
  places.flatMap(({ at }) =>
    (["cpu", "memory"] as const).flatMap((measure) => {
      const requestPath = [...at, "resources", "requests", measure];
      const request = given.text(...requestPath);
      const limitPath = [...at, "resources", "limits", measure];
      const limit = given.text(...limitPath);
      if (!(measures[measure](request) > measures[measure](limit))) return [];
      return [
        {
          path: limitPath,
          message: `is below ${requestPath.join(".")}, which is ${request}`,
          given: JSON.stringify(limit),
          fix: setCommand(limitPath, { value: request }),
        },
      ];
    }),
  );

/** What the server takes with the smallest cache that it accepts. */
const SMALLEST_MONGODB = "768Mi";

const mongodbHasMemory: Rule = (given) => {
  const path = ["mongodb", "resources", "limits", "memory"];
  const limit = given.text(...path);
  if (!(bytes(limit) < bytes(SMALLEST_MONGODB))) return [];
  return [
    {
      path,
      message: "is less than MongoDB takes with its smallest cache",
      given: JSON.stringify(limit),
      allowed: `${SMALLEST_MONGODB} or more`,
      fix: setCommand(path, { value: SMALLEST_MONGODB }),
    },
  ];
};

/** What one pod of a place takes, and the key that says so. */
interface Need {
  readonly key: string;
  /** Empty when it takes nothing. */
  readonly each: string;
}

/** What a key of the place says. */
const keyed =
  (keyOf: (place: Place) => Path) =>
  (place: Place, given: Given): Need => {
    const path = [...place.at, ...keyOf(place)];
    return { key: path.join("."), each: given.text(...path) };
  };

/** `spare` is what a provision Job or a sidecar takes beside the pods; other Jobs wait their turn. */
const quotas = [
  {
    measure: "cpu",
    need: keyed(() => ["resources", "requests", "cpu"]),
    count: (place: Place, given: Given) => place.pods(given),
    size: cores,
    spare: 0.1,
    roomy: (n: number) => `${Math.ceil(n)}`,
  },
  {
    measure: "memory",
    need: keyed(() => ["resources", "requests", "memory"]),
    count: (place: Place, given: Given) => place.pods(given),
    size: bytes,
    spare: 192 * 2 ** 20,
    roomy: gibibytes,
  },
  {
    measure: "storage",
    need: keyed(({ disk = "storage" }) => [disk, "size"]),
    count: one,
    size: bytes,
    spare: 0,
    roomy: gibibytes,
  },
  {
    measure: "pods",
    need: (place: Place): Need => ({ key: place.at.join("."), each: "1 pod" }),
    count: (place: Place, given: Given) => place.pods(given),
    size: Number.parseFloat,
    spare: 4,
    roomy: String,
  },
] as const;

function gibibytes(n: number): string {
  return `${Math.ceil(n / 2 ** 30)}Gi`;
}

/** What its namespace's quota forbids would never start, and only an event would say why. */
const quotasHoldWhatRuns: Rule = (given) => {
  const namespaces = [...new Set(places.map(({ namespace }) => namespace))];
  return namespaces.flatMap((namespace) =>
    quotas.flatMap(({ measure, need, count, size, spare, roomy }) => {
      const path = ["namespaces", namespace, "quota", measure];
      const has = given.text(...path);
      const needs = places
        .filter((place) => place.namespace === namespace && (place.runs?.(given) ?? true))
        .map((place) => ({ ...need(place, given), times: count(place, given) }))
        .filter(({ each }) => each !== "");
      const needed = needs.reduce((sum, { each, times }) => sum + times * size(each), spare);
      if (needs.length === 0 || !(needed > size(has))) return [];
      const reasons = needs.map(
        ({ key, each, times }) => `${times > 1 ? `${times} x ` : ""}${key} (${each})`,
      );
      return [
        {
          path,
          message: `is too small for ${reasons.join(" and ")}${spare > 0 ? ", and the Jobs beside" : ""}`,
          given: measure === "pods" ? has : JSON.stringify(has),
          fix: setCommand(path, { value: roomy(needed) }),
        },
      ];
    }),
  );
};

export const capacityRules: readonly Rule[] = [requestsWithinLimits, mongodbHasMemory, quotasHoldWhatRuns];
