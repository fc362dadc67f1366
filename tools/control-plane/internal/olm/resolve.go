// Resolution: which versions the Subscriptions of a namespace are to have. OLM resolves a namespace as a whole: one
// Subscription that can't be resolved holds up all the others, one with manual approval makes every InstallPlan of the
// namespace a manual one, and a plan has every version that isn't installed yet, whichever Subscription asked for it.
package olm

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"mlops-platform/control-plane/internal/api"
)

const (
	pending  = "UpgradePending"
	atLatest = "AtLatestKnown"
	manual   = "Manual"
)

// choice is the version that a Subscription is to have.
type choice struct {
	subscription api.Object
	version      string
}

// upToDate tells that there is nothing to install for it.
func (w world) upToDate(c choice) bool {
	namespace := api.Text(c.subscription, "metadata", "namespace")
	return api.Text(c.subscription, "status", "currentCSV") == c.version &&
		named(namespace, c.version, w.versions) != nil
}

// resolve gives Subscriptions without a plan one.
func (m *manager) resolve(ctx context.Context, w world, namespace string) (changed bool, err error) {
	subscriptions := in(namespace, w.subscriptions)
	waiting := func(subscription api.Object) bool {
		return api.At(subscription, "status", "installPlanRef") != nil &&
			api.Text(subscription, "status", "state") == pending
	}
	if !slices.ContainsFunc(subscriptions, func(s api.Object) bool { return !waiting(s) }) {
		return false, nil
	}
	if groups := len(in(namespace, w.groups)); groups != 1 {
		return m.unresolved(ctx, w, subscriptions, "ErrorPreventedResolution",
			fmt.Sprintf("expected 1 OperatorGroup in the namespace, found %d", groups))
	}
	var choices []choice
	for _, subscription := range subscriptions {
		version, problem := w.choose(subscription)
		if problem != "" {
			return m.unresolved(ctx, w, subscriptions, "ConstraintsNotSatisfiable", fmt.Sprintf(
				"constraints not satisfiable: subscription %s exists, %s", api.Text(subscription, "metadata", "name"), problem))
		}
		choices = append(choices, choice{subscription, version})
	}
	return m.planFor(ctx, w, namespace, choices)
}

// choose finds the version, or says why there is none in the words of OLM.
func (w world) choose(subscription api.Object) (version, problem string) {
	namespace, name := api.Text(subscription, "metadata", "namespace"), api.Text(subscription, "metadata", "name")
	spec, _ := subscription["spec"].(api.Object)
	source, sourceNamespace := text(spec["source"]), text(spec["sourceNamespace"])
	pkg, channelName, starting := text(spec["name"]), text(spec["channel"]), text(spec["startingCSV"])
	if named(sourceNamespace, source, w.sourcesFor(namespace)) == nil {
		return "", fmt.Sprintf("no operators found from catalog %s in namespace %s referenced by subscription %s",
			source, sourceNamespace, name)
	}
	operator := operatorNamed(pkg)
	if operator == nil || w.outcome(pkg).absent {
		return "", fmt.Sprintf("no operators found in package %s in the catalog referenced by subscription %s", pkg, name)
	}
	channel := operator.channel(channelName)
	if channel == nil {
		return "", fmt.Sprintf("no operators found in channel %s of package %s in the catalog referenced by "+
			"subscription %s", channelName, pkg, name)
	}
	newest := channel.newest(*operator)
	installed := named(namespace, api.Text(subscription, "status", "installedCSV"), w.versions)
	if installed != nil {
		version = api.Text(installed, "metadata", "name")
		if newer(newest, version) && api.Text(installed, "status", "phase") == succeeded {
			return newest, ""
		}
		return version, ""
	}
	version = newest
	if starting != "" {
		if !channel.has(*operator, starting) {
			return "", fmt.Sprintf("no operators found with name %s in channel %s of package %s in the catalog "+
				"referenced by subscription %s", starting, channel.name, pkg, name)
		}
		version = starting
	}
	for _, other := range in(namespace, w.versions) {
		existing := api.Text(other, "metadata", "name")
		if operatorOf(existing) == operator && w.subscriptionTo(other) == nil {
			chosen := fmt.Sprintf("%s/%s/%s/%s", source, sourceNamespace, channel.name, version)
			return "", fmt.Sprintf("subscription %s requires %s, @existing/%s//%s and %s originate from package %s, "+
				"clusterserviceversion %s exists and is not referenced by a subscription",
				name, chosen, namespace, existing, chosen, pkg, existing)
		}
	}
	return version, ""
}

// unresolved says of every Subscription of the namespace why there is no plan for it.
func (m *manager) unresolved(
	ctx context.Context, w world, subscriptions []api.Object, reason, message string,
) (changed bool, err error) {
	for _, subscription := range subscriptions {
		status := statusOf(subscription)
		setCondition(status, api.Object{
			"type": "ResolutionFailed", "status": "True", "reason": reason, "message": message,
		}, w.now)
		updated, err := m.update(ctx, w, subscription, status)
		if err != nil {
			return changed, err
		}
		changed = changed || updated
	}
	return changed, nil
}

// planFor makes the InstallPlan for what is chosen and not installed.
func (m *manager) planFor(ctx context.Context, w world, namespace string, choices []choice) (changed bool, err error) {
	var versions []any
	approval, generation := "Automatic", 1.0
	var owners []any
	anew := false
	for _, c := range choices {
		if !w.upToDate(c) {
			versions = append(versions, c.version)
		}
		anew = anew || api.Text(c.subscription, "status", "currentCSV") != c.version
		if api.Text(c.subscription, "spec", "installPlanApproval") == manual {
			approval = manual
		}
		generation = max(generation, number(api.At(c.subscription, "status", "installPlanGeneration"))+1)
		owners = append(owners, api.Object{
			"apiVersion": "operators.coreos.com/v1alpha1", "kind": "Subscription",
			"name": api.At(c.subscription, "metadata", "name"), "uid": api.At(c.subscription, "metadata", "uid"),
			"controller": false, "blockOwnerDeletion": false,
		})
	}
	var plan api.Object
	if anew {
		// One that was made a moment before this program was killed is found again under its name.
		sum := sha256.Sum256(fmt.Append(nil, generation, owners))
		plan, err = m.store.apply(ctx, api.Object{
			"apiVersion": "operators.coreos.com/v1alpha1", "kind": "InstallPlan",
			"metadata": api.Object{
				"name": "install-" + hex.EncodeToString(sum[:])[:5], "namespace": namespace, "ownerReferences": owners,
			},
			"spec": api.Object{
				"approval": approval, "approved": approval != manual,
				"clusterServiceVersionNames": versions, "generation": generation,
			},
		})
		if err != nil {
			return false, err
		}
	}
	for _, c := range choices {
		status := statusOf(c.subscription)
		removeConditions(status, "ResolutionFailed")
		if api.Text(c.subscription, "status", "currentCSV") != c.version {
			refer(status, plan)
			status["currentCSV"], status["state"], status["installPlanGeneration"] = c.version, pending, generation
		}
		updated, err := m.update(ctx, w, c.subscription, status)
		if err != nil {
			return changed, err
		}
		changed = changed || updated
	}
	return changed, nil
}

// refer names the plan in both of the ways that a Subscription does.
func refer(status, plan api.Object) {
	metadata, _ := plan["metadata"].(api.Object)
	kind := api.Object{"apiVersion": "operators.coreos.com/v1alpha1", "kind": "InstallPlan", "name": metadata["name"]}
	status["installPlanRef"] = with(with(with(kind,
		"namespace", metadata["namespace"]), "uid", metadata["uid"]), "resourceVersion", metadata["resourceVersion"])
	status["installplan"] = with(kind, "uuid", metadata["uid"])
}
