// Client: how another Pulumi program reads the contract of a stack, with types. It imports nothing of the platform but
// the shape, so that it can be shipped on its own.
import * as pulumi from "@pulumi/pulumi";
import * as absence from "./absence";
import { Refusal } from "./refusal";
import {
  type ConsumerContract,
  type Contract,
  contractSchema,
  CONTRACT_VERSION,
  type DatabaseConnection,
  type DatabaseContract,
  type DocumentDatabaseContract,
  type ModelRegistryContract,
  type ObjectStoreConnection,
  type ObjectStoreContract,
  type TrackingConnection,
  type TrackingContract,
  type WorkloadContract,
} from "./shape";

/** A stack of the platform whose outputs can be read. */
export type Reference = Pick<pulumi.StackReference, "name" | "outputs">;

/**
 * Reads what a stack of the platform tells other programs: `platform("organization/mlops-platform/dev")`. What the stack
 * does not have fails the program with a message that says what is there, and which setting of the platform adds it.
 *
 * @param reference Full name of the stack, `<organization>/<project>/<stack>`, or a reference to it. A program makes one
 *   reference to each stack.
 */
export function platform(reference: string | Reference): Platform {
  return new Platform(typeof reference === "string" ? stackReference(reference) : reference);
}

/** A stack of the platform, as other programs see it. */
export class Platform {
  /** Everything, as docs/contract.md describes it. */
  readonly contract: pulumi.Output<Contract>;
  private readonly stack: pulumi.Output<string>;

  constructor({ name, outputs }: Reference) {
    this.stack = name;
    this.contract = pulumi.all([name, outputs]).apply(([stack, values]) => read(stack, values));
  }

  /** The kind of cluster: `minikube`, `openshift`. */
  get target(): pulumi.Output<string> {
    return this.contract.apply(({ target }) => target);
  }

  get objectStore(): pulumi.Output<ObjectStoreContract> {
    return this.contract.apply(({ objectStore }) => objectStore);
  }

  get database(): pulumi.Output<DatabaseContract> {
    return this.contract.apply(({ database }) => database);
  }

  /** Fails where there is none. */
  get documentDatabase(): pulumi.Output<DocumentDatabaseContract> {
    return this.find((contract, stack) => absence.service(stack, contract, "documentDatabase"));
  }

  /** Fails where there is none. */
  get modelRegistry(): pulumi.Output<ModelRegistryContract> {
    return this.find((contract, stack) => absence.service(stack, contract, "modelRegistry"));
  }

  /** Fails where there is none. */
  get tracking(): pulumi.Output<TrackingContract> {
    return this.find((contract, stack) => absence.service(stack, contract, "tracking"));
  }

  /** A system on top of the shared services: `iris-api`. Fails where it is turned off. */
  workload(name: string): pulumi.Output<WorkloadContract> {
    return this.find((contract, stack) => absence.workload(stack, contract, name));
  }

  /** Name in the cluster of the namespace that the platform calls `name`: `mlops`. Fails where there is none. */
  namespace(name: string): pulumi.Output<string> {
    return this.find(({ namespaces }, stack) => absence.entry(stack, "namespace", namespaces, name));
  }

  /** The command that brings a service, `mlflow-server`, to the machine where it is typed. Fails where there is none. */
  portForward(name: string): pulumi.Output<string> {
    return this.find(({ portForward }, stack) => absence.entry(stack, "port to forward", portForward, name));
  }

  /** What an application gets that the platform's config names as a consumer. Fails where it does not. */
  consumer(name: string): Consumer {
    return new Consumer(
      name,
      this.find((contract, stack) => absence.consumer(stack, contract, name)),
      this.stack,
    );
  }

  private find<T>(get: (contract: Contract, stack: string) => T): pulumi.Output<T> {
    return pulumi.all([this.contract, this.stack]).apply(([contract, stack]) => get(contract, stack));
  }
}

/** An application that the platform's config names as a consumer. */
export class Consumer {
  constructor(
    private readonly name: string,
    /** Everything, as docs/contract.md describes it. */
    readonly contract: pulumi.Output<ConsumerContract>,
    private readonly stack: pulumi.Output<string>,
  ) {}

  /** Its namespace: the Secrets are there. */
  get namespace(): pulumi.Output<string> {
    return this.contract.apply(({ namespace }) => namespace);
  }

  /** Labels that its pods have to carry, so that the services let them in. */
  get pods(): pulumi.Output<Record<string, string>> {
    return this.contract.apply(({ pods }) => pods);
  }

  /** Name of the ConfigMap with the authorities of external services, where it needs any. */
  get caBundleName(): pulumi.Output<string | undefined> {
    return this.contract.apply(({ caBundleName }) => caBundleName);
  }

  /** Its bucket. Fails where it asked for none. */
  get objectStore(): pulumi.Output<ObjectStoreConnection> {
    return this.connection("objectStore");
  }

  /** Its schema. Fails where it asked for none. */
  get database(): pulumi.Output<DatabaseConnection> {
    return this.connection("database");
  }

  /** Its experiments and models. Fails where it asked for none. */
  get tracking(): pulumi.Output<TrackingConnection> {
    return this.connection("tracking");
  }

  private connection<Name extends keyof ConsumerContract["connections"]>(name: Name) {
    return pulumi
      .all([this.contract, this.stack])
      .apply(([contract, stack]) => absence.connection(stack, this.name, contract, name));
  }
}

/**
 * Looks for the stack before it refers to it. The engine ends a program whose reference leads nowhere, without saying
 * what to do; of a look it only says that it failed.
 */
function stackReference(name: string): pulumi.StackReference {
  const found = pulumi.runtime
    .invoke("pulumi:pulumi:readStackOutputs", { name })
    .catch((error: unknown) => Promise.reject(new Refusal(notFound(name, error))));
  // Nothing to wait for; but a reference whose dependencies fail is never made.
  const dependsOn = pulumi.output(found.then((): pulumi.Resource[] => []));
  return new pulumi.StackReference(name, {}, { dependsOn });
}

function notFound(name: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const reason = text.replace(/^invocation of \S+ returned an error: /, "");
  return [
    `The platform's stack "${name}" cannot be read: ${reason}`,
    `  allowed: <organization>/<project>/<stack>, as \`pulumi stack ls --all\` shows it; without Pulumi Cloud the`,
    `           organization is always called "organization"`,
    `  fix:     correct the name, or log in to the backend that has the stack: pulumi login <url>`,
  ].join("\n");
}

/** The outputs, once they are seen to be what this client takes them for. */
function read(stack: string, outputs: Record<string, unknown>): Contract {
  const names = Object.keys(outputs).sort();
  const { contractVersion: version } = outputs;
  const refuse = (problem: string, fix: string): never => {
    throw new Refusal(`The stack "${stack}" ${problem}\n  fix: ${fix}`);
  };
  const deploy = `pulumi up --stack ${stack}`;
  if (names.length === 0)
    return refuse("has no outputs: it was never deployed, or everything of it was destroyed.", deploy);
  if (typeof version !== "number")
    return refuse(
      `is not one of the platform: its outputs (${names.join(", ")}) have no contractVersion.`,
      "name the platform's own stack",
    );
  if (version < CONTRACT_VERSION)
    return refuse(
      `has version ${version} of the contract, and this program reads version ${CONTRACT_VERSION}: an older platform deployed it.`,
      `deploy it with the platform that this client came with, or install a client that reads version ${version}`,
    );
  if (version > CONTRACT_VERSION)
    return refuse(
      `has version ${version} of the contract, and this program reads version ${CONTRACT_VERSION}: a newer platform deployed it.`,
      `install a client that reads version ${version}; the platform's CHANGELOG.md says what is different`,
    );
  const result = contractSchema.safeParse(outputs);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `  ${path.join(".")}: ${message}`);
  return refuse(
    `lacks what this program's client knows of version ${version}:\n${problems.join("\n")}`,
    `deploy it with the platform that this client came with: ${deploy}`,
  );
}
