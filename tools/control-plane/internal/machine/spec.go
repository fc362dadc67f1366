// Package machine runs daemons on a machine of its own inside this one: in namespaces, with its own processes, mounts
// and network. Nothing leaves it, and when its first process ends, the kernel ends the rest. It needs Linux and root.
package machine

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"mlops-platform/control-plane/internal/api"
)

// Arguments with which this program becomes a part of a machine; the file with its Spec follows.
const (
	// HostCommand stays outside: it makes the machine and its ways in, and takes it down.
	HostCommand = "machine-host"
	// InitCommand is the machine's first process.
	InitCommand = "machine-init"
	// SuperviseCommand starts the machine's daemons, and starts again what ends.
	SuperviseCommand = "machine-supervise"
	// CheckCommand tries what a machine needs, in namespaces that end with it.
	CheckCommand = "machine-check"
)

// Spec is all that a machine is.
type Spec struct {
	Name string `json:"name"`
	// Cgroup is the name of its cgroup in each hierarchy: the only thing of it that outlives its processes.
	Cgroup string `json:"cgroup"`
	// Home is the directory that it shares with the host, at the same path.
	Home string `json:"home"`
	// Address is on its loopback interface; there is no other one that leads out.
	Address string `json:"address"`
	// Routes are networks that exist only through address translation: packets for them need a way to set out.
	Routes []string `json:"routes"`
	// Forgotten are directories of the host in which it may write what goes with it.
	Forgotten []string `json:"forgotten"`
	Binds     []Bind   `json:"binds"`
	// Kernel are values below /proc/sys that its daemons see. Those of the host stay as they are.
	Kernel map[string]string `json:"kernel"`
	// Daemons in the order in which they start.
	Daemons  []Daemon  `json:"daemons"`
	Forwards []Forward `json:"forwards"`
	// Record is where the host's side says which process is the machine's first one.
	Record string `json:"record"`
}

// Bind shows a directory of the host at another place in the machine.
type Bind struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Forward leads from a port of the host's 127.0.0.1 to an address in the machine.
type Forward struct {
	Port int    `json:"port"`
	To   string `json:"to"`
}

// Daemon is a program that always runs.
type Daemon struct {
	Name        string   `json:"name"`
	Program     string   `json:"program"`
	Args        []string `json:"args"`
	Environment []string `json:"environment"`
	// Needs names the daemon that has to be ready before this one starts for the first time.
	Needs  string `json:"needs,omitempty"`
	Log    string `json:"log"`
	Health Health `json:"health"`
}

// Health says how one knows that a daemon is ready. Without a URL, running is enough.
type Health struct {
	// URL with https takes credentials; with unix it names a socket that has to accept connections.
	URL         string          `json:"url,omitempty"`
	Credentials api.Credentials `json:"credentials"`
}

// State is what the machine says about one of its daemons.
type State struct {
	Name string `json:"name"`
	// PID is 0 while the daemon doesn't run. It is the machine's own number; HostPID is the host's.
	PID   int  `json:"pid"`
	Ready bool `json:"ready"`
	// Ends counts how often it has ended so far, and End says how it did last.
	Ends int    `json:"ends"`
	End  string `json:"end,omitempty"`
}

// errNoLinux is what there is to say elsewhere.
var errNoLinux = errors.New("it takes Linux: namespaces, cgroups, overlayfs and nftables")

// daemonPatience is what a daemon gets to end by itself.
const daemonPatience = 10 * time.Second

// StopPatience is what a machine gets to end by itself.
const StopPatience = 45 * time.Second

// Encode gives the Spec as it is written to a file.
func (s Spec) Encode() ([]byte, error) { return json.MarshalIndent(s, "", "  ") }

func read(path string) (Spec, error) {
	var spec Spec
	data, err := os.ReadFile(path)
	if err != nil {
		return spec, err
	}
	if err := json.Unmarshal(data, &spec); err != nil {
		return spec, fmt.Errorf("%s: %w", path, err)
	}
	return spec, nil
}
