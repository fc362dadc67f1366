package plane

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/internal/pki"
	"mlops-platform/control-plane/objects"
)

// preparedNode has everything that comes before the machine's start.
func preparedNode(t *testing.T) *Plane {
	t.Helper()
	programs := t.TempDir()
	for _, name := range NodePrograms() {
		if err := os.WriteFile(filepath.Join(programs, name), nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", programs)
	plane := at(t, filepath.Join(t.TempDir(), "home"))
	for _, step := range []func() error{
		plane.claim, func() error { return plane.chooseNodes(RealNodes) }, plane.prepare,
		func() error { return plane.choosePorts(slices.Sorted(maps.Keys(hostPorts))) },
		func() error { return pki.Ensure(plane.path(pkiFolder), nodeCertificates()) },
		plane.writeKubeconfigs, plane.writeNode,
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return plane
}

func TestWhoRunsPodsStaysAsItWasAtTheFirstStart(t *testing.T) {
	for _, plane := range []*Plane{prepared(t), preparedNode(t)} {
		again := at(t, plane.Home)
		was, other := SimulatedNodes, RealNodes
		if plane.real() {
			was, other = other, was
		}
		if err := again.chooseNodes(was); err != nil {
			t.Error(err)
		}
		if again.settings.Machine != plane.settings.Machine {
			t.Error("a second start is for another machine")
		}
		if err := again.chooseNodes(other); err == nil || !strings.Contains(err.Error(), was) {
			t.Errorf("a start with %s nodes says: %v", other, err)
		}
	}
}

func TestMachinesOfDifferentHomesHaveDifferentCgroups(t *testing.T) {
	if one, other := preparedNode(t), preparedNode(t); one.cgroup() == other.cgroup() {
		t.Errorf("both have %s", one.cgroup())
	}
}

func TestTheSettingsOfANodeAreWellFormedAndComplete(t *testing.T) {
	plane := preparedNode(t)
	for name, expected := range map[string]string{
		"kubelet.yaml": "/" + plane.cgroup(), "kube-proxy.yaml": podNetwork, "cni/10-bridge.conflist": podNetwork,
	} {
		data, err := os.ReadFile(plane.path(configFolder, name))
		if err != nil {
			t.Fatal(err)
		}
		var parsed map[string]any
		if err := yaml.UnmarshalStrict(data, &parsed); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// Back to JSON, comments are gone.
		text, err := json.Marshal(parsed)
		if err != nil || !strings.Contains(string(text), expected) || strings.Contains(string(data), "$") {
			t.Errorf("%s (%v) does not say %s, or has a placeholder: %s", name, err, expected, data)
		}
	}
}

func TestTheServersOfANodeAreKnownByItsAddress(t *testing.T) {
	plane := preparedNode(t)
	for _, name := range []string{apiServer, kubelet} {
		data, err := os.ReadFile(plane.certificate(name))
		if err != nil {
			t.Fatal(err)
		}
		block, _ := pem.Decode(data)
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		for _, host := range []string{nodeAddress, nodeName, "127.0.0.1"} {
			if err := certificate.VerifyHostname(host); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestThePersonAtTheTerminalReachesTheAPIServerThroughAPortOfTheHost(t *testing.T) {
	plane := preparedNode(t)
	for path, server := range map[string]string{
		plane.path(kubeconfigFile):  plane.outside(apiServer),
		plane.kubeconfigOf(kubelet): "https://10.250.0.1:6443",
	} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		config, err := api.Parse(data)
		if err != nil || api.Text(config[0], "current-context") != "mlops-live" || !strings.Contains(string(data), server) {
			t.Errorf("%s (%v) does not lead to %s: %s", path, err, server, data)
		}
	}
}

func TestTheMachineKeepsItsDataInTheHomeAndChangesNothingOfTheKernel(t *testing.T) {
	plane := preparedNode(t)
	spec, err := plane.machineSpec()
	if err != nil {
		t.Fatal(err)
	}
	for _, bind := range spec.Binds {
		if !strings.HasPrefix(bind.From, plane.Home+"/data/") {
			t.Errorf("%s is kept in %s", bind.To, bind.From)
		}
		covered := func(folder string) bool { return strings.HasPrefix(bind.To, folder+"/") }
		if !slices.ContainsFunc(spec.Forgotten, covered) {
			t.Errorf("a directory for %s would be made on the host", bind.To)
		}
	}
	for _, forward := range spec.Forwards {
		if forward.Port < firstPort || !strings.HasPrefix(forward.To, nodeAddress+":") {
			t.Errorf("there is a forward %+v", forward)
		}
	}
	for name := range spec.Kernel {
		if strings.HasPrefix(name, "net/") {
			t.Errorf("%s is the machine's own: it needs no pretence", name)
		}
	}
}

func TestAKubeletStartsAfterWhoWatchesTheNetwork(t *testing.T) {
	plane := preparedNode(t)
	components := plane.components()
	at := func(name string) int {
		return slices.IndexFunc(components, func(c component) bool { return c.name == name })
	}
	if k := components[at(kubelet)]; k.needs != policies || at(policies) > at(kubelet) {
		t.Errorf("the kubelet needs %q", k.needs)
	}
}

func TestARealNodeGoesWithMinikubesTargetOnly(t *testing.T) {
	err := at(t, filepath.Join(t.TempDir(), "home")).Start(context.Background(), Target{Name: openShift, Nodes: RealNodes})
	if err == nil || !strings.Contains(err.Error(), SimulatedNodes) {
		t.Errorf("start says: %v", err)
	}
}

func TestTheObjectsOfANodeAreWellFormedAndBringNoFakes(t *testing.T) {
	parsed, err := parseAll(objects.Node())
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range parsed {
		if kind := api.Text(object, "kind"); !strings.HasPrefix(kind, "ClusterRole") {
			t.Errorf("there is a %s", kind)
		}
	}
}
