// Recovery: what an interrupted run left behind, compared with the state, and what to do about each object. Pure:
// it plans, recover.ts looks and acts.
import { isDeepStrictEqual } from "node:util";
import { fromPending, INTERRUPTED, isAutonamed, Program } from "./adopt";
import {
  keyOf,
  liveRef,
  nameOf,
  objectOf,
  touchedBy,
  type Deployment,
  type LiveObject,
  type ObjectRef,
  type PendingOperation,
  type StateResource,
} from "./state";

/** What was decided about one object. */
export interface Finding {
  readonly object: string;
  readonly action: "taken back" | "removed" | "applied again" | "gone" | "nothing to do" | "left alone";
  readonly why: string;
}

export interface Recovery {
  readonly deployment: Deployment;
  /** Objects that nothing needs, to be deleted. */
  readonly remove: readonly LiveObject[];
  readonly findings: readonly Finding[];
}

export interface Cluster {
  /** Every object with the labels of the stack, that nothing else owns and that is not being deleted. */
  readonly inventory: readonly LiveObject[];
  /** Objects of the state that the inventory lacks and that do not exist. */
  readonly absent: ReadonlySet<string>;
}

/** Kinds that hold nothing but what the next run puts into a new one. */
const DISPOSABLE = new Set(["ConfigMap", "Job"]);

export function planRecovery(deployment: Deployment, cluster: Cluster, program: Program): Recovery {
  const plan = new Plan(deployment, cluster, program);
  for (const operation of deployment.pending_operations ?? []) plan.settle(operation);
  plan.noteAbsent();
  for (const object of cluster.inventory) plan.account(object);
  return plan.result();
}

class Plan {
  private readonly resources: StateResource[];
  private readonly remove: LiveObject[] = [];
  private readonly findings: Finding[] = [];
  /** What an interrupted run was deleting. */
  private readonly deleting = new Set<string>();
  private readonly inventory: ReadonlyMap<string, LiveObject>;

  constructor(
    private readonly deployment: Deployment,
    private readonly cluster: Cluster,
    private readonly program: Program,
  ) {
    this.resources = (deployment.resources ?? []).map((resource) => ({ ...resource }));
    this.inventory = new Map(cluster.inventory.map((object) => [keyOf(liveRef(object)), object]));
  }

  result(): Recovery {
    return {
      deployment: { ...this.deployment, resources: this.resources, pending_operations: undefined },
      remove: this.remove,
      findings: this.findings,
    };
  }

  /** An operation that had begun, and of which nobody knows whether it was done. */
  settle({ type, resource }: PendingOperation): void {
    const ref = objectOf(resource);
    if (ref === undefined) return;
    const current = this.current(resource.urn);
    switch (type) {
      case "creating": {
        this.settleCreation(resource, ref, current);
        return;
      }
      case "updating":
        if (current === undefined || this.isAbsent(ref)) return;
        current.initErrors = [INTERRUPTED];
        {
          this.note(ref, "applied again", "its update was interrupted");
          return;
        }
      case "deleting":
        this.deleting.add(keyOf(ref));
        if (this.inventory.has(keyOf(ref)))
          this.note(ref, "nothing to do", "its deletion was interrupted, and it is still there");
    }
  }

  private settleCreation(pending: StateResource, ref: ObjectRef, current: StateResource | undefined): void {
    const live = this.inventory.get(keyOf(ref));
    if (live === undefined) {
      this.note(ref, "nothing to do", "its creation was interrupted before it existed");
      return;
    }
    const recordedAs = current && objectOf(current);
    if (current === undefined) this.resources.push(fromPending(pending, live));
    else if (current.pendingReplacement === true || this.isAbsent(recordedAs))
      this.replace(current, fromPending(pending, live));
    // Its record was written by a later run; or that run made another one under a new name.
    else if (recordedAs === undefined || keyOf(recordedAs) === keyOf(ref)) return;
    else if (isAutonamed(live)) {
      this.discard(live, "a replacement was interrupted; the next run makes a new one");
      return;
    } else {
      // As the engine leaves it between making the new object and deleting the old one.
      current.delete = true;
      this.resources.push(fromPending(pending, live));
    }
    this.note(ref, "taken back", "it had been made, but not recorded");
  }

  /** Objects of the state that do not exist: without a record, the engine makes them again. */
  noteAbsent(): void {
    const gone = this.resources.filter(
      (resource) => resource.delete !== true && this.isAbsent(objectOf(resource)),
    );
    for (const resource of gone) {
      this.forget(resource);
      const ref = objectOf(resource);
      if (ref === undefined) continue;
      const deleted = this.deleting.has(keyOf(ref));
      this.note(
        ref,
        "gone",
        deleted ? "its deletion was interrupted after it was done" : "the state has it, the cluster does not",
      );
    }
  }

  /** Takes a resource out of the state, and its name out of those that depended on it. */
  private forget(gone: StateResource): void {
    this.resources.splice(this.resources.indexOf(gone), 1);
    if (this.current(gone.urn) !== undefined) return;
    const others = (urns: readonly string[]): string[] => urns.filter((urn) => urn !== gone.urn);
    for (const resource of this.resources) {
      if (resource.parent === gone.urn) resource.parent = gone.parent;
      if (resource.dependencies !== undefined) resource.dependencies = others(resource.dependencies);
      if (resource.deletedWith === gone.urn) delete resource.deletedWith;
      const byProperty = resource.propertyDependencies;
      if (byProperty !== undefined)
        resource.propertyDependencies = Object.fromEntries(
          Object.entries(byProperty).map(([key, urns]) => [key, others(urns)]),
        );
    }
  }

  /** An object with the stack's labels: in the state, or to be put there, or to be removed. */
  account(live: LiveObject): void {
    const ref = liveRef(live);
    if (this.remove.includes(live) || this.isRecorded(ref)) return;
    const resource = this.program.resourceOf(live);
    const current = resource && this.current(resource.urn);
    const free = resource !== undefined && (current === undefined || current.pendingReplacement === true);

    if (isAutonamed(live) && DISPOSABLE.has(live.kind)) {
      this.discard(live, "no record names it, and the next run makes its own");
      return;
    }
    if (free) {
      const records = this.program.records(resource, live, this.resources);
      if (records === undefined) {
        this.note(
          ref,
          "left alone",
          "the state has no provider yet: run `make up`, then `make recover` again",
        );
        return;
      }
      const [record, ...parents] = [...records].reverse();
      this.resources.push(...parents.reverse());
      if (record !== undefined && current !== undefined) this.replace(current, record);
      else if (record !== undefined) this.resources.push(record);
      this.note(ref, "taken back", "it had been made, but no record named it");
      return;
    }
    if (isAutonamed(live) && live.kind === "Secret" && current !== undefined && this.isCopy(live, current)) {
      this.discard(live, "the one that is recorded has the same content");
      return;
    }
    this.note(
      ref,
      "left alone",
      "no record names it, and the program has no place for it: delete it if you know it",
    );
  }

  private isAbsent(ref: ObjectRef | undefined): boolean {
    return ref !== undefined && this.cluster.absent.has(keyOf(ref));
  }

  private isCopy(live: LiveObject, recorded: StateResource): boolean {
    const ref = objectOf(recorded);
    const other = ref && this.inventory.get(keyOf(ref));
    return other !== undefined && isDeepStrictEqual(live.data, other.data);
  }

  private isRecorded(ref: ObjectRef): boolean {
    return this.resources.some((resource) => {
      const recorded = resource.pendingReplacement === true ? undefined : touchedBy(resource);
      return recorded !== undefined && keyOf(recorded) === keyOf(ref);
    });
  }

  /** The record of a URN that is not on its way out. */
  private current(urn: string): StateResource | undefined {
    return this.resources.find((resource) => resource.urn === urn && resource.delete !== true);
  }

  private replace(old: StateResource, record: StateResource): void {
    this.resources.splice(this.resources.indexOf(old), 1, record);
  }

  private discard(live: LiveObject, why: string): void {
    this.remove.push(live);
    this.note(liveRef(live), "removed", why);
  }

  private note(ref: ObjectRef, action: Finding["action"], why: string): void {
    this.findings.push({ object: nameOf(ref), action, why });
  }
}
