package await

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// condition of an object's status.
type condition struct{ kind, status, reason, message string }

func (c condition) String() string { return fmt.Sprintf("[%s] %s", c.reason, c.message) }

func conditions(object *unstructured.Unstructured) []condition {
	list, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions")
	var found []condition
	for _, element := range list {
		fields, ok := element.(map[string]any)
		if !ok {
			continue
		}
		text := func(name string) string { value, _ := fields[name].(string); return value }
		found = append(found, condition{text("type"), text("status"), text("reason"), text("message")})
	}
	return found
}

func conditionOf(object *unstructured.Unstructured, kind string) condition {
	for _, condition := range conditions(object) {
		if condition.kind == kind {
			return condition
		}
	}
	return condition{}
}

// number at a path; absent is 0.
func number(object *unstructured.Unstructured, path ...string) int64 {
	value, _, _ := unstructured.NestedFieldNoCopy(object.Object, path...)
	switch value := value.(type) {
	case int64:
		return value
	case float64:
		return int64(value)
	}
	return 0
}

// numberOr is the number at a path, or another one where there is none.
func numberOr(object *unstructured.Unstructured, otherwise int64, path ...string) int64 {
	if _, found, _ := unstructured.NestedFieldNoCopy(object.Object, path...); !found {
		return otherwise
	}
	return number(object, path...)
}

// text at a path; absent is "".
func text(object *unstructured.Unstructured, path ...string) string {
	value, _, _ := unstructured.NestedString(object.Object, path...)
	return value
}

// observed is true when the controller's status belongs to the present specification.
func observed(object *unstructured.Unstructured) bool {
	return number(object, "status", "observedGeneration") >= object.GetGeneration() && object.GetGeneration() > 0
}

func ownedBy(object, owner *unstructured.Unstructured) bool {
	for _, reference := range object.GetOwnerReferences() {
		if reference.UID == owner.GetUID() {
			return true
		}
	}
	return false
}

func isGone(object *unstructured.Unstructured) bool {
	return object.GetDeletionTimestamp() != nil
}
