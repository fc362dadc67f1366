// What of a plan touches data: what is lost, what stops, and what Pulumi will refuse because it is protected.
import type { Graph, Resource } from "../graph/graph";
import { kubernetesKind } from "../graph/providers";
import { at, text, type Plain } from "../graph/values";
import { quantity } from "../render/budget";
import type { Step } from "./plan";

export interface Risk {
  readonly step: Step;
  /** What happens, in one sentence. */
  readonly message: string;
}

/** The risks of a plan, those of each step in the order of its kind. `before` is the graph of the base. */
export function risksOf(steps: readonly Step[], before: Graph): Risk[] {
  return steps.flatMap((step) => risksOfStep(step, before).map((message) => ({ step, message })));
}

function risksOfStep(step: Step, before: Graph): string[] {
  const { action } = step;
  if (step.before === undefined) return [];
  if (action === "update") return shrinking(step);
  if (action !== "delete" && action !== "replace") return [];
  const old = step.before;
  const messages = lossesOf(old, before, action === "replace");
  // The engine looks at the protection that it recorded, not at what the program says now.
  if (old.protect)
    messages.push("it is protected: Pulumi stops the deployment here, and changes nothing of it");
  return messages;
}

function lossesOf(old: Resource, before: Graph, replaced: boolean): string[] {
  if (old.retainOnDelete) return [];
  switch (kubernetesKind(old.inputs)) {
    case "PersistentVolumeClaim":
    case "PersistentVolume":
      return [replaced ? "the new volume is empty: what is on the old one is lost" : "what is on it is lost"];
    case "StatefulSet":
      return [
        `the server stops${replaced ? " until the new one runs" : ""}` +
          (hasOwnClaims(old) ? ", and its volumes are another StatefulSet's" : ""),
      ];
    case "Namespace": {
      const volumes = before.resources.filter(
        ({ inputs, read }) =>
          !read && kubernetesKind(inputs) === "PersistentVolumeClaim" && namespaceOf(inputs) === old.id,
      );
      if (volumes.length === 0) return [];
      const count = volumes.length === 1 ? "one volume" : `${volumes.length} volumes`;
      return [`everything in it is deleted, with what is on ${count}`];
    }
    default:
      return isStackId(old)
        ? ["users and buckets at the servers belong to the old id: no sweep ever removes them"]
        : [];
  }
}

const isStackId = ({ type, name }: Resource): boolean => type.startsWith("random:") && name === "stack-id";

function hasOwnClaims({ inputs }: Resource): boolean {
  const templates = at(inputs, "spec", "volumeClaimTemplates");
  return Array.isArray(templates) && templates.length > 0;
}

function namespaceOf(inputs: Plain): string {
  return text(at(inputs, "metadata", "namespace")) || "default";
}

/** Kubernetes lets volumes grow only. */
function shrinking({ before, resource }: Step): string[] {
  if (before === undefined || kubernetesKind(resource.inputs) !== "PersistentVolumeClaim") return [];
  const [old, young] = [before, resource].map(({ inputs }) =>
    quantity(at(inputs, "spec", "resources", "requests", "storage")),
  );
  return (young ?? 0) < (old ?? 0) ? ["a volume can't shrink: the API server refuses this"] : [];
}
