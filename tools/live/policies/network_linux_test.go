// A node in namespaces of its own, as a machine of the live platform has them: pods on a bridge, each in a network namespace,
// a node with an address, and somebody outside. What is tried there are real packets.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"mlops-platform/live-policies/internal/enforce"
	"mlops-platform/live-policies/internal/reach"
)

// insideWord is set in the environment of a test that runs in namespaces of its own.
const insideWord = "LIVE_POLICIES_INSIDE"

// inNamespaces runs the rest of a test in new network, mount and process namespaces. With the process everything goes: the
// kernel ends what it started and removes the links, the tables and the mounts.
func inNamespaces(t *testing.T, body func()) {
	t.Helper()
	if os.Getenv(insideWord) != "" {
		body()
		return
	}
	skipWithout(t)
	command := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	command.Env = append(os.Environ(), insideWord+"=1")
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL,
	}
	// The signal comes when the thread that started it ends, not only when the process does.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if output, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// skipWithout says what keeps the test from running; where everything can be had (CI=true), that is a failure.
func skipWithout(t *testing.T) {
	t.Helper()
	problem := ""
	if os.Geteuid() != 0 {
		problem = "network namespaces take root"
	}
	for _, program := range []string{"ip", "nsenter", "sysctl"} {
		if _, err := exec.LookPath(program); err != nil {
			problem = program + " is not installed"
		}
	}
	if _, err := enforce.Find(); err != nil {
		problem = err.Error()
	}
	switch {
	case problem == "":
	case os.Getenv("CI") == "true":
		t.Fatal(problem)
	default:
		t.Skip(problem)
	}
}

const (
	nodeAddress = "10.250.0.1"
	// internalAPI is where the node's servers listen, and apiService a Service in front of it.
	internalAPI, apiService = 6443, "10.96.0.1"
	// webService is one in front of the pod shop/web.
	webService     = "10.96.0.2"
	outsideAddress = "203.0.113.9"
	// outside is the name of the network namespace that is no pod's.
	outside = "outside"
)

// node is the machine. Its own network namespace is the test's.
type node struct {
	t         *testing.T
	reach     string
	addresses map[string]string
}

// newNode makes the node and its pods; each listens on these ports, with TCP and UDP.
func newNode(t *testing.T, addresses map[string]string, ports ...int) *node {
	t.Helper()
	n := &node{t: t, reach: filepath.Join(t.TempDir(), "live-reach"), addresses: addresses}
	n.do("go", "build", "-mod=readonly", "-buildvcs=false", "-trimpath", "-o", n.reach, "./cmd/live-reach")
	// What ip notes of namespaces stays in this mount namespace.
	n.do("mount", "--make-rprivate", "/")
	n.do("mount", "-t", "tmpfs", "tmpfs", "/run")
	n.do("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.bridge.bridge-nf-call-iptables=1", "net.bridge.bridge-nf-call-ip6tables=1")
	n.do("ip", "link", "set", "lo", "up")
	n.do("ip", "address", "add", nodeAddress+"/32", "dev", "lo")
	n.do("ip", "link", "add", "cni0", "type", "bridge")
	n.do("ip", "address", "add", "10.244.0.1/16", "dev", "cni0")
	n.do("ip", "link", "set", "cni0", "up")
	index := 0
	for name, address := range addresses {
		index++
		link := fmt.Sprintf("veth%d", index)
		n.connect(place(name), link, address+"/16")
		n.do("ip", "link", "set", link, "master", "cni0")
		n.do("bridge", "link", "set", "dev", link, "hairpin", "on")
		n.do("ip", "-n", place(name), "route", "add", "default", "via", "10.244.0.1")
		n.listen(place(name), ports...)
	}
	n.connect(outside, "uplink", outsideAddress+"/24")
	n.do("ip", "address", "add", "203.0.113.1/24", "dev", "uplink")
	n.do("ip", "-n", outside, "route", "add", "default", "via", "203.0.113.1")
	n.listen(outside, ports...)
	n.listen("", internalAPI)
	n.services()
	return n
}

// place is the name of a pod's network namespace.
func place(pod string) string { return strings.ReplaceAll(pod, "/", ".") }

func (n *node) connect(namespace, link, address string) {
	n.t.Helper()
	n.do("ip", "netns", "add", namespace)
	n.do("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", namespace)
	n.do("ip", "link", "set", link, "up")
	n.do("ip", "-n", namespace, "link", "set", "lo", "up")
	n.do("ip", "-n", namespace, "link", "set", "eth0", "up")
	n.do("ip", "-n", namespace, "address", "add", address, "dev", "eth0")
}

// services translates addresses as kube-proxy does, and masks a pod that comes back to itself.
func (n *node) services() {
	n.t.Helper()
	web := n.addresses["shop/web"]
	rules := fmt.Sprintf(`table ip services {
		chain to { type nat hook prerouting priority dstnat
			ip daddr %s tcp dport 443 dnat to %s:%d
			ip daddr %s tcp dport 80 dnat to %s:8080
		}
		chain from { type nat hook postrouting priority srcnat
			ip saddr %s ip daddr %s masquerade
		}
	}`, apiService, nodeAddress, internalAPI, webService, web, web, web)
	command := exec.Command("nft", "-f", "-")
	command.Stdin = strings.NewReader(rules)
	if output, err := command.CombinedOutput(); err != nil {
		n.t.Fatalf("services: %v %s", err, output)
	}
}

func (n *node) do(program string, args ...string) string {
	n.t.Helper()
	output, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		n.t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, output)
	}
	return string(output)
}

// listen answers connections, and packets of UDP, in a network namespace.
func (n *node) listen(namespace string, ports ...int) {
	n.t.Helper()
	n.within(namespace, func() {
		for _, port := range ports {
			listener, err := net.Listen("tcp4", fmt.Sprintf(":%d", port))
			if err != nil {
				n.t.Fatal(err)
			}
			go echo(listener)
			packets, err := net.ListenPacket("udp4", fmt.Sprintf(":%d", port))
			if err != nil {
				n.t.Fatal(err)
			}
			go echoPackets(packets)
		}
	})
}

// within runs something on a thread that has moved to a network namespace: a socket stays where it was made.
func (n *node) within(namespace string, body func()) {
	n.t.Helper()
	if namespace == "" {
		body()
		return
	}
	var problem error
	done := make(chan struct{})
	go func() {
		defer close(done)
		// Never unlocked: the thread ends with the goroutine, and takes the namespace with it.
		runtime.LockOSThread()
		file, err := os.Open("/run/netns/" + namespace)
		if err != nil {
			problem = err
			return
		}
		defer file.Close()
		if problem = unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); problem == nil {
			body()
		}
	}()
	<-done
	if problem != nil {
		n.t.Fatal(problem)
	}
}

func echo(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go func() {
			defer connection.Close()
			buffer := make([]byte, 512)
			for {
				count, err := connection.Read(buffer)
				if err != nil {
					return
				}
				if _, err := connection.Write(buffer[:count]); err != nil {
					return
				}
			}
		}()
	}
}

func echoPackets(packets net.PacketConn) {
	buffer := make([]byte, 512)
	for {
		count, from, err := packets.ReadFrom(buffer)
		if err != nil {
			return
		}
		if _, err := packets.WriteTo(buffer[:count], from); err != nil {
			return
		}
	}
}

// tries what live-reach finds from a place: a pod, `outside` or `node`.
func (n *node) tries(from string, targets ...reach.Target) []reach.Outcome {
	n.t.Helper()
	input, err := json.Marshal(targets)
	if err != nil {
		n.t.Fatal(err)
	}
	args := []string{n.reach, "--limit", "400ms"}
	if from != "node" {
		args = append([]string{"nsenter", "--net=/run/netns/" + place(from)}, args...)
	}
	command := exec.Command(args[0], args[1:]...)
	command.Stdin = bytes.NewReader(input)
	var problems bytes.Buffer
	command.Stderr = &problems
	output, err := command.Output()
	if err != nil {
		n.t.Fatalf("live-reach from %s: %v %s", from, err, problems.String())
	}
	var results []reach.Result
	if err := json.Unmarshal(output, &results); err != nil {
		n.t.Fatal(err)
	}
	outcomes := make([]reach.Outcome, len(results))
	for index, result := range results {
		outcomes[index] = result.Outcome
	}
	return outcomes
}

// target reads `shop/web:8080`, `10.250.0.1:6443|udp`.
func (n *node) target(text string) reach.Target {
	n.t.Helper()
	text, protocol, _ := strings.Cut(text, "|")
	host, port, _ := strings.Cut(text, ":")
	if address, known := n.addresses[host]; known {
		host = address
	}
	target := reach.Target{Host: host, Protocol: "tcp"}
	if protocol != "" {
		target.Protocol = protocol
	}
	if _, err := fmt.Sscan(port, &target.Port); err != nil {
		n.t.Fatalf("%s: %v", text, err)
	}
	return target
}
