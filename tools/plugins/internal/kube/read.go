package kube

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"mlops-platform/plugins/internal/await"
)

// Read finds how an object is now: for a refresh, for an import, and for a program that gets an existing one. An
// object that is gone has no id.
func (p *provider) Read(ctx context.Context, request *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	urn := resource.URN(request.GetUrn())
	old, err := parseRecord(request.GetProperties())
	if err != nil {
		return nil, err
	}
	oldInputs, err := rpc.UnmarshalProperties(request.GetInputs(), marshalling)
	if err != nil {
		return nil, err
	}
	cluster, err := p.connect()
	if err != nil {
		return nil, err
	}
	if len(oldInputs) == 0 {
		// Of what a program only reads, the state alone knows which fields were found at first.
		oldInputs = propertiesOf(old.inputs)
	}
	inputs := normalize(objectOf(oldInputs))
	isNew := inputs.GetKind() == "" && old.live.GetKind() == ""
	kind, err := kindOf(urn, firstWithKind(inputs, old.live))
	if err != nil {
		return nil, err
	}
	namespace, name := parseID(request.GetId())
	client, err := cluster.client(kind, namespace)
	switch {
	case isUnknownKind(err):
		// The kind is gone, and all its objects with it.
		return &pulumirpc.ReadResponse{}, nil
	case err != nil:
		return nil, err
	}
	live, err := client.Get(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return &pulumirpc.ReadResponse{}, nil
	case err != nil:
		return nil, fmt.Errorf("cannot read %s: %w", urn.Name(), err)
	}

	found := record{live: live, apiVersion: old.apiVersion, secrets: oldInputs}
	if found.apiVersion == "" {
		found.apiVersion = live.GetAPIVersion()
	}
	if found.manager, err = fieldManager(inputs, old.manager); err != nil {
		return nil, err
	}
	if isNew {
		found.inputs = importedInputs(live)
	} else {
		found.inputs = &unstructured.Unstructured{Object: prune(live.Object, inputs.Object)}
	}
	return p.readResponse(ctx, cluster, request.GetId(), found, isNew)
}

// readResponse reports an object that is not ready as such, unless it is seen for the first time.
func (p *provider) readResponse(
	ctx context.Context, cluster *cluster, id string, found record, isNew bool,
) (*pulumirpc.ReadResponse, error) {
	state, err := found.marshal()
	if err != nil {
		return nil, err
	}
	inputs := propertiesOf(found.inputs)
	markSecrets(inputs, found.secrets)
	marshalled, err := rpc.MarshalProperties(inputs, marshalling)
	if err != nil {
		return nil, err
	}
	if rule := await.OnRead(found.live.GroupVersionKind().GroupKind(), cluster); rule != nil &&
		!isNew && !isOn(found.inputs, skipAwait) {
		if verdict := rule(ctx, found.live); !verdict.Ready {
			failure := &await.Error{
				Summary: fmt.Sprintf("%s %s is not ready", found.live.GetKind(), id), Problems: verdict.Problems,
			}
			return nil, initFailed(id, failure, state, marshalled)
		}
	}
	return &pulumirpc.ReadResponse{Id: id, Properties: state, Inputs: marshalled}, nil
}

func firstWithKind(objects ...*unstructured.Unstructured) *unstructured.Unstructured {
	for _, object := range objects {
		if object.GetKind() != "" {
			return object
		}
	}
	return nil
}

// importedInputs are what a program would have to say to make this object: everything but what the server adds.
func importedInputs(live *unstructured.Unstructured) *unstructured.Unstructured {
	inputs := live.DeepCopy()
	delete(inputs.Object, "status")
	for _, field := range serverOwned {
		unstructured.RemoveNestedField(inputs.Object, "metadata", field)
	}
	for _, name := range []string{
		"deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration",
	} {
		unstructured.RemoveNestedField(inputs.Object, "metadata", "annotations", name)
	}
	return inputs
}
