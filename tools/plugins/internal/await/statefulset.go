package await

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// statefulSet is ready when its controller has seen the specification, all replicas exist, are ready and belong to
// the newest revision. With the strategy OnDelete people delete the old pods when they like, so that revisions do
// not count after the first one.
func statefulSet(cluster Cluster) Rule {
	return func(ctx context.Context, object *unstructured.Unstructured) Verdict {
		if !observed(object) {
			return Verdict{Progress: "Waiting for the StatefulSet controller"}
		}
		status := func(name string) int64 { return number(object, "status", name) }
		wanted := number(object, "spec", "replicas")
		current, newest := text(object, "status", "currentRevision"), text(object, "status", "updateRevision")

		there := status("replicas") == wanted && status("readyReplicas") == wanted
		rolledOut := current != "" && current == newest
		onDelete := text(object, "spec", "updateStrategy", "type") == "OnDelete" && object.GetGeneration() > 1
		if !onDelete {
			there = there && status("currentReplicas") == wanted
		}
		if there && (rolledOut || onDelete) {
			return Verdict{Ready: true}
		}

		ready := status("readyReplicas")
		if !rolledOut {
			// Ready pods of the old revision do not count.
			ready = min(ready, status("updatedReplicas"))
		}
		verdict := Verdict{Progress: fmt.Sprintf("Waiting for pods (%d/%d ready)", ready, wanted)}
		if !there {
			verdict.Problems = append(verdict.Problems, fmt.Sprintf("%d of %d pods are ready", ready, wanted))
		}
		if !rolledOut && !onDelete {
			verdict.Problems = append(verdict.Problems,
				fmt.Sprintf("the rollout from revision %q to %q has not come to its end", current, newest))
		}
		verdict.Problems = append(verdict.Problems, podProblems(ctx, cluster, object)...)
		verdict.Problems = append(verdict.Problems, eventProblems(ctx, cluster, object)...)
		return verdict
	}
}
