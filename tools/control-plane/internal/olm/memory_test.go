package olm

// A cluster in memory, and OLM at work on it.

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mlops-platform/control-plane/internal/api"
)

// memory keeps objects by their kind, namespace and name.
type memory struct {
	t        *testing.T
	objects  map[string]api.Object
	defined  []string
	asked    api.Object
	made     int
	absent   string
	now      time.Time
	statuses int
}

var plurals = map[string]string{
	"CatalogSource": "catalogsources", "OperatorGroup": "operatorgroups", "Subscription": "subscriptions",
	"InstallPlan": "installplans", "ClusterServiceVersion": "clusterserviceversions",
	"DSCInitialization": "dscinitializations",
}

func key(object api.Object) string {
	return fmt.Sprintf("%s/%s/%s/%s", object["apiVersion"], plurals[api.Text(object, "kind")],
		api.Text(object, "metadata", "namespace"), api.Text(object, "metadata", "name"))
}

func copied(t *testing.T, object api.Object) api.Object {
	t.Helper()
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	var read api.Object
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	return read
}

func (m *memory) list(_ context.Context, resource string) ([]api.Object, error) {
	if m.absent == resource {
		return nil, &api.StatusError{Code: 404}
	}
	var found []api.Object
	for path, object := range m.objects {
		if strings.HasPrefix(path, resource+"/") {
			found = append(found, copied(m.t, object))
		}
	}
	slices.SortFunc(found, byName)
	return found, nil
}

func (m *memory) apply(_ context.Context, object api.Object) (api.Object, error) {
	object = copied(m.t, object)
	if before, there := m.objects[key(object)]; there {
		object["metadata"], object["status"] = before["metadata"], before["status"]
	} else {
		m.made++
		metadata := object["metadata"].(api.Object)
		metadata["uid"], metadata["creationTimestamp"] = fmt.Sprint("uid-", m.made), stamp(m.now)
	}
	m.objects[key(object)] = object
	return copied(m.t, object), nil
}

func (m *memory) setStatus(_ context.Context, object, status api.Object) error {
	stored, there := m.objects[key(object)]
	if !there {
		return &api.StatusError{Code: 404}
	}
	m.statuses++
	kept := statusOf(stored)
	for name, value := range copied(m.t, status) {
		if value == nil {
			delete(kept, name)
		} else {
			kept[name] = value
		}
	}
	stored["status"] = kept
	return nil
}

func (m *memory) remove(_ context.Context, object api.Object) error {
	delete(m.objects, key(object))
	return nil
}

func (m *memory) define(_ context.Context, wanted []api.Object) error {
	for _, definition := range wanted {
		m.defined = append(m.defined, api.Text(definition, "metadata", "name"))
	}
	return nil
}

func (m *memory) outcomes(context.Context) (api.Object, error) { return m.asked, nil }

// plane is OLM on a cluster in memory that has Red Hat's catalog, and the groups of these namespaces.
type plane struct {
	*memory
	manager *manager
}

func newPlane(t *testing.T, namespaces ...string) plane {
	t.Helper()
	store := &memory{t: t, objects: map[string]api.Object{}, asked: api.Object{}, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	definitions := map[string]api.Object{}
	for _, operator := range catalog {
		for _, name := range operator.brings {
			definitions[name] = api.Object{
				"metadata": api.Object{"name": name},
				"spec": api.Object{"versions": []any{
					api.Object{"name": "v1", "storage": false}, api.Object{"name": "v2", "storage": true},
				}},
			}
		}
	}
	p := plane{store, &manager{store: store, definitions: definitions, now: func() time.Time { return store.now }}}
	p.add("v1alpha1", "CatalogSource", catalogNamespace, "redhat-operators", api.Object{})
	for _, namespace := range namespaces {
		p.add("v1", "OperatorGroup", namespace, "group", api.Object{})
	}
	return p
}

func (p plane) add(version, kind, namespace, name string, spec api.Object) {
	p.t.Helper()
	_, err := p.apply(context.Background(), api.Object{
		"apiVersion": "operators.coreos.com/" + version, "kind": kind,
		"metadata": api.Object{"name": name, "namespace": namespace}, "spec": spec,
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p plane) subscribe(namespace, name, channel, version, approval string) {
	p.t.Helper()
	p.add("v1alpha1", "Subscription", namespace, name, api.Object{
		"name": name, "channel": channel, "source": "redhat-operators", "sourceNamespace": catalogNamespace,
		"startingCSV": version, "installPlanApproval": approval,
	})
}

// settle goes on until there is nothing to do, and returns when there may be again.
func (p plane) settle() (wake time.Duration) {
	p.t.Helper()
	for range 200 {
		changed, wake, err := p.manager.step(context.Background())
		if err != nil {
			p.t.Fatal(err)
		}
		if !changed {
			return wake
		}
	}
	p.t.Fatal("there is no end to it")
	return 0
}

func (p plane) find(kind, namespace, name string) api.Object {
	return p.objects[key(api.Object{"apiVersion": "operators.coreos.com/v1alpha1", "kind": kind,
		"metadata": api.Object{"name": name, "namespace": namespace}})]
}

func (p plane) status(namespace, subscription string) api.Object {
	status, _ := p.find("Subscription", namespace, subscription)["status"].(api.Object)
	return status
}

func (p plane) phase(namespace, version string) string {
	return api.Text(p.find("ClusterServiceVersion", namespace, version), "status", "phase")
}

func (p plane) condition(namespace, subscription, kind string) api.Object {
	list, _ := p.status(namespace, subscription)["conditions"].([]any)
	for _, item := range list {
		if condition := item.(api.Object); condition["type"] == kind {
			return condition
		}
	}
	return nil
}

// plan is the InstallPlan that a Subscription names.
func (p plane) plan(namespace, subscription string) api.Object {
	return p.find("InstallPlan", namespace, api.Text(p.status(namespace, subscription), "installPlanRef", "name"))
}

func approve(plan api.Object) { plan["spec"].(api.Object)["approved"] = true }
