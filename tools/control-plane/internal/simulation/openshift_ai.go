// The part of OpenShift AI's operator: it reports what it was asked to set up, once that could be set up, and installs
// the definitions of the components that a DataScienceCluster manages. Words and conditions are those of
// opendatahub-io/opendatahub-operator.
package simulation

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/internal/definitions"
	"mlops-platform/control-plane/internal/olm"
)

// openShiftAI has the definitions that operators bring, by name.
type openShiftAI struct{ definitions map[string]api.Object }

const (
	initializationFinalizer = "dscinitialization.opendatahub.io/finalizer"
	managed                 = "Managed"
)

// componentKinds are the kinds of the operator's own resources for components, after which their conditions are named.
var componentKinds = map[string]string{
	"aipipelines": "AIPipelines", "codeflare": "CodeFlare", "dashboard": "Dashboard",
	"datasciencepipelines": "DataSciencePipelines", "feastoperator": "FeastOperator", "kserve": "Kserve",
	"kueue": "Kueue", "llamastackoperator": "LlamaStackOperator", "mlflowoperator": "MLflowOperator",
	"modelmeshserving": "ModelMeshServing", "modelregistry": "ModelRegistry", "ray": "Ray",
	"sparkoperator": "SparkOperator", "trainer": "Trainer", "trainingoperator": "TrainingOperator",
	"trustyai": "TrustyAI", "workbenches": "Workbenches",
}

// initialization is the state of a DSCInitialization.
func (ai *openShiftAI) initialization(
	ctx context.Context, client *api.Client, object api.Object,
) (api.Object, error) {
	version, runs, err := olm.Installed(ctx, client, olm.OpenShiftAI)
	if err != nil || !runs {
		return nil, orNotYet(err)
	}
	all, err := list(ctx, client, object, "dscinitializations")
	if err != nil {
		return nil, err
	}
	if len(all) > 1 {
		return api.Object{"phase": "Error", "conditions": []any{
			because(condition(object, "Available", "False"), "ReconcileFailed",
				"only one instance of DSCInitialization object is allowed"),
		}}, errNotYet
	}
	status := api.Object{"phase": "Ready", "release": release(version)}
	conditions := []any{}
	var notYet error
	available := condition(object, "Available", "True")
	if api.Text(object, "spec", "serviceMesh", "managementState") == managed {
		mesh := condition(object, "CapabilityServiceMesh", "True")
		_, there, err := olm.Installed(ctx, client, olm.ServiceMesh)
		if err != nil {
			return nil, err
		}
		if !there {
			because(mesh, "MissingOperator", "failed to find the pre-requisite operator subscription "+
				`"servicemeshoperator", please ensure operator is installed.`)
			mesh["status"], available["status"], status["phase"], notYet = "False", "False", "Progressing", errNotYet
		}
		conditions = append(conditions, mesh)
	}
	if neverReady(object) {
		available["status"], status["phase"] = "False", "Progressing"
	}
	status["conditions"] = append(conditions, available)
	return status, notYet
}

// initializationMayGo is true when no DataScienceCluster builds on it any more, and there is an operator to say so.
func (ai *openShiftAI) initializationMayGo(ctx context.Context, client *api.Client, object api.Object) (bool, error) {
	_, runs, err := olm.Installed(ctx, client, olm.OpenShiftAI)
	if err != nil || !runs {
		return false, err
	}
	clusters, err := dataScienceClusters(ctx, client)
	return len(clusters) == 0, err
}

// cluster is the state of a DataScienceCluster, after the definitions of its components are there.
func (ai *openShiftAI) cluster(ctx context.Context, client *api.Client, object api.Object) (api.Object, error) {
	version, runs, err := olm.Installed(ctx, client, olm.OpenShiftAI)
	if err != nil || !runs {
		return nil, orNotYet(err)
	}
	initialization, err := readyInitialization(ctx, client)
	if err != nil {
		return nil, err
	}
	status := api.Object{
		"phase": "Not Ready", "release": release(version), "observedGeneration": api.At(object, "metadata", "generation"),
	}
	if initialization == nil {
		const reason, message = "Error", "failed to get a valid DSCInitialization instance"
		status["conditions"] = []any{
			because(condition(object, "ProvisioningSucceeded", "False"), reason, message),
			because(condition(object, "Ready", "False"), reason, message),
		}
		return status, errNotYet
	}
	conditions, states, problem, err := ai.components(ctx, client, object, initialization)
	if err != nil {
		return nil, err
	}
	status["components"] = states
	if problem == "" && !neverReady(object) {
		status["phase"] = "Ready"
		status["conditions"] = append(conditions,
			condition(object, "ProvisioningSucceeded", "True"), condition(object, "ComponentsReady", "True"),
			condition(object, "Ready", "True"))
		return status, nil
	}
	message := "Some components are not ready: " + problem
	status["conditions"] = append(conditions, condition(object, "ProvisioningSucceeded", "True"),
		because(condition(object, "ComponentsReady", "False"), "NotReady", message),
		because(condition(object, "Ready", "False"), "NotReady", message))
	if problem != "" {
		return status, errNotYet
	}
	return status, nil
}

// components are the conditions and states of a DataScienceCluster's components, and which one isn't ready.
func (ai *openShiftAI) components(
	ctx context.Context, client *api.Client, object, initialization api.Object,
) (conditions []any, states api.Object, problem string, err error) {
	asked, _ := api.At(object, "spec", "components").(api.Object)
	states = api.Object{}
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		component, _ := asked[name].(api.Object)
		state := api.Text(component, "managementState")
		states[name] = api.Object{"managementState": state}
		kind, isKnown := componentKinds[name]
		if !isKnown {
			return nil, nil, "", fmt.Errorf("a DataScienceCluster names a component that nobody knows: %s", name)
		}
		if state != managed {
			conditions = append(conditions, because(condition(object, kind+"Ready", "False"), "Removed",
				"Component ManagementState is set to "+state))
			continue
		}
		if namespace := api.Text(component, "registriesNamespace"); namespace != "" {
			states[name].(api.Object)["registriesNamespace"] = namespace
		}
		missing := ""
		if name == "kserve" && api.Text(component, "serving", "managementState") == managed {
			if missing, err = servingNeeds(ctx, client, initialization); err != nil {
				return nil, nil, "", err
			}
		}
		if missing != "" {
			problem = name
			conditions = append(conditions, because(condition(object, kind+"Ready", "False"), "Error", missing))
			continue
		}
		if err := ai.install(ctx, client, olm.ComponentBrings(name)); err != nil {
			return nil, nil, "", err
		}
		conditions = append(conditions, condition(object, kind+"Ready", "True"))
		if name == "kserve" {
			// OpenShift AI's own part in serving comes with it.
			conditions = append(conditions, condition(object, "ModelControllerReady", "True"))
		}
	}
	return conditions, states, problem, nil
}

// servingNeeds is what KServe lacks to serve with Knative.
func servingNeeds(ctx context.Context, client *api.Client, initialization api.Object) (missing string, err error) {
	if api.Text(initialization, "spec", "serviceMesh", "managementState") != managed {
		return "ServiceMesh needs to be set to 'Managed' in DSCI CR", nil
	}
	for operator, message := range map[string]string{
		olm.ServiceMesh: "ServiceMesh operator must be installed for this component's configuration",
		olm.Serverless:  "Serverless operator must be installed for this component's configuration",
	} {
		if _, runs, err := olm.Installed(ctx, client, operator); err != nil || !runs {
			return message, err
		}
	}
	return "", nil
}

func (ai *openShiftAI) install(ctx context.Context, client *api.Client, names []string) error {
	var wanted []api.Object
	for _, name := range names {
		if definition, there := ai.definitions[name]; there {
			wanted = append(wanted, definition)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	return definitions.Install(ctx, client, wanted)
}

// registry is the state of a ModelRegistry: its operator looks after the one namespace that is set aside for them.
func (ai *openShiftAI) registry(ctx context.Context, client *api.Client, object api.Object) (api.Object, error) {
	clusters, err := dataScienceClusters(ctx, client)
	if err != nil {
		return nil, err
	}
	for _, cluster := range clusters {
		component, _ := api.At(cluster, "spec", "components", "modelregistry").(api.Object)
		if api.Text(component, "managementState") == managed &&
			api.Text(component, "registriesNamespace") == api.Text(object, "metadata", "namespace") {
			return conditions("Progressing", "Available")(ctx, client, object)
		}
	}
	return nil, errNotYet
}

// readyInitialization is the DSCInitialization, if there is a single one and it is ready.
func readyInitialization(ctx context.Context, client *api.Client) (api.Object, error) {
	all, err := list(ctx, client, api.Object{"apiVersion": "dscinitialization.opendatahub.io/v1"}, "dscinitializations")
	if err != nil || len(all) != 1 || api.Text(all[0], "status", "phase") != "Ready" {
		return nil, err
	}
	return all[0], nil
}

func dataScienceClusters(ctx context.Context, client *api.Client) ([]api.Object, error) {
	return list(ctx, client, api.Object{"apiVersion": "datasciencecluster.opendatahub.io/v1"}, "datascienceclusters")
}

// list reads what is in the same version of an API; a kind that isn't defined has none.
func list(ctx context.Context, client *api.Client, like api.Object, plural string) ([]api.Object, error) {
	var found struct{ Items []api.Object }
	err := client.Get(ctx, api.Root(api.Text(like, "apiVersion"))+"/"+plural, &found)
	if api.NotFound(err) {
		return nil, nil
	}
	return found.Items, err
}

func release(version string) api.Object {
	return api.Object{"name": "OpenShift AI Self-Managed", "version": version}
}

// because gives a condition a reason and a message of its own.
func because(condition api.Object, reason, message string) api.Object {
	condition["reason"], condition["message"] = reason, message
	return condition
}

func orNotYet(err error) error {
	if err != nil {
		return err
	}
	return errNotYet
}
