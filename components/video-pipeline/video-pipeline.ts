// VideoPipeline: people upload videos to main-app, which sends them by HTTP to its workers and keeps what they find in
// the document database; the frontend shows it. No file is shared: each pod has its own, as long as it lives.
import * as pulumi from "@pulumi/pulumi";
import { Grant } from "../access";
import { DocumentConnection, documentUrl } from "../document-database";
import { Exposure } from "../exposure";
import { ManagedNamespace, podLabels } from "../network";
import {
  ContainerArgs,
  DRAIN_SECONDS,
  MonitoringArgs,
  PodSecurity,
  Resources,
  Scaling,
  Scratch,
  scratchMounts,
  secretVariables,
  settingsEnv,
  watchDeployment,
  wire,
  Wired,
  Workload,
  WorkloadArgs,
} from "../workload";
import { each, PipelineService, serviceSpec, variableOf, Worker, workers } from "./services";

/** What is said of one service. */
export interface PipelineServiceArgs {
  /** Image of the container, with a tag or a digest. */
  image: string;
  /** What each pod is given, and what it may use at most. */
  resources: Resources;
  /** A fixed number, or bounds between which it is scaled. */
  replicas: number | Scaling;
  /** Bounds what it keeps at /app/local_storage, and as much again at /tmp: `2Gi`. */
  storage: string;
  /** Path that answers 200 while it is well. @default the table's (services.ts) */
  health?: string;
  /** How it is watched, where it exports metrics. @default not at all */
  monitoring?: MonitoringArgs;
}

export interface VideoPipelineArgs {
  /** Namespace that it runs in. */
  namespace: ManagedNamespace;
  /** Who its pods run as: the Target's. */
  security: PodSecurity;
  /** The services, each with its image, sizes and scale. */
  services: Readonly<Record<PipelineService, PipelineServiceArgs>>;
  /** Where main-app keeps what it knows of videos. */
  database: Grant<DocumentConnection>;
  /** The ways in from outside. @default none */
  exposures?: Readonly<Partial<Record<"frontend" | "main-app", Exposure>>>;
  /** Origins whose pages may call main-app, besides the frontend's. @default none */
  cors?: readonly string[];
  /** What main-app calls itself. */
  appName: string;
  /**
   * Seconds that a request from outside may take. main-app and the frontend have as long to finish what they have begun
   * when they are to stop.
   */
  requestSeconds: number;
  /** Seconds that a worker's job may take. It has as long to finish it, and may be as long too busy to say that it is well. */
  jobSeconds: number;
  /** Seconds until a new version has to be ready. @default 600 */
  rolloutTimeout?: number;
}

const PORT_NAME = "http";
const STORAGE_PATH = "/app/local_storage";

/** Seconds that a service may take to load its models and to answer for the first time. */
const STARTUP_SECONDS = 300;
const STARTUP_PERIOD = 5;

const LIVE_PERIOD = 20;
const LIVE_FAILURES = 3;

/** Seconds that a service gets to stop when it does not answer any more. */
const HANGING_SECONDS = 60;
const READY_PERIOD = 10;

/** Seconds for an answer: a processor that a video keeps busy leaves little to probes. */
const PROBE_TIMEOUT = 10;

/** The home of whoever the pods run as is not theirs to write to. */
const HOME = { HOME: "/tmp" };
const PYTHON = { ...HOME, PYTHONDONTWRITEBYTECODE: "1" };

/** Next.js listens at the address in HOSTNAME, which otherwise is the name of the pod. */
const nextJs = (port: number) => ({
  ...HOME,
  HOSTNAME: "0.0.0.0",
  PORT: String(port),
  NEXT_TELEMETRY_DISABLED: "1",
});
const NEXT_CACHE = { "/app/.next/cache": "256Mi" };

/** What only some services have. */
interface Own {
  env: ContainerArgs["env"];
  /** Seconds that it may take to finish what it has begun. */
  busySeconds: number;
  /** Folders that it writes to besides those of all. @default none */
  scratch?: Scratch;
  /** Probes in a row that fail before it is restarted. @default 3 */
  liveFailures?: number;
}

/** The keys of the Secret, which are also main-app's variables. */
const SECRET_KEYS = ["MONGODB_USERNAME", "MONGODB_PASSWORD", "MONGODB_URL"] as const;

export class VideoPipeline extends pulumi.ComponentResource {
  /** What runs, by the names of the table. */
  readonly workloads: Readonly<Record<PipelineService, Workload>>;

  constructor(
    private readonly component: string,
    private readonly args: VideoPipelineArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("mlops:video-pipeline:VideoPipeline", component, {}, opts);
    const workers = this.createWorkers();
    const mainApp = this.createMainApp(workers);
    const frontend = this.createFrontend(mainApp);
    this.workloads = { ...workers, "main-app": mainApp, frontend };
    this.registerOutputs({ url: mainApp.url, externalUrl: frontend.externalUrl });
  }

  private createWorkers(): Record<Worker, Workload> {
    const { jobSeconds } = this.args;
    return each(workers, (name) =>
      // While a worker computes it may be too busy to say that it is well: to restart it would lose the job.
      this.createWorkload(name, {
        env: PYTHON,
        busySeconds: jobSeconds,
        liveFailures: Math.max(LIVE_FAILURES, Math.ceil(jobSeconds / LIVE_PERIOD)),
      }),
    );
  }

  private createMainApp(called: Record<Worker, Workload>): Workload {
    const { namespace, database, exposures } = this.args;
    const pods = podLabels("main-app");
    const claim = database.claim({
      namespace,
      pods,
      data: databaseVariables,
      secretPrefix: `${this.component}-secrets`,
    });
    const calls = Object.fromEntries(workers.map((name) => [variableOf(name), called[name]]));
    const wired = wire("main-app", { namespace, pods, calls }, { parent: this });
    return this.createWorkload(
      "main-app",
      {
        env: { ...PYTHON, ...this.settings(wired), ...secretVariables(claim.secretName, SECRET_KEYS) },
        busySeconds: this.entranceSeconds,
      },
      { exposure: exposures?.["main-app"], uses: [claim], dependsOn: wired.ready },
    );
  }

  private createFrontend(mainApp: Workload): Workload {
    return this.createWorkload(
      "frontend",
      {
        env: nextJs(serviceSpec("frontend").port),
        busySeconds: this.entranceSeconds,
        scratch: NEXT_CACHE,
      },
      { exposure: this.args.exposures?.frontend, calls: { MAIN_APP_SERVICE_URL: mainApp } },
    );
  }

  /** Whoever takes requests from outside also waits for the jobs that these begin. */
  private get entranceSeconds(): number {
    return Math.max(this.args.requestSeconds, this.args.jobSeconds);
  }

  /** What main-app is told, from the ConfigMap: its name, its workers' addresses, and whose pages may call it. */
  private settings({ env }: Wired): ContainerArgs["env"] {
    const { namespace, appName, exposures, cors = [] } = this.args;
    const frontend = exposures?.frontend === undefined ? [] : [exposures.frontend.url];
    const settings = {
      ...env,
      APP_NAME: appName,
      // It answers CORS requests itself, whatever the way in; the way in adds no headers of its own.
      CORS_ORIGINS: pulumi.jsonStringify([...frontend, ...cors]),
    };
    return settingsEnv(this.component, { namespace, settings }, { parent: this });
  }

  /** The pods of one service, with what all of them have. */
  private createWorkload(
    name: PipelineService,
    own: Own,
    more: Pick<WorkloadArgs, "exposure" | "calls" | "uses" | "dependsOn"> = {},
  ): Workload {
    const { namespace, security, rolloutTimeout, services } = this.args;
    const { replicas, monitoring } = services[name];
    const { port } = serviceSpec(name);
    const workload = new Workload(
      name,
      {
        namespace,
        security,
        rolloutTimeout,
        replicas,
        container: this.container(name, own),
        service: { name: `${name}-service`, port, portName: PORT_NAME },
        terminationGracePeriod: DRAIN_SECONDS + own.busySeconds,
        ...more,
      },
      { parent: this },
    );
    const { endpoint, ready } = workload;
    watchDeployment(
      name,
      monitoring,
      { namespace, endpoint, service: podLabels(name), portName: PORT_NAME, ready, replicas },
      { parent: this },
    );
    return workload;
  }

  private container(
    name: PipelineService,
    { env, scratch, liveFailures = LIVE_FAILURES }: Own,
  ): ContainerArgs {
    const { image, resources, storage, health } = this.args.services[name];
    const { port, health: usual } = serviceSpec(name);
    const probe = { httpGet: { path: health ?? usual, port }, timeoutSeconds: PROBE_TIMEOUT };
    return {
      name,
      image,
      env,
      ports: { [PORT_NAME]: port },
      // Frameworks keep an upload at /tmp until all of it has come.
      mounts: scratchMounts({ [STORAGE_PATH]: storage, "/tmp": storage, ...scratch }),
      resources,
      startup: {
        ...probe,
        periodSeconds: STARTUP_PERIOD,
        failureThreshold: Math.ceil(STARTUP_SECONDS / STARTUP_PERIOD),
      },
      readiness: { ...probe, initialDelaySeconds: 5, periodSeconds: READY_PERIOD },
      liveness: {
        ...probe,
        initialDelaySeconds: 15,
        periodSeconds: LIVE_PERIOD,
        failureThreshold: liveFailures,
        // One that hangs finishes nothing, however long it gets.
        terminationGracePeriodSeconds: HANGING_SECONDS,
      },
    };
  }
}

/** What main-app reads. */
function databaseVariables(
  connection: DocumentConnection,
): Record<(typeof SECRET_KEYS)[number], pulumi.Input<string>> {
  return {
    MONGODB_USERNAME: connection.user,
    MONGODB_PASSWORD: connection.password,
    MONGODB_URL: documentUrl(connection),
  };
}
