package plugin

import (
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// maxMessage is the size that Pulumi allows for a message; the default of gRPC is too small for a large ConfigMap.
const maxMessage = 400 << 20

// Engine is where a provider reports to. A nil *Engine swallows everything, which is what tests want.
type Engine struct {
	client pulumirpc.EngineClient
}

func dial(address string) (*Engine, error) {
	connection, err := grpc.NewClient(address,
		grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	if err != nil {
		return nil, err
	}
	return &Engine{client: pulumirpc.NewEngineClient(connection)}, nil
}

// Warn adds a warning to the diagnostics of the run, under the resource that has the URN.
func (e *Engine) Warn(urn, message string) {
	e.log(pulumirpc.LogSeverity_WARNING, urn, message, false)
}

// Status shows what a resource is waiting for, in its line of the progress display; an empty message clears it.
func (e *Engine) Status(urn, message string) {
	e.log(pulumirpc.LogSeverity_INFO, urn, message, true)
}

// log ignores failures: nothing depends on a message, and an engine that is gone is noticed elsewhere.
func (e *Engine) log(severity pulumirpc.LogSeverity, urn, message string, ephemeral bool) {
	if e == nil {
		return
	}
	_, _ = e.client.Log(context.Background(), &pulumirpc.LogRequest{
		Severity: severity, Message: message, Urn: urn, Ephemeral: ephemeral,
	})
}
