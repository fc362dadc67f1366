package olm

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mlops-platform/control-plane/internal/api"
)

// Phases of a ClusterServiceVersion.
const (
	preparing = "Pending"
	ready     = "InstallReady"
	succeeded = "Succeeded"
	failed    = "Failed"
	replacing = "Replacing"
)

// phase is what a ClusterServiceVersion says of itself.
type phase struct{ name, reason, message string }

// advanceVersion takes a ClusterServiceVersion to its next phase; `wake` is when to look again at one that takes time.
func (m *manager) advanceVersion(ctx context.Context, w world, version api.Object) (changed bool, wake time.Duration, err error) {
	operator := operatorOf(api.Text(version, "metadata", "name"))
	if operator == nil {
		return false, 0, nil
	}
	next, wake := w.next(*operator, version)
	status := statusOf(version)
	now := phase{text(status["phase"]), text(status["reason"]), text(status["message"])}
	if next == now {
		return false, wake, m.replace(ctx, w, version)
	}
	if next.name == succeeded && now.name != succeeded && operator.starts != nil {
		for _, object := range operator.starts(w, version) {
			if _, err := m.store.apply(ctx, object); err != nil {
				return false, 0, err
			}
		}
	}
	status["phase"], status["reason"], status["message"] = next.name, next.reason, next.message
	status["lastUpdateTime"] = stamp(w.now)
	if next.name != now.name {
		status["lastTransitionTime"] = stamp(w.now)
	}
	history, _ := status["conditions"].([]any)
	status["conditions"] = append(slices.Clone(history), api.Object{
		"phase": next.name, "reason": next.reason, "message": next.message,
		"lastUpdateTime": stamp(w.now), "lastTransitionTime": status["lastTransitionTime"],
	})
	changed, err = m.update(ctx, w, version, status)
	return changed, wake, err
}

// next is the phase after the one that the version is in.
func (w world) next(operator operator, version api.Object) (next phase, wake time.Duration) {
	status, _ := version["status"].(api.Object)
	now := phase{text(status["phase"]), text(status["reason"]), text(status["message"])}
	if problem := w.groupProblem(operator, version); problem != nil {
		return *problem, 0
	}
	if newer := w.replacement(version); newer != nil {
		return phase{replacing, "BeingReplaced",
			"being replaced by csv: " + api.Text(newer, "metadata", "name")}, 0
	}
	asked := w.outcome(operator.name)
	switch now.name {
	case "":
		return phase{preparing, "RequirementsUnknown", "requirements not yet checked"}, 0
	case preparing:
		return phase{ready, "AllRequirementsMet", "all requirements found, attempting install"}, 0
	case ready:
		return phase{installing, "InstallSucceeded", "waiting for install components to report healthy"}, 0
	case installing:
		return w.install(operator, version, asked)
	case failed:
		if strings.HasSuffix(now.reason, "OperatorGroup") || strings.HasSuffix(now.reason, "OperatorGroups") {
			return phase{preparing, "RequirementsUnknown", "InstallModes now support target namespaces"}, 0
		}
		if !asked.fails && asked.invalid == "" {
			return phase{preparing, "NeedsReinstall", "calculated deployment install is bad"}, 0
		}
	}
	return now, 0
}

// install ends as the ConfigMap with the outcomes wants it.
func (w world) install(operator operator, version api.Object, asked outcome) (next phase, wake time.Duration) {
	deployment := operator.name
	switch {
	case asked.invalid != "":
		return phase{failed, "InstallCheckFailed", asked.invalid}, 0
	case asked.fails:
		return phase{failed, "InstallCheckFailed", fmt.Sprintf("install failed: deployment %s not ready before timeout: "+
			"deployment %q exceeded its progress deadline", deployment, deployment)}, 0
	}
	made, _ := time.Parse(time.RFC3339, api.Text(version, "metadata", "creationTimestamp"))
	left := made.Add(asked.after).Sub(w.now)
	if asked.never || left > 0 {
		if asked.never {
			left = 0
		}
		return phase{installing, "InstallWaiting", fmt.Sprintf("installing: waiting for deployment %s to become ready: "+
			"deployment %q not available: Deployment does not have minimum availability.", deployment, deployment)}, left
	}
	return phase{succeeded, "InstallSucceeded", "install strategy completed with no errors"}, 0
}

// groupProblem is what is wrong with the namespace's OperatorGroup.
func (w world) groupProblem(operator operator, version api.Object) *phase {
	namespace := api.Text(version, "metadata", "namespace")
	groups := in(namespace, w.groups)
	switch {
	case len(groups) == 0:
		return &phase{failed, "NoOperatorGroup", "csv in namespace with no operatorgroups"}
	case len(groups) > 1:
		return &phase{failed, "TooManyOperatorGroups", "csv created in namespace with multiple operatorgroups, can't pick one automatically"}
	}
	watched := targets(groups[0])
	if watched[0] == "" || operator.ownNamespace && len(watched) == 1 {
		return nil
	}
	mode := "MultiNamespace"
	if len(watched) == 1 {
		mode = "SingleNamespace"
		if watched[0] == namespace {
			mode = "OwnNamespace"
		}
	}
	return &phase{failed, "UnsupportedOperatorGroup", mode + " InstallModeType not supported, " +
		"cannot configure to watch " + map[string]string{
		"OwnNamespace": "own namespace", "SingleNamespace": "one namespace", "MultiNamespace": "multiple namespaces",
	}[mode]}
}

// replacement is the newer version that takes over from this one.
func (w world) replacement(version api.Object) api.Object {
	name := api.Text(version, "metadata", "name")
	for _, other := range in(api.Text(version, "metadata", "namespace"), w.versions) {
		if api.Text(other, "spec", "replaces") == name {
			return other
		}
	}
	return nil
}

// replace removes the version that this one takes over from, once this one runs.
func (m *manager) replace(ctx context.Context, w world, version api.Object) error {
	if api.Text(version, "status", "phase") != succeeded {
		return nil
	}
	old := named(api.Text(version, "metadata", "namespace"), api.Text(version, "spec", "replaces"), w.versions)
	if old == nil {
		return nil
	}
	return m.store.remove(ctx, old)
}

// initialize is what OpenShift AI's operator does first: it makes a DSCInitialization of its own, unless there is one or
// the Subscription tells it not to.
func initialize(w world, version api.Object) []api.Object {
	if len(w.initializations) > 0 {
		return nil
	}
	environment, _ := api.At(w.subscriptionTo(version), "spec", "config", "env").([]any)
	for _, item := range environment {
		variable, _ := item.(api.Object)
		if variable["name"] == "DISABLE_DSC_CONFIG" && variable["value"] != "false" {
			return nil
		}
	}
	apiVersion := "v2"
	if strings.HasPrefix(api.Text(version, "spec", "version"), "2.") {
		apiVersion = "v1"
	}
	return []api.Object{{
		"apiVersion": "dscinitialization.opendatahub.io/" + apiVersion, "kind": "DSCInitialization",
		"metadata": api.Object{"name": "default-dsci"},
		"spec":     api.Object{"applicationsNamespace": "redhat-ods-applications"},
	}}
}
