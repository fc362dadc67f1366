// Whether this machine can run another one: tried, before anything is made.
package machine

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Check names what is missing.
func Check() error {
	if os.Geteuid() != 0 {
		return errors.New("it takes root: namespaces, mounts and cgroups are made")
	}
	roots, err := hierarchies()
	if err != nil {
		return err
	}
	probe := fmt.Sprintf("mlops-check-%d", os.Getpid())
	for _, root := range roots {
		if err := errors.Join(os.Mkdir(filepath.Join(root, probe), 0o755), syscall.Rmdir(filepath.Join(root, probe))); err != nil {
			return fmt.Errorf("cgroups can't be made here: %w", err)
		}
	}
	if err := checkControllers(version2); err != nil {
		return err
	}
	command := inNamespaces(CheckCommand)
	command.Stdout, command.Stderr = nil, nil
	command.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	output, err := command.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("new namespaces (pid, mount, network, uts, ipc) can't be made here: %w", err)
	}
	if err != nil {
		return errors.New(string(bytes.TrimSpace(output)))
	}
	return nil
}

// CheckInside is what CheckCommand does: it tries everything, and names all that is missing.
func CheckInside() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mounts can't be made private here: %w", err)
	}
	if err := mountNew("tmpfs", "/run", "mode=755"); err != nil {
		return err
	}
	return errors.Join(mountNew("proc", "/proc", ""), mountNew("sysfs", "/sys", ""),
		cover("/etc", filepath.Join(memory, "check")), checkBridges(), checkTables())
}

func checkBridges() error {
	if _, err := os.Stat(filepath.Join(sysctls, "net/bridge/bridge-nf-call-iptables")); err != nil {
		return errors.New("bridges don't ask the packet filter (the kernel module br_netfilter: try `modprobe br_netfilter`), " +
			"without which no network policy could be enforced")
	}
	return nil
}

// checkTables tries a translation and a set, as kube-proxy and the network policies use them.
func checkTables() error {
	if _, err := exec.LookPath("nft"); err != nil {
		// It can be installed; what can't is the kernel's side.
		return nil
	}
	nft := exec.Command("nft", "-f", "-")
	nft.Stdin = strings.NewReader("table ip check {\n set s { type ipv4_addr; }\n" +
		" chain c { type nat hook postrouting priority srcnat; ip saddr @s ct state new masquerade; }\n}\n")
	if output, err := nft.CombinedOutput(); err != nil {
		return fmt.Errorf("nftables does not work here: %w: %s", err, bytes.TrimSpace(output))
	}
	return nil
}
