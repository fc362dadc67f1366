// Controllers: what a cgroup of version 2 passes on to those below it. In version 1 there is nothing to pass on.
package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// version2 is where the root of version 2 is, if that is what the kubelet uses. Beside hierarchies of version 1 it is elsewhere.
const version2 = cgroups

const (
	hasFile    = "cgroup.controllers"
	passesFile = "cgroup.subtree_control"
)

var (
	// required are those without which no kubelet starts.
	required = []string{"cpu", "cpuset", "memory", "pids"}
	// wanted are required by a kubelet where the root has them.
	wanted = []string{"hugetlb"}
)

// Fixes of what the root of all cgroups lacks, and what that of a container does.
const (
	otherCgroups = "Start the container with the cgroups of its host, as with --privileged --cgroupns=host in Docker and Podman"
	otherBoot    = "Boot without cgroup_disable= and cgroup_no_v1= on the kernel's command line (/proc/cmdline), " +
		"and without hierarchies of version 1 that have it (/proc/cgroups)"
)

// checkControllers tells from what there is to read whether a root can pass on what pods need, and changes nothing.
func checkControllers(root string) error {
	late, err := notPassed(root)
	if err != nil || len(late) == 0 || isRootOfAll(root) {
		return err
	}
	processes, err := os.ReadFile(filepath.Join(root, "cgroup.procs"))
	if err != nil {
		return err
	}
	if len(strings.Fields(string(processes))) > 0 {
		return fmt.Errorf("cgroups: %s can't pass on %s to those of pods: there are processes in it, "+
			"which the kernel allows in the root of all alone. %s", root, strings.Join(late, ", "), otherCgroups)
	}
	return nil
}

// passControllers lets the cgroups below have what pods need, and returns what of it they didn't have. Nobody takes it back
// from them: the kernel would drop without a word what others have limited with it since.
func passControllers(folder string) ([]string, error) {
	late, err := notPassed(folder)
	if err != nil || len(late) == 0 {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, passesFile), []byte("+"+strings.Join(late, " +")), 0); err != nil {
		return nil, fmt.Errorf("cgroups: %s can't pass on %s to those of pods: %w", folder, strings.Join(late, ", "), err)
	}
	return late, nil
}

// notPassed names what a cgroup has, pods need, and those below it don't get. One that lacks any of it is an error; one of
// version 1 is not.
func notPassed(folder string) ([]string, error) {
	has, err := controllers(folder, hasFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if absent := without(required, has); len(absent) > 0 {
		fix := otherCgroups
		if isRootOfAll(folder) {
			fix = otherBoot
		}
		return nil, fmt.Errorf("cgroups: %s has no %s, which a kubelet needs, beside what it has (%s). %s",
			folder, strings.Join(absent, ", "), strings.Join(has, " "), fix)
	}
	passes, err := controllers(folder, passesFile)
	if err != nil {
		return nil, err
	}
	absent := without(wanted, has)
	return without(append(slices.Clone(required), without(wanted, absent)...), passes), nil
}

// isRootOfAll is false for what is only the root of a namespace, such as a container's.
func isRootOfAll(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, "cgroup.type"))
	return errors.Is(err, fs.ErrNotExist)
}

func controllers(folder, file string) ([]string, error) {
	data, err := os.ReadFile(filepath.Join(folder, file))
	return strings.Fields(string(data)), err
}

func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(each string) bool { return slices.Contains(some, each) })
}
