// The services of the video pipeline, in one table. One more worker is one more line: its pods, its Service, its way
// from main-app, its variable there and its keys in the config follow from it.

interface ServiceSpec {
  /** Of the container, and of its Service `<name>-service`. */
  readonly port: number;
  /** Path that answers 200 while it is well. */
  readonly health: string;
  /** Of a worker: the variable that tells main-app where it is. */
  readonly variable?: string;
}

const PIPELINE = {
  frontend: { port: 3000, health: "/" },
  "main-app": { port: 8000, health: "/health" },
  downscale: { port: 8001, health: "/health", variable: "DOWNSCALE_SERVICE_URL" },
  langscale: { port: 8002, health: "/health", variable: "LANGSCALE_SERVICE_URL" },
  subtitle: { port: 8003, health: "/health", variable: "SUBTITLE_SERVICE_URL" },
  "animal-detect": { port: 8004, health: "/health", variable: "ANIMAL_DETECTION_SERVICE_URL" },
} as const satisfies Record<string, ServiceSpec>;

/** The name of a service of the pipeline. */
export type PipelineService = keyof typeof PIPELINE;

/** A service that main-app gives work to. */
export type Worker = {
  [Name in PipelineService]: (typeof PIPELINE)[Name] extends { variable: string } ? Name : never;
}[PipelineService];

/** Every service, in the order of the table. */
export const pipelineServices = Object.keys(PIPELINE) as readonly PipelineService[];

/** The services that do what takes long. */
export const workers: readonly Worker[] = pipelineServices.filter(
  (name): name is Worker => "variable" in PIPELINE[name],
);

/** What the table says of a service. */
export const serviceSpec = (name: PipelineService): ServiceSpec => PIPELINE[name];

/** The variable that tells main-app where a worker is. */
export const variableOf = (worker: Worker): string => PIPELINE[worker].variable;

/** Something for each of these services. */
export function each<Name extends PipelineService, T>(
  names: readonly Name[],
  make: (name: Name) => T,
): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, T>;
}
