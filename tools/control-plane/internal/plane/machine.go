// The machine of a real node: its start and end, and how it is.
package plane

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/internal/machine"
	"mlops-platform/control-plane/internal/pki"
)

// machineName is the process outside of the machine.
const machineName = "machine"

// failures is how often a daemon may end before a start gives up.
const failures = 3

// CanRunPods says what is missing here for a real node.
func CanRunPods() error {
	if err := machine.Check(); err != nil {
		return fmt.Errorf("real pods can't run on this machine: %w\n"+
			"minikube does the same elsewhere (README.md); without it, nodes can be %s", err, SimulatedNodes)
	}
	return nil
}

// checkNode finds out before anything is done.
func checkNode(target Target) error {
	if target.Name == openShift {
		return fmt.Errorf("--target %s goes with %s nodes only", openShift, SimulatedNodes)
	}
	for _, name := range nodeTools {
		if _, err := tool(name); err != nil {
			return err
		}
	}
	return CanRunPods()
}

func (p *Plane) startMachine(ctx context.Context, target Target) error {
	if err := firstError(
		func() error { return p.choosePorts(slices.Sorted(maps.Keys(hostPorts))) },
		func() error { return pki.Ensure(p.path(pkiFolder), nodeCertificates()) },
		p.writeKubeconfigs,
		p.writeNode,
		p.makeNodeFolders,
	); err != nil {
		return err
	}
	fingerprint, err := p.writeMachine()
	if err != nil {
		return err
	}
	for range attempts {
		if err = p.bringUpMachine(ctx, target, fingerprint); !errors.Is(err, errGone) {
			return err
		}
	}
	return fmt.Errorf("the machine ends as soon as it is started: see the logs in %s", p.path(logFolder))
}

// bringUpMachine says errGone when the machine ran, and ended meanwhile.
func (p *Plane) bringUpMachine(ctx context.Context, target Target, fingerprint string) error {
	outer := p.process(machineName)
	record, err := outer.Find()
	if err != nil {
		return err
	}
	if record != nil && record.Fingerprint != fingerprint {
		p.Say("  starting the machine again, since its programs or settings have changed")
		if err := outer.Stop(machine.StopPatience); err != nil {
			return err
		}
		record = nil
	}
	if record != nil {
		return p.awaitMachine(ctx, target, nil)
	}
	if err := p.checkHostPorts(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	ended, err := outer.Launch(fingerprint, self, []string{machine.HostCommand, p.machineFile()}, p.nodeEnvironment())
	if err == nil {
		err = p.awaitMachine(ctx, target, ended)
	}
	if err == nil {
		return nil
	}
	if failure := p.stopMachine(); failure != nil {
		p.Say("  the machine could not be stopped: %v", failure)
	}
	if ctx.Err() != nil {
		return errors.New("interrupted; what was started has been stopped again")
	}
	return err
}

func (p *Plane) awaitMachine(ctx context.Context, target Target, ended <-chan error) error {
	components := p.nodeComponents()
	at := slices.IndexFunc(components, func(c component) bool { return c.name == apiServer })
	if err := p.awaitDaemons(ctx, components[:at+1], ended); err != nil {
		return err
	}
	if err := p.setUp(ctx, target); err != nil {
		return fmt.Errorf("setting up the control plane's own objects: %w", err)
	}
	if err := p.awaitDaemons(ctx, components, ended); err != nil {
		return err
	}
	if err := p.awaitHeartbeat(ctx); err != nil {
		return err
	}
	return p.awaitNodes(ctx)
}

// awaitDaemons waits until these daemons are ready.
func (p *Plane) awaitDaemons(ctx context.Context, wanted []component, ended <-chan error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, api.Patience, fmt.Errorf("%w after %v", errNotReady, api.Patience))
	defer cancel()
	ends := map[string]int{}
	for {
		late, err := p.late(ctx, wanted, ends)
		if err == nil && late == "" {
			return nil
		}
		select {
		case <-ctx.Done():
			return p.withLog(late, context.Cause(ctx))
		case end := <-ended:
			return p.withLog(machineName, fmt.Errorf("it ended: %v", end))
		case <-time.After(50 * time.Millisecond):
		}
		if err != nil && !errors.Is(err, machine.ErrNotUp) {
			return err
		}
		if record, err := p.process(machineName).Find(); ended == nil && err == nil && record == nil {
			return errGone
		}
	}
}

// late names a daemon that isn't ready yet. One that ends and ends is an error.
func (p *Plane) late(ctx context.Context, wanted []component, ends map[string]int) (string, error) {
	running, err := p.runningMachine()
	if err != nil {
		return machineName, err
	}
	states, err := running.States(ctx)
	if err != nil {
		return machineName, err
	}
	late := ""
	for _, state := range states {
		is := func(c component) bool { return c.name == state.Name }
		if state.Ready || !slices.ContainsFunc(wanted, is) {
			continue
		}
		if late == "" {
			late = state.Name
		}
		if _, seen := ends[state.Name]; !seen {
			ends[state.Name] = state.Ends
		}
		if state.Ends-ends[state.Name] >= failures {
			return state.Name, p.withLog(state.Name, fmt.Errorf("it ended: %s", state.End))
		}
	}
	return late, nil
}

// runningMachine finds the machine; one that isn't up is machine.ErrNotUp.
func (p *Plane) runningMachine() (*machine.Running, error) {
	record, err := p.process(machineName).Find()
	if err != nil {
		return nil, err
	}
	if record == nil {
		return nil, machine.ErrNotUp
	}
	return machine.Find(p.machineRecord(), record.PID)
}

// awaitHeartbeat: the API server remembers the node as it was before; what counts is what its kubelet has said since.
func (p *Plane) awaitHeartbeat(ctx context.Context) error {
	info, err := os.Stat(p.machineRecord())
	if err != nil {
		return err
	}
	client, err := p.client(apiServer, admin)
	if err != nil {
		return err
	}
	return api.Await(ctx, "the kubelet has not reported that the node is ready", func() (bool, error) {
		var node api.Object
		err := client.Get(ctx, "/api/v1/nodes/"+nodeName, &node)
		if api.NotFound(err) {
			return false, nil
		}
		said, _ := time.Parse(time.RFC3339, api.Text(api.Condition(node, "Ready"), "lastHeartbeatTime"))
		// Kubernetes counts in seconds.
		return !said.Before(info.ModTime().Truncate(time.Second)) && api.HasCondition(node, "Ready"), err
	})
}

// stopMachine ends the machine, and removes what outlives it.
func (p *Plane) stopMachine() error {
	if err := p.process(machineName).Stop(machine.StopPatience); err != nil {
		return err
	}
	if err := os.Remove(p.machineRecord()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return machine.RemoveCgroups(p.cgroup())
}
