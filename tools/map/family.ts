// Family: which component of a stack a resource belongs to.
import type { Graph, Resource } from "../graph/graph";

export class Family {
  private readonly byUrn: ReadonlyMap<string, Resource>;

  constructor(private readonly graph: Graph) {
    this.byUrn = new Map(graph.resources.map((resource) => [resource.urn, resource]));
  }

  get(urn: string): Resource {
    const found = this.byUrn.get(urn);
    if (found === undefined) throw new Error(`no resource ${urn} in the graph`);
    return found;
  }

  parentOf({ parent }: Resource): Resource | undefined {
    return parent === undefined ? undefined : this.byUrn.get(parent);
  }

  childrenOf({ urn }: Resource): Resource[] {
    return this.graph.resources.filter(({ parent }) => parent === urn);
  }

  /** Of a component type, in the order of their names. */
  all(type: string): Resource[] {
    return this.graph.resources
      .filter((resource) => resource.type === type)
      .sort((one, other) => (one.urn < other.urn ? -1 : 1));
  }

  /** The component that the program itself made, around a resource. A sweep belongs to the service that it sweeps. */
  topOf(resource: Resource): Resource {
    let top = resource;
    for (let next = this.parentOf(top); next?.parent !== undefined; next = this.parentOf(top)) top = next;
    if (top.type !== "mlops:access:Sweep") return top;
    const service = top.name.replace(/-sweep$/, "");
    const swept = this.graph.resources.find(
      ({ name, custom, parent, type }) =>
        name === service && !custom && parent === top.parent && type !== "mlops:network:ManagedNamespace",
    );
    return swept ?? top;
  }
}

const ACRONYMS: Readonly<Record<string, string>> = {
  ai: "AI",
  sql: "SQL",
  openshift: "OpenShift",
  triton: "Triton",
};

/** What a component is, in words: `mlops:sql-database:MySql` is a SQL database. */
export function kindOf({ type }: Resource): string {
  const [, folder = type] = type.split(":");
  return folder
    .split("-")
    .map((word) => ACRONYMS[word] ?? word)
    .join(" ");
}
