package kube

import (
	"encoding/base64"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
)

// serverOwned are the fields of metadata that only the API server sets.
var serverOwned = []string{
	"creationTimestamp", "deletionGracePeriodSeconds", "deletionTimestamp", "generation", "managedFields",
	"resourceVersion", "uid",
}

// normalize brings inputs into the form in which the API server returns them, so that equal meanings compare as
// equal: quantities ("1000m" is "1"), omitted zero values, stringData of Secrets. Objects with unknown values and
// custom resources stay as they are, and so does what is not valid: the API server has the better message.
func normalize(object *unstructured.Unstructured) *unstructured.Unstructured {
	if !hasUnknown(object.Object) {
		object = withoutStringData(object)
		if fields := typed(object); fields != nil {
			object = &unstructured.Unstructured{Object: prune(fields, object.Object)}
		}
	}
	if object.GetKind() == "CustomResourceDefinition" {
		unstructured.RemoveNestedField(object.Object, "status")
	}
	for _, field := range serverOwned {
		unstructured.RemoveNestedField(object.Object, "metadata", field)
	}
	return object
}

// typed is the object after a way through its Go type; nil when it has none or does not fit it.
func typed(object *unstructured.Unstructured) map[string]any {
	value, err := scheme.Scheme.New(object.GroupVersionKind())
	if err != nil {
		return nil
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, value); err != nil {
		return nil
	}
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(value)
	if err != nil {
		return nil
	}
	return fields
}

// withoutStringData writes a Secret's plain texts as data, as the API server does.
func withoutStringData(object *unstructured.Unstructured) *unstructured.Unstructured {
	texts, found, _ := unstructured.NestedStringMap(object.Object, "stringData")
	if !found || object.GetKind() != "Secret" || object.GetAPIVersion() != "v1" {
		return object
	}
	copied := object.DeepCopy()
	data, _, _ := unstructured.NestedMap(copied.Object, "data")
	if data == nil {
		data = map[string]any{}
	}
	for key, text := range texts {
		data[key] = base64.StdEncoding.EncodeToString([]byte(text))
	}
	copied.Object["data"] = data
	delete(copied.Object, "stringData")
	return copied
}

// prune keeps of an object what the other one has as well: of a live object the fields that the program set.
// Lists of another length are kept whole, since their elements cannot be matched.
func prune(object, shape map[string]any) map[string]any {
	kept := map[string]any{}
	for key, value := range object {
		if like, has := shape[key]; has {
			kept[key] = pruneValue(value, like)
		}
	}
	return kept
}

func pruneValue(value, like any) any {
	switch value := value.(type) {
	case map[string]any:
		if like, isMap := like.(map[string]any); isMap {
			return prune(value, like)
		}
	case []any:
		likes, isList := like.([]any)
		if !isList || len(likes) != len(value) {
			return value
		}
		kept := make([]any, len(value))
		for at := range value {
			kept[at] = pruneValue(value[at], likes[at])
		}
		return kept
	}
	return value
}
