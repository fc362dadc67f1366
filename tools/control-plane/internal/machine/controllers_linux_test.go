package machine

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A cgroup of version 2, as files. Those of the kernel take changes one by one; here what was written last can be read.
func cgroup(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

const everything = "cpuset cpu io memory hugetlb pids rdma misc\n"

func TestOfControllersOnlyWhatPodsNeedAndDoNotGetIsPassedOn(t *testing.T) {
	for passed, want := range map[string]string{
		"":                                 "+cpu +cpuset +memory +pids +hugetlb",
		"cpu memory pids\n":                "+cpuset +hugetlb",
		"cpuset cpu memory pids hugetlb\n": "cpuset cpu memory pids hugetlb\n",
		"cpuset cpu io memory hugetlb pids rdma misc\n": "cpuset cpu io memory hugetlb pids rdma misc\n",
	} {
		root := cgroup(t, map[string]string{hasFile: everything, passesFile: passed, "cgroup.procs": "1\n2\n"})
		if err := checkControllers(root); err != nil {
			t.Errorf("with %q: %v", passed, err)
		}
		added, err := passControllers(root)
		if err != nil {
			t.Errorf("with %q: %v", passed, err)
		}
		written, _ := os.ReadFile(filepath.Join(root, passesFile))
		if string(written) != want {
			t.Errorf("with %q, %q was written", passed, written)
		}
		if all := "+" + strings.Join(added, " +"); len(added) > 0 && all != want || len(added) == 0 && want != passed {
			t.Errorf("with %q, it says that it added %q", passed, added)
		}
	}
}

func TestAMachineWithoutHugePagesNeedsNoControllerOfThem(t *testing.T) {
	root := cgroup(t, map[string]string{hasFile: "cpuset cpu memory pids\n", passesFile: "cpuset cpu memory\n"})
	if added, err := passControllers(root); err != nil || !slices.Equal(added, []string{"pids"}) {
		t.Errorf("it added %q (%v)", added, err)
	}
}

func TestTheCheckNamesControllersThatCanNotBePassedOnWithTheFix(t *testing.T) {
	container := map[string]string{"cgroup.type": "domain\n", passesFile: "", "cgroup.procs": "0\n"}
	of := func(has string, files map[string]string) string {
		folder := cgroup(t, files)
		if err := os.WriteFile(filepath.Join(folder, hasFile), []byte(has), 0o600); err != nil {
			t.Fatal(err)
		}
		return folder
	}
	for name, example := range map[string]struct {
		root string
		want []string
	}{
		"a container's own cgroups, in which its processes are": {of(everything, container),
			[]string{"can't pass on cpu, cpuset, memory, pids, hugetlb", "processes in it", "--cgroupns=host"}},
		"a container's own cgroups that lack some": {of("cpu memory pids\n", container),
			[]string{"has no cpuset,", "(cpu memory pids)", "--cgroupns=host"}},
		"a kernel that lacks some": {of("cpuset cpu pids\n", map[string]string{passesFile: ""}),
			[]string{"has no memory,", "(cpuset cpu pids)", "cgroup_disable="}},
	} {
		err := checkControllers(example.root)
		if err == nil {
			t.Errorf("%s: nothing was found", name)
			continue
		}
		for _, want := range append(example.want, example.root) {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not in: %v", name, want, err)
			}
		}
		if written, _ := os.ReadFile(filepath.Join(example.root, passesFile)); len(written) > 0 {
			t.Errorf("%s: the check wrote %q", name, written)
		}
	}
}

func TestCgroupsThatSomebodyWasGivenForHisOwnAreFine(t *testing.T) {
	given := cgroup(t, map[string]string{hasFile: everything, passesFile: "", "cgroup.type": "domain\n", "cgroup.procs": ""})
	if err := checkControllers(given); err != nil {
		t.Error(err)
	}
}

func TestCgroupsOfVersion1HaveNothingToPassOn(t *testing.T) {
	old := cgroup(t, map[string]string{"cpu.shares": "1024\n"})
	if err := checkControllers(old); err != nil {
		t.Error(err)
	}
	if added, err := passControllers(old); err != nil || len(added) > 0 {
		t.Errorf("it added %q (%v)", added, err)
	}
	if _, err := os.Stat(filepath.Join(old, passesFile)); err == nil {
		t.Error("a file was made")
	}
}

func TestARefusalOfTheKernelIsSaid(t *testing.T) {
	root := cgroup(t, map[string]string{hasFile: everything, passesFile: ""})
	// What can't be written, whoever writes.
	if err := os.Remove(filepath.Join(root, passesFile)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(root, passesFile), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := passControllers(root); err == nil {
		t.Error("nothing was said")
	}
}

func TestWhatAMachineWritesIntoTheHostsRootStaysInTheMachine(t *testing.T) {
	const passed = "cpu memory pids\n"
	root, memory := cgroup(t, map[string]string{passesFile: passed}), t.TempDir()
	control := filepath.Join(root, passesFile)
	done := make(chan error)
	go func() {
		// Mounts of its own: this thread ends with it.
		runtime.LockOSThread()
		done <- func() error {
			if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
				return err
			}
			if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
				return err
			}
			if err := keepControllers(root, memory); err != nil {
				return err
			}
			if seen, err := os.ReadFile(control); string(seen) != passed {
				t.Errorf("the machine sees %q (%v)", seen, err)
			}
			return os.WriteFile(control, []byte("+rdma"), 0)
		}()
	}()
	if err := <-done; errors.Is(err, unix.EPERM) {
		t.Skip("mounts can't be made here: it takes root")
	} else if err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadFile(control); string(left) != passed {
		t.Errorf("the host has %q (%v)", left, err)
	}
}
