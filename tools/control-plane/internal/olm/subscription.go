package olm

import (
	"context"
	"fmt"
	"slices"

	"mlops-platform/control-plane/internal/api"
)

// observe writes what a Subscription says about its catalog, its plan and its version. That the state is AtLatestKnown
// means just that the version is there, not that its operator runs.
func (m *manager) observe(ctx context.Context, w world, subscription api.Object) (changed bool, err error) {
	namespace := api.Text(subscription, "metadata", "namespace")
	status := statusOf(subscription)
	w.observeSources(status, subscription)
	if current := text(status["currentCSV"]); current != "" {
		status["state"] = pending
		if named(namespace, current, w.versions) != nil {
			status["state"], status["installedCSV"] = atLatest, current
		}
	}
	if reference, isReferred := status["installPlanRef"].(api.Object); isReferred {
		w.observePlan(status, named(namespace, text(reference["name"]), w.plans))
	}
	return m.update(ctx, w, subscription, status)
}

func (w world) observeSources(status, subscription api.Object) {
	namespace := api.Text(subscription, "metadata", "namespace")
	source, sourceNamespace := api.Text(subscription, "spec", "source"), api.Text(subscription, "spec", "sourceNamespace")
	sources := w.sourcesFor(namespace)
	before, _ := status["catalogHealth"].([]any)
	var health []any
	for _, found := range sources {
		uid := api.At(found, "metadata", "uid")
		at := slices.IndexFunc(before, func(item any) bool {
			return api.At(item.(api.Object), "catalogSourceRef", "uid") == uid
		})
		if at >= 0 {
			health = append(health, before[at])
			continue
		}
		health = append(health, api.Object{
			"catalogSourceRef": api.Object{
				"apiVersion": "operators.coreos.com/v1alpha1", "kind": "CatalogSource", "uid": uid,
				"name": api.At(found, "metadata", "name"), "namespace": api.At(found, "metadata", "namespace"),
			},
			"healthy": true, "lastUpdated": stamp(w.now),
		})
	}
	delete(status, "catalogHealth")
	if len(health) > 0 {
		status["catalogHealth"] = health
	}
	condition := api.Object{"type": "CatalogSourcesUnhealthy", "status": "False",
		"reason": "AllCatalogSourcesHealthy", "message": "all available catalogsources are healthy"}
	if named(sourceNamespace, source, sources) == nil {
		condition = api.Object{"type": "CatalogSourcesUnhealthy", "status": "True",
			"reason":  "UnhealthyCatalogSourceFound",
			"message": fmt.Sprintf("targeted catalogsource %s/%s missing", sourceNamespace, source)}
	}
	setCondition(status, condition, w.now)
}

// observePlan has the conditions follow the plan's phase.
func (w world) observePlan(status, plan api.Object) {
	if plan == nil {
		removeConditions(status, "InstallPlanPending", "InstallPlanFailed")
		if status["state"] == pending {
			// Without its plan it is resolved again.
			for _, key := range []string{"installPlanRef", "installplan", "currentCSV", "state"} {
				delete(status, key)
			}
			return
		}
		setCondition(status, api.Object{
			"type": "InstallPlanMissing", "status": "True", "reason": "ReferencedInstallPlanNotFound",
		}, w.now)
		return
	}
	removeConditions(status, "InstallPlanMissing")
	phase := api.Text(plan, "status", "phase")
	if phase == complete {
		removeConditions(status, "InstallPlanPending")
		return
	}
	reason := phase
	if phase == "" {
		reason = "InstallPlanNotYetReconciled"
	}
	setCondition(status, api.Object{"type": "InstallPlanPending", "status": "True", "reason": reason}, w.now)
}
