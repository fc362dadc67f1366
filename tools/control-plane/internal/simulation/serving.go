// The part of KServe: an InferenceService is ready when the runtime that it names is there, and the pods that come of both.
package simulation

import (
	"context"
	"fmt"

	"mlops-platform/control-plane/internal/api"
)

func inferenceService(ctx context.Context, client *api.Client, object api.Object) (api.Object, error) {
	namespace := api.Text(object, "metadata", "namespace")
	runtime := api.Text(object, "spec", "predictor", "model", "runtime")
	if runtime == "" {
		return failure(object, "NoSupportingRuntime", "no runtime found to support predictor (here one has to be named)"), errNotYet
	}
	path := "/apis/serving.kserve.io/v1alpha1/namespaces/" + namespace + "/servingruntimes/" + runtime
	var found api.Object
	err := client.Get(ctx, path, &found)
	if api.NotFound(err) {
		return failure(object, "RuntimeNotRecognized", "Waiting for runtime to become available"), errNotYet
	}
	if err != nil {
		return nil, err
	}
	serves, err := servePredictor(ctx, client, object, found)
	if err != nil {
		return nil, err
	}
	if !serves {
		const reason, message = "MinimumReplicasUnavailable", "Deployment does not have minimum availability."
		return api.Object{"conditions": []any{
			because(condition(object, "PredictorReady", "False"), reason, message),
			because(condition(object, "Ready", "False"), reason, message),
		}}, errNotYet
	}
	status, err := conditions("PredictorReady", "Ready")(ctx, client, object)
	if err != nil || neverReady(object) {
		return status, err
	}
	url := fmt.Sprintf("http://%s.%s.svc.cluster.local", predictorName(object), namespace)
	status["url"], status["address"] = url, api.Object{"url": url}
	status["modelStatus"] = api.Object{
		"transitionStatus": "UpToDate",
		"states":           api.Object{"activeModelState": "Loaded", "targetModelState": "Loaded"},
		// A failure before is over.
		"lastFailureInfo": nil,
	}
	return status, nil
}

func failure(object api.Object, reason, message string) api.Object {
	return api.Object{
		"conditions": []any{
			because(condition(object, "PredictorReady", "False"), reason, message),
			because(condition(object, "Ready", "False"), reason, message),
		},
		"modelStatus": api.Object{
			"transitionStatus": "InvalidSpec",
			"lastFailureInfo":  api.Object{"reason": reason, "message": message},
		},
	}
}
