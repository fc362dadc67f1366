// Workloads: the systems on top of the shared services. Each says what it connects to and what it promises;
// sizes, hosts and images come from the stack's config, everything else from the connections.
import { join } from "node:path";
import { CODE_PATH, DataVolume, Workload } from "../components/workload";
import { DocumentDatabase } from "../components/document-database";
import { InferenceService } from "../components/inference-service";
import { FASTAPI, Indicators, literally } from "../components/monitoring";
import { ObjectStore } from "../components/object-store";
import { TrackingServer } from "../components/tracking-server";
import { TrainingJob } from "../components/training-job";
import { TritonServer } from "../components/triton-server";
import {
  each,
  PipelineService,
  pipelineServices,
  uploadExposure,
  VideoPipeline,
} from "../components/video-pipeline";
import { StackConfig } from "./config";
import { Serving } from "./contract";
import { Site } from "./site";
import { Operators } from "./target";

/** Small enough to run from a ConfigMap on MLflow's image, which has all that it imports. */
const IRIS = join(__dirname, "..", "examples", "iris");

/** Triton's repository of models, as it is to be in the object store. */
const TRITON_MODELS = join(__dirname, "..", "examples", "triton", "models");

/** For programs whose own folders can't be written to. */
const PYTHON = { HOME: "/tmp", PYTHONDONTWRITEBYTECODE: "1", MLFLOW_DISABLE_TELEMETRY: "true" };

/** The same without those who only look at the server, and without latency: a job takes as long as its video. */
function videoRequests(...ignored: readonly string[]): Indicators {
  const others = { notMatches: ignored.map(literally).join("|") };
  const where = { path: others, handler: others };
  const { requests, errors } = FASTAPI;
  return {
    requests: { ...requests, where: { ...requests.where, ...where } },
    errors: { ...errors, where: { ...errors.where, ...where } },
  };
}

/** What they run on. */
interface Services {
  store: ObjectStore;
  tracking: TrackingServer | undefined;
  documents: DocumentDatabase | undefined;
  operators: Operators | undefined;
}

/** All systems that this stack has turned on, by component. */
export function systems(
  site: Site,
  config: StackConfig,
  { store, tracking, documents, operators }: Services,
): Record<string, Serving> {
  const { aiWorkload: ai, crimePrediction: crime, vidp } = config;
  return {
    ...(config.iris.enabled && { "iris-api": iris(site, config.iris, tracking) }),
    ...(ai.image !== undefined && { "ai-workload": aiWorkload(site, { ...ai, image: ai.image }) }),
    ...(crime.enabled && crimePrediction(site, crime)),
    ...(config.triton.enabled && operators && { triton: triton(site, config.triton, { store, operators }) }),
    ...(vidp.images && documents && videoPipeline(site, { ...vidp, images: vidp.images }, documents)),
  };
}

/** A classifier behind FastAPI. Its model is trained by a Job, unless its owner has an image and trains it. */
function iris(
  site: Site,
  config: StackConfig["iris"],
  tracking: TrackingServer | undefined,
): InferenceService {
  const names = { experiments: ["iris"], models: ["iris"] };
  const server = config.modelVolume === undefined ? tracking : undefined;
  const training =
    server && config.image === undefined
      ? new TrainingJob("iris-train", {
          ...site.in("mlops"),
          ...python(site, "train.py", ["train.py"]),
          tracking: server.grant("iris-train", { ...names, access: "edit" }),
          settings: { ...PYTHON, EXPERIMENT: "iris", MODEL_NAME: "iris", MODEL_ALIAS: "champion" },
          resources: { requests: { cpu: "100m", memory: "384Mi" }, limits: { memory: "1Gi" } },
        })
      : undefined;
  return new InferenceService("iris-api", {
    ...site.in("mlops"),
    ...(config.image === undefined
      ? python(site, "serve.py", ["serve.py", "model.py", "observe.py"])
      : { image: config.image }),
    service: { name: "iris-api-service", port: 8000 },
    model: server
      ? { tracking: server.grant("iris-api", { ...names, access: "read" }), uri: "models:/iris@champion" }
      : { volume: config.modelVolume ?? "" },
    settings: PYTHON,
    apiKey: site.apiKey("iris-api-key"),
    probes: { live: "/health", ready: "/ready" },
    resources: config.resources,
    replicas: config.scaling,
    exposure: site.exposure(config),
    corsVariable: "CORS_ORIGINS",
    monitoring: site.monitoring(FASTAPI, config.objectives),
    scratch: { "/tmp": "256Mi" },
    after: training?.ready,
  });
}

/** A PyTorch service whose image only its owner can build; its models are in a volume. */
function aiWorkload(
  site: Site,
  { image, ...config }: StackConfig["aiWorkload"] & { image: string },
): InferenceService {
  const { namespace, ...pods } = site.in("ai-workload", { holdsData: true });
  const models = new DataVolume("ai-workload-models", { ...site.storage(config.models), namespace });
  return new InferenceService("ai-workload", {
    ...pods,
    namespace,
    image,
    service: { name: "ai-workload", port: 8000 },
    model: { volume: models.claimName },
    settings: PYTHON,
    apiKey: site.apiKey("ai-workload-key"),
    probes: { live: "/health", ready: "/ready" },
    resources: config.resources,
    replicas: config.scaling,
    rollout: { maxSurge: 1, maxUnavailable: 1 },
    placement: { gpu: config.gpu, spot: config.spot },
    exposure: site.exposure(config),
    monitoring: site.monitoring(FASTAPI, config.objectives),
    scratch: { "/tmp": "512Mi" },
  });
}

/** A model server, and a user interface that calls it. */
function crimePrediction(
  site: Site,
  { backend, frontend, host, nodePort = 30001 }: StackConfig["crimePrediction"],
): Record<string, Serving> {
  const server = new InferenceService("backend-deployment", {
    ...site.in("crime-prediction"),
    ...backend,
    image: site.image("crimeBackend"),
    service: { name: "backend-service", port: 5000 },
    settings: PYTHON,
    probes: { live: "/health", ready: "/health" },
    scratch: { "/tmp": "256Mi" },
  });
  const probe = { httpGet: { path: "/_stcore/health", port: 8501 } };
  const client = new Workload("frontend-deployment", {
    ...site.in("crime-prediction"),
    replicas: frontend.replicas,
    container: {
      name: "frontend",
      image: site.image("crimeFrontend"),
      env: { HOME: "/tmp", STREAMLIT_SERVER_HEADLESS: "true", STREAMLIT_BROWSER_GATHER_USAGE_STATS: "false" },
      ports: { http: 8501 },
      mounts: { "/tmp": { scratch: "256Mi" } },
      resources: frontend.resources,
      startup: { ...probe, periodSeconds: 2, failureThreshold: 60 },
      readiness: { ...probe, periodSeconds: 5, timeoutSeconds: 5 },
      liveness: { ...probe, periodSeconds: 15, timeoutSeconds: 5, failureThreshold: 4 },
    },
    service: { name: "frontend-service", port: 8501, portName: "http" },
    calls: { BACKEND_URL: server },
    exposure: site.entrance({ host, nodePort }),
  });
  return { "backend-deployment": server, "frontend-deployment": client };
}

/** Models of any framework from a folder of the object store, behind the protocol that KServe's clients speak. */
function triton(
  site: Site,
  config: StackConfig["triton"],
  { store, operators }: { store: ObjectStore; operators: Operators },
): TritonServer {
  const { bucket, prefix, size, sample } = config.models;
  return new TritonServer("triton", {
    ...site.in("triton"),
    ...site.api,
    image: site.image("triton"),
    operator: operators.serving,
    models: store.grant("triton", { bucket, prefix, access: "read" }),
    sample: sample
      ? {
          folder: TRITON_MODELS,
          upload: store.grant("triton-upload", { bucket, prefix, access: "write" }),
          client: site.image("objectStore"),
        }
      : undefined,
    modelSize: size,
    resources: config.resources,
    placement: { gpu: config.gpu },
    replicas: config.scaling.min === config.scaling.max ? config.scaling.min : config.scaling,
    authentication: config.authentication,
    exposure: site.exposure(config),
    monitoring: site.watcher && { monitor: site.watcher, availability: config.availability },
  });
}

/** People upload videos, and workers do what takes long with them. */
function videoPipeline(
  site: Site,
  config: StackConfig["vidp"] & { images: Readonly<Record<PipelineService, string>> },
  documents: DocumentDatabase,
): Record<PipelineService, Serving> {
  const { uploads, host, apiHost } = config;
  const upload = uploadExposure(uploads);
  const { workloads } = new VideoPipeline("vidp", {
    ...site.in("vidp"),
    services: each(pipelineServices, (name) => {
      const { scaling, metrics, ...service } = config.services[name];
      return {
        ...service,
        image: config.images[name],
        replicas: scaling.min === scaling.max ? scaling.min : scaling,
        monitoring:
          metrics &&
          site.monitoring(
            videoRequests(service.health, metrics.path),
            { availability: metrics.availability },
            metrics.path,
          ),
      };
    }),
    database: documents.grant("main-app", { database: "vidp_db" }),
    exposures: {
      frontend: site.exposure({ host, ...upload }),
      "main-app": site.exposure({ host: apiHost, ...upload }),
    },
    cors: config.cors,
    appName: config.appName,
    requestSeconds: uploads.timeout,
    jobSeconds: config.jobSeconds,
  });
  return workloads;
}

/** A program of examples/iris on MLflow's image. */
function python(site: Site, program: string, files: readonly string[]) {
  return {
    image: site.image("tracking"),
    command: ["python", `${CODE_PATH}/${program}`],
    code: { folder: IRIS, files },
  };
}
