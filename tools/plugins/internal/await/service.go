package await

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// settling is how long endpoints have to stay as they are. The official provider takes 10 s, which suits clusters
// whose pods take that long to start.
const settling = time.Second

// service is ready when its endpoints have settled and none of them is unready. There is nothing to wait for
// without a selector, for a headless Service and for an ExternalName; a LoadBalancer needs an address too.
func service(cluster Cluster) Rule {
	settled := settler(cluster)
	return func(ctx context.Context, object *unstructured.Unstructured) Verdict {
		kind := text(object, "spec", "type")
		addresses, _, _ := unstructured.NestedSlice(object.Object, "status", "loadBalancer", "ingress")
		if kind == "LoadBalancer" && len(addresses) == 0 {
			return Verdict{Progress: "Waiting for the address of the load balancer", Problems: []string{
				"The Service was not allocated an address; does this cluster have load balancers?"}}
		}
		selector, _, _ := unstructured.NestedMap(object.Object, "spec", "selector")
		if kind == "ExternalName" || text(object, "spec", "clusterIP") == "None" || len(selector) == 0 {
			return Verdict{Ready: true}
		}
		found, err := endpointsOf(ctx, cluster, object.GetNamespace(), object.GetName())
		if err == nil && settled(found.version) && found.unready == 0 {
			return Verdict{Ready: true}
		}
		verdict := Verdict{Progress: "Waiting for pods behind the Service"}
		if found.ready == 0 {
			verdict.Problems = []string{"The Service targets no ready pod: they may not be ready, " +
				"or .spec.selector may not match their labels"}
		}
		return verdict
	}
}

// endpoints behind a Service. The version changes whenever they do.
type endpoints struct {
	slices, ready, unready int
	version                string
}

func endpointsOf(ctx context.Context, cluster Cluster, namespace, service string) (endpoints, error) {
	slices, err := cluster.List(ctx, endpointSliceKind, namespace, "kubernetes.io/service-name="+service)
	found := endpoints{slices: len(slices)}
	for at := range slices {
		found.version += string(slices[at].GetUID()) + slices[at].GetResourceVersion() + " "
		list, _, _ := unstructured.NestedSlice(slices[at].Object, "endpoints")
		for _, element := range list {
			fields, _ := element.(map[string]any)
			ready, given, _ := unstructured.NestedBool(fields, "conditions", "ready")
			terminating, _, _ := unstructured.NestedBool(fields, "conditions", "terminating")
			switch {
			case ready || !given:
				found.ready++
			case !terminating:
				found.unready++
			}
		}
	}
	return found, err
}

// settler tells whether a version has been the same for some time.
func settler(cluster Cluster) func(version string) bool {
	if _, single := cluster.(settledCluster); single {
		return func(string) bool { return true }
	}
	last, since := "none yet", time.Now()
	return func(version string) bool {
		if version != last {
			last, since = version, time.Now()
		}
		return time.Since(since) >= settling
	}
}
