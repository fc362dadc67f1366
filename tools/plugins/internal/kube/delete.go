package kube

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"mlops-platform/plugins/internal/await"
)

// Delete removes an object and waits until it is gone; one that is gone already is fine. A patch leaves the object
// and gives up its fields.
func (p *provider) Delete(_ context.Context, request *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	urn := resource.URN(request.GetUrn())
	old, err := parseRecord(request.GetProperties())
	if err != nil {
		return nil, err
	}
	cluster, err := p.connect()
	if err != nil {
		return nil, err
	}
	kind, err := kindOf(urn, firstWithKind(old.live, old.inputs))
	if err != nil {
		return nil, err
	}
	namespace, name := parseID(request.GetId())
	client, err := cluster.client(kind, namespace)
	switch {
	case isUnknownKind(err):
		return &emptypb.Empty{}, nil
	case err != nil:
		return nil, err
	}
	if isPatch(urn, kind.Kind) {
		if err := relinquish(p.running, client, old.live, old.manager); err != nil && !apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("cannot give up the fields of %s: %w", urn.Name(), err)
		}
		return &emptypb.Empty{}, nil
	}

	policy := deletionPropagation(old.inputs)
	err = client.Delete(p.running, name, metav1.DeleteOptions{PropagationPolicy: &policy})
	switch {
	case apierrors.IsNotFound(err):
		return &emptypb.Empty{}, nil
	case err != nil:
		return nil, fmt.Errorf("cannot delete %s: %w", urn.Name(), err)
	}
	if isOn(old.inputs, skipAwait) && mayStayBehind[kind.Kind] {
		return &emptypb.Empty{}, nil
	}
	object := old.live.DeepCopy()
	object.SetName(name)
	object.SetNamespace(namespace)
	waiter := await.Waiter{
		Client: client, Timeout: timeout(request.GetTimeout(), old.inputs),
		Status: func(text string) { p.Engine.Status(string(urn), text) },
	}
	defer p.Engine.Status(string(urn), "")
	if err := waiter.Gone(p.running, object); err != nil {
		return nil, stillThere(request.GetId(), old, err)
	}
	return &emptypb.Empty{}, nil
}

// mayStayBehind are the kinds for which skipAwait counts in deletions too.
var mayStayBehind = map[string]bool{
	"Namespace": true, "Pod": true, "ReplicationController": true, "DaemonSet": true, "Deployment": true,
	"StatefulSet": true, "Job": true,
}

// stillThere records how an object was last seen that is not gone.
func stillThere(id string, old record, cause error) error {
	var failure *await.Error
	if errors.As(cause, &failure) && failure.Object != nil {
		old.live = failure.Object
	}
	state, err := old.marshal()
	if err != nil {
		return err
	}
	return initFailed(id, cause, state, nil)
}
