// The order in which the engine makes the objects of a stack, held against what they need: in both directions.
import type { Graph, Resource } from "../../tools/graph/graph";
import { isCustom, providersOf, isThere } from "./operators";
import { needs, title, type Need } from "./needs";
import { groupOf, kindOf, type Scene } from "./scene";

export class Order {
  private readonly byUrn: ReadonlyMap<string, Resource>;
  private readonly known = new Map<string, ReadonlySet<string>>();

  constructor(graph: Graph) {
    this.byUrn = new Map(graph.resources.map((resource) => [resource.urn, resource]));
  }

  /** Whether `earlier` is there before `later` is made; and then the engine deletes `later` first. */
  isBefore(earlier: Resource, later: Resource): boolean {
    return this.before(later.urn).has(earlier.urn);
  }

  /** Everything that a resource waits for: dependencies, its parent and its provider, and what these wait for. */
  private before(urn: string): ReadonlySet<string> {
    const known = this.known.get(urn);
    if (known !== undefined) return known;
    const found = new Set<string>();
    this.known.set(urn, found);
    const { dependencies = [], parent = "", provider = "" } = this.byUrn.get(urn) ?? {};
    for (const direct of [...dependencies, parent, provider.replace(/::[^:]*$/, "")])
      for (const one of [direct, ...this.before(direct)]) found.add(one);
    return found;
  }
}

/** What may be made before something that it needs, as sentences. */
export function tooEarly(scene: Scene, all: readonly Need[] = needs(scene)): string[] {
  const order = new Order(scene.graph);
  const unprovided = scene.objects
    .filter(
      (object) => isCustom(object) && !isThere(object) && providersOf(scene, groupOf(object)).length === 0,
    )
    .map((object) => `${title(object)}: nothing says when its kind is served`);
  const early = all
    .filter(({ of, on }) => !order.isBefore(on, of))
    .map(({ of, on, why }) => `${title(of)} does not wait for ${title(on)}: ${why}`);
  return [...new Set([...unprovided, ...early])].sort();
}

/** What waits for something that it has no use for, as sentences. A value that an object is made of is a use. */
export function tooLate(scene: Scene, all: readonly Need[] = needs(scene)): string[] {
  // A component waits for what its children need.
  const explained = new Set(
    all.flatMap(({ of, on }) => [of.urn, of.parent ?? ""].map((urn) => `${urn} ${on.urn}`)),
  );
  const byUrn = new Map(scene.graph.resources.map((resource) => [resource.urn, resource]));
  return scene.graph.resources
    .flatMap((resource) => {
      const values = new Set(Object.values(resource.propertyDependencies).flat());
      return resource.dependencies
        .filter((urn) => !values.has(urn) && !explained.has(`${resource.urn} ${urn}`))
        .map((urn) => {
          const other = byUrn.get(urn);
          return `${title(resource)} waits for ${other ? title(other) : urn}, and nothing says why`;
        });
    })
    .sort();
}

/** What takes its time: others wait for these. */
const MILESTONES = [
  "DSCInitialization",
  "DataScienceCluster",
  "Deployment",
  "InferenceService",
  "Job",
  "ModelRegistry",
  "StatefulSet",
  "Subscription",
];

/** A line for each milestone: its wave, and the milestones that it waits for, without what they wait for themselves. */
export function waves(scene: Scene): string[] {
  const order = new Order(scene.graph);
  const milestones = scene.objects.filter((object) => MILESTONES.includes(kindOf(object)));
  const steps = new Map(
    milestones.map((object) => {
      const all = milestones.filter((other) => order.isBefore(other, object));
      return [object, all.filter((one) => !all.some((other) => order.isBefore(one, other)))];
    }),
  );
  const waveOf = (object: Resource): number =>
    Math.max(0, ...(steps.get(object) ?? []).map((earlier) => waveOf(earlier) + 1));
  return [...steps]
    .map(([object, earlier]) => {
      const after = earlier.map(title).sort().join(", ");
      return { wave: waveOf(object), line: `${title(object)}${after === "" ? "" : ` after ${after}`}` };
    })
    .sort((one, other) => one.wave - other.wave || (one.line < other.line ? -1 : 1))
    .map(({ wave, line }) => `${wave}  ${line}`);
}
