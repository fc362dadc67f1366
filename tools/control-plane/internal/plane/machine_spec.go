// What the machine of a real node is made of.
package plane

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mlops-platform/control-plane/internal/machine"
)

// nodeFolders are the usual places of what a node keeps; the home has it. The last one is where volumes are made.
var nodeFolders = map[string]string{
	"containerd": "/var/lib/containerd", "kubelet": "/var/lib/kubelet", "pod-logs": "/var/log/pods",
	"volumes": "/opt/local-path-provisioner",
}

// wishes of the kubelet (and of nobody else) for the whole kernel.
var wishes = map[string]string{
	"vm/overcommit_memory": "1", "vm/panic_on_oom": "0", "kernel/panic": "10", "kernel/panic_on_oops": "1",
	"kernel/keys/root_maxkeys": "1000000", "kernel/keys/root_maxbytes": "25000000",
}

func (p *Plane) makeNodeFolders() error {
	for name := range nodeFolders {
		if err := os.MkdirAll(p.path(dataFolder, name), 0o700); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plane) machineSpec() (machine.Spec, error) {
	spec := machine.Spec{
		Name: nodeName, Cgroup: p.cgroup(), Home: p.Home, Address: nodeAddress, Routes: []string{serviceNetwork},
		Forgotten: []string{"/etc", "/opt", "/tmp", "/var"}, Kernel: wishes, Record: p.machineRecord(),
	}
	for _, name := range slices.Sorted(maps.Keys(nodeFolders)) {
		spec.Binds = append(spec.Binds, machine.Bind{From: p.path(dataFolder, name), To: nodeFolders[name]})
	}
	for _, name := range slices.Sorted(maps.Keys(hostPorts)) {
		to := net.JoinHostPort(nodeAddress, hostPorts[name])
		spec.Forwards = append(spec.Forwards, machine.Forward{Port: p.settings.Ports[name], To: to})
	}
	for _, c := range p.nodeComponents() {
		executable, err := c.executable()
		if err != nil {
			return spec, err
		}
		spec.Daemons = append(spec.Daemons, machine.Daemon{
			Name: c.name, Program: executable, Args: c.args, Environment: p.nodeEnvironment(), Needs: c.needs,
			Log: p.process(c.name).Log, Health: p.healthOf(c),
		})
	}
	return spec, nil
}

func (p *Plane) healthOf(c component) machine.Health {
	if strings.HasPrefix(c.health, "/") {
		return machine.Health{URL: p.url(c.name) + c.health, Credentials: p.credentials(c.identity)}
	}
	return machine.Health{URL: c.health}
}

// writeMachine gives the machine's fingerprint.
func (p *Plane) writeMachine() (fingerprint string, err error) {
	spec, err := p.machineSpec()
	if err != nil {
		return "", err
	}
	data, err := spec.Encode()
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	fmt.Fprintln(hash, self, string(data))
	for _, c := range p.nodeComponents() {
		for _, input := range c.inputs {
			data, err := os.ReadFile(input)
			if err != nil {
				return "", err
			}
			hash.Write(data)
		}
	}
	return hex.EncodeToString(hash.Sum(nil)), writeFile(p.machineFile(), data)
}

func (p *Plane) machineFile() string   { return p.path(configFolder, "machine.json") }
func (p *Plane) machineRecord() string { return p.path(runFolder, "machine-inside.json") }

// nodeEnvironment is what the machine and its daemons are started with.
func (p *Plane) nodeEnvironment() []string {
	folders := []string{"/usr/sbin", "/usr/bin", "/sbin", "/bin"}
	for _, name := range nodeTools {
		if path, err := tool(name); err == nil && !slices.Contains(folders, filepath.Dir(path)) {
			folders = append(folders, filepath.Dir(path))
		}
	}
	return []string{"HOME=" + p.Home, "PATH=" + strings.Join(folders, ":"), "TMPDIR=/run"}
}
