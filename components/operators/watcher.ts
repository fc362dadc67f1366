// Watcher: Jobs that ask the API server how far something is, and end when it is there; or with a message that says why
// it is not, which becomes part of the deployment's error.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { AddressEndpoint, Edge, Labels, ManagedNamespace, podLabels } from "../network";
import { job, PodSecurity, Resources, scripts, SCRIPTS_PATH, serviceAccount } from "../workload";

export interface WatcherArgs {
  /** Where the Jobs run: a namespace of the platform. */
  namespace: ManagedNamespace;
  /** Who its pods run as: the Target's. */
  security: PodSecurity;
  /** An image with `kubectl` and a shell. */
  image: string;
  /** Whom the Jobs ask. */
  apiServer: AddressEndpoint;
}

export interface WatchArgs {
  /** Name of a script of this folder, without its ending. */
  script: string;
  /** What it is told. A change of any of it runs the Job again. */
  env: Readonly<Record<string, pulumi.Input<string>>>;
  /** What else makes for something new to wait for. @default nothing */
  runsAgainWhen?: Record<string, pulumi.Input<string>>;
  /** Seconds until the script gives up. The next deployment waits again. */
  timeout: number;
  /** What has to be there before it makes sense to wait. */
  after: readonly pulumi.Resource[];
}

/** Where a Job finds the proof of who it is, and of who the API server is. */
const CREDENTIALS_PATH = "/credentials/api";
const AUTHORITY_PATH = "/authority";

/** What kubectl keeps between its calls. */
const HOME = "/tmp";

/** Kubernetes puts the authority of its API server into every namespace. */
const API_SERVER_AUTHORITY = "kube-root-ca.crt";

/** Seconds for the image to be pulled: a Job beyond its deadline takes its pod along, and what that has to say. */
const START = 300;

/** Seconds between two looks. */
const INTERVAL = 5;

const RESOURCES: Resources = { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } };

export class Watcher {
  /** Who the Jobs are; it may do nothing until somebody gives it rights. */
  readonly account: k8s.core.v1.ServiceAccount;

  private readonly labels: Labels;
  private readonly files: k8s.core.v1.ConfigMap;
  private readonly edge: Edge;

  constructor(
    name: string,
    private readonly args: WatcherArgs,
    private readonly opts: { parent: pulumi.Resource },
  ) {
    const { namespace, apiServer } = args;
    this.labels = podLabels(name);
    this.account = serviceAccount(name, { namespace, labels: this.labels }, opts);
    this.files = scripts(`${name}-scripts`, { namespace, folder: __dirname }, opts);
    this.edge = new Edge(
      `${name}-to-api-server`,
      { from: name, source: { namespace: namespace.name, labels: this.labels }, to: apiServer },
      opts,
    );
  }

  watch(name: string, { script, env, runsAgainWhen, timeout, after }: WatchArgs): k8s.batch.v1.Job {
    const { namespace, security, image, apiServer } = this.args;
    return job(
      name,
      {
        namespace,
        security,
        labels: this.labels,
        serviceAccount: this.account.metadata.name,
        container: {
          name: script,
          image,
          command: ["sh", `${SCRIPTS_PATH}/${script}.sh`],
          env: {
            HOME,
            API_SERVER: pulumi.interpolate`https://${apiServer.host}`,
            ...env,
            TIMEOUT: String(timeout),
            INTERVAL: String(INTERVAL),
          },
          mounts: {
            [SCRIPTS_PATH]: { configMap: this.files.metadata.name },
            [CREDENTIALS_PATH]: { token: {} },
            [AUTHORITY_PATH]: { configMap: API_SERVER_AUTHORITY },
            [HOME]: { scratch: "32Mi" },
          },
          resources: RESOURCES,
          terminationMessage: "log",
        },
        runsAgainWhen,
        deadline: timeout + START,
        // The script tries again for as long as that makes sense. When it gives up, the message is to be seen at once.
        retries: 0,
      },
      { ...this.opts, dependsOn: [...after, ...this.edge.policies, ...namespace.ready] },
    );
  }
}
