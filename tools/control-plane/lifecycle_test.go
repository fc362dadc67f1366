package main

// What start, stop and reset do, on real control planes: CONTROL_PLANE_INTEGRATION=1 go test .

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var everyComponent = []string{
	"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "simulation",
}

// startingWith are the components that start when this one has to: itself, and those that need it.
func startingWith(name string) []string {
	switch name {
	case "etcd":
		return everyComponent
	case "kube-apiserver":
		return everyComponent[1:]
	}
	return []string{name}
}

func TestOneStartMakesAControlPlaneThatOutlivesKillNine(t *testing.T) {
	p := newPlane(t)
	p.must("start")
	p.must("status")
	p.keep()

	for _, name := range everyComponent {
		t.Run(name, func(t *testing.T) {
			p := p.in(t)
			before := p.processes()
			p.kill(name)
			if output, err := p.run("status"); err == nil || !strings.Contains(output, "down") {
				t.Errorf("status says all is well:\n%s", output)
			}
			p.must("start")
			p.must("status")
			for other, pid := range p.processes() {
				if slices.Contains(startingWith(name), other) == (before[other] == pid) {
					t.Errorf("%s was process %d and is %d", other, before[other], pid)
				}
			}
			p.expectKept()
			p.expectRollout("after-" + name)
		})
	}

	t.Run("all of them", func(t *testing.T) {
		p := p.in(t)
		for _, name := range everyComponent {
			p.kill(name)
		}
		p.must("start")
		p.expectKept()
		p.expectRollout("after-all")
	})

	t.Run("a start that comes before the killed processes are gone", func(t *testing.T) {
		p := p.in(t)
		for range 3 {
			for _, pid := range p.processes() {
				if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
					t.Fatal(err)
				}
			}
			p.must("start")
			p.must("status")
			p.expectKept()
		}
	})

	t.Run("stop keeps the data, reset removes it", func(t *testing.T) {
		p := p.in(t)
		before := p.processes()
		p.must("stop")
		for name, pid := range before {
			if alive(pid) {
				t.Errorf("%s, process %d, still runs", name, pid)
			}
		}
		p.must("start")
		p.expectKept()
		p.must("reset")
		if _, err := os.Stat(p.home); !os.IsNotExist(err) {
			t.Errorf("%s is still there: %v", p.home, err)
		}
	})
}

func TestTwoStartsAtOnceMakeOneControlPlane(t *testing.T) {
	p := newPlane(t)
	failures := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := p.run("start")
			failures <- err
		}()
	}
	for range 2 {
		if err := <-failures; err != nil {
			t.Error(err)
		}
	}
	p.must("status")
	// Two of one kind would show themselves by their command lines.
	for _, name := range everyComponent[:5] {
		if count := p.countByCommandLine(name); count != 1 {
			t.Errorf("%d processes of %s run", count, name)
		}
	}
}

func TestAnInterruptedStartLeavesNothingRunning(t *testing.T) {
	p := newPlane(t)
	for _, after := range []time.Duration{50 * time.Millisecond, 700 * time.Millisecond, 2500 * time.Millisecond} {
		command := p.command("start")
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after)
		if err := command.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait()
		if left := p.processes(); len(left) > 0 {
			t.Errorf("%v after it began: %v still run", after, left)
		}
	}
}

func TestAKilledStartIsTakenUpByTheNextOne(t *testing.T) {
	p := newPlane(t)
	for _, after := range []time.Duration{20 * time.Millisecond, 300 * time.Millisecond, 2 * time.Second} {
		command := p.command("start")
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(after)
		_ = command.Process.Kill()
		_ = command.Wait()
	}
	p.must("start")
	p.must("status")
	for _, name := range everyComponent[:5] {
		if count := p.countByCommandLine(name); count != 1 {
			t.Errorf("%d processes of %s run", count, name)
		}
	}
}

func TestAFailingComponentShowsItsLogAndTakesTheOthersWithIt(t *testing.T) {
	p := newPlane(t)
	broken := filepath.Join(t.TempDir(), "kube-scheduler")
	script := "#!/bin/sh\necho the dog ate the schedule\nexit 3\n"
	if err := os.WriteFile(broken, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	p.path = filepath.Dir(broken) + ":" + p.path
	output, err := p.run("start")
	for _, part := range []string{"kube-scheduler", "the dog ate the schedule", "exit status 3"} {
		if err == nil || !strings.Contains(output, part) {
			t.Errorf("%q is missing in: %s", part, output)
		}
	}
	if left := p.processes(); len(left) > 0 {
		t.Errorf("%v still run", left)
	}
}
