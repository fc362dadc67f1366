// Grant: one consumer's least-privilege access to one service. It holds the credential in one or more
// generations; whoever consumes it claims it once, and gets back the name of a Secret and what to wait for.
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ClusterPeer, Edge, EdgeArgs, Labels, ManagedNamespace } from "../network";
import { Issued, Issuer, SecretData } from "./issuer";

export interface GrantArgs<Connection> {
  /** The service that the access is to. */
  issuer: Issuer<Connection>;
  /** Who the access is for: `model-registry`. */
  consumer: string;
  /** Names of the generations that work, newest first. Only the newest is handed to pods. */
  generations: readonly string[];
}

/**
 * Access that a component can claim: a {@link Grant} of the same program, or what another one published
 * ({@link PublishedGrant}). `Location` is what may be known of the connection apart from the credential.
 */
export interface Claimable<Location> {
  /** Who the access is for. */
  readonly consumer: string;
  /** Puts the access to use: where its Secret is, what to wait for, and the way there. */
  claim(args: ClaimArgs): Claim<Location>;
}

export interface ClaimArgs {
  /** Namespace of the pods that connect. */
  namespace: ManagedNamespace;
  /** Those pods. */
  pods: Labels;
}

/** The Secret in a form of its own, which only the program that makes the credential can give it. */
export interface FormedClaimArgs<Connection> extends ClaimArgs {
  /**
   * Keys and values of the Secret, for software that wants them in a form of its own.
   * @default the service's usual connection keys
   */
  data?: (connection: Connection) => SecretData;
  /** What the name of the Secret begins with. @default the consumer's and the service's: "model-registry-mysql" */
  secretPrefix?: string;
  /** What software reads beside the Secret's content: where the service is. @default nothing */
  annotations?: (connection: Connection) => Record<string, pulumi.Input<string>>;
}

/** A claimed Grant. */
export interface Claim<Connection> {
  /** The Secret in the consumer's namespace. A new generation has a new name, so that pods roll out. */
  readonly secretName: pulumi.Output<string>;
  /**
   * Annotations for the pods, which roll out when one of them changes.
   * @default none: a Secret with other content has another name
   */
  readonly annotations?: Readonly<Record<string, pulumi.Input<string>>>;
  /** What a client needs to connect. */
  readonly connection: Connection;
  /** What a workload has to wait for: the credential works and the network is open. */
  readonly ready: readonly pulumi.Resource[];
  /** Identifies the storage behind the service: what was set up there is gone when it is another. */
  readonly storage: pulumi.Output<string>;
  /**
   * Lets other pods of the same namespace use the claim, too: a Job that prepares what the workload needs. `from` is
   * their name. Returns what they have to wait for.
   */
  letIn(from: string, pods: Labels): readonly pulumi.Resource[];
  /** Says which workload uses the claim: credentials that are no longer used are removed after it has rolled out. */
  usedBy(workload: pulumi.Resource): void;
}

export interface PublishArgs {
  /** Namespace of the Secret. */
  namespace: pulumi.Input<string>;
  /** Fixed name of the Secret; its values are updated in place. */
  secretName: string;
  /** Pods that may connect. Empty: all of the namespace. */
  pods: Labels;
  /** Who connects in their place, where it is not pods of that namespace. @default pods of that namespace */
  peer?: ClusterPeer;
  /** Also open the way out of their namespace, which then is closed to everything else. @default false */
  egress?: boolean;
  /** Labels and annotations of the Secret. @default none */
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  /** A provider that updates Secrets in place. */
  inPlace: k8s.Provider;
  /** What has to be in force before the way is opened. @default nothing */
  dependsOn?: readonly pulumi.Resource[];
}

/**
 * One consumer's least-privilege access to one service of this program: its identity and its credential, in one or more
 * generations. A service makes it (`database.grant(...)`), and one component claims it.
 */
export class Grant<Connection> extends pulumi.ComponentResource implements Claimable<Connection> {
  readonly consumer: string;
  /** What uses this access. A Grant that nothing uses is a mistake in the wiring. */
  readonly users: pulumi.Resource[] = [];
  private readonly issuer: Issuer<Connection>;
  private readonly issued: readonly (Issued<Connection> & { generation: string })[];
  private claimed = false;

  constructor(name: string, args: GrantArgs<Connection>, opts?: pulumi.ComponentResourceOptions) {
    super("mlops:access:Grant", name, {}, opts);
    this.consumer = args.consumer;
    this.issuer = args.issuer;
    this.issued = args.generations.map((generation) => ({
      generation,
      ...args.issuer.issue(generation, { parent: this }),
    }));
    this.registerOutputs({});
  }

  /** Name of the generation that consumers get: the newest. */
  get generation(): string {
    return newestOf(this.issued, this.consumer).generation;
  }

  /** For pods of this platform. Every generation has its Secret; the newest one's name is returned. */
  claim(args: FormedClaimArgs<Connection>): Claim<Connection> {
    this.claimOnce();
    const data = args.data ?? ((connection: Connection) => this.issuer.connectionData(connection));
    const prefix = args.secretPrefix ?? `${this.consumer}-${this.issuer.service}`;
    const secrets = this.issued.map((issued) => ({
      ...issued,
      secret: new k8s.core.v1.Secret(
        `${prefix}-${issued.generation}`,
        {
          metadata: {
            namespace: args.namespace.name,
            ...(args.annotations ? { annotations: args.annotations(issued.connection) } : {}),
          },
          stringData: secretValues(data(issued.connection)),
        },
        { parent: this },
      ),
    }));
    const edge = this.edge(this.consumer, { namespace: args.namespace.name, labels: args.pods });
    const newest = newestOf(secrets, this.consumer);
    return {
      secretName: newest.secret.metadata.name,
      connection: newest.connection,
      ready: [newest.secret, ...newest.ready, ...edge.policies],
      storage: this.issuer.storage,
      letIn: (from, labels) => [
        newest.secret,
        ...newest.ready,
        ...this.edge(from, { namespace: args.namespace.name, labels }).policies,
      ],
      usedBy: (workload) => this.users.push(workload),
    };
  }

  /** For pods that are not this platform's: a Secret with a fixed name and the way to the service. */
  publish(args: PublishArgs): k8s.core.v1.Secret {
    this.claimOnce();
    const newest = newestOf(this.issued, this.consumer);
    const edge = this.edge(
      this.consumer,
      args.peer ?? { namespace: args.namespace, labels: args.pods },
      args.egress ? "both" : "ingress",
      args.dependsOn,
    );
    const secret = new k8s.core.v1.Secret(
      args.secretName,
      {
        metadata: { name: args.secretName, namespace: args.namespace, ...args.metadata },
        stringData: secretValues(this.issuer.connectionData(newest.connection)),
      },
      {
        parent: this,
        provider: args.inPlace,
        // Nobody reads a credential before it works.
        dependsOn: [...newest.ready, ...edge.policies],
      },
    );
    this.users.push(secret);
    return secret;
  }

  private claimOnce(): void {
    if (this.claimed) {
      throw new pulumi.RunError(
        `The access of "${this.consumer}" to ${this.issuer.service} is claimed twice. ` +
          `Make a Grant for each consumer, so that each has a credential of its own.`,
      );
    }
    this.claimed = true;
  }

  private edge(
    from: string,
    source: EdgeArgs["source"],
    sides: "both" | "ingress" = "both",
    dependsOn: readonly pulumi.Resource[] = [],
  ): Edge {
    return new Edge(
      `${from}-to-${this.issuer.service}`,
      { from, source, to: this.issuer.endpoint, sides },
      { parent: this, dependsOn: [...dependsOn] },
    );
  }
}

/** The one that pods get: generations are listed newest first. */
function newestOf<T>(generations: readonly T[], consumer: string): T {
  const [newest] = generations;
  if (newest === undefined) {
    throw new pulumi.RunError(
      `The credentials of "${consumer}" have no generation. Name at least one, such as "1".`,
    );
  }
  return newest;
}

/** Every value of a connection is kept like a secret, so that no output ever shows one of them in the clear. */
function secretValues(data: SecretData): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, pulumi.secret(value)]));
}
