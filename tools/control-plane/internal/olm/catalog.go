// Package olm plays the part of the Operator Lifecycle Manager: a Subscription gets an InstallPlan, an approved
// InstallPlan a ClusterServiceVersion and the definitions that the operator brings. What it writes, in which order, and
// how it words a failure follow the sources of operator-framework/operator-lifecycle-manager; no operator runs.
package olm

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"mlops-platform/control-plane/internal/api"
)

// operator is a package of the catalog.
type operator struct {
	name, title string
	// prefix is what the names of its ClusterServiceVersions start with, before the version.
	prefix string
	// rolling are channels by name, with what the versions in them start with.
	rolling map[string]string
	// standard is the channel that a Subscription without one follows.
	standard string
	// streams are what the names of its other channels start with: each goes on with the versions that are in it.
	streams []string
	// ownNamespace says that it may watch some namespaces only; the others watch all, or aren't installed.
	ownNamespace bool
	// brings are the definitions in its bundle.
	brings []string
	// starts is what it does first of all.
	starts func(world, api.Object) []api.Object
}

// channel has every version that starts with its series.
type channel struct{ name, series string }

const (
	OpenShiftAI = "rhods-operator"
	ServiceMesh = "servicemeshoperator"
	Serverless  = "serverless-operator"
	Pipelines   = "openshift-pipelines-operator-rh"
	CertManager = "openshift-cert-manager-operator"
)

// catalog has what Red Hat's catalog has of these, as far as the platform knows it.
var catalog = []operator{
	{
		name: OpenShiftAI, title: "Red Hat OpenShift AI", prefix: "rhods-operator.",
		standard: "stable-3.x", rolling: map[string]string{"stable-3.x": "3.", "fast-3.x": "3."},
		streams: []string{"stable-", "eus-"},
		brings: []string{
			"datascienceclusters.datasciencecluster.opendatahub.io",
			"dscinitializations.dscinitialization.opendatahub.io",
		},
		starts: initialize,
	},
	{
		name: ServiceMesh, title: "Red Hat OpenShift Service Mesh 2", prefix: "servicemeshoperator.v",
		standard: "stable", rolling: map[string]string{"stable": "2."},
		brings: []string{
			"servicemeshcontrolplanes.maistra.io", "servicemeshmembers.maistra.io", "servicemeshmemberrolls.maistra.io",
		},
	},
	{
		name: Serverless, title: "Red Hat OpenShift Serverless", prefix: "serverless-operator.v",
		standard: "stable", rolling: map[string]string{"stable": "1."}, streams: []string{"stable-"},
		brings: []string{"knativeservings.operator.knative.dev", "knativeeventings.operator.knative.dev"},
	},
	{
		name: Pipelines, title: "Red Hat OpenShift Pipelines", prefix: "openshift-pipelines-operator-rh.v",
		standard: "latest", rolling: map[string]string{"latest": "1."}, streams: []string{"pipelines-"},
		brings: []string{"tektonconfigs.operator.tekton.dev"},
	},
	{
		name: CertManager, title: "cert-manager Operator for Red Hat OpenShift", prefix: "cert-manager-operator.v",
		standard: "stable-v1", rolling: map[string]string{"stable-v1": "1."}, streams: []string{"stable-v"},
		ownNamespace: true,
		brings: []string{
			"certificates.cert-manager.io", "issuers.cert-manager.io", "clusterissuers.cert-manager.io",
			"certmanagers.operator.openshift.io",
		},
	},
}

// componentsBring are the definitions that OpenShift AI's operator installs later, with a component that a
// DataScienceCluster manages: they are part of the component's manifests, not of the operator's bundle.
var componentsBring = map[string][]string{
	"modelregistry": {"modelregistries.modelregistry.opendatahub.io"},
	"kserve":        {"inferenceservices.serving.kserve.io", "servingruntimes.serving.kserve.io"},
}

// ComponentBrings are the names of the definitions that come with a component of OpenShift AI.
func ComponentBrings(component string) []string { return componentsBring[component] }

// Brought tells whether a definition comes with an operator, so that a cluster doesn't have it from the start.
func Brought(name string) bool {
	for _, operator := range catalog {
		if slices.Contains(operator.brings, name) {
			return true
		}
	}
	for _, names := range componentsBring {
		if slices.Contains(names, name) {
			return true
		}
	}
	return false
}

func operatorNamed(name string) *operator {
	at := slices.IndexFunc(catalog, func(o operator) bool { return o.name == name })
	if at < 0 {
		return nil
	}
	return &catalog[at]
}

// operatorOf finds whose version it is by its name.
func operatorOf(version string) *operator {
	at := slices.IndexFunc(catalog, func(o operator) bool { return strings.HasPrefix(version, o.prefix) })
	if at < 0 {
		return nil
	}
	return &catalog[at]
}

var series = regexp.MustCompile(`^\d+\.\d+$`)

func (o operator) channel(name string) *channel {
	if name == "" {
		name = o.standard
	}
	if versions, isRolling := o.rolling[name]; isRolling {
		return &channel{name, versions}
	}
	for _, stream := range o.streams {
		if versions, isStream := strings.CutPrefix(name, stream); isStream && series.MatchString(versions) {
			return &channel{name, versions + "."}
		}
	}
	return nil
}

// has tells whether the channel has a version of this name.
func (c channel) has(o operator, version string) bool {
	number, isOf := strings.CutPrefix(version, o.prefix)
	return isOf && strings.HasPrefix(number, c.series)
}

// newest is made up, and newer than what anybody pins, so that a pinned version always has an upgrade waiting for it.
func (c channel) newest(o operator) string {
	if strings.Count(c.series, ".") == 1 {
		return o.prefix + c.series + "99.0"
	}
	return o.prefix + c.series + "99"
}

var numbers = regexp.MustCompile(`\d+`)

// newer compares versions of one operator, number by number.
func newer(one, other string) bool {
	toNumbers := func(version string) (parsed []int) {
		for _, digits := range numbers.FindAllString(version, -1) {
			number, _ := strconv.Atoi(digits)
			parsed = append(parsed, number)
		}
		return parsed
	}
	return slices.Compare(toNumbers(one), toNumbers(other)) > 0
}

// definitions of the operator as this version of it brings them, out of all that operators bring.
func (o operator) definitions(all map[string]api.Object, version string) []api.Object {
	var own []api.Object
	for _, name := range o.brings {
		definition, there := all[name]
		if !there {
			continue
		}
		if o.name == OpenShiftAI && strings.HasPrefix(strings.TrimPrefix(version, o.prefix), "2.") {
			definition = oldest(definition)
		}
		own = append(own, definition)
	}
	return own
}

// oldest is the definition with its first version alone: OpenShift AI 2 doesn't know the v2 of its kinds.
func oldest(definition api.Object) api.Object {
	versions, _ := api.At(definition, "spec", "versions").([]any)
	first := with(versions[0].(api.Object), "storage", true)
	return with(definition, "spec", with(definition["spec"].(api.Object), "versions", []any{first}))
}

// modes are the install modes of the operator, as its ClusterServiceVersion states them.
func (o operator) modes() []any {
	var modes []any
	for _, mode := range []string{"OwnNamespace", "SingleNamespace", "MultiNamespace", "AllNamespaces"} {
		supported := mode == "AllNamespaces" || o.ownNamespace && mode != "MultiNamespace"
		modes = append(modes, api.Object{"type": mode, "supported": supported})
	}
	return modes
}

func byName(one, other api.Object) int {
	return cmp.Compare(api.Text(one, "metadata", "name"), api.Text(other, "metadata", "name"))
}
