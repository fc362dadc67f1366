//go:build linux

package main

// A real node: what it does, how it comes back after kill -9, and that nothing of it stays behind.
// CONTROL_PLANE_INTEGRATION=1 go test -run Real . (as root)

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestARealNodeRunsPodsOutlivesKillNineAndLeavesNoTrace(t *testing.T) {
	p := newRealPlane(t)
	before := takeTraces(t)
	p.startReal()
	p.must("load", podArchive(t, "localhost/mlops-live/pause:1", podImage))
	p.keep()
	p.apply(countingPod())
	p.expectAnswer("start 1")
	before.expectHostUnchanged(t)

	t.Run("logs, exec and programs in its networks", func(t *testing.T) { p.in(t).expectWaysIn() })
	t.Run("nothing leads out", func(t *testing.T) { p.in(t).expectNoWayOut() })

	for _, name := range []string{"kubelet", "containerd", "etcd"} {
		t.Run(name+" is started again, and pods go on", func(t *testing.T) {
			p := p.in(t)
			old := p.pidOf(name)
			if old == 0 {
				t.Fatalf("status gives no process id for %s", name)
			}
			if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
				if now := p.pidOf(name); now != 0 && now != old {
					break
				}
				if time.Now().After(deadline) {
					t.Fatal("it was not started again")
				}
			}
			p.must("start", "--nodes", "real")
			p.expectAnswer("start 1")
			p.expectKept()
		})
	}

	starts := 1
	for name, victims := range map[string]func() []int{
		"the process outside":   func() []int { return []int{p.hostSide()} },
		"the first process":     func() []int { return []int{p.first()} },
		"all of its processes":  p.inside,
		"those and the outside": func() []int { return append(p.inside(), p.hostSide()) },
	} {
		t.Run("after kill -9 of "+name, func(t *testing.T) {
			p := p.in(t)
			for _, pid := range victims() {
				if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
					t.Fatal(err)
				}
			}
			p.startReal()
			starts++
			p.expectAnswer(fmt.Sprintf("start %d", starts))
			p.expectKept()
		})
	}

	t.Run("stop after kill -9 leaves no trace but the home", func(t *testing.T) {
		p := p.in(t)
		network := p.network()
		if err := syscall.Kill(p.hostSide(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		p.must("stop")
		before.expectGone(t, p, network)
	})
	t.Run("stop leaves no trace but the home", func(t *testing.T) {
		p := p.in(t)
		p.startReal()
		network := p.network()
		p.must("stop")
		before.expectGone(t, p, network)
	})
	t.Run("reset after kill -9 leaves no trace", func(t *testing.T) {
		p := p.in(t)
		p.startReal()
		network := p.network()
		cgroup := p.setting("machine").(string)
		if err := syscall.Kill(p.first(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		p.must("reset")
		if _, err := os.Stat(p.home); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", p.home, err)
		}
		before.expectHostUnchanged(t)
		expectNoCgroups(t, cgroup)
		expectNoProcessIn(t, network)
	})
}

func (p testPlane) expectWaysIn() {
	p.t.Helper()
	for _, try := range []struct {
		args []string
		want string
	}{
		{[]string{"logs", "counter"}, "listening"},
		{[]string{"exec", "counter", "--", "/program", "greet"}, "hello from inside"},
	} {
		output, err := p.kubectl(try.args...)
		if err != nil || !strings.Contains(output, try.want) {
			p.t.Errorf("kubectl %v: %v\n%s", try.args, err, output)
		}
	}
	output, err := p.run("enter", "--pod", "default/counter", "--", "ip", "-brief", "address")
	if err != nil || !strings.Contains(output, "10.244.") || strings.Contains(output, "cni0") {
		p.t.Errorf("the pod's addresses: %v\n%s", err, output)
	}
	if output, err := p.run("enter", "--pod", "default/nobody", "--", "true"); err == nil || !strings.Contains(output, "nobody") {
		p.t.Errorf("a pod that isn't there can be entered: %s", output)
	}
}

func (p testPlane) expectNoWayOut() {
	p.t.Helper()
	output, err := p.run("enter", "--", "ip", "-oneline", "link")
	if err != nil {
		p.t.Fatalf("%v\n%s", err, output)
	}
	interfaces := 0
	for line := range strings.Lines(output) {
		_, rest, _ := strings.Cut(line, ": ")
		name, _, _ := strings.Cut(rest, ":")
		interfaces++
		if name != "lo" && name != "cni0" && !strings.HasPrefix(name, "veth") {
			p.t.Errorf("there is an interface %s", line)
		}
	}
	if interfaces < 3 {
		p.t.Errorf("there are only these interfaces:\n%s", output)
	}
	for _, place := range [][]string{{}, {"--pod", "default/counter"}} {
		args := append(append([]string{"enter"}, place...), "--", "ip", "route", "get", "192.0.2.1")
		output, err := p.run(args...)
		viaNode := strings.Contains(output, "via 10.244.0.1")
		if len(place) == 0 && err == nil || len(place) > 0 && !viaNode {
			p.t.Errorf("%v: %v\n%s", args, err, output)
		}
	}
}
