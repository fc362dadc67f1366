// A real node: the programs with which the control plane runs pods, in a machine of their own (internal/machine).
package plane

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"

	"mlops-platform/control-plane/internal/pki"
	"mlops-platform/control-plane/node"
)

// Who runs pods.
const (
	SimulatedNodes = "simulated"
	RealNodes      = "real"
)

// Components that only a real node has.
const (
	containerd = "containerd"
	kubelet    = "kubelet"
	kubeProxy  = "kube-proxy"
	policies   = "live-policies"
)

// frontProxy is the name under which the API server speaks for others to the servers of further APIs.
const frontProxy = "front-proxy"

const (
	nodeName     = NodeContext
	nodeAddress  = "10.250.0.1"
	dnsAddress   = "10.96.0.10"
	sandboxImage = "localhost/mlops-live/pause:1"
)

// containerdSocket is a path in the machine.
const containerdSocket = "/run/containerd/containerd.sock"

// nodePorts are the usual ones, since nobody else is in the machine.
var nodePorts = map[string]string{
	etcd: "2379", etcdPeers: "2380", apiServer: "6443", controllerManager: "10257", scheduler: "10259", kubelet: "10250",
	kubeProxy: "10256",
}

// hostPorts lead from the host's 127.0.0.1 to these ports of the machine.
var hostPorts = map[string]string{apiServer: nodePorts[apiServer], "http": "80", "https": "443"}

// nodeCertificates are those of a control plane with a real node.
func nodeCertificates() map[string]pki.Request {
	all := maps.Clone(certificates)
	delete(all, kwok)
	delete(all, simulation)
	server := all[apiServer]
	server.Hosts = append([]string{nodeAddress, nodeName}, server.Hosts...)
	all[apiServer] = server
	administrator := all[admin]
	administrator.CommonName = NodeContext
	all[admin] = administrator
	all[kubelet] = pki.Request{
		CommonName: "system:node:" + nodeName, Organizations: []string{"system:nodes"},
		Hosts: append([]string{nodeAddress, nodeName}, loopback...), Client: true,
	}
	all[kubeProxy] = pki.Request{CommonName: "system:kube-proxy"}
	all[policies] = pki.Request{CommonName: "control-plane:policies"}
	all[frontProxy] = pki.Request{CommonName: frontProxy}
	return all
}

func (p *Plane) nodeComponents() []component {
	return []component{
		p.etcd(), p.apiServer(), p.controllerManager(), p.scheduler(),
		{
			name: containerd, program: containerd, health: "unix://" + containerdSocket,
			args: []string{"--config=" + p.path(configFolder, "containerd.toml")},
			inputs: []string{
				p.path(configFolder, "containerd.toml"), p.path(configFolder, "cni", "10-bridge.conflist"),
			},
		},
		{
			name: policies, needs: apiServer, program: policies, args: []string{"--kubeconfig=" + p.kubeconfigOf(policies)},
		},
		{
			// No pod starts in a network that nobody watches.
			name: kubelet, needs: policies, program: kubelet, health: "http://127.0.0.1:10248/healthz",
			args: []string{
				"--config=" + p.path(configFolder, "kubelet.yaml"), "--kubeconfig=" + p.kubeconfigOf(kubelet),
				"--hostname-override=" + nodeName, "--node-ip=" + nodeAddress,
			},
			inputs: []string{p.path(configFolder, "kubelet.yaml")},
		},
		{
			name: kubeProxy, needs: apiServer, program: kubeProxy, health: "http://127.0.0.1:10256/healthz",
			args:   []string{"--config=" + p.path(configFolder, "kube-proxy.yaml")},
			inputs: []string{p.path(configFolder, "kube-proxy.yaml")},
		},
	}
}

// nodeAPIServerArgs: a kubelet may only change what is its own, and further APIs can be added.
func (p *Plane) nodeAPIServerArgs() []string {
	return []string{
		"--enable-admission-plugins=NodeRestriction",
		"--proxy-client-cert-file=" + p.certificate(frontProxy), "--proxy-client-key-file=" + p.key(frontProxy),
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
	}
}

// nodeTools are what these components call themselves, and the command `load`. The plugins that give pods their network
// are where `portmap` is.
var nodeTools = []string{"containerd-shim-runc-v2", "ctr", "runc", "nft", "iptables", "ip", "portmap"}

// NodePrograms are what has to be on PATH for a real node.
func NodePrograms() []string {
	own := []string{etcd, apiServer, controllerManager, scheduler, policies, kubelet, kubeProxy, containerd}
	return append(own, nodeTools...)
}

// tool finds one of them, also where only root looks.
func tool(name string) (string, error) {
	folders := append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/sbin", "/usr/lib/cni")
	for _, folder := range folders {
		if path, err := exec.LookPath(filepath.Join(folder, name)); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%s is not on PATH: use tools/control-plane/run, which sees to it that it is there", name)
}

// writeNode writes the settings of the node's programs.
func (p *Plane) writeNode() error {
	runc, err := tool("runc")
	if err != nil {
		return err
	}
	portmap, err := tool("portmap")
	if err != nil {
		return err
	}
	files, err := node.Files(map[string]string{
		"NODE_NAME": nodeName, "NODE_ADDRESS": nodeAddress, "DNS_ADDRESS": dnsAddress, "POD_NETWORK": podNetwork,
		"SANDBOX_IMAGE": sandboxImage, "RUNC": runc, "CNI_PROGRAMS": filepath.Dir(portmap),
		"PKI": p.path(pkiFolder), "CONFIG": p.path(configFolder), "CGROUP": p.cgroup(),
	})
	if err != nil {
		return err
	}
	for name, data := range files {
		path := p.path(configFolder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := writeFile(path, data); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plane) real() bool { return p.settings.Nodes == RealNodes }

func (p *Plane) context() string {
	if p.real() {
		return NodeContext
	}
	return Context
}

// cgroup is the name of the machine's cgroup: several machines may run on one host.
func (p *Plane) cgroup() string { return nodeName + "-" + p.settings.Machine }

// chooseNodes is for the first start: who runs pods stays as it is.
func (p *Plane) chooseNodes(nodes string) error {
	if p.Exists() && p.real() != (nodes == RealNodes) {
		now := SimulatedNodes
		if p.real() {
			now = RealNodes
		}
		return fmt.Errorf("the control plane in %s has %s nodes: name another directory with --home, or `reset` this one "+
			"(its data is lost)", p.Home, now)
	}
	if p.Exists() || nodes != RealNodes {
		return nil
	}
	id := make([]byte, 4)
	if _, err := rand.Read(id); err != nil {
		return err
	}
	p.settings.Nodes, p.settings.Machine = RealNodes, hex.EncodeToString(id)
	return nil
}

// checkHostPorts names a port that is somebody else's now.
func (p *Plane) checkHostPorts() error {
	for name := range hostPorts {
		if port := p.settings.Ports[name]; !portFree(port) {
			return portTaken("the port for "+name+",", port)
		}
	}
	return nil
}
