package kube

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Check completes the inputs: their normal form, a name, a namespace.
func (p *provider) Check(_ context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	urn := resource.URN(request.GetUrn())
	olds, err := rpc.UnmarshalProperties(request.GetOlds(), marshalling)
	if err != nil {
		return nil, err
	}
	news, err := rpc.UnmarshalProperties(request.GetNews(), marshalling)
	if err != nil {
		return nil, err
	}
	inputs := normalize(objectOf(news))
	if generated := nested(inputs.Object, "metadata", "generateName"); generated != nil {
		return nil, errors.New("metadata.generateName is not supported with server-side apply")
	}
	switch {
	case isPatch(urn, inputs.GetKind()):
		if !hasName(inputs) {
			return nil, errors.New("a patch names the object that it changes: set metadata.name")
		}
	case len(olds) > 0:
		keepAutoname(inputs, objectOf(olds))
		// Old inputs without a name are those of an object that was never made.
		fallthrough
	default:
		if err := autoname(inputs, urn, request.GetRandomSeed(), request.GetAutonaming()); err != nil {
			return nil, err
		}
	}
	if err := p.completeNamespace(urn, inputs); err != nil {
		return nil, err
	}
	checked := propertiesOf(inputs)
	markSecrets(checked, news)
	marshalled, err := rpc.MarshalProperties(checked, marshalling)
	return &pulumirpc.CheckResponse{Inputs: marshalled}, err
}

// completeNamespace puts an object without a namespace into the default one, if its kind has namespaces.
func (p *provider) completeNamespace(urn resource.URN, inputs *unstructured.Unstructured) error {
	namespace := nested(inputs.Object, "metadata", "namespace")
	if namespace != nil && namespace != "" {
		return nil
	}
	if _, isMap := inputs.Object["metadata"].(map[string]any); !isMap {
		return nil
	}
	kind, err := kindOf(urn, inputs)
	if err != nil {
		return err
	}
	cluster, err := p.connect()
	if err != nil {
		return err
	}
	namespaced, err := cluster.namespaced(kind)
	if err != nil {
		return err
	}
	if namespaced {
		return unstructured.SetNestedField(inputs.Object, p.settings.defaultNamespace(), "metadata", "namespace")
	}
	return nil
}
