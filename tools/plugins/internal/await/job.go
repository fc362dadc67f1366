package await

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// job is ready when it has succeeded, and failed as soon as its controller says so; the problems then name what its
// pods ended with.
func job(cluster Cluster) Rule {
	return func(ctx context.Context, object *unstructured.Unstructured) Verdict {
		if conditionOf(object, "Complete").status == "True" {
			return Verdict{Ready: true}
		}
		verdict := Verdict{Progress: fmt.Sprintf("Waiting for the Job to succeed (active %d, succeeded %d, failed %d)",
			number(object, "status", "active"), number(object, "status", "succeeded"), number(object, "status", "failed"))}
		if failure := conditionOf(object, "Failed"); failure.status == "True" {
			verdict.Failed = true
			verdict.Problems = append(verdict.Problems, failure.String())
		}
		verdict.Problems = append(verdict.Problems, podProblems(ctx, cluster, object)...)
		verdict.Problems = append(verdict.Problems, eventProblems(ctx, cluster, object)...)
		return verdict
	}
}
