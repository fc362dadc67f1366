package kube

import (
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// The annotations that direct the provider.
const (
	autonamed      = "pulumi.com/autonamed"
	skipAwait      = "pulumi.com/skipAwait"
	waitFor        = "pulumi.com/waitFor"
	timeoutSeconds = "pulumi.com/timeoutSeconds"
	replaceUnready = "pulumi.com/replaceUnready"
	patchForce     = "pulumi.com/patchForce"
	patchManager   = "pulumi.com/patchFieldManager"
	propagation    = "pulumi.com/deletionPropagationPolicy"
)

// annotation of an object whose metadata may hold unknown values; those count as absent.
func annotation(object *unstructured.Unstructured, name string) string {
	annotations, _ := nested(object.Object, "metadata", "annotations").(map[string]any)
	value, _ := annotations[name].(string)
	return value
}

func isOn(object *unstructured.Unstructured, name string) bool {
	return annotation(object, name) == "true"
}

// nested is the value at a path, or nil.
func nested(object map[string]any, path ...string) any {
	var value any = object
	for _, key := range path {
		fields, isMap := value.(map[string]any)
		if !isMap {
			return nil
		}
		value = fields[key]
	}
	return value
}

// timeout that the program set, by option or by annotation; 0 when it set none.
func timeout(option float64, object *unstructured.Unstructured) time.Duration {
	if option > 0 {
		return time.Duration(option * float64(time.Second))
	}
	seconds, err := strconv.Atoi(annotation(object, timeoutSeconds))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// deletionPropagation is foreground unless the object says otherwise: what it owns goes first.
func deletionPropagation(object *unstructured.Unstructured) metav1.DeletionPropagation {
	switch policy := annotation(object, propagation); policy {
	case "orphan", "Orphan":
		return metav1.DeletePropagationOrphan
	case "background", "Background":
		return metav1.DeletePropagationBackground
	default:
		return metav1.DeletePropagationForeground
	}
}
