// Provisioner: sets up a server of this platform. It runs the scripts of the server's component as Jobs, makes
// an identity for every generation of every Grant, and at the end removes those that no Grant owns.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Edge, ManagedNamespace, PodEndpoint, podLabels } from "../network";
import {
  ContainerArgs,
  job,
  JobArgs,
  Mounts,
  PodSecurity,
  Resources,
  scripts,
  SCRIPTS_PATH,
} from "../workload";
import { ADMIN_PATH } from "./administrator";
import { Grant } from "./grant";
import { Identity, identity } from "./identity";
import { AccessContext, Issued, SecretData } from "./issuer";
import { Ledger } from "./ledger";

export interface ProvisionerArgs {
  /** What its Jobs have in common with the server: where and as whom they run, and the image with the client they use. */
  common: {
    namespace: ManagedNamespace;
    security: PodSecurity;
    access: AccessContext;
    image: string;
  };
  /** The server that is set up. */
  server: {
    /** What has to be there before it answers: leaf resources. */
    ready: readonly pulumi.Resource[];
    /** Identifies what it keeps its data on: on another one everything is set up anew. */
    storage: pulumi.Input<string>;
  };
  /** Where it listens. */
  endpoint: PodEndpoint;
  /** Folder with the scripts `provision`, `sweep` and what else the component runs. */
  folder: string;
  /** Names of those files. @default the folder's shell and Python scripts */
  files?: readonly string[];
  /** What they are written in: `sh` (their names end in `.sh`) or `python` (`.py`). @default "sh" */
  interpreter?: Interpreter;
  /** Environment of every script: where the server is. */
  env: ContainerArgs["env"];
  /** The administrator's Secret: see {@link administratorSecret}. */
  adminSecretName: pulumi.Input<string>;
  /** What a script takes. @default enough for a small client */
  resources?: Resources;
}

/** How one consumer's credentials are made. */
export interface Provision<Connection> {
  /** What `provision` needs besides the identity. */
  env?: ContainerArgs["env"];
  /** Files that its Job reads. */
  mounts?: Mounts;
  /** What has to be there first: the bucket. */
  after?: readonly pulumi.Resource[];
  /** What a client needs to connect with an identity. */
  connection: (identity: Identity) => Connection;
  /** The usual content of a connection Secret. */
  connectionData: (connection: Connection) => SecretData;
}

/** What the images of the servers run scripts with. */
export type Interpreter = "sh" | "python";

const ENDINGS: Readonly<Record<Interpreter, string>> = { sh: "sh", python: "py" };

const IDENTITY_PATH = "/credentials/identity";

const JOB_RESOURCES: Resources = { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } };

export class Provisioner {
  private readonly ledger: Ledger;
  private readonly scripts: k8s.core.v1.ConfigMap;
  /** Name of the pods that set the server up. */
  private readonly setup: string;
  /** What a script has to wait for: the server, and the way to it. */
  private readonly reachable: readonly pulumi.Resource[];

  constructor(
    private readonly service: string,
    private readonly args: ProvisionerArgs,
    private readonly opts: { parent: pulumi.Resource },
  ) {
    const { server } = args;
    const { namespace, access } = args.common;
    this.setup = `${service}-setup`;
    this.scripts = scripts(`${service}-scripts`, { namespace, folder: args.folder, files: args.files }, opts);
    const edge = new Edge(
      `${this.setup}-to-${service}`,
      {
        from: this.setup,
        source: { namespace: namespace.name, labels: podLabels(this.setup) },
        to: args.endpoint,
      },
      opts,
    );
    this.reachable = [...server.ready, ...edge.policies];
    this.ledger = new Ledger(
      {
        service,
        namespace,
        prefix: access.prefix,
        inPlace: access.inPlace,
        sweep: this.jobArgs("sweep", {}),
        dependsOn: this.reachable,
      },
      opts,
    );
  }

  /** Runs a script of the folder against the server; again whenever the script or the server's storage is a new one. */
  run(
    name: string,
    script: string,
    container: Pick<ContainerArgs, "env" | "mounts">,
    opts: { parent: pulumi.Resource; dependsOn?: readonly pulumi.Resource[] } = this.opts,
  ): k8s.batch.v1.Job {
    return job(
      name,
      { ...this.jobArgs(script, container), runsAgainWhen: { volume: this.args.server.storage } },
      { ...opts, dependsOn: [...this.reachable, ...(opts.dependsOn ?? [])] },
    );
  }

  /** A Grant whose every generation is an identity of its own at the server. */
  grant<Connection>(consumer: string, provision: Provision<Connection>): Grant<Connection> {
    const name = `${this.service}-${consumer}`;
    const grant = new Grant(
      name,
      {
        consumer,
        generations: this.args.common.access.generations(consumer),
        issuer: {
          service: this.service,
          endpoint: this.args.endpoint,
          storage: pulumi.output(this.args.server.storage),
          connectionData: provision.connectionData,
          issue: (generation, opts) => this.issue(`${name}-${generation}`, consumer, provision, opts),
        },
      },
      this.opts,
    );
    this.ledger.add(grant);
    return grant;
  }

  /** Ends the granting: see {@link Ledger.seal}. */
  seal(): void {
    this.ledger.seal();
  }

  private issue<Connection>(
    name: string,
    consumer: string,
    { env, mounts, after, connection }: Provision<Connection>,
    opts: { parent: pulumi.Resource },
  ): Issued<Connection> {
    const id = identity(name, { prefix: this.args.common.access.prefix, consumer }, opts);
    this.ledger.keep(id.user);
    const secret = new k8s.core.v1.Secret(
      `${name}-identity`,
      {
        metadata: { namespace: this.args.common.namespace.name },
        stringData: { user: id.user, password: id.password },
      },
      opts,
    );
    const provisioned = this.run(
      `${name}-provision`,
      "provision",
      { env, mounts: { [IDENTITY_PATH]: { secret: secret.metadata.name }, ...mounts } },
      { ...opts, dependsOn: [...(after ?? []), this.ledger.keepList] },
    );
    return { connection: connection(id), ready: [provisioned] };
  }

  private jobArgs(
    script: string,
    { env, mounts }: Pick<ContainerArgs, "env" | "mounts">,
  ): Omit<JobArgs, "runsAgainWhen"> {
    const { interpreter = "sh", common } = this.args;
    const { namespace, security, image } = common;
    return {
      namespace,
      security,
      labels: podLabels(this.setup),
      container: {
        name: script,
        image,
        command: [interpreter, `${SCRIPTS_PATH}/${script}.${ENDINGS[interpreter]}`],
        env: { ...this.args.env, ...env },
        mounts: {
          [SCRIPTS_PATH]: { configMap: this.scripts.metadata.name },
          [ADMIN_PATH]: { secret: this.args.adminSecretName },
          "/tmp": { scratch: "16Mi" },
          ...mounts,
        },
        resources: this.args.resources ?? JOB_RESOURCES,
      },
    };
  }
}
