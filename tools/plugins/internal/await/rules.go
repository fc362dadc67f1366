package await

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Cluster is what rules read besides the object itself. Errors are for the next look: rules then find nothing.
type Cluster interface {
	// List has the objects of a kind in a namespace that match a label selector ("" for all).
	List(ctx context.Context, kind schema.GroupVersionKind, namespace, labels string) ([]unstructured.Unstructured, error)
	// Get has one object; its namespace is "" for kinds without.
	Get(ctx context.Context, kind schema.GroupVersionKind, namespace, name string) (*unstructured.Unstructured, error)
}

// Kinds that rules read.
var (
	podKind           = schema.GroupVersionKind{Version: "v1", Kind: "Pod"}
	eventKind         = schema.GroupVersionKind{Version: "v1", Kind: "Event"}
	claimKind         = schema.GroupVersionKind{Version: "v1", Kind: "PersistentVolumeClaim"}
	serviceKind       = schema.GroupVersionKind{Version: "v1", Kind: "Service"}
	replicaSetKind    = schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "ReplicaSet"}
	storageClassKind  = schema.GroupVersionKind{Group: "storage.k8s.io", Version: "v1", Kind: "StorageClass"}
	endpointSliceKind = schema.GroupVersionKind{Group: "discovery.k8s.io", Version: "v1", Kind: "EndpointSlice"}
)

// ForKind is the rule of a built-in kind, or nil when it is ready as soon as it exists. before is the object as it
// was before this update; nil when it is new.
func ForKind(kind schema.GroupKind, cluster Cluster, before *unstructured.Unstructured) Rule {
	switch kind {
	case schema.GroupKind{Group: "apps", Kind: "Deployment"}:
		return deployment(cluster, before)
	case schema.GroupKind{Group: "apps", Kind: "StatefulSet"}:
		return statefulSet(cluster)
	case schema.GroupKind{Group: "batch", Kind: "Job"}:
		return job(cluster)
	case schema.GroupKind{Kind: "PersistentVolumeClaim"}:
		return claim(cluster)
	case schema.GroupKind{Kind: "Service"}:
		return service(cluster)
	case schema.GroupKind{Group: "networking.k8s.io", Kind: "Ingress"}:
		return ingress(cluster)
	case schema.GroupKind{Kind: "ResourceQuota"}:
		return quota
	case schema.GroupKind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}:
		return definition
	}
	return nil
}

// OnRead is the rule by which a refresh judges an object, with a single look; nil when it does not.
func OnRead(kind schema.GroupKind, cluster Cluster) Rule {
	switch kind.Kind {
	case "Deployment", "StatefulSet", "Job", "Service", "Ingress":
		return ForKind(kind, settledCluster{cluster}, nil)
	}
	return nil
}

// settledCluster marks a single look: there is no waiting for endpoints to settle.
type settledCluster struct{ Cluster }

// definition of custom resources: its objects can be made once the API server serves them.
func definition(_ context.Context, object *unstructured.Unstructured) Verdict {
	if conditionOf(object, "Established").status == "True" {
		return Verdict{Ready: true}
	}
	verdict := Verdict{Progress: "Waiting for the API server to serve the new kind"}
	if names := conditionOf(object, "NamesAccepted"); names.status == "False" {
		verdict.Problems = []string{names.String()}
	}
	return verdict
}

// quota counts from the moment when the controller has taken it over into its status.
func quota(_ context.Context, object *unstructured.Unstructured) Verdict {
	wanted, _, _ := unstructured.NestedMap(object.Object, "spec", "hard")
	inForce, _, _ := unstructured.NestedMap(object.Object, "status", "hard")
	if sameQuantities(wanted, inForce) {
		return Verdict{Ready: true}
	}
	return Verdict{Progress: "Waiting for the quota to be in force"}
}

func sameQuantities(wanted, inForce map[string]any) bool {
	if len(wanted) != len(inForce) {
		return false
	}
	for name, quantity := range wanted {
		if inForce[name] != quantity {
			return false
		}
	}
	return true
}
