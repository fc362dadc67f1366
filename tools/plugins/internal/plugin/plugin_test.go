package plugin

import (
	"context"
	"net"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// fakeEngine keeps what it is told.
type fakeEngine struct {
	pulumirpc.UnimplementedEngineServer
	messages chan *pulumirpc.LogRequest
}

func (e *fakeEngine) Log(_ context.Context, message *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	e.messages <- message
	return &emptypb.Empty{}, nil
}

func startEngine(t *testing.T) (*Engine, chan *pulumirpc.LogRequest) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, fake := grpc.NewServer(), &fakeEngine{messages: make(chan *pulumirpc.LogRequest, 10)}
	pulumirpc.RegisterEngineServer(server, fake)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	engine, err := dial(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return engine, fake.messages
}

func TestOnlyDefaultProvidersAnnounceThemselves(t *testing.T) {
	for urn, warnings := range map[string]int{
		"": 1,
		"urn:pulumi:stack::project::pulumi:providers:kubernetes::default_4_34_2": 1,
		"urn:pulumi:stack::project::pulumi:providers:kubernetes::default":        1,
		"urn:pulumi:stack::project::pulumi:providers:kubernetes::in-place":       0,
	} {
		engine, messages := startEngine(t)
		base := Base{Name: "kubernetes", Version: "4", Engine: engine}
		response, err := base.Configure(context.Background(), &pulumirpc.ConfigureRequest{Urn: &urn})
		if err != nil || !response.GetAcceptSecrets() || !response.GetSupportsPreview() {
			t.Errorf("%v (%v)", response, err)
		}
		if len(messages) != warnings {
			t.Errorf("%q gives %d warnings, not %d", urn, len(messages), warnings)
		}
		if warnings > 0 && (<-messages).GetSeverity() != pulumirpc.LogSeverity_WARNING {
			t.Error("it is no warning")
		}
	}
}

func TestStatusIsNotKeptInTheDiagnostics(t *testing.T) {
	engine, messages := startEngine(t)
	engine.Status("urn", "waiting")
	if message := <-messages; !message.GetEphemeral() || message.GetMessage() != "waiting" || message.GetUrn() != "urn" {
		t.Errorf("the message is %v", message)
	}
}

func TestProvidersWithoutAnEngineKeepQuiet(t *testing.T) {
	var engine *Engine
	engine.Warn("urn", "nobody hears this")
}

func TestServeNeedsAnEngine(t *testing.T) {
	if err := serve(nil, nil); err == nil {
		t.Error("a plugin that nobody started runs")
	}
}
