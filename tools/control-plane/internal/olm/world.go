package olm

import (
	"maps"
	"slices"
	"time"

	"mlops-platform/control-plane/internal/api"
)

// world is what is there at one moment.
type world struct {
	now                                             time.Time
	sources, groups, subscriptions, plans, versions []api.Object
	initializations                                 []api.Object
	outcomes                                        map[string]any
}

// Where clusters keep the catalogs for all namespaces.
const catalogNamespace = "openshift-marketplace"

func in(namespace string, objects []api.Object) []api.Object {
	var found []api.Object
	for _, object := range objects {
		if api.Text(object, "metadata", "namespace") == namespace {
			found = append(found, object)
		}
	}
	slices.SortFunc(found, byName)
	return found
}

func named(namespace, name string, objects []api.Object) api.Object {
	for _, object := range objects {
		if api.Text(object, "metadata", "namespace") == namespace && api.Text(object, "metadata", "name") == name {
			return object
		}
	}
	return nil
}

// sourcesFor are the catalogs that Subscriptions of a namespace may choose from.
func (w world) sourcesFor(namespace string) []api.Object {
	sources := in(catalogNamespace, w.sources)
	if namespace != catalogNamespace {
		sources = append(sources, in(namespace, w.sources)...)
	}
	return sources
}

// subscriptionTo is the Subscription that a version was installed for.
func (w world) subscriptionTo(version api.Object) api.Object {
	namespace, name := api.Text(version, "metadata", "namespace"), api.Text(version, "metadata", "name")
	for _, subscription := range in(namespace, w.subscriptions) {
		if api.Text(subscription, "status", "installedCSV") == name ||
			api.Text(subscription, "status", "currentCSV") == name {
			return subscription
		}
	}
	return nil
}

// with is the object with one field more, or another value in it.
func with(object api.Object, key string, value any) api.Object {
	changed := maps.Clone(object)
	if changed == nil {
		changed = api.Object{}
	}
	changed[key] = value
	return changed
}

func without(object api.Object, keys ...string) api.Object {
	changed := maps.Clone(object)
	for _, key := range keys {
		delete(changed, key)
	}
	return changed
}

// statusOf is a copy to change.
func statusOf(object api.Object) api.Object {
	status, _ := object["status"].(api.Object)
	if status == nil {
		return api.Object{}
	}
	return maps.Clone(status)
}

// setCondition puts the condition into the status, and says since when it is so.
func setCondition(status api.Object, condition api.Object, now time.Time) {
	list, _ := status["conditions"].([]any)
	list = slices.Clone(list)
	at := slices.IndexFunc(list, func(item any) bool { return item.(api.Object)["type"] == condition["type"] })
	if at >= 0 {
		before := list[at].(api.Object)
		if before["status"] == condition["status"] && before["reason"] == condition["reason"] &&
			text(before["message"]) == text(condition["message"]) {
			return
		}
	}
	condition = with(condition, "lastTransitionTime", stamp(now))
	if at >= 0 {
		list[at] = condition
	} else {
		list = append(list, condition)
	}
	status["conditions"] = list
}

func removeConditions(status api.Object, types ...string) {
	list, _ := status["conditions"].([]any)
	kept := slices.DeleteFunc(slices.Clone(list), func(item any) bool {
		kind, _ := item.(api.Object)["type"].(string)
		return slices.Contains(types, kind)
	})
	switch {
	case len(kept) == len(list):
	case len(kept) == 0:
		delete(status, "conditions")
	default:
		status["conditions"] = kept
	}
}

func text(value any) string {
	text, _ := value.(string)
	return text
}

func number(value any) float64 {
	number, _ := value.(float64)
	return number
}

func stamp(now time.Time) string { return now.UTC().Format(time.RFC3339) }
