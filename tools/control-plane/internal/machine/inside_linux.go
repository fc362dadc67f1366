// A running machine as the host sees it.
package machine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
)

// Running is a machine that runs.
type Running struct{ init int }

// ErrNotUp says that there is no machine yet, or none any more.
var ErrNotUp = errors.New("the machine is not up")

// Find looks for the machine that the process `host` made, with its record in a file.
func Find(file string, host int) (*Running, error) {
	var found record
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotUp
	}
	if err != nil {
		return nil, err
	}
	// An unfinished record, or that of an earlier one, is none.
	if json.Unmarshal(data, &found) != nil || found.Host != host {
		return nil, ErrNotUp
	}
	return &Running{init: found.Init}, nil
}

// Path is where the host finds a file of the machine.
func (r *Running) Path(inside string) string {
	return filepath.Join("/proc", strconv.Itoa(r.init), "root", inside)
}

// Network is where the host finds the machine's network.
func (r *Running) Network() string { return fmt.Sprintf("/proc/%d/ns/net", r.init) }

// States asks the supervisor how the daemons are.
func (r *Running) States(ctx context.Context) ([]State, error) {
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", r.Path(socket))
		},
	}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://machine/", nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotUp, err)
	}
	defer response.Body.Close()
	var states []State
	return states, json.NewDecoder(response.Body).Decode(&states)
}

// HostPID is the host's number of a process of the machine outside of its pods, or 0 when there is none.
func HostPID(cgroup string, pid int) int {
	roots, err := hierarchies()
	if err != nil {
		return 0
	}
	pids, err := processesOf(filepath.Join(roots[0], cgroup, daemons))
	if err != nil {
		return 0
	}
	for _, candidate := range pids {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", candidate))
		if err != nil {
			continue
		}
		_, numbers, _ := strings.Cut(string(data), "\nNSpid:")
		numbers, _, _ = strings.Cut(numbers, "\n")
		if fields := strings.Fields(numbers); len(fields) == 2 && fields[1] == strconv.Itoa(pid) {
			return candidate
		}
	}
	return 0
}

// Enter turns into a program of the host in another network; only the network is another one.
func Enter(network string, argv []string) error {
	program, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	if err := enterNetwork(network); err != nil {
		return err
	}
	return syscall.Exec(program, argv, os.Environ())
}
