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
	"k8s.io/client-go/dynamic"
)

// Update changes an object by server-side apply and waits until it is ready.
func (p *provider) Update(_ context.Context, request *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	urn := resource.URN(request.GetUrn())
	old, err := parseRecord(request.GetOlds())
	if err != nil {
		return nil, err
	}
	properties, err := rpc.UnmarshalProperties(request.GetNews(), marshalling)
	if err != nil {
		return nil, err
	}
	cluster, err := p.connect()
	if err != nil {
		return nil, err
	}
	inputs := normalize(objectOf(properties))
	asGiven := &pulumirpc.UpdateResponse{Properties: request.GetNews()}
	if request.GetPreview() && (hasUnknown(inputs.Object) || !cluster.serves(inputs.GroupVersionKind())) {
		return asGiven, nil
	}
	client, err := cluster.clientFor(inputs)
	if err != nil {
		return nil, err
	}
	manager, err := fieldManager(inputs, old.manager)
	if err != nil {
		return nil, err
	}
	updated := record{inputs: inputs, apiVersion: old.apiVersion, manager: manager, secrets: properties}
	if updated.apiVersion == "" {
		updated.apiVersion = inputs.GetAPIVersion()
	}

	before, err := client.Get(p.running, old.live.GetName(), metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("cannot update %s: %w", urn.Name(), err)
	}
	live, err := p.update(urn, client, inputs, before, manager, request.GetPreview())
	switch {
	case err != nil && request.GetPreview() && apierrors.IsForbidden(err):
		return asGiven, nil
	case err != nil && request.GetPreview():
		return nil, fmt.Errorf("cannot update %s: %w", urn.Name(), err)
	case err != nil:
		return nil, p.failedUpdate(urn, updated, before, err)
	case request.GetPreview():
		updated.live = live
		state, err := updated.marshal()
		return &pulumirpc.UpdateResponse{Properties: state}, err
	}

	if old.manager != "" && old.manager != manager {
		if err := relinquish(p.running, client, live, old.manager); err != nil {
			return nil, err
		}
	}
	live, failure := p.awaitReady(urn, cluster, inputs, live, before, timeout(request.GetTimeout(), inputs))
	if failure != nil {
		return nil, p.failedUpdate(urn, updated, live, failure)
	}
	updated.live = live
	state, err := updated.marshal()
	if live.GetKind() == "CustomResourceDefinition" {
		cluster.forget()
	}
	return &pulumirpc.UpdateResponse{Properties: state}, err
}

// failedUpdate records the object as it is, with the inputs that it should have had.
func (p *provider) failedUpdate(
	urn resource.URN, updated record, live *unstructured.Unstructured, cause error,
) error {
	updated.live = live
	state, err := updated.marshal()
	if err != nil {
		return err
	}
	return initFailed(idOf(live), fmt.Errorf("cannot update %s: %w", urn.Name(), cause), state, nil)
}

// update sends the change. Definitions of custom resources are put as a whole, since their lists have no keys to
// merge by.
func (p *provider) update(
	urn resource.URN, client dynamic.ResourceInterface, inputs, before *unstructured.Unstructured,
	manager string, dryRun bool,
) (*unstructured.Unstructured, error) {
	if inputs.GetKind() == "CustomResourceDefinition" {
		whole := inputs.DeepCopy()
		whole.SetResourceVersion(before.GetResourceVersion())
		options := metav1.UpdateOptions{FieldManager: manager}
		if dryRun {
			options.DryRun = []string{metav1.DryRunAll}
		}
		return client.Update(p.running, whole, options)
	}
	force := p.forces(inputs) || len(before.GetManagedFields()) == 0
	if !isPatch(urn, inputs.GetKind()) {
		if dryRun {
			// The fields of the creation are handed over in the real run only.
			force = force || ownedByCreator(before)
		} else if _, err := takeOver(p.running, client, before, manager); err != nil {
			return nil, err
		}
	}
	return apply(p.running, client, inputs, applyOptions{manager: manager, dryRun: dryRun, force: force})
}

func ownedByCreator(object *unstructured.Unstructured) bool {
	for _, entry := range object.GetManagedFields() {
		if entry.Operation == metav1.ManagedFieldsOperationUpdate && formerManagers.Has(entry.Manager) {
			return true
		}
	}
	return false
}
