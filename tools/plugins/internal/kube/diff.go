package kube

import (
	"context"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// replaceUnreadyPath stands for the replacement of a Job that has not succeeded.
const replaceUnreadyPath = `.metadata.annotations["pulumi.com/replaceUnready"]`

// Diff compares the wanted inputs with those fields of the last known live object that the program had set. What
// others set is no difference.
func (p *provider) Diff(ctx context.Context, request *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	urn := resource.URN(request.GetUrn())
	old, err := parseRecord(request.GetOlds())
	if err != nil {
		return nil, err
	}
	news, err := rpc.UnmarshalProperties(request.GetNews(), marshalling)
	if err != nil {
		return nil, err
	}
	inputs := normalize(objectOf(news))
	known := &unstructured.Unstructured{Object: prune(old.live.Object, normalize(old.inputs).Object)}
	if hasName(inputs) {
		known.SetName(old.live.GetName())
	}
	if err := p.alignNamespaces(urn, known, inputs); err != nil {
		return nil, err
	}

	found := compare(known.Object, inputs.Object)
	if err := found.ignore(request.GetIgnoreChanges()); err != nil {
		return nil, err
	}
	replacing := found.replace(p.settings.replacingFields(inputs, isPatch(urn, inputs.GetKind())))
	slices.Sort(replacing)
	changed := len(found) > 0
	if isOn(inputs, replaceUnready) && p.isUnready(ctx, urn, old.live) {
		replacing = append(replacing, replaceUnreadyPath)
		changed = true
	}

	response := &pulumirpc.DiffResponse{
		Changes:             pulumirpc.DiffResponse_DIFF_NONE,
		Replaces:            replacing,
		DeleteBeforeReplace: len(replacing) > 0 && staysInPlace(inputs, old.live),
		DetailedDiff:        found,
		HasDetailedDiff:     true,
	}
	if changed {
		response.Changes = pulumirpc.DiffResponse_DIFF_SOME
	}
	return response, nil
}

// staysInPlace is true when the new object needs the very name of the old one, which then has to go first. An
// auto-named object gets another name instead.
func staysInPlace(inputs, live *unstructured.Unstructured) bool {
	return hasName(inputs) && !isOn(inputs, autonamed) &&
		inputs.GetName() == live.GetName() && inputs.GetNamespace() == live.GetNamespace()
}

// alignNamespaces makes "default" and no namespace the same, and drops namespaces from kinds without.
func (p *provider) alignNamespaces(urn resource.URN, objects ...*unstructured.Unstructured) error {
	cluster, err := p.connect()
	if err != nil {
		return err
	}
	kind, err := kindOf(urn, objects[len(objects)-1])
	if err != nil {
		return err
	}
	namespaced, err := cluster.namespaced(kind)
	if err != nil {
		return err
	}
	for _, object := range objects {
		switch {
		case !namespaced:
			unstructured.RemoveNestedField(object.Object, "metadata", "namespace")
		case nested(object.Object, "metadata", "namespace") == nil:
			object.SetNamespace("default")
		}
	}
	return nil
}

// isUnready is true for a Job that is there and has not succeeded. The annotation means nothing to other kinds.
func (p *provider) isUnready(ctx context.Context, urn resource.URN, object *unstructured.Unstructured) bool {
	if object.GetKind() != "Job" {
		p.Engine.Warn(string(urn), replaceUnready+" has no effect on a "+object.GetKind())
		return false
	}
	cluster, err := p.connect()
	if err != nil {
		return false
	}
	client, err := cluster.clientFor(object)
	if err != nil {
		return false
	}
	live, err := client.Get(ctx, object.GetName(), metav1.GetOptions{})
	return err == nil && !p.isReady(ctx, cluster, live)
}
