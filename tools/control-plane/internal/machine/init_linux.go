// The machine's first process: it makes the machine, starts the supervisor, and takes care of orphans.
package machine

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// Init is done when the supervisor has ended, and then the kernel ends whatever else runs.
func Init(path string) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	spec, err := read(path)
	if err != nil {
		return err
	}
	if err := joinCgroups(spec.Cgroup); err != nil {
		return err
	}
	if err := syscall.Sethostname([]byte(spec.Name)); err != nil {
		return err
	}
	if err := spec.mount(); err != nil {
		return err
	}
	if err := spec.connect(); err != nil {
		return err
	}
	supervisor := exec.Command("/proc/self/exe", SuperviseCommand, path)
	supervisor.Stdout, supervisor.Stderr = os.Stdout, os.Stderr
	if err := supervisor.Start(); err != nil {
		return err
	}
	go func() {
		for range signals {
			_ = supervisor.Process.Signal(syscall.SIGTERM)
		}
	}()
	return reap(supervisor.Process.Pid)
}

// reap waits for every process that has nobody else to wait for it, until the one that matters has ended.
func reap(pid int) error {
	for {
		var status syscall.WaitStatus
		ended, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return err
		case ended == pid && (status.Signaled() || status.ExitStatus() != 0):
			return fmt.Errorf("the supervisor has ended: signal %d, status %d", status.Signal(), status.ExitStatus())
		case ended == pid:
			return nil
		}
	}
}

// connect makes a network that ends here: what belongs to no pod and no Service has no route.
func (s Spec) connect() error {
	commands := []string{"link set lo up", "address add " + s.Address + "/32 dev lo"}
	for _, route := range s.Routes {
		commands = append(commands, "route add "+route+" dev lo src "+s.Address)
	}
	ip := exec.Command("ip", "-batch", "-")
	ip.Stdin = strings.NewReader(strings.Join(commands, "\n") + "\n")
	if output, err := ip.CombinedOutput(); err != nil {
		return fmt.Errorf("the machine's network: %w: %s", err, bytes.TrimSpace(output))
	}
	return os.WriteFile(filepath.Join(sysctls, "net/ipv4/ip_forward"), []byte("1"), 0)
}
