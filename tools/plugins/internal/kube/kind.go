package kube

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// kindOf reads the kind from a type token such as kubernetes:apps/v1:Deployment. Patch types, whose objects have
// the kind without the suffix, are told by the inputs where there are any.
func kindOf(urn resource.URN, inputs *unstructured.Unstructured) (schema.GroupVersionKind, error) {
	if inputs != nil && inputs.GetKind() != "" && inputs.GetAPIVersion() != "" {
		return inputs.GroupVersionKind(), nil
	}
	parts := strings.Split(string(urn.Type()), ":")
	if len(parts) != 3 || !strings.Contains(parts[1], "/") {
		return schema.GroupVersionKind{}, fmt.Errorf("%s is not the type of a Kubernetes object", urn.Type())
	}
	group, version, _ := strings.Cut(parts[1], "/")
	if group == "core" {
		group = ""
	}
	return schema.GroupVersionKind{Group: group, Version: version, Kind: strings.TrimSuffix(parts[2], "Patch")}, nil
}

// isPatch is true for resources that change fields of an object which is somebody else's.
func isPatch(urn resource.URN, kind string) bool {
	token := string(urn.Type())
	return strings.HasSuffix(token, ":"+kind+"Patch")
}

// idOf is namespace/name, or the name alone.
func idOf(object *unstructured.Unstructured) string {
	if namespace := object.GetNamespace(); namespace != "" {
		return namespace + "/" + object.GetName()
	}
	return object.GetName()
}

func parseID(id string) (namespace, name string) {
	if namespace, name, found := strings.Cut(id, "/"); found {
		return namespace, name
	}
	return "", id
}
