package olm

import (
	"context"
	"errors"
	"log"
	"maps"
	"reflect"
	"slices"
	"time"

	"mlops-platform/control-plane/internal/api"
)

// manager does what OLM's two controllers do: it looks at everything, does the next thing that is to be done, and looks
// again. What it knows is in the API server, so that it may be killed at any time.
type manager struct {
	store       store
	definitions map[string]api.Object
	now         func() time.Time
}

const (
	// breath is between two steps.
	breath = 50 * time.Millisecond
	// pause is before another attempt.
	pause = time.Second
	// absence is the pause while the cluster has no OLM.
	absence = 5 * time.Second
)

// errAbsent says that the cluster has no OLM.
var errAbsent = errors.New("there is no OLM")

// Run goes on until the context ends. The definitions are those that operators bring, by name.
func Run(ctx context.Context, client *api.Client, definitions map[string]api.Object) {
	remote := &remote{client}
	m := &manager{store: remote, definitions: definitions, now: time.Now}
	changes := remote.changes(ctx)
	for ctx.Err() == nil {
		changed, wake, err := m.step(ctx)
		switch {
		case errors.Is(err, errAbsent):
			wake = absence
		case err != nil && ctx.Err() == nil:
			log.Print("OLM: ", err)
			wake = pause
		case changed:
			wake = breath
		}
		var alarm <-chan time.Time
		if wake > 0 {
			alarm = time.After(wake)
		}
		if changed || err != nil {
			// What has changed meanwhile is seen anyway.
			select {
			case <-ctx.Done():
			case <-alarm:
			}
			continue
		}
		select {
		case <-ctx.Done():
		case <-alarm:
		case <-changes:
		}
	}
}

// step does the next thing; `wake` is when there may be more to do, if nothing else changes.
func (m *manager) step(ctx context.Context) (changed bool, wake time.Duration, err error) {
	w, err := m.look(ctx)
	if err != nil {
		return false, 0, err
	}
	for _, source := range w.sources {
		if changed, err := m.connect(ctx, w, source); err != nil || changed {
			return changed, 0, err
		}
	}
	for _, group := range w.groups {
		if changed, err := m.group(ctx, w, group); err != nil || changed {
			return changed, 0, err
		}
	}
	namespaces := map[string]bool{}
	for _, subscription := range w.subscriptions {
		if changed, err := m.observe(ctx, w, subscription); err != nil || changed {
			return changed, 0, err
		}
		namespaces[api.Text(subscription, "metadata", "namespace")] = true
	}
	for _, namespace := range slices.Sorted(maps.Keys(namespaces)) {
		if changed, err := m.resolve(ctx, w, namespace); err != nil || changed {
			return changed, 0, err
		}
	}
	for _, plan := range w.plans {
		if changed, err := m.advancePlan(ctx, w, plan); err != nil || changed {
			return changed, 0, err
		}
	}
	for _, version := range w.versions {
		changed, after, err := m.advanceVersion(ctx, w, version)
		if err != nil || changed {
			return changed, 0, err
		}
		if after > 0 && (wake == 0 || after < wake) {
			wake = after
		}
	}
	return false, wake, nil
}

// look reads everything. What is about to go is gone.
func (m *manager) look(ctx context.Context) (world, error) {
	w := world{now: m.now()}
	for resource, list := range map[string]*[]api.Object{
		"operators.coreos.com/v1alpha1/catalogsources":         &w.sources,
		"operators.coreos.com/v1/operatorgroups":               &w.groups,
		"operators.coreos.com/v1alpha1/subscriptions":          &w.subscriptions,
		"operators.coreos.com/v1alpha1/installplans":           &w.plans,
		"operators.coreos.com/v1alpha1/clusterserviceversions": &w.versions,
	} {
		items, err := m.store.list(ctx, resource)
		if api.NotFound(err) {
			return w, errAbsent
		}
		if err != nil {
			return w, err
		}
		*list = slices.DeleteFunc(items, func(object api.Object) bool {
			return api.At(object, "metadata", "deletionTimestamp") != nil
		})
	}
	var err error
	// The kind comes with an operator.
	w.initializations, err = m.store.list(ctx, "dscinitialization.opendatahub.io/v1/dscinitializations")
	if err != nil && !api.NotFound(err) {
		return w, err
	}
	w.outcomes, err = m.store.outcomes(ctx)
	return w, err
}

// connect says that a catalog answers.
func (m *manager) connect(ctx context.Context, w world, source api.Object) (changed bool, err error) {
	status := statusOf(source)
	if api.Text(status, "connectionState", "lastObservedState") == "READY" {
		return false, nil
	}
	status["connectionState"] = api.Object{"lastObservedState": "READY", "lastConnect": stamp(w.now)}
	return m.update(ctx, w, source, status)
}

// group says which namespaces the operators of an OperatorGroup watch.
func (m *manager) group(ctx context.Context, w world, group api.Object) (changed bool, err error) {
	status := statusOf(group)
	var watched []any
	for _, name := range targets(group) {
		watched = append(watched, name)
	}
	status["namespaces"] = watched
	return m.update(ctx, w, group, status)
}

// stamped are the kinds whose status says when it was written last.
var stamped = map[string]bool{"Subscription": true, "OperatorGroup": true}

// update writes the status, unless it is so already.
func (m *manager) update(ctx context.Context, w world, object, status api.Object) (changed bool, err error) {
	before, _ := object["status"].(api.Object)
	if len(before) == 0 && len(status) == 0 || reflect.DeepEqual(before, status) {
		return false, nil
	}
	status = maps.Clone(status)
	if stamped[api.Text(object, "kind")] {
		status["lastUpdated"] = stamp(w.now)
	}
	// A merge takes out what is null.
	for key := range before {
		if _, stays := status[key]; !stays {
			status[key] = nil
		}
	}
	err = m.store.setStatus(ctx, object, status)
	if api.NotFound(err) {
		return true, nil
	}
	return err == nil, err
}
