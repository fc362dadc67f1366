// Package plane starts, stops and describes an embedded control plane: the programs of Kubernetes on the
// loopback interface, with their data in one directory.
package plane

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"mlops-platform/control-plane/internal/process"
)

// Context is the name of the context, the cluster and the user in the kubeconfig; NodeContext where nodes are real.
const Context, NodeContext = "mlops-embedded", "mlops-live"

// Plane is the control plane whose data is in Home.
type Plane struct {
	Home string
	// Say tells the person at the terminal what happens.
	Say      func(format string, values ...any)
	settings settings
}

// settings are chosen at the first start and kept: whoever holds the kubeconfig finds the API server again.
type settings struct {
	Ports map[string]int `json:"ports"`
	// Nodes are simulated where nothing is said.
	Nodes string `json:"nodes,omitempty"`
	// Machine tells the machine of a real node from others on this host.
	Machine string `json:"machine,omitempty"`
}

// What is in the home; reset removes these and nothing else.
const (
	settingsFile   = "settings.json"
	lockFile       = "lock"
	kubeconfigFile = "kubeconfig"
	pkiFolder      = "pki"
	configFolder   = "config"
	runFolder      = "run"
	logFolder      = "logs"
	dataFolder     = "data"
)

// Below the range from which systems take ports for outgoing connections, so that a kept port stays free.
const firstPort, lastPort = 20000, 29999

// DefaultHome is where the data is kept when nothing else is asked for.
func DefaultHome() (string, error) {
	state := os.Getenv("XDG_STATE_HOME")
	if state == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "mlops-platform", "control-plane"), nil
}

// At names the control plane of this home, which need not exist yet.
func At(home string, say func(format string, values ...any)) (*Plane, error) {
	absolute, err := filepath.Abs(home)
	if err != nil {
		return nil, err
	}
	plane := &Plane{Home: absolute, Say: say}
	data, err := os.ReadFile(plane.path(settingsFile))
	if errors.Is(err, os.ErrNotExist) {
		return plane, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &plane.settings); err != nil {
		return nil, fmt.Errorf("%s is not readable (%w): remove %s", plane.path(settingsFile), err, absolute)
	}
	return plane, nil
}

// Exists tells whether the control plane was ever started.
func (p *Plane) Exists() bool { return p.settings.Ports != nil }

// Kubeconfig is the file with which an administrator uses the API server.
func (p *Plane) Kubeconfig() (string, error) {
	if !p.Exists() {
		return "", p.nothingThere()
	}
	return p.path(kubeconfigFile), nil
}

func (p *Plane) path(parts ...string) string {
	return filepath.Join(append([]string{p.Home}, parts...)...)
}

func (p *Plane) lock(ctx context.Context) (unlock func(), err error) {
	return process.Lock(ctx, p.path(lockFile), func() {
		p.Say("Another command works on this control plane; waiting for it...")
	})
}

// prepare makes the home at the first start.
func (p *Plane) prepare() error {
	for _, folder := range []string{configFolder, runFolder, logFolder, dataFolder} {
		if err := os.MkdirAll(p.path(folder), 0o700); err != nil {
			return err
		}
	}
	return nil
}

// claim refuses a directory that holds somebody else's files: ours has a lock before it has anything else.
func (p *Plane) claim() error {
	entries, err := os.ReadDir(p.Home)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	ours := func(entry os.DirEntry) bool { return entry.Name() == lockFile }
	if len(entries) > 0 && !slices.ContainsFunc(entries, ours) {
		return fmt.Errorf("%s holds files of something else (%s): choose an empty or new directory with --home",
			p.Home, entries[0].Name())
	}
	return os.MkdirAll(p.Home, 0o700)
}

// choosePorts keeps the ports of earlier starts, and adds those of programs that have none yet.
func (p *Plane) choosePorts(programs []string) error {
	ports := map[string]int{}
	taken := map[int]bool{}
	for name, port := range p.settings.Ports {
		ports[name], taken[port] = port, true
	}
	for _, program := range programs {
		for attempts := 0; ports[program] == 0; attempts++ {
			if attempts == 1000 {
				return fmt.Errorf("no free port was found on 127.0.0.1 between %d and %d", firstPort, lastPort)
			}
			if port := firstPort + rand.IntN(lastPort-firstPort+1); !taken[port] && portFree(port) {
				ports[program], taken[port] = port, true
			}
		}
	}
	if len(ports) == len(p.settings.Ports) {
		return nil
	}
	p.settings.Ports = ports
	return p.saveSettings()
}

func (p *Plane) saveSettings() error {
	data, err := json.MarshalIndent(p.settings, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(p.path(settingsFile), append(data, '\n'))
}

func portFree(port int) bool {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	listener.Close()
	return true
}

// Reset stops the control plane and removes its data.
func (p *Plane) Reset(ctx context.Context) error {
	if !p.Exists() {
		return p.nothingThere()
	}
	unlock, err := p.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := p.end(); err != nil {
		return err
	}
	// The settings go last: as long as they are there, an interrupted reset can be repeated.
	for _, name := range []string{
		dataFolder, logFolder, runFolder, configFolder, pkiFolder, kubeconfigFile, settingsFile, lockFile,
	} {
		if err := os.RemoveAll(p.path(name)); err != nil {
			return err
		}
	}
	// Somebody else's files may be beside ours: then the directory stays.
	_ = os.Remove(p.Home)
	return nil
}

func (p *Plane) nothingThere() error {
	return fmt.Errorf("there is no control plane in %s: `start` makes one", p.Home)
}

// writeFile replaces a file at once, readable for its owner alone.
func writeFile(path string, data []byte) error {
	unfinished := fmt.Sprintf("%s.%d.%d", path, os.Getpid(), time.Now().UnixNano())
	if err := os.WriteFile(unfinished, data, 0o600); err != nil {
		return err
	}
	return os.Rename(unfinished, path)
}
