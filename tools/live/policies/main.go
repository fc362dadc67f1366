// The program live-policies enforces the NetworkPolicies of a cluster with one node, in the network namespace that it runs in.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net/netip"
	"os"
	"os/signal"
	"syscall"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"mlops-platform/live-policies/internal/addresses"
	"mlops-platform/live-policies/internal/enforce"
	"mlops-platform/live-policies/internal/rules"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "live-policies:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("live-policies", flag.ExitOnError)
	kubeconfig := flags.String("kubeconfig", "", "how to reach the API server (required)")
	pods := flags.String("pod-network", "10.244.0.0/16", "where pods get their addresses from; an unknown one of these is closed")
	given := flags.String("addresses", "/var/lib/cni/results", "where CNI's library keeps which pod was given which")
	if err := flags.Parse(args); err != nil {
		return err
	}
	network, err := netip.ParsePrefix(*pods)
	if err != nil || !network.Addr().Is4() {
		return fmt.Errorf("--pod-network %q is no IPv4 network: it is written like 10.244.0.0/16", *pods)
	}
	table, err := enforce.Find()
	if err != nil {
		return err
	}
	log.SetFlags(log.LstdFlags | log.LUTC)
	// Before anything else, so that no pod starts in an open network.
	enforcer, err := enforce.New(ctx, table, addresses.Results(*given), rules.Options{PodNetwork: network})
	if err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return fmt.Errorf("--kubeconfig %q: %w", *kubeconfig, err)
	}
	config.ContentType = "application/vnd.kubernetes.protobuf"
	// Every event is followed by three questions; a limit would only make the answer late.
	config.QPS = -1
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	enforcer.Run(ctx, client)
	return nil
}
