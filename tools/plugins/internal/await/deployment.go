package await

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// revision is the annotation that numbers the rollouts of a Deployment, on it and on its ReplicaSets.
const revision = "deployment.kubernetes.io/revision"

// deployment is ready when its controller has seen the specification, the Deployment is available, the rollout has
// come to its end, the ReplicaSet of the newest revision has all its pods ready, and the claims it mounts are bound.
// Old pods that are still terminating do not count. A rollout that exceeds its progress deadline is reported, but
// not given up before the timeout: that is what the official provider does.
func deployment(cluster Cluster, before *unstructured.Unstructured) Rule {
	return func(ctx context.Context, object *unstructured.Unstructured) Verdict {
		if !observed(object) {
			return Verdict{Progress: "Waiting for the Deployment controller"}
		}
		var problems []string
		available := conditionOf(object, "Available")
		progressing := conditionOf(object, "Progressing")
		for _, condition := range []condition{available, progressing} {
			if condition.status == "False" {
				problems = append(problems, condition.String())
			}
		}
		if failure := conditionOf(object, "ReplicaFailure"); failure.status == "True" {
			problems = append(problems, failure.String())
		}

		current := currentReplicaSet(ctx, cluster, object)
		if current == nil {
			return Verdict{Progress: "Waiting for the ReplicaSet", Problems: problems}
		}
		wanted := numberOr(current, 1, "spec", "replicas")
		ready := number(current, "status", "readyReplicas")
		rolledOut := progressing.reason == "NewReplicaSetAvailable" && progressing.status == "True"
		// A first revision has nothing to roll over from.
		first := before == nil && object.GetAnnotations()[revision] == "1"
		unbound := unboundClaims(ctx, cluster, object)
		if available.status == "True" && (rolledOut || first) && ready >= wanted && len(unbound) == 0 {
			return Verdict{Ready: true}
		}

		switch {
		case available.status != "True":
			problems = append(problems, "Minimum number of live pods was not attained")
		case ready < wanted:
			problems = append(problems, fmt.Sprintf("The newest revision has %d of %d pods ready", ready, wanted))
		}
		problems = append(problems, unbound...)
		problems = append(problems, podProblems(ctx, cluster, current)...)
		progress := fmt.Sprintf("Waiting for pods (%d/%d ready)", ready, wanted)
		if progressing.reason == "ProgressDeadlineExceeded" {
			progress = progressing.String()
		}
		return Verdict{Progress: progress, Problems: problems}
	}
}

func currentReplicaSet(
	ctx context.Context, cluster Cluster, deployment *unstructured.Unstructured,
) *unstructured.Unstructured {
	newest := deployment.GetAnnotations()[revision]
	if newest == "" {
		return nil
	}
	all, err := cluster.List(ctx, replicaSetKind, deployment.GetNamespace(), "")
	if err != nil {
		return nil
	}
	for at := range all {
		if ownedBy(&all[at], deployment) && all[at].GetAnnotations()[revision] == newest {
			return &all[at]
		}
	}
	return nil
}

// unboundClaims names the claims of the pod template that are not bound yet. Those that do not exist are the
// business of the pods' own messages.
func unboundClaims(ctx context.Context, cluster Cluster, workload *unstructured.Unstructured) []string {
	volumes, _, _ := unstructured.NestedSlice(workload.Object, "spec", "template", "spec", "volumes")
	var problems []string
	for _, volume := range volumes {
		fields, _ := volume.(map[string]any)
		name, found, _ := unstructured.NestedString(fields, "persistentVolumeClaim", "claimName")
		if !found {
			continue
		}
		claim, err := cluster.Get(ctx, claimKind, workload.GetNamespace(), name)
		if err != nil {
			continue
		}
		if phase := text(claim, "status", "phase"); phase != "Bound" {
			problems = append(problems, fmt.Sprintf("PersistentVolumeClaim %s is %s, not Bound", name, phase))
		}
	}
	return problems
}
