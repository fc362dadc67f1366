package kube

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"mlops-platform/plugins/internal/replacing"
)

// replacingFields are those whose change replaces this object. The name and the namespace always do; for a patch
// nothing else does.
func (s settings) replacingFields(object *unstructured.Unstructured, patch bool) []string {
	fields := slices.Clone(replacing.Kubernetes.Always)
	if patch {
		return fields
	}
	kind := object.GroupVersionKind()
	name := kind.Group + "/" + kind.Kind
	fields = append(fields, replacing.Kubernetes.Kinds[name]...)
	immutable, _, _ := unstructured.NestedBool(object.Object, "immutable")
	if contents := replacing.Kubernetes.Contents[name]; immutable || !s.isMutable(contents.Mutable) {
		fields = append(fields, contents.Fields...)
	}
	return fields
}

// isMutable is true for an argument that makes the contents of a kind mutable, and is on.
func (s settings) isMutable(argument string) bool {
	switch argument {
	case "enableConfigMapMutable":
		return s.configMapMutable
	case "enableSecretMutable":
		return s.secretMutable
	}
	return false
}

// replaces is true when a change at the path changes one of the fields, or something in it or around it.
func replaces(fields []string, path string) bool {
	for _, field := range fields {
		if path == field || within(path, field) || within(field, path) {
			return true
		}
	}
	return false
}

// within is true for a path below another one.
func within(path, above string) bool {
	rest, below := strings.CutPrefix(path, above)
	return below && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "["))
}
