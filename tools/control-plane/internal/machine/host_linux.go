// The host's side: a process outside that makes the machine, forwards ports into it, and takes it down. When it is
// killed, the kernel kills the machine's first process, and with that all others.
package machine

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"mlops-platform/control-plane/internal/process"
)

const namespaces = syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS |
	syscall.CLONE_NEWIPC

// record says which process of the host is a machine's first one, and who started it.
type record struct {
	Host int `json:"host"`
	Init int `json:"init"`
}

// Host is done when the machine has ended.
func Host(path string) error {
	// The machine ends with the thread that started it, which has to be this one until the end.
	runtime.LockOSThread()
	process.KeepLockToOneself()
	spec, err := read(path)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	// Of one that was killed, processes may be ending just now.
	if err := RemoveCgroups(spec.Cgroup); err != nil {
		return err
	}
	if err := makeCgroups(spec.Cgroup); err != nil {
		return err
	}
	failure := host(spec, path, signals)
	if err := RemoveCgroups(spec.Cgroup); failure == nil {
		failure = err
	}
	return failure
}

func host(spec Spec, path string, signals <-chan os.Signal) error {
	var listeners []net.Listener
	for _, forward := range spec.Forwards {
		listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(forward.Port)))
		if err != nil {
			return err
		}
		defer listener.Close()
		listeners = append(listeners, listener)
	}
	init := inNamespaces(InitCommand, path)
	if err := init.Start(); err != nil {
		return fmt.Errorf("new namespaces: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- init.Wait() }()
	network := fmt.Sprintf("/proc/%d/ns/net", init.Process.Pid)
	for i, listener := range listeners {
		go forward(listener, network, spec.Forwards[i].To)
	}
	data, err := json.Marshal(record{Host: os.Getpid(), Init: init.Process.Pid})
	if err != nil {
		return err
	}
	if err := os.WriteFile(spec.Record, data, 0o600); err != nil {
		return err
	}
	for {
		select {
		case <-signals:
			// Its end is awaited in any case.
			_ = init.Process.Signal(syscall.SIGTERM)
		case err := <-ended:
			return err
		}
	}
}

// inNamespaces is this program in namespaces of its own, as the first process there.
func inNamespaces(args ...string) *exec.Cmd {
	command := exec.Command("/proc/self/exe", args...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces, Pdeathsig: syscall.SIGKILL}
	command.Dir = string(filepath.Separator)
	return command
}
