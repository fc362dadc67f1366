// Runs a program under test and finds things in what it registered. A finder that does not find says what
// there is, so that a failed test reads as the answer to "then what did it register?".
import { collect, type CollectOptions, type Program } from "../../tools/graph/collect";
import type { Graph, Resource } from "../../tools/graph/graph";
import { objectsOf, type KubernetesObject } from "../../tools/graph/objects";
import type { PlainObject } from "../../tools/graph/values";

/** Runs `program` as `pulumi up` would. Rejects for whatever would fail a real run. */
export async function run(program: Program, options?: CollectOptions): Promise<TestGraph> {
  return new TestGraph(await collect(program, options));
}

export class TestGraph {
  readonly resources: readonly Resource[];
  readonly outputs: PlainObject;
  readonly secretOutputs: readonly string[];

  constructor(readonly graph: Graph) {
    this.resources = graph.resources;
    this.outputs = graph.outputs;
    this.secretOutputs = graph.secretOutputs;
  }

  /** What the stack would create on the cluster, ready for comparison: no secret values. */
  get objects(): KubernetesObject[] {
    return objectsOf(this.graph);
  }

  /** All resources of a type, such as `kubernetes:apps/v1:Deployment`, by logical name. */
  all(type: string): Resource[] {
    return this.resources.filter((resource) => resource.type === type).sort(byName);
  }

  /**
   * The only resource of a type, with this name when given. The name is the logical one, or that of the
   * Kubernetes object.
   */
  one(type: string, name?: string): Resource {
    const found = this.all(type).filter((resource) => name === undefined || namesOf(resource).includes(name));
    const [resource] = found;
    if (resource !== undefined && found.length === 1) return resource;
    const wanted = name === undefined ? type : `${type} "${name}"`;
    if (resource !== undefined) throw new Error(`${found.length} resources match ${wanted}:\n${list(found)}`);
    const sameType = this.all(type);
    if (sameType.length > 0) throw new Error(`no ${wanted}; of this type there are:\n${list(sameType)}`);
    throw new Error(`no ${wanted}; there are:\n${list(this.resources)}`);
  }

  /** Fails when there is a resource of this type (and name). */
  none(type: string, name?: string): void {
    const found = this.all(type).filter((resource) => name === undefined || namesOf(resource).includes(name));
    if (found.length > 0) throw new Error(`there should be no ${type}, but there are:\n${list(found)}`);
  }

  byUrn(urn: string): Resource {
    const resource = this.resources.find((candidate) => candidate.urn === urn);
    if (resource === undefined) throw new Error(`no resource ${urn}; there are:\n${list(this.resources)}`);
    return resource;
  }

  childrenOf(parent: Resource): Resource[] {
    return this.resources.filter((resource) => resource.parent === parent.urn).sort(byName);
  }

  /** Children, their children, and so on. */
  descendantsOf(parent: Resource): Resource[] {
    return this.childrenOf(parent).flatMap((child) => [child, ...this.descendantsOf(child)]);
  }

  /** Everything that must exist before this resource: dependencies, their dependencies, and so on. */
  prerequisitesOf(resource: Resource): Resource[] {
    const found = new Map<string, Resource>();
    const visit = (urn: string): void => {
      if (found.has(urn)) return;
      const dependency = this.byUrn(urn);
      found.set(urn, dependency);
      dependency.dependencies.forEach(visit);
    };
    resource.dependencies.forEach(visit);
    return [...found.values()].sort(byName);
  }

  /** The Kubernetes object of a kind and name, in the only namespace that has one unless a namespace is given. */
  object(kind: string, name: string, namespace?: string): KubernetesObject["manifest"] {
    const ofKind = this.objects.filter(({ manifest }) => manifest.kind === kind);
    const found = ofKind.filter(
      (object) =>
        object.manifest.metadata.name === name && (namespace === undefined || object.namespace === namespace),
    );
    const [object] = found;
    if (object !== undefined && found.length === 1) return object.manifest;
    const names = ofKind.map((other) => `  ${other.namespace ?? "_cluster"}/${other.manifest.metadata.name}`);
    throw new Error(
      `${found.length} objects are ${kind} ${namespace ?? "*"}/${name}; of this kind there are:\n${names.join("\n")}`,
    );
  }
}

function namesOf({ name, outputs }: Resource): unknown[] {
  const metadata = outputs.metadata;
  const objectName = metadata !== null && typeof metadata === "object" && "name" in metadata && metadata.name;
  return [name, objectName];
}

function byName(one: Resource, other: Resource): number {
  return one.name < other.name ? -1 : one.name > other.name ? 1 : one.urn < other.urn ? -1 : 1;
}

function list(resources: readonly Resource[]): string {
  return resources
    .map(({ type, name }) => `  ${type} "${name}"`)
    .sort()
    .join("\n");
}
