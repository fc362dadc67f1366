/**
 * The schema of the video pipeline. The names of its services come from the pipeline's own table.
 */
import { z } from "zod";
import {
  each,
  type PipelineService,
  pipelineServices,
  serviceSpec,
} from "../../components/video-pipeline/services";
import { describe } from "./field";
import * as http from "./http";
import { cors, host, resources, scaling } from "./parts";
import { bytes, cores } from "./quantity";
import * as value from "./values";

/** What an image of a service may be called. */
export const exampleImage = (name: PipelineService) => `registry.example.com/team/vidp-${name}:1.0.0`;

const image = (name: PipelineService) =>
  describe(value.image, {
    description: "Image of this service, which only you can build.",
    defaultText: "no video pipeline",
    example: exampleImage(name),
  }).optional();

const metrics = describe(
  z.strictObject({
    path: describe(http.metricsPath, { description: "Where they are, on the service's own port." }).default(
      "/metrics",
    ),
    availability: describe(value.share, {
      description: "Share of the requests that are answered without an error of the server.",
    }).default(0.99),
  }),
  {
    description:
      "For an image that exports metrics as FastAPI's exporters do: they are collected where `monitoring.enabled` is true, with alerts and a dashboard.",
    defaultText: "it exports none",
  },
).optional();

const SIZE = { cpu: "250m", memory: "256Mi", cpuLimit: "500m", memoryLimit: "512Mi" };

/** The user interface does no work that grows with the videos. */
const mostReplicas = (name: PipelineService) => (name === "frontend" ? 1 : 10);

/** With every old pod at its last job beside every new one. */
const MOST_PODS = pipelineServices.reduce((sum, name) => sum + 2 * mostReplicas(name), 0);

/** The quota of its namespace: room for that, for the database and for Jobs. */
export const pipelineQuota = {
  cpu: String(Math.ceil(MOST_PODS * cores(SIZE.cpu)) + 6),
  memory: `${Math.ceil((MOST_PODS * bytes(SIZE.memory)) / 2 ** 30) + 6}Gi`,
  storage: "50Gi",
  pods: MOST_PODS + 38,
};

function service(name: PipelineService) {
  return z
    .strictObject({
      resources: resources(SIZE),
      scaling: scaling({ min: 1, max: mostReplicas(name), cpu: 70 }),
      storage: describe(value.memory, {
        description:
          "What one pod may keep at /app/local_storage, and as much again at /tmp: on the node's disk, and gone with the pod.",
        example: "10Gi",
      }).default("2Gi"),
      health: describe(http.urlPath, { description: "Path that answers 200 while it is well." }).default(
        serviceSpec(name).health,
      ),
      metrics,
    })
    .prefault({});
}

type Images = Readonly<Record<PipelineService, string>>;

/** All of them, or nothing: half a pipeline would be none. */
function complete(images: Readonly<Partial<Record<PipelineService, string>>>): Images | undefined {
  const isComplete = (given: typeof images): given is Images =>
    pipelineServices.every((name) => given[name] !== undefined);
  return isComplete(images) ? images : undefined;
}

const entry = { name: "service", example: "main-app" };

export const vidp = describe(
  z
    .strictObject({
      images: describe(z.strictObject(each(pipelineServices, image)).prefault({}), {
        description: "The services' images: all of them, or none for a stack without the pipeline.",
        entry,
      }),
      host: host("the user interface", "vidp.example.com"),
      apiHost: host("main-app", "api.vidp.example.com"),
      cors,
      appName: describe(http.title, { description: "What main-app calls itself." }).default(
        "VidP Kubernetes API",
      ),
      uploads: describe(
        z
          .strictObject({
            size: describe(http.bodySize, {
              description: "Largest video. A request may be a mebibyte larger, for the form around it.",
            }).default("500Mi"),
            timeout: describe(value.integer(1, 86400, 3600), {
              description: "Seconds that a request from outside and its answer may take.",
            }).default(9000),
          })
          .prefault({}),
        { description: "What the ways in let through." },
      ),
      jobSeconds: describe(value.integer(0, 86400, 3600), {
        description:
          "Seconds that a worker may take for one video. A worker that is to stop (fewer replicas, an update, a drained node) has as long to finish, and one that is silent for longer is restarted. main-app and the user interface have as long as the slowest request or job.",
        defaultText: "`vidp.uploads.timeout`",
      }).optional(),
      services: describe(z.strictObject(each(pipelineServices, service)).prefault({}), {
        description: "What each service needs.",
        entry,
      }),
    })
    .prefault({})
    .transform(({ images, jobSeconds, ...rest }) => ({
      ...rest,
      images: complete(images),
      // The way in waits no longer for what a job has to say.
      jobSeconds: jobSeconds ?? rest.uploads.timeout,
    })),
  {
    description:
      "The video pipeline: main-app, its workers and its user interface. Off until it has its images, since only their owner can build them.",
  },
);
