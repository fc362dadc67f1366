// Mounts: what the machine sees of the host's files, and where it may write.
package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	sysctls = "/proc/sys"
	// memory holds what goes with the machine.
	memory  = "/run/machine"
	cgroups = "/sys/fs/cgroup"
)

// mount is for the first process of a new mount namespace.
func (s Spec) mount() error {
	// Nothing of what follows reaches the host.
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	// The home may be in a directory that is covered below.
	home, err := unix.Open(s.Home, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Home, err)
	}
	defer unix.Close(home)
	for _, step := range []func() error{
		func() error { return mountNew("tmpfs", "/run", "mode=755") },
		func() error { return mountNew("proc", "/proc", "") },
		mountSys,
		s.coverForgotten,
		func() error { return bind(fmt.Sprintf("/proc/self/fd/%d", home), s.Home) },
		// As on any machine, so that a pod may see what is mounted later.
		func() error { return syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SHARED, "") },
		s.bindAll,
		s.pretend,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func mountNew(kind, at, options string) error {
	flags := uintptr(syscall.MS_NOSUID | syscall.MS_NODEV)
	if err := syscall.Mount(kind, at, kind, flags, options); err != nil {
		return fmt.Errorf("mounting %s at %s: %w", kind, at, err)
	}
	return nil
}

func bind(from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	if err := syscall.Mount(from, to, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
		return fmt.Errorf("showing %s at %s: %w", from, to, err)
	}
	return nil
}

// mountSys shows this machine's network interfaces in /sys, and the cgroups as they were.
func mountSys() error {
	aside := filepath.Join(memory, "cgroup")
	if err := bind(cgroups, aside); err != nil {
		return err
	}
	if err := mountNew("sysfs", "/sys", ""); err != nil {
		return err
	}
	if err := bind(aside, cgroups); err != nil {
		return err
	}
	return keepControllers(version2, memory)
}

// keepControllers covers what the host's root of version 2 passes on: the kubelet and runc would write everything into
// it that the root has.
func keepControllers(root, folder string) error {
	passes := filepath.Join(root, passesFile)
	data, err := os.ReadFile(passes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	own := filepath.Join(folder, passesFile)
	if err := os.WriteFile(own, data, 0o644); err != nil {
		return err
	}
	if err := syscall.Mount(own, passes, "", syscall.MS_BIND, ""); err != nil {
		return fmt.Errorf("covering %s: %w", passes, err)
	}
	return nil
}

// coverForgotten lets daemons write where they are used to: the host's files stay as they are, and what is new or
// different goes with the machine.
func (s Spec) coverForgotten() error {
	for _, folder := range s.Forgotten {
		if err := cover(folder, filepath.Join(memory, strings.ReplaceAll(folder, "/", "-"))); err != nil {
			return err
		}
	}
	return nil
}

func cover(folder, by string) error {
	upper, work := filepath.Join(by, "upper"), filepath.Join(by, "work")
	for _, path := range []string{upper, work} {
		if err := os.MkdirAll(path, 0o755); err != nil {
			return err
		}
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", folder, upper, work)
	if err := syscall.Mount("overlay", folder, "overlay", 0, options); err != nil {
		return fmt.Errorf("overlayfs over %s: %w", folder, err)
	}
	return nil
}

func (s Spec) bindAll() error {
	for _, b := range s.Binds {
		if err := bind(b.From, b.To); err != nil {
			return err
		}
	}
	return nil
}

// pretend puts files over the kernel's: daemons that want other values than the host has find them, and change nothing.
func (s Spec) pretend() error {
	folder := filepath.Join(memory, "kernel")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Kernel)) {
		file := filepath.Join(folder, strings.ReplaceAll(name, "/", "."))
		if err := os.WriteFile(file, []byte(s.Kernel[name]+"\n"), 0o644); err != nil {
			return err
		}
		if err := syscall.Mount(file, filepath.Join(sysctls, name), "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("showing %s in %s: %w", name, sysctls, err)
		}
	}
	return nil
}
