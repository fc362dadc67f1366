package kube

import (
	"context"
	"errors"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"mlops-platform/plugins/internal/await"
)

// awaitReady waits as the annotations say, or else as the kind does. The object is the one that the API server
// returned; before is the one that was there before, nil for a creation.
func (p *provider) awaitReady(
	urn resource.URN, cluster *cluster, inputs, object, before *unstructured.Unstructured, timeout time.Duration,
) (*unstructured.Unstructured, error) {
	if isOn(inputs, skipAwait) {
		return object, nil
	}
	rule := await.ForKind(object.GroupVersionKind().GroupKind(), cluster, before)
	if expression := annotation(object, waitFor); expression != "" {
		var err error
		if rule, err = await.Expression(expression); err != nil {
			return object, &await.Error{Summary: err.Error(), Object: object}
		}
	}
	if rule == nil {
		return object, nil
	}
	client, err := cluster.clientFor(object)
	if err != nil {
		return object, &await.Error{Summary: err.Error(), Object: object}
	}
	defer p.Engine.Status(string(urn), "")
	return await.Waiter{
		Client: client, Rule: rule, Timeout: timeout,
		Status: func(text string) { p.Engine.Status(string(urn), text) },
	}.Until(p.running, object)
}

// isReady takes a single look.
func (p *provider) isReady(ctx context.Context, cluster *cluster, object *unstructured.Unstructured) bool {
	rule := await.OnRead(object.GroupVersionKind().GroupKind(), cluster)
	return rule == nil || rule(ctx, object).Ready
}

// initFailed tells the engine that the object exists, in this state, but is not as it should be. The engine records
// it, and the next update goes on from there.
func initFailed(id string, cause error, state, inputs *structpb.Struct) error {
	reasons := []string{cause.Error()}
	var failure *await.Error
	if errors.As(cause, &failure) {
		reasons = append(reasons, failure.Problems...)
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, cause.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id: id, Properties: state, Reasons: reasons, Inputs: inputs,
	})
}
