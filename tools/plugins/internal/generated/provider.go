package generated

import (
	"context"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"

	"mlops-platform/plugins/internal/plugin"
)

// Provider serves resources of some kinds, by their type tokens.
type Provider struct {
	plugin.Base
	Kinds map[string]Kind
	// Now is the time; time.Now outside tests.
	Now func() time.Time
}

var marshalling = rpc.MarshalOptions{KeepUnknowns: true, KeepSecrets: true}

func (p *Provider) kind(urn string) (Kind, error) {
	token := string(resource.URN(urn).Type())
	kind, known := p.Kinds[token]
	if !known {
		return Kind{}, fmt.Errorf("the stand-in for the provider %q has no resource %s: %s",
			p.Name, token, plugin.HowToGetOfficial)
	}
	return kind, nil
}

// Check validates the inputs and returns them as they are.
func (p *Provider) Check(_ context.Context, request *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	kind, err := p.kind(request.GetUrn())
	if err != nil {
		return nil, err
	}
	news, err := rpc.UnmarshalProperties(request.GetNews(), marshalling)
	if err != nil {
		return nil, err
	}
	var failures []*pulumirpc.CheckFailure
	for _, problem := range kind.problems(news) {
		failures = append(failures, &pulumirpc.CheckFailure{Property: problem.Property, Reason: problem.Reason})
	}
	return &pulumirpc.CheckResponse{Inputs: request.GetNews(), Failures: failures}, nil
}

// Diff finds the changed inputs; most of them replace the resource.
func (p *Provider) Diff(_ context.Context, request *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	kind, err := p.kind(request.GetUrn())
	if err != nil {
		return nil, err
	}
	state, err := rpc.UnmarshalProperties(request.GetOlds(), marshalling)
	if err != nil {
		return nil, err
	}
	news, err := rpc.UnmarshalProperties(request.GetNews(), marshalling)
	if err != nil {
		return nil, err
	}
	found := kind.diff(state, news, p.Now())
	response := &pulumirpc.DiffResponse{
		Changes: pulumirpc.DiffResponse_DIFF_NONE, Diffs: found.changed, Replaces: found.replaces,
	}
	if len(found.changed) > 0 {
		response.Changes = pulumirpc.DiffResponse_DIFF_SOME
	}
	return response, nil
}

// Create makes the resource; a preview knows its inputs only.
func (p *Provider) Create(_ context.Context, request *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	kind, err := p.kind(request.GetUrn())
	if err != nil {
		return nil, err
	}
	inputs, err := rpc.UnmarshalProperties(request.GetProperties(), marshalling)
	if err != nil {
		return nil, err
	}
	if request.GetPreview() {
		unknown := resource.PropertyMap{}
		for _, name := range kind.Outputs {
			unknown[resource.PropertyKey(name)] = resource.MakeComputed(resource.NewStringProperty(""))
		}
		properties, err := kind.state(inputs, unknown)
		return &pulumirpc.CreateResponse{Properties: properties}, err
	}
	made, err := kind.Make(kind.valuesOf(inputs))
	if err != nil {
		return nil, err
	}
	properties, err := kind.state(inputs, made.Outputs)
	return &pulumirpc.CreateResponse{Id: made.ID, Properties: properties}, err
}

// Update changes inputs that do not replace the resource, and keeps what was made.
func (p *Provider) Update(_ context.Context, request *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	kind, err := p.kind(request.GetUrn())
	if err != nil {
		return nil, err
	}
	state, err := rpc.UnmarshalProperties(request.GetOlds(), marshalling)
	if err != nil {
		return nil, err
	}
	news, err := rpc.UnmarshalProperties(request.GetNews(), marshalling)
	if err != nil {
		return nil, err
	}
	properties, err := kind.state(news, p.outputs(kind, state, news))
	return &pulumirpc.UpdateResponse{Properties: properties}, err
}

// Read returns the state, with what depends on the time brought up to date. There is nothing else to read.
func (p *Provider) Read(_ context.Context, request *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	kind, err := p.kind(request.GetUrn())
	if err != nil {
		return nil, err
	}
	state, err := rpc.UnmarshalProperties(request.GetProperties(), marshalling)
	if err != nil {
		return nil, err
	}
	if len(state) == 0 {
		return nil, fmt.Errorf("the stand-in for the provider %q cannot import resources: %s",
			p.Name, plugin.HowToGetOfficial)
	}
	properties, err := kind.state(state, p.outputs(kind, state, state))
	return &pulumirpc.ReadResponse{Id: request.GetId(), Properties: properties, Inputs: request.GetInputs()}, err
}

// Delete has nothing to do: the resource is in the state alone.
func (p *Provider) Delete(context.Context, *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// outputs of an existing resource, as they are now.
func (p *Provider) outputs(kind Kind, state, inputs resource.PropertyMap) resource.PropertyMap {
	outputs := resource.PropertyMap{}
	for _, name := range kind.Outputs {
		if value, has := state[resource.PropertyKey(name)]; has {
			outputs[resource.PropertyKey(name)] = value
		}
	}
	if kind.Refresh != nil {
		changed, _ := kind.Refresh(kind.merge(state, inputs), p.Now())
		for name, value := range changed {
			outputs[name] = value
		}
	}
	return outputs
}

// state is what the engine keeps: the inputs with their defaults, and the outputs, secret where they have to be.
func (k Kind) state(inputs, outputs resource.PropertyMap) (*structpb.Struct, error) {
	state := resource.PropertyMap{}
	for name, value := range k.valuesOf(inputs) {
		state[name] = value
		if inputs[name].ContainsSecrets() {
			state[name] = resource.MakeSecret(value)
		}
	}
	for name, value := range outputs {
		state[name] = value
	}
	for _, name := range k.Secrets {
		if value, has := state[resource.PropertyKey(name)]; has && !value.IsSecret() {
			state[resource.PropertyKey(name)] = resource.MakeSecret(value)
		}
	}
	return rpc.MarshalProperties(state, marshalling)
}
