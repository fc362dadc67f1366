// Package kube is a development stand-in for the Pulumi provider "kubernetes". It serves the kinds that this project
// registers, at the embedded control plane only.
package kube

import (
	"context"
	"sync"

	"github.com/go-logr/logr"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
	"k8s.io/klog/v2"

	"mlops-platform/plugins/internal/plugin"
)

// Version is the official plugin's that the program's SDK asks for.
const Version = "4.34.2"

// provider is one configured instance.
type provider struct {
	plugin.Base
	settings settings

	// connect gives the cluster, with the first call that needs it.
	connect func() (*cluster, error)

	// running ends when the run is cancelled. Whatever waits gives up then.
	running context.Context
	cancel  context.CancelFunc
}

// NewProvider makes the provider. The client libraries' own log would end up among the diagnostics of the run, and
// repeats what errors say.
func NewProvider(engine *plugin.Engine) pulumirpc.ResourceProviderServer {
	klog.SetLogger(logr.Discard())
	running, cancel := context.WithCancel(context.Background())
	return &provider{
		Base:    plugin.Base{Name: "kubernetes", Version: Version, Engine: engine},
		running: running,
		cancel:  cancel,
	}
}

// Configure reads the settings and refuses every cluster but the embedded one.
func (p *provider) Configure(
	ctx context.Context, request *pulumirpc.ConfigureRequest,
) (*pulumirpc.ConfigureResponse, error) {
	settings, err := parseSettings(request.GetVariables())
	if err != nil {
		return nil, err
	}
	config, err := settings.restConfig()
	if err != nil {
		return nil, err
	}
	if err := requireEmbedded(config); err != nil {
		return nil, err
	}
	p.settings = settings
	p.connect = sync.OnceValues(func() (*cluster, error) { return newCluster(config) })
	return p.Base.Configure(ctx, request)
}

// Cancel makes everything that waits give up.
func (p *provider) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	p.cancel()
	return &emptypb.Empty{}, nil
}
