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
	// health is a path on its port that answers when it is ready, or a URL; empty means that running is enough.
	health string
	// identity is the certificate with which its health is asked for.
	identity string
}

// components in the order in which they start.
func (p *Plane) components() []component {
	if p.real() {
		return p.nodeComponents()
	}
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
		args: append([]string{
			"--bind-address=" + p.host(apiServer), "--advertise-address=" + p.host(apiServer),
			"--secure-port=" + p.port(apiServer),
			"--authorization-mode=Node,RBAC", "--anonymous-auth=false", "--profiling=false", "--allow-privileged",
			"--client-ca-file=" + p.authority(),
			// Only whoever has a certificate of this name may speak for others.
			"--requestheader-client-ca-file=" + p.authority(), "--requestheader-allowed-names=" + frontProxy,
			"--tls-cert-file=" + p.certificate(apiServer), "--tls-private-key-file=" + p.key(apiServer),
			"--etcd-servers=" + p.url(etcd), "--etcd-cafile=" + p.authority(),
			"--etcd-certfile=" + p.certificate(etcdClient), "--etcd-keyfile=" + p.key(etcdClient),
			"--kubelet-certificate-authority=" + p.authority(), "--kubelet-preferred-address-types=InternalIP",
			"--kubelet-client-certificate=" + p.certificate(kubeletClient), "--kubelet-client-key=" + p.key(kubeletClient),
			"--service-cluster-ip-range=" + serviceNetwork,
			"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
			"--service-account-key-file=" + p.path(pkiFolder, "service-accounts.pub"),
			"--service-account-signing-key-file=" + p.path(pkiFolder, "service-accounts.key"),
		}, p.apiServerArgs()...),
	}
}

// apiServerArgs are those that depend on who runs pods.
func (p *Plane) apiServerArgs() []string {
	if p.real() {
		return p.nodeAPIServerArgs()
	}
	// The Service `kubernetes` can't have a loopback address as its endpoint, so it has none.
	return []string{"--endpoint-reconciler-type=none"}
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
			"--cidr=" + podNetwork, "--node-ip=127.0.0.1", "--node-port=" + p.port(kwok),
			"--server-address=127.0.0.1:" + p.port(kwok),
			"--tls-cert-file=" + p.certificate(kwok), "--tls-private-key-file=" + p.key(kwok),
		},
	}
}

// Programs are what has to be on PATH where nodes are simulated.
func Programs() []string { return []string{etcd, apiServer, controllerManager, scheduler, kwok} }

func (p *Plane) process(name string) process.Process {
	return process.Process{File: p.path(runFolder, name+".json"), Log: p.path(logFolder, name+".log")}
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
