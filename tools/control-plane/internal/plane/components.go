// The components: which programs run, with which arguments, and how one knows that they are ready.
package plane

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/internal/pki"
	"mlops-platform/control-plane/internal/process"
)

// Names of components; each has its own process, log, certificate and, except for the simulation, port.
const (
	etcd              = "etcd"
	apiServer         = "kube-apiserver"
	controllerManager = "kube-controller-manager"
	scheduler         = "kube-scheduler"
	kwok              = "kwok"
	simulation        = "simulation"
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

// component is one program of the control plane.
type component struct {
	name string
	// needs is the component without which it is of no use. When that one has to start, so does this one: after an
	// outage it would go on only when its pause between two attempts is over, which grows to two minutes.
	needs string
	// program is its name on PATH; empty means this very program.
	program string
	args    []string
	// inputs are files that it reads once: when they change, it has to start again.
	inputs []string
	// prepare comes before it starts.
	prepare func(context.Context) error
	// health is a path on its port that answers when it is ready; empty means that running is enough.
	health string
	// identity is the certificate with which its health is asked for.
	identity string
}

// components in the order in which they start.
func (p *Plane) components() []component {
	return []component{
		p.etcd(), p.apiServer(), p.controllerManager(), p.scheduler(), p.kwok(),
		{
			name: simulation, needs: apiServer, args: []string{SimulateCommand, "--home", p.Home},
			inputs: []string{p.path(configFolder, broughtFile)},
		},
	}
}

// SimulateCommand is the argument with which this program plays the part of absent operators.
const SimulateCommand = "simulate-operators"

func (p *Plane) etcd() component {
	client, peers := p.url(etcd), p.url(etcdPeers)
	return component{
		name: etcd, program: etcd, health: "/health", identity: etcdClient,
		args: []string{
			"--data-dir=" + p.path(dataFolder, etcd),
			"--log-level=warn", "--name=" + Context,
			// The only member need not wait long for the votes of others.
			"--heartbeat-interval=10", "--election-timeout=100",
			"--listen-client-urls=" + client, "--advertise-client-urls=" + client,
			"--listen-peer-urls=" + peers, "--initial-advertise-peer-urls=" + peers,
			"--initial-cluster=" + Context + "=" + peers,
			"--client-cert-auth", "--peer-client-cert-auth",
			"--trusted-ca-file=" + p.authority(), "--peer-trusted-ca-file=" + p.authority(),
			"--cert-file=" + p.certificate(etcd), "--key-file=" + p.key(etcd),
			"--peer-cert-file=" + p.certificate(etcd), "--peer-key-file=" + p.key(etcd),
		},
	}
}

// Whether a pod may be privileged is for Pod Security to say; it, ResourceQuota, LimitRanger and
// ServiceAccount are among the admission plugins that are on by default.
func (p *Plane) apiServer() component {
	return component{
		name: apiServer, needs: etcd, program: apiServer, health: "/readyz", identity: admin,
		args: []string{
			"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
			"--secure-port=" + p.port(apiServer),
			// The Service `kubernetes` can't have a loopback address as its endpoint, so it has none.
			"--endpoint-reconciler-type=none",
			"--authorization-mode=Node,RBAC", "--anonymous-auth=false", "--profiling=false", "--allow-privileged",
			"--client-ca-file=" + p.authority(),
			// There is no proxy that may speak for others: no certificate has this name.
			"--requestheader-client-ca-file=" + p.authority(), "--requestheader-allowed-names=front-proxy",
			"--tls-cert-file=" + p.certificate(apiServer), "--tls-private-key-file=" + p.key(apiServer),
			"--etcd-servers=" + p.url(etcd), "--etcd-cafile=" + p.authority(),
			"--etcd-certfile=" + p.certificate(etcdClient), "--etcd-keyfile=" + p.key(etcdClient),
			"--kubelet-certificate-authority=" + p.authority(), "--kubelet-preferred-address-types=InternalIP",
			"--kubelet-client-certificate=" + p.certificate(kubeletClient), "--kubelet-client-key=" + p.key(kubeletClient),
			"--service-cluster-ip-range=" + serviceNetwork,
			"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
			"--service-account-key-file=" + p.path(pkiFolder, "service-accounts.pub"),
			"--service-account-signing-key-file=" + p.path(pkiFolder, "service-accounts.key"),
		},
	}
}

func (p *Plane) controllerManager() component {
	return component{
		name: controllerManager, needs: apiServer, program: controllerManager, health: "/healthz", identity: admin,
		args: append(p.controllerArgs(controllerManager),
			"--use-service-account-credentials",
			"--root-ca-file="+p.authority(),
			"--service-account-private-key-file="+p.path(pkiFolder, "service-accounts.key"),
			// A deployment is a burst of requests, and there is nobody else to be fair to.
			"--kube-api-qps=200", "--kube-api-burst=400",
		),
	}
}

func (p *Plane) scheduler() component {
	return component{
		name: scheduler, needs: apiServer, program: scheduler, health: "/healthz", identity: admin,
		args: p.controllerArgs(scheduler),
	}
}

// controllerArgs are those that the controller manager and the scheduler share.
func (p *Plane) controllerArgs(name string) []string {
	kubeconfig := p.kubeconfigOf(name)
	return []string{
		"--bind-address=127.0.0.1", "--secure-port=" + p.port(name), "--profiling=false",
		"--tls-cert-file=" + p.certificate(name), "--tls-private-key-file=" + p.key(name),
		"--kubeconfig=" + kubeconfig,
		"--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
		"--leader-elect=false",
	}
}

func (p *Plane) kwok() component {
	return component{
		name: kwok, needs: apiServer, program: kwok, health: "/healthz", identity: admin,
		inputs:  []string{p.path(configFolder, stagesFile)},
		prepare: p.freeNodes,
		args: []string{
			"--kubeconfig=" + p.kubeconfigOf(kwok),
			"--config=" + p.path(configFolder, stagesFile),
			"--manage-all-nodes", "--node-lease-duration-seconds=40",
			"--cidr=10.244.0.0/16", "--node-ip=127.0.0.1", "--node-port=" + p.port(kwok),
			"--server-address=127.0.0.1:" + p.port(kwok),
			"--tls-cert-file=" + p.certificate(kwok), "--tls-private-key-file=" + p.key(kwok),
		},
	}
}

// Programs are what has to be on PATH.
func Programs() []string { return []string{etcd, apiServer, controllerManager, scheduler, kwok} }

func (p *Plane) process(name string) process.Process {
	return process.Process{File: p.path(runFolder, name+".json"), Log: p.path(logFolder, name+".log")}
}

func (p *Plane) port(name string) string        { return fmt.Sprint(p.settings.Ports[name]) }
func (p *Plane) url(name string) string         { return "https://127.0.0.1:" + p.port(name) }
func (p *Plane) authority() string              { return p.certificate("ca") }
func (p *Plane) certificate(name string) string { return p.path(pkiFolder, name+".crt") }
func (p *Plane) key(name string) string         { return p.path(pkiFolder, name+".key") }

// Client speaks to a component with one of the control plane's certificates.
func (p *Plane) client(to, identity string) (*api.Client, error) {
	return api.NewClient(p.url(to), api.Credentials{
		Authority: p.authority(), Certificate: p.certificate(identity), Key: p.key(identity),
	})
}

// Simulated is the client for the simulation of operators.
func (p *Plane) Simulated() (*api.Client, error) { return p.client(apiServer, simulation) }

func (p *Plane) healthy(ctx context.Context, c component) error {
	if c.health == "" {
		return nil
	}
	client, err := p.client(c.name, c.identity)
	if err != nil {
		return err
	}
	return client.Healthy(ctx, c.health)
}

// executable finds the program, with its path as it is now.
func (c component) executable() (string, error) {
	if c.program == "" {
		return os.Executable()
	}
	path, err := exec.LookPath(c.program)
	if err != nil {
		return "", fmt.Errorf("%s is not on PATH: start the control plane with tools/control-plane/run, "+
			"which builds what is missing", c.program)
	}
	return path, nil
}

// fingerprint tells one way of starting the program from another: its path has its version in it.
func (c component) fingerprint(executable string) (string, error) {
	hash := sha256.New()
	fmt.Fprintln(hash, executable, strings.Join(c.args, "\n"))
	for _, input := range c.inputs {
		data, err := os.ReadFile(input)
		if err != nil {
			return "", err
		}
		hash.Write(data)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// expected is what the component runs as when all is well: the right program, started in the right way, and after the
// component that it needs.
func (p *Plane) expected(c component) (executable, fingerprint string, err error) {
	if executable, err = c.executable(); err != nil {
		return "", "", err
	}
	if fingerprint, err = c.fingerprint(executable); err != nil || c.needs == "" {
		return executable, fingerprint, err
	}
	needed, err := p.process(c.needs).Find()
	if err != nil || needed == nil {
		return executable, fingerprint + afterNothing, err
	}
	return executable, fmt.Sprintf("%s after process %d", fingerprint, needed.PID), nil
}

// afterNothing ends the fingerprint of a component that should not run, since the one that it needs doesn't.
const afterNothing = " after nothing"

// environment is the same whoever starts the control plane, and names no other cluster and no proxy.
func (p *Plane) environment() []string {
	return []string{"HOME=" + p.Home, "PATH=/usr/bin:/bin", "TMPDIR=" + os.TempDir()}
}
