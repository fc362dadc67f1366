// Addresses: where the components listen, and with which certificates they and their clients prove who they are.
package plane

import (
	"fmt"
	"net"

	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/internal/pki"
)

// etcdPeers is the port on which etcd would talk to other members.
const etcdPeers = "etcd-peers"

var portNames = []string{etcd, etcdPeers, apiServer, controllerManager, scheduler, kwok}

// Certificates for clients only.
const (
	admin         = "admin"
	etcdClient    = "kube-apiserver-to-etcd"
	kubeletClient = "kube-apiserver-to-kubelet"
)

// serviceNetwork is where cluster IPs come from; nothing listens on them.
const serviceNetwork, apiServerIP = "10.96.0.0/16", "10.96.0.1"

// podNetwork is where pods have their addresses.
const podNetwork = "10.244.0.0/16"

var loopback = []string{"127.0.0.1", "localhost"}

// certificates are what each component needs to prove who it is.
var certificates = map[string]pki.Request{
	etcd: {CommonName: etcd, Hosts: loopback, Client: true},
	apiServer: {CommonName: apiServer, Hosts: append([]string{
		apiServerIP, "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
	}, loopback...)},
	controllerManager: {CommonName: "system:kube-controller-manager", Hosts: loopback, Client: true},
	scheduler:         {CommonName: "system:kube-scheduler", Hosts: loopback, Client: true},
	kwok:              {CommonName: "control-plane:kwok", Hosts: loopback, Client: true},
	simulation:        {CommonName: "control-plane:simulation"},
	admin:             {CommonName: Context, Organizations: []string{"system:masters"}},
	etcdClient:        {CommonName: apiServer},
	kubeletClient:     {CommonName: "kube-apiserver-kubelet-client", Organizations: []string{"system:masters"}},
}

// host is where a component listens.
func (p *Plane) host(name string) string {
	if p.real() && name == apiServer {
		return nodeAddress
	}
	return "127.0.0.1"
}

func (p *Plane) port(name string) string {
	if p.real() {
		return nodePorts[name]
	}
	return fmt.Sprint(p.settings.Ports[name])
}

func (p *Plane) url(name string) string {
	return "https://" + net.JoinHostPort(p.host(name), p.port(name))
}

// outside is where the person at the terminal reaches a component: on a real node through a port that leads there.
func (p *Plane) outside(name string) string {
	return fmt.Sprintf("https://127.0.0.1:%d", p.settings.Ports[name])
}

func (p *Plane) authority() string              { return p.certificate("ca") }
func (p *Plane) certificate(name string) string { return p.path(pkiFolder, name+".crt") }
func (p *Plane) key(name string) string         { return p.path(pkiFolder, name+".key") }

// Client speaks to a component with one of the control plane's certificates.
func (p *Plane) client(to, identity string) (*api.Client, error) {
	return api.NewClient(p.outside(to), p.credentials(identity))
}

func (p *Plane) credentials(identity string) api.Credentials {
	return api.Credentials{
		Authority: p.authority(), Certificate: p.certificate(identity), Key: p.key(identity),
	}
}
