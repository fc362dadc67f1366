// A running machine: how its daemons are, and what can be done in it.
package plane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/internal/machine"
	"mlops-platform/control-plane/internal/process"
)

// kubernetesImages is where containerd has what the kubelet runs.
const kubernetesImages = "k8s.io"

func (p *Plane) machineStatus(ctx context.Context, table *tabwriter.Writer) (up bool, err error) {
	row, up := p.statusOf(ctx, component{name: machineName})
	fmt.Fprintln(table, row)
	byName := map[string]machine.State{}
	if running, err := p.runningMachine(); err == nil {
		states, _ := running.States(ctx)
		for _, state := range states {
			byName[state.Name] = state
		}
	}
	for _, c := range p.nodeComponents() {
		state := byName[c.name]
		up = up && state.Ready
		fmt.Fprintln(table, p.rowOf(c.name, state))
	}
	return up, table.Flush()
}

// rowOf gives the process ids and ports of the host.
func (p *Plane) rowOf(name string, state machine.State) string {
	port := "-"
	if number, has := p.settings.Ports[name]; has {
		port = fmt.Sprint(number)
	}
	if state.PID == 0 {
		return fmt.Sprintf("%s\tdown\t-\t%s\t-\t-", name, port)
	}
	word := "ready"
	if !state.Ready {
		word = "not ready"
	}
	pid := machine.HostPID(p.cgroup(), state.PID)
	usage := process.UsageOf(pid)
	return fmt.Sprintf("%s\t%s\t%d\t%s\t%s\t%d MiB", name, word, pid, port, usage.Elapsed, usage.Memory)
}

// Load takes images from archives (OCI or Docker) into the node, under the names that are in them.
func (p *Plane) Load(ctx context.Context, archives []string) error {
	running, err := p.mustRun()
	if err != nil {
		return err
	}
	for _, archive := range archives {
		if _, err := containerdCommand(ctx, running, "images", "import", archive); err != nil {
			return fmt.Errorf("%s: %w", archive, err)
		}
		p.Say("  %s is in the node", archive)
	}
	return nil
}

// Enter turns into a program of this host in the machine's network, or in that of a pod (NAMESPACE/NAME).
func (p *Plane) Enter(ctx context.Context, pod string, argv []string) error {
	running, err := p.mustRun()
	if err != nil {
		return err
	}
	network := running.Network()
	if pod != "" {
		if network, err = p.networkOf(ctx, running, pod); err != nil {
			return err
		}
	}
	return machine.Enter(network, argv)
}

// networkOf asks the API server for the pod, and containerd for the sandbox that is the pod's now.
func (p *Plane) networkOf(ctx context.Context, running *machine.Running, pod string) (string, error) {
	namespace, name, ok := strings.Cut(pod, "/")
	if !ok {
		return "", fmt.Errorf("--pod %s: write NAMESPACE/NAME", pod)
	}
	client, err := p.client(apiServer, admin)
	if err != nil {
		return "", err
	}
	var found api.Object
	if err := client.Get(ctx, "/api/v1/namespaces/"+namespace+"/pods/"+name, &found); err != nil {
		return "", err
	}
	if shared, _ := api.At(found, "spec", "hostNetwork").(bool); shared {
		return running.Network(), nil
	}
	sandboxes, err := containerdCommand(ctx, running, "containers", "list", "--quiet",
		fmt.Sprintf(`labels."io.kubernetes.pod.uid"==%s,labels."io.cri-containerd.kind"==sandbox`,
			api.Text(found, "metadata", "uid")))
	if err != nil {
		return "", err
	}
	for _, sandbox := range strings.Fields(sandboxes) {
		description, err := containerdCommand(ctx, running, "containers", "info", sandbox)
		if err != nil {
			return "", err
		}
		// The network of one that has ended is gone. Links to /run would lead to the host's.
		path := running.Path(filepath.Join("/run/netns", filepath.Base(networkIn(description))))
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path, nil
		}
	}
	return "", fmt.Errorf("the pod %s has no network: it does not run", pod)
}

// networkIn reads the path of the network from containerd's description of a sandbox.
func networkIn(description string) string {
	var sandbox struct {
		Spec struct {
			Linux struct {
				Namespaces []struct{ Type, Path string }
			}
		}
	}
	if err := json.Unmarshal([]byte(description), &sandbox); err != nil {
		return ""
	}
	for _, namespace := range sandbox.Spec.Linux.Namespaces {
		if namespace.Type == "network" {
			return namespace.Path
		}
	}
	return ""
}

func containerdCommand(ctx context.Context, running *machine.Running, args ...string) (string, error) {
	ctr, err := tool("ctr")
	if err != nil {
		return "", err
	}
	args = append([]string{"--address", running.Path(containerdSocket), "--namespace", kubernetesImages}, args...)
	command := exec.CommandContext(ctx, ctr, args...)
	var problem strings.Builder
	command.Stderr = &problem
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, strings.TrimSpace(problem.String()))
	}
	return string(output), nil
}

// mustRun finds the machine, or says what to do.
func (p *Plane) mustRun() (*machine.Running, error) {
	if !p.Exists() {
		return nil, p.nothingThere()
	}
	if !p.real() {
		return nil, fmt.Errorf("the control plane in %s has %s nodes: there is nothing to run a program in",
			p.Home, SimulatedNodes)
	}
	running, err := p.runningMachine()
	if errors.Is(err, machine.ErrNotUp) {
		return nil, fmt.Errorf("the machine in %s is not running: `start --nodes %s` starts it", p.Home, RealNodes)
	}
	return running, err
}
