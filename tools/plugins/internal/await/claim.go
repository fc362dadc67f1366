package await

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// claim is ready when it is bound. Where the storage class waits for the first pod that mounts it, a claim has to stay
// pending until then, and is ready as it is: the pod may well wait for this update.
func claim(cluster Cluster) Rule {
	mode := ""
	return func(ctx context.Context, object *unstructured.Unstructured) Verdict {
		phase := text(object, "status", "phase")
		if phase == "Bound" {
			return Verdict{Ready: true}
		}
		class := text(object, "spec", "storageClassName")
		if mode == "" && class != "" {
			if found, err := cluster.Get(ctx, storageClassKind, "", class); err == nil {
				mode = text(found, "volumeBindingMode")
			}
		}
		if mode == "WaitForFirstConsumer" && phase == "Pending" {
			return Verdict{Ready: true}
		}
		problem := fmt.Sprintf("the claim is %s, not Bound (storage class %q)", phase, class)
		return Verdict{
			Progress: "Waiting for a volume",
			Problems: append([]string{problem}, eventProblems(ctx, cluster, object)...),
		}
	}
}
