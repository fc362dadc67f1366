// Package plugin serves a Pulumi resource provider to the engine that started this process.
package plugin

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// enginePoll is how often a plugin looks whether its engine is alive. A killed engine must not leave a process
// behind that goes on changing the cluster.
const enginePoll = time.Second

// Main serves the provider that newProvider makes until the engine is done with it, and exits.
func Main(newProvider func(*Engine) pulumirpc.ResourceProviderServer) {
	if err := serve(os.Args[1:], newProvider); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve follows the protocol of plugins: the last argument is the engine's address, and the first line of the
// standard output is the port that this process listens at.
func serve(args []string, newProvider func(*Engine) pulumirpc.ResourceProviderServer) error {
	if len(args) == 0 {
		return fmt.Errorf("this program is started by pulumi, with the address of its engine as the last argument")
	}
	address := args[len(args)-1]
	engine, err := dial(address)
	if err != nil {
		return fmt.Errorf("cannot reach the Pulumi engine at %s: %w", address, err)
	}

	// An engine that is done with a plugin sends it an interrupt.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, lost := context.WithCancel(ctx)
	defer lost()
	if err := rpcutil.Healthcheck(ctx, address, enginePoll, lost); err != nil {
		return fmt.Errorf("cannot watch the Pulumi engine at %s: %w", address, err)
	}
	closing := make(chan bool)
	go func() {
		<-ctx.Done()
		close(closing)
	}()

	provider := newProvider(engine)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: closing,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterResourceProviderServer(server, provider)
			return nil
		},
		Options: []grpc.ServerOption{grpc.MaxRecvMsgSize(maxMessage)},
	})
	if err != nil {
		return err
	}
	fmt.Printf("%d\n", handle.Port)

	go func() {
		<-ctx.Done()
		// Whatever waits for the cluster gives up, so that the server can stop.
		_, _ = provider.Cancel(context.Background(), nil)
	}()
	return <-handle.Done
}
