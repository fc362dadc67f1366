//go:build linux

package main

// Traces: what a machine could leave on its host.

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// traces are the host's as they were before.
type traces struct {
	mounts  []string
	tables  string
	sysctls map[string]string
	paths   []string
}

// watchedSysctls are those that a kubelet sets, and the one that makes a router.
var watchedSysctls = []string{
	"vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops",
	"kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes", "net/ipv4/ip_forward",
}

// watchedPaths are where the daemons of a node write when nobody tells them otherwise.
var watchedPaths = []string{
	"/var/lib/kubelet", "/var/lib/containerd", "/var/lib/cni", "/var/lib/etcd", "/var/log/pods", "/var/log/containers",
	"/run/containerd", "/run/netns", "/run/cni", "/run/nri", "/run/machine", "/run/machine.sock", "/run/xtables.lock",
	"/etc/cni", "/etc/kubernetes", "/opt/containerd", "/opt/cni", "/opt/local-path-provisioner",
	"/usr/libexec/kubernetes",
}

func takeTraces(t *testing.T) traces {
	t.Helper()
	now := traces{sysctls: map[string]string{}}
	data, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	now.mounts = strings.Split(strings.TrimSpace(string(data)), "\n")
	output, err := exec.Command("/usr/sbin/nft", "list", "ruleset").CombinedOutput()
	if err != nil {
		t.Fatalf("nft: %v\n%s", err, output)
	}
	now.tables = string(output)
	for _, name := range watchedSysctls {
		data, err := os.ReadFile(filepath.Join("/proc/sys", name))
		if err != nil {
			t.Fatal(err)
		}
		now.sysctls[name] = strings.TrimSpace(string(data))
	}
	for _, path := range watchedPaths {
		if _, err := os.Lstat(path); err == nil {
			now.paths = append(now.paths, path)
		}
	}
	return now
}

// expectHostUnchanged holds while a machine runs, too.
func (before traces) expectHostUnchanged(t *testing.T) {
	t.Helper()
	now := takeTraces(t)
	for _, mount := range now.mounts {
		if !slices.Contains(before.mounts, mount) {
			t.Errorf("a mount is new: %s", mount)
		}
	}
	if now.tables != before.tables {
		t.Errorf("the rules of nftables were\n%s\nand are\n%s", before.tables, now.tables)
	}
	for name, value := range before.sysctls {
		if now.sysctls[name] != value {
			t.Errorf("%s was %s and is %s", name, value, now.sysctls[name])
		}
	}
	for _, path := range now.paths {
		if !slices.Contains(before.paths, path) {
			t.Errorf("%s is new", path)
		}
	}
}

// expectGone: nothing but the home is left.
func (before traces) expectGone(t *testing.T, p testPlane, network string) {
	t.Helper()
	before.expectHostUnchanged(t)
	if left := p.inside(); len(left) > 0 {
		t.Errorf("these still run: %v", left)
	}
	expectNoCgroups(t, p.setting("machine").(string))
	expectNoProcessIn(t, network)
	if output, err := p.run("status"); err == nil || strings.Contains(output, " ready") {
		t.Errorf("status says that something runs:\n%s", output)
	}
}

func expectNoCgroups(t *testing.T, machine string) {
	t.Helper()
	left, err := filepath.Glob("/sys/fs/cgroup/*/mlops-live-" + machine)
	more, _ := filepath.Glob("/sys/fs/cgroup/mlops-live-" + machine)
	if left = append(left, more...); err != nil || len(left) > 0 {
		t.Errorf("cgroups are left: %v (%v)", left, err)
	}
}

// expectNoProcessIn finds whatever has escaped from its cgroup, too.
func expectNoProcessIn(t *testing.T, network string) {
	t.Helper()
	var left []string
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		left = nil
		links, _ := filepath.Glob("/proc/[0-9]*/ns/net")
		for _, link := range links {
			if target, err := os.Readlink(link); err == nil && target == network {
				left = append(left, link)
			}
		}
		if len(left) == 0 {
			return
		}
	}
	t.Errorf("in the machine's network are still %v", left)
}
