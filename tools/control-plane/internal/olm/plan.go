package olm

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"mlops-platform/control-plane/internal/api"
)

// Phases of an InstallPlan.
const (
	requiresApproval = "RequiresApproval"
	installing       = "Installing"
	complete         = "Complete"
)

// advancePlan takes an InstallPlan to its next phase.
func (m *manager) advancePlan(ctx context.Context, w world, plan api.Object) (changed bool, err error) {
	approved, _ := api.At(plan, "spec", "approved").(bool)
	status := statusOf(plan)
	switch phase := text(status["phase"]); {
	case phase == "":
		status["phase"], status["catalogSources"] = requiresApproval, []any{}
		if approved {
			status["phase"] = installing
		}
	case phase == requiresApproval && approved:
		status["phase"] = installing
	case phase == installing:
		if err := m.execute(ctx, w, plan); err != nil {
			return false, err
		}
		status["phase"] = complete
		if status["startTime"] == nil {
			status["startTime"] = stamp(w.now)
		}
		setCondition(status, api.Object{"type": "Installed", "status": "True", "lastUpdateTime": stamp(w.now)}, w.now)
	}
	return m.update(ctx, w, plan, status)
}

// execute makes what the plan lists: the definitions first, then the versions.
func (m *manager) execute(ctx context.Context, w world, plan api.Object) error {
	namespace := api.Text(plan, "metadata", "namespace")
	names, _ := api.At(plan, "spec", "clusterServiceVersionNames").([]any)
	for _, name := range names {
		version := text(name)
		operator := operatorOf(version)
		if operator == nil {
			return fmt.Errorf("InstallPlan %s/%s: nobody knows %s",
				namespace, api.Text(plan, "metadata", "name"), version)
		}
		if named(namespace, version, w.versions) != nil {
			continue
		}
		definitions := operator.definitions(m.definitions, version)
		if err := m.store.define(ctx, definitions); err != nil {
			return err
		}
		if _, err := m.store.apply(ctx, w.version(*operator, namespace, version, definitions)); err != nil {
			return err
		}
	}
	return nil
}

// version is the ClusterServiceVersion that a bundle holds.
func (w world) version(operator operator, namespace, name string, definitions []api.Object) api.Object {
	annotations := api.Object{"olm.operatorNamespace": namespace}
	if groups := in(namespace, w.groups); len(groups) == 1 {
		annotations["olm.operatorGroup"] = api.Text(groups[0], "metadata", "name")
		annotations["olm.targetNamespaces"] = strings.Join(targets(groups[0]), ",")
	}
	owned := []any{}
	for _, definition := range definitions {
		versions, _ := api.At(definition, "spec", "versions").([]any)
		for _, version := range versions {
			owned = append(owned, api.Object{
				"name": api.Text(definition, "metadata", "name"), "kind": api.Text(definition, "spec", "names", "kind"),
				"version": api.Text(version.(api.Object), "name"),
			})
		}
	}
	number, _, _ := strings.Cut(strings.TrimPrefix(name, operator.prefix), "-")
	spec := api.Object{
		"displayName": operator.title, "version": number, "installModes": operator.modes(),
		"install":                   api.Object{"strategy": "deployment", "spec": api.Object{"deployments": []any{}}},
		"customresourcedefinitions": api.Object{"owned": owned},
	}
	for _, other := range in(namespace, w.versions) {
		if existing := api.Text(other, "metadata", "name"); strings.HasPrefix(existing, operator.prefix) {
			spec["replaces"] = existing
		}
	}
	return api.Object{
		"apiVersion": "operators.coreos.com/v1alpha1", "kind": "ClusterServiceVersion",
		"metadata": api.Object{
			"name": name, "namespace": namespace, "annotations": annotations,
			"labels": api.Object{label(operator.name, namespace): ""},
		},
		"spec": spec,
	}
}

var noEnd = regexp.MustCompile(`[^A-Za-z0-9]+$`)

// label marks what belongs to an operator; OLM cuts it off where names of labels end.
func label(operator, namespace string) string {
	name := operator + "." + namespace
	return "operators.coreos.com/" + noEnd.ReplaceAllString(name[:min(len(name), 63)], "")
}

// targets are the namespaces that an OperatorGroup has its operators watch; "" stands for all.
func targets(group api.Object) []string {
	listed, _ := api.At(group, "spec", "targetNamespaces").([]any)
	if len(listed) == 0 {
		return []string{""}
	}
	var names []string
	for _, name := range listed {
		names = append(names, text(name))
	}
	return names
}
