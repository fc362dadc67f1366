package kube

import (
	"context"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// creator is the field manager of creations. The first update hands its fields to the object's own manager, as the
// official provider does.
const creator = "pulumi-kubernetes"

// Create makes an object and waits until it is ready. It fails when the object exists, unless this is a patch.
func (p *provider) Create(_ context.Context, request *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	urn := resource.URN(request.GetUrn())
	properties, err := rpc.UnmarshalProperties(request.GetProperties(), marshalling)
	if err != nil {
		return nil, err
	}
	cluster, err := p.connect()
	if err != nil {
		return nil, err
	}
	inputs := objectOf(properties)
	patch := isPatch(urn, inputs.GetKind())
	manager, err := fieldManager(inputs, "")
	if err != nil {
		return nil, err
	}
	made := record{inputs: inputs, apiVersion: inputs.GetAPIVersion(), manager: manager, secrets: properties}

	if request.GetPreview() {
		asGiven := &pulumirpc.CreateResponse{Properties: request.GetProperties()}
		if patch || hasUnknown(inputs.Object) || !cluster.serves(inputs.GroupVersionKind()) {
			return asGiven, nil
		}
		live, err := p.create(urn, cluster, inputs, manager, true)
		switch {
		case isNoFailureYet(err):
			return asGiven, nil
		case err != nil:
			return nil, creationError(urn, err)
		}
		made.live = unsettled(live, inputs)
		state, err := made.marshal()
		return &pulumirpc.CreateResponse{Properties: state}, err
	}

	if made.live, err = p.create(urn, cluster, inputs, manager, false); err != nil {
		return nil, creationError(urn, err)
	}
	live, failure := p.awaitReady(urn, cluster, inputs, made.live, nil, timeout(request.GetTimeout(), inputs))
	made.live = live
	state, err := made.marshal()
	if err != nil {
		return nil, err
	}
	if failure != nil {
		return nil, initFailed(idOf(live), failure, state, nil)
	}
	if live.GetKind() == "CustomResourceDefinition" {
		cluster.forget()
	}
	return &pulumirpc.CreateResponse{Id: idOf(live), Properties: state}, nil
}

// create sends the object. What it needs may be on its way, so that a missing namespace or kind is waited for a
// little, as the official provider does.
func (p *provider) create(
	urn resource.URN, cluster *cluster, inputs *unstructured.Unstructured, manager string, dryRun bool,
) (*unstructured.Unstructured, error) {
	const attempts = 6
	pause := time.Second
	for attempt := 1; ; attempt++ {
		live, err := p.createOnce(urn, cluster, inputs, manager, dryRun)
		retry := (apierrors.IsNotFound(err) || isUnknownKind(err)) && !dryRun && attempt < attempts
		if err == nil || !retry {
			return live, err
		}
		p.Engine.Status(string(urn), fmt.Sprintf("Retry %d: %v", attempt, err))
		select {
		case <-p.running.Done():
			return nil, err
		case <-time.After(pause):
		}
		pause *= 2
	}
}

func (p *provider) createOnce(
	urn resource.URN, cluster *cluster, inputs *unstructured.Unstructured, manager string, dryRun bool,
) (*unstructured.Unstructured, error) {
	client, err := cluster.clientFor(inputs)
	if err != nil {
		return nil, err
	}
	if isPatch(urn, inputs.GetKind()) || p.settings.upsert {
		return apply(p.running, client, inputs, applyOptions{
			manager: manager, dryRun: dryRun, force: dryRun || p.forces(inputs),
		})
	}
	options := metav1.CreateOptions{FieldManager: creator}
	if dryRun {
		options.DryRun = []string{metav1.DryRunAll}
	}
	return client.Create(p.running, inputs.DeepCopy(), options)
}

// isNoFailureYet is true for what a preview cannot know to fail: the namespace may be made by the same run, the
// object may be about to be replaced, and rights may be given.
func isNoFailureYet(err error) bool {
	return apierrors.IsNotFound(err) || apierrors.IsAlreadyExists(err) || apierrors.IsForbidden(err)
}

func creationError(urn resource.URN, err error) error {
	switch {
	case isUnknownKind(err):
		return fmt.Errorf("cannot create %s: the API server does not know this kind; "+
			"the CustomResourceDefinition has to be there first: %w", urn.Name(), err)
	case apierrors.IsAlreadyExists(err):
		return fmt.Errorf("cannot create %s: %w. Something else made it, or an interrupted update did: "+
			"delete it, or take it over with `pulumi import`", urn.Name(), err)
	}
	return fmt.Errorf("cannot create %s: %w", urn.Name(), err)
}

// unsettled is the result of a dry run without what the real run will have otherwise: the status is left out, and
// what the server gives each object anew is unknown.
func unsettled(live, inputs *unstructured.Unstructured) *unstructured.Unstructured {
	unknown := func(path ...string) {
		if nested(live.Object, path...) != nil && nested(inputs.Object, path...) == nil {
			fields, _ := nested(live.Object, path[:len(path)-1]...).(map[string]any)
			fields[path[len(path)-1]] = resource.Computed{Element: resource.NewStringProperty("")}
		}
	}
	delete(live.Object, "status")
	unstructured.RemoveNestedField(live.Object, "metadata", "managedFields")
	unknown("metadata", "uid")
	unknown("metadata", "resourceVersion")
	unknown("metadata", "creationTimestamp")
	if live.GetKind() == "Service" {
		unknown("spec", "clusterIP")
		unknown("spec", "clusterIPs")
	}
	return live
}
