// What KServe makes of an InferenceService in its mode without Knative: a Deployment of the runtime's containers, and a
// Service. The container that fetches the model and the proxy that asks for tokens are missing.
package simulation

import (
	"context"
	"maps"

	"mlops-platform/control-plane/internal/api"
)

// servingContainer is the one that the model's settings are about.
const servingContainer = "kserve-container"

// ofPods are the fields that an InferenceService and its runtime have in common with a pod.
var ofPods = []string{
	"affinity", "automountServiceAccountToken", "enableServiceLinks", "imagePullSecrets", "nodeSelector", "securityContext",
	"serviceAccountName", "terminationGracePeriodSeconds", "tolerations", "topologySpreadConstraints", "volumes",
}

// servePredictor makes the Deployment and the Service, and tells whether the Deployment's pods are there.
func servePredictor(ctx context.Context, client *api.Client, service, runtime api.Object) (bool, error) {
	deployment := predictor(service, runtime)
	if err := client.Apply(ctx, "kserve-controller-manager", []api.Object{deployment, predictorService(service, runtime)}); err != nil {
		return false, err
	}
	path, err := client.Path(ctx, deployment)
	if err != nil {
		return false, err
	}
	var there struct {
		Metadata struct{ Generation int }
		Spec     struct{ Replicas int }
		Status   struct{ ObservedGeneration, UpdatedReplicas, AvailableReplicas int }
	}
	if err := client.Get(ctx, path, &there); err != nil {
		return false, err
	}
	return there.Status.ObservedGeneration >= there.Metadata.Generation &&
		min(there.Status.UpdatedReplicas, there.Status.AvailableReplicas) >= there.Spec.Replicas, nil
}

// predictor is the Deployment. What the InferenceService says goes before what its runtime says.
func predictor(service, runtime api.Object) api.Object {
	asked, _ := api.At(service, "spec", "predictor").(api.Object)
	pod := api.Object{"containers": containers(runtime, api.At(asked, "model", "resources"))}
	for _, field := range ofPods {
		for _, from := range []any{api.At(runtime, "spec", field), asked[field]} {
			if from != nil {
				pod[field] = from
			}
		}
	}
	labels := selector(service)
	for key, value := range asMap(asked["labels"]) {
		labels[key] = value
	}
	spec := api.Object{
		"selector": api.Object{"matchLabels": selector(service)},
		"template": api.Object{
			"metadata": api.Object{"labels": labels, "annotations": asMap(asked["annotations"])}, "spec": pod,
		},
	}
	spec["replicas"] = any(1)
	if replicas, said := asked["minReplicas"]; said {
		spec["replicas"] = replicas
	}
	if strategy, said := asked["deploymentStrategy"]; said {
		spec["strategy"] = strategy
	}
	return owned(service, "apps/v1", "Deployment", spec)
}

// predictorService has the first port of the serving container.
func predictorService(service, runtime api.Object) api.Object {
	port := api.Object{"name": "http", "port": any(8080)}
	for _, container := range containers(runtime, nil) {
		ports, _ := container.(api.Object)["ports"].([]any)
		if api.Text(container.(api.Object), "name") == servingContainer && len(ports) > 0 {
			port["port"] = api.At(ports[0].(api.Object), "containerPort")
		}
	}
	return owned(service, "v1", "Service", api.Object{
		"clusterIP": "None", "selector": selector(service), "ports": []any{port},
	})
}

// containers are the runtime's, the serving one with the model's resources.
func containers(runtime api.Object, resources any) []any {
	var all []any
	given, _ := api.At(runtime, "spec", "containers").([]any)
	for _, item := range given {
		container := maps.Clone(item.(api.Object))
		if api.Text(container, "name") == servingContainer && resources != nil {
			container["resources"] = resources
		}
		all = append(all, container)
	}
	return all
}

func selector(service api.Object) api.Object {
	return api.Object{"app": "isvc." + predictorName(service)}
}

func predictorName(service api.Object) string {
	return api.Text(service, "metadata", "name") + "-predictor"
}

// owned is an object that goes with its InferenceService.
func owned(service api.Object, version, kind string, spec api.Object) api.Object {
	return api.Object{
		"apiVersion": version, "kind": kind, "spec": spec,
		"metadata": api.Object{
			"name": predictorName(service), "namespace": api.Text(service, "metadata", "namespace"), "labels": selector(service),
			"ownerReferences": []any{api.Object{
				"apiVersion": service["apiVersion"], "kind": service["kind"], "name": api.Text(service, "metadata", "name"),
				"uid": api.Text(service, "metadata", "uid"), "controller": true, "blockOwnerDeletion": true,
			}},
		},
	}
}

// asMap is the value as a map of its own; empty when it is none.
func asMap(value any) api.Object {
	object, _ := value.(api.Object)
	if object == nil {
		return api.Object{}
	}
	return maps.Clone(object)
}
