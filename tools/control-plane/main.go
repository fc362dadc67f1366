// The program control-plane runs a Kubernetes control plane on this machine for development and tests: the real API
// server, controllers and scheduler, with kwok in place of machines that run containers.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"mlops-platform/control-plane/crds"
	"mlops-platform/control-plane/internal/olm"
	"mlops-platform/control-plane/internal/plane"
	"mlops-platform/control-plane/internal/process"
	"mlops-platform/control-plane/internal/simulation"
)

const usage = `Usage: control-plane COMMAND [--home DIR]

  start        bring up whatever is not running; with --target openshift also the definitions of OpenShift's kinds
  stop         end its processes and keep its data
  status       show its processes; exits with 1 when one is not ready
  reset        stop, and remove its data
  kubeconfig   print the path of its kubeconfig (its context: ` + plane.Context + `, or ` + plane.NodeContext + `)
  check        say whether this machine can run a real node, and else what is missing
  load FILE... take images from archives into the real node
  enter [--pod NAMESPACE/NAME] -- COMMAND...
               run a program of this machine in the network of the real node, or in that of a pod

  --home DIR       where its data is (default %s)
  --target TARGET  %s (default %s); for start
  --nodes NODES    ` + plane.SimulatedNodes + ` (default) or ` + plane.RealNodes + `, which takes Linux and root; for start
`

// publishedCRDs names the directories of definitions that Go modules publish; tools/control-plane/run sets it.
const publishedCRDs = "CONTROL_PLANE_CRDS"

// errNotReady ends the program with 1 after a message that says it all.
var errNotReady = errors.New("")

func main() {
	if len(os.Args) > 1 && os.Args[1] == process.ExecCommand {
		fail(process.Become(os.Args[2:]))
	}
	if isPart, err := partOfMachine(os.Args[1:]); isPart {
		fail(err)
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	fail(run(ctx, os.Args[1:], os.Stdout))
}

func fail(err error) {
	if err == nil {
		return
	}
	if err != errNotReady {
		fmt.Fprintln(os.Stderr, "control-plane:", err)
	}
	os.Exit(1)
}

func run(ctx context.Context, args []string, output io.Writer) error {
	defaultHome, err := plane.DefaultHome()
	if err != nil {
		return err
	}
	help := fmt.Sprintf(usage, defaultHome, strings.Join(crds.Targets, " or "), crds.Targets[0])
	if len(args) == 0 || slices.Contains([]string{"help", "-h", "--help"}, args[0]) {
		fmt.Fprint(output, help)
		return nil
	}
	command := args[0]
	flags := flag.NewFlagSet(command, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	home := flags.String("home", defaultHome, "")
	target := flags.String("target", crds.Targets[0], "")
	nodes := flags.String("nodes", plane.SimulatedNodes, "")
	pod := flags.String("pod", "", "")
	if err := flags.Parse(args[1:]); errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(output, help)
		return nil
	} else if err != nil {
		return fmt.Errorf("%w\n\n%s", err, help)
	}
	if flags.NArg() > 0 && command != "load" && command != "enter" {
		return fmt.Errorf("unexpected argument %q\n\n%s", flags.Arg(0), help)
	}
	if *home == "" {
		return errors.New("--home is empty: name a directory, or leave it out")
	}
	p, err := plane.At(*home, func(format string, values ...any) { fmt.Fprintf(output, format+"\n", values...) })
	if err != nil {
		return err
	}
	switch command {
	case "start":
		return start(ctx, p, *target, *nodes)
	case "stop":
		return p.Stop(ctx)
	case "status":
		return status(ctx, p, output)
	case "reset":
		return p.Reset(ctx)
	case "kubeconfig":
		path, err := p.Kubeconfig()
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(output, path)
		return err
	case "check":
		return plane.CanRunPods()
	case "load":
		return load(ctx, p, flags.Args())
	case "enter":
		return enter(ctx, p, *pod, flags.Args())
	case plane.SimulateCommand:
		return simulate(ctx, p)
	}
	return fmt.Errorf("there is no command %q\n\n%s", command, help)
}

func start(ctx context.Context, p *plane.Plane, name, nodes string) error {
	if !slices.Contains(crds.Targets, name) {
		return fmt.Errorf("there is no target %q: use %s", name, strings.Join(crds.Targets, " or "))
	}
	if nodes != plane.SimulatedNodes && nodes != plane.RealNodes {
		return fmt.Errorf("there are no nodes %q: use %s or %s", nodes, plane.SimulatedNodes, plane.RealNodes)
	}
	target := plane.Target{Name: name, Nodes: nodes, CRDs: filepath.SplitList(os.Getenv(publishedCRDs))}
	if len(target.CRDs) == 0 {
		return fmt.Errorf("%s names no directory with the published definitions: use tools/control-plane/run, "+
			"which fetches them", publishedCRDs)
	}
	began := time.Now()
	if err := p.Start(ctx, target); err != nil {
		return err
	}
	path, err := p.Kubeconfig()
	if err == nil {
		p.Say("The control plane is ready (%.1f s). Its kubeconfig: %s", time.Since(began).Seconds(), path)
	}
	return err
}

func status(ctx context.Context, p *plane.Plane, output io.Writer) error {
	up, err := p.Status(ctx, output)
	if err == nil && !up {
		return errNotReady
	}
	return err
}

func simulate(ctx context.Context, p *plane.Plane) error {
	client, err := p.Simulated()
	if err != nil {
		return err
	}
	definitions, err := p.Brought()
	if err != nil {
		return err
	}
	log.SetFlags(log.LstdFlags | log.LUTC)
	if len(definitions) > 0 {
		// Elsewhere nobody resolves Subscriptions, not even when somebody else defines them.
		go olm.Run(ctx, client, definitions)
	}
	return simulation.Run(ctx, client, definitions)
}
