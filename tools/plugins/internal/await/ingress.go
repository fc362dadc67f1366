package await

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// ingress is ready when its controller has given it an address and each Service that it names exists. A Service
// that is still missing when things have settled is not waited for, but the status says so.
func ingress(cluster Cluster) Rule {
	settled := settler(cluster)
	return func(ctx context.Context, object *unstructured.Unstructured) Verdict {
		missing := missingServices(ctx, cluster, object)
		addresses, _, _ := unstructured.NestedSlice(object.Object, "status", "loadBalancer", "ingress")
		waitForServices := !settled(fmt.Sprint(missing)) && len(missing) > 0
		if len(addresses) > 0 && !waitForServices {
			return Verdict{Ready: true}
		}
		verdict := Verdict{Progress: "Waiting for the address of the Ingress", Problems: missing}
		if len(addresses) == 0 {
			verdict.Problems = append(verdict.Problems, fmt.Sprintf(
				"The controller of the ingress class %q has set no address in .status.loadBalancer: is it running?",
				text(object, "spec", "ingressClassName")))
		}
		return verdict
	}
}

func missingServices(ctx context.Context, cluster Cluster, ingress *unstructured.Unstructured) []string {
	rules, _, _ := unstructured.NestedSlice(ingress.Object, "spec", "rules")
	var missing []string
	for _, rule := range rules {
		fields, _ := rule.(map[string]any)
		paths, _, _ := unstructured.NestedSlice(fields, "http", "paths")
		for _, path := range paths {
			fields, _ := path.(map[string]any)
			name, found, _ := unstructured.NestedString(fields, "backend", "service", "name")
			if !found {
				continue
			}
			if _, err := cluster.Get(ctx, serviceKind, ingress.GetNamespace(), name); err != nil {
				missing = append(missing, fmt.Sprintf("The Ingress names the Service %s, which does not exist", name))
			}
		}
	}
	return missing
}
