package kube

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/util/csaupgrade"
)

// formerManagers are those whose fields an update takes over without asking: the provider's own creations, and
// what people applied with kubectl.
var formerManagers = sets.New(creator, "pulumi-resource-kubernetes", "kubectl", "before-first-apply")

type applyOptions struct {
	manager       string
	dryRun, force bool
}

// apply sends the object by server-side apply.
func apply(
	ctx context.Context, client dynamic.ResourceInterface, object *unstructured.Unstructured, options applyOptions,
) (*unstructured.Unstructured, error) {
	content, err := json.Marshal(object.Object)
	if err != nil {
		return nil, err
	}
	patch := metav1.PatchOptions{FieldManager: options.manager, Force: &options.force}
	if options.dryRun {
		patch.DryRun = []string{metav1.DryRunAll}
	}
	applied, err := client.Patch(ctx, object.GetName(), types.ApplyPatchType, content, patch)
	if apierrors.IsConflict(err) {
		return nil, fmt.Errorf("another manager owns fields that this update changes. Leave them out, or set the "+
			"annotation %s to \"true\" to take them over: %w", patchForce, err)
	}
	return applied, err
}

// takeOver makes the manager the owner of the fields that former managers own by other means than apply. Without
// it, the first update would share them with the creation, and could never remove one.
func takeOver(
	ctx context.Context, client dynamic.ResourceInterface, live *unstructured.Unstructured, manager string,
) (*unstructured.Unstructured, error) {
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(live, formerManagers, manager)
	if err != nil || patch == nil {
		return live, err
	}
	return client.Patch(ctx, live.GetName(), types.JSONPatchType, patch, metav1.PatchOptions{})
}

// relinquish gives up every field that the manager owns, and leaves the rest of the object alone.
func relinquish(
	ctx context.Context, client dynamic.ResourceInterface, object *unstructured.Unstructured, manager string,
) error {
	empty := &unstructured.Unstructured{Object: map[string]any{}}
	empty.SetGroupVersionKind(object.GroupVersionKind())
	empty.SetName(object.GetName())
	if _, err := client.Get(ctx, object.GetName(), metav1.GetOptions{}); err != nil {
		return err
	}
	_, err := apply(ctx, client, empty, applyOptions{manager: manager})
	return err
}

// fieldManager of an object: what its annotation says, or the one it has, or a new one.
func fieldManager(inputs *unstructured.Unstructured, present string) (string, error) {
	if chosen := annotation(inputs, patchManager); chosen != "" {
		return chosen, nil
	}
	if present != "" {
		return present, nil
	}
	return resource.NewUniqueHex(creator+"-", 8, 0)
}

// forces is true when fields of other managers are to be taken over.
func (p *provider) forces(inputs *unstructured.Unstructured) bool {
	return p.settings.patchForce || isOn(inputs, patchForce)
}
