// What operators report when all is well, as far as anyone waits for it.
package simulation

import (
	"context"
	"time"

	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/stages"
)

type statusOf = func(context.Context, *api.Client, api.Object) (api.Object, error)

const (
	simulated = "Simulated"
	message   = "No operator runs in the embedded control plane."
	// transition is where a condition says since when it is so.
	transition = "lastTransitionTime"
)

// conditions reports each condition as true, or the last one as false for a resource that shall never be ready.
func conditions(types ...string) statusOf {
	return func(_ context.Context, _ *api.Client, object api.Object) (api.Object, error) {
		var list []any
		for i, kind := range types {
			status := "True"
			if i == len(types)-1 && neverReady(object) {
				status = "False"
			}
			list = append(list, condition(object, kind, status))
		}
		return api.Object{"conditions": list}, nil
	}
}

// admitted is what a router says about a Route.
func admitted(_ context.Context, _ *api.Client, object api.Object) (api.Object, error) {
	if neverReady(object) {
		return nil, nil
	}
	admission := condition(object, "Admitted", "True")
	delete(admission, "observedGeneration")
	return api.Object{"ingress": []any{api.Object{
		"host": api.Text(object, "spec", "host"), "routerName": "default",
		"conditions": []any{admission},
	}}}, nil
}

func condition(object api.Object, kind, status string) api.Object {
	return api.Object{
		"type": kind, "status": status, "reason": simulated, "message": message,
		"observedGeneration": api.At(object, "metadata", "generation"),
	}
}

func neverReady(object api.Object) bool {
	return api.Text(object, "metadata", "annotations", stages.Annotation) == stages.NeverReady
}

// covers tells whether all that is wanted is there; more may be there, such as the time of a transition.
func covers(there, wanted any) bool {
	switch wanted := wanted.(type) {
	case api.Object:
		object, _ := there.(api.Object)
		for key, value := range wanted {
			if !covers(object[key], value) {
				return false
			}
		}
		return true
	case []any:
		list, _ := there.([]any)
		if len(list) != len(wanted) {
			return false
		}
		for i, value := range wanted {
			if !covers(list[i], value) {
				return false
			}
		}
		return true
	default:
		return there == wanted
	}
}

// stamp gives every condition the time at which it became so.
func stamp(value any, now time.Time) {
	switch value := value.(type) {
	case api.Object:
		_, hasType := value["type"]
		if _, hasReason := value["reason"]; hasType && hasReason {
			value[transition] = now.UTC().Format(time.RFC3339)
		}
		for _, inner := range value {
			stamp(inner, now)
		}
	case []any:
		for _, inner := range value {
			stamp(inner, now)
		}
	}
}
