package kube

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// replacing are the fields of each kind that an existing object cannot change, by group and kind. The official
// provider has the same table; versions do not matter among those that the API server still serves.
var replacing = map[string][]string{
	"apps/DaemonSet":  {"spec.selector"},
	"apps/Deployment": {"spec.selector"},
	"apps/StatefulSet": {
		"spec.podManagementPolicy", "spec.revisionHistoryLimit", "spec.selector", "spec.serviceName",
		"spec.volumeClaimTemplates",
	},
	"batch/Job": {"spec.completions", "spec.parallelism", "spec.selector", "spec.template"},
	"/PersistentVolumeClaim": {
		"spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName",
	},
	"/ResourceQuota":                        {"spec.scopes"},
	"/Service":                              {"spec.clusterIP"},
	"/Secret":                               {"type"},
	"rbac.authorization.k8s.io/RoleBinding": {"roleRef"},
	"rbac.authorization.k8s.io/ClusterRoleBinding": {"roleRef"},
	"storage.k8s.io/StorageClass":                  {"parameters", "provisioner"},
}

// replacingFields are those whose change replaces this object. The name and the namespace always do; for a patch
// nothing else does.
func (s settings) replacingFields(object *unstructured.Unstructured, patch bool) []string {
	fields := []string{"metadata.name", "metadata.namespace"}
	if patch {
		return fields
	}
	kind := object.GroupVersionKind()
	fields = append(fields, replacing[kind.Group+"/"+kind.Kind]...)
	immutable, _, _ := unstructured.NestedBool(object.Object, "immutable")
	switch {
	case kind.Group != "":
	case kind.Kind == "Secret" && (!s.secretMutable || immutable):
		fields = append(fields, "data", "stringData")
	case kind.Kind == "ConfigMap" && (!s.configMapMutable || immutable):
		fields = append(fields, "data", "binaryData")
	}
	return fields
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
