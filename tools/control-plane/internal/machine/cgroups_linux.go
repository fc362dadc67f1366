// Cgroups: where the machine's processes are, so that none of them can be missed.
package machine

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// daemons is the cgroup of everything that isn't in a pod. In cgroup v2 only leaves may have processes, so that those
// of the pods are beside it.
const daemons = "daemons"

// hierarchies are where cgroups are mounted: once in v2, once for each controller in v1.
func hierarchies() ([]string, error) {
	file, err := os.Open("/proc/self/mounts")
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var found []string
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) > 2 && (fields[2] == "cgroup" || fields[2] == "cgroup2") && !slices.Contains(found, fields[1]) {
			found = append(found, fields[1])
		}
	}
	if len(found) == 0 {
		return nil, errors.New("no cgroups are mounted")
	}
	return found, nil
}

func makeCgroups(name string) error {
	roots, err := hierarchies()
	if err != nil {
		return err
	}
	for _, root := range roots {
		if root == version2 {
			added, err := passControllers(root)
			if err != nil {
				return err
			}
			if len(added) > 0 {
				fmt.Printf("cgroups: %s passes on %s from now on, until the next boot\n", root, strings.Join(added, ", "))
			}
		}
		for _, folder := range []string{filepath.Join(root, name), filepath.Join(root, name, daemons)} {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return fmt.Errorf("cgroup: %w", err)
			}
			if err := inheritCPUs(folder); err != nil {
				return err
			}
		}
		if root == version2 {
			if _, err := passControllers(filepath.Join(root, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// inheritCPUs gives a cgroup the processors of the one above: in v1 it has none at first, and takes no process.
func inheritCPUs(folder string) error {
	for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
		own := filepath.Join(folder, name)
		data, err := os.ReadFile(own)
		if errors.Is(err, fs.ErrNotExist) || (err == nil && strings.TrimSpace(string(data)) != "") {
			continue
		}
		if err != nil {
			return err
		}
		above, err := os.ReadFile(filepath.Join(filepath.Dir(folder), name))
		if errors.Is(err, fs.ErrNotExist) || strings.TrimSpace(string(above)) == "" {
			continue
		}
		if err != nil {
			return err
		}
		if err := os.WriteFile(own, above, 0); err != nil {
			return err
		}
	}
	return nil
}

// joinCgroups moves this process, and with it all that it starts later.
func joinCgroups(name string) error {
	roots, err := hierarchies()
	if err != nil {
		return err
	}
	for _, root := range roots {
		if err := os.WriteFile(filepath.Join(root, name, daemons, "cgroup.procs"), []byte("0"), 0); err != nil {
			return fmt.Errorf("cgroup: %w", err)
		}
	}
	return nil
}

// RemoveCgroups ends what is left of a machine, and removes its cgroups. None there is fine.
func RemoveCgroups(name string) error {
	roots, err := hierarchies()
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var failures []error
		for _, root := range roots {
			failures = append(failures, removeCgroup(filepath.Join(root, name)))
		}
		err := errors.Join(failures...)
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

func removeCgroup(folder string) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var failures []error
	for _, entry := range entries {
		if entry.IsDir() {
			failures = append(failures, removeCgroup(filepath.Join(folder, entry.Name())))
		}
	}
	pids, err := processesOf(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err := syscall.Rmdir(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		failures = append(failures, fmt.Errorf("%s: %w (processes in it: %v)", folder, err, pids))
	}
	return errors.Join(failures...)
}

func processesOf(folder string) ([]int, error) {
	data, err := os.ReadFile(filepath.Join(folder, "cgroup.procs"))
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, field := range strings.Fields(string(data)) {
		// One of a namespace that can't be seen from here is 0.
		if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
