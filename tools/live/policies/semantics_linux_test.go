// What NetworkPolicies mean, by the definition of the Kubernetes API, tried with real packets.
package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	"sigs.k8s.io/yaml"

	"mlops-platform/live-policies/internal/addresses"
	"mlops-platform/live-policies/internal/enforce"
	"mlops-platform/live-policies/internal/reach"
	"mlops-platform/live-policies/internal/rules"
)

var options = rules.Options{PodNetwork: netip.MustParsePrefix("10.244.0.0/16")}

// gives notes which pod has which address, as CNI's library does.
func gives(t *testing.T, directory string, pods ...scenePod) addresses.Results {
	t.Helper()
	for _, one := range pods {
		if one.HostNetwork {
			continue
		}
		namespace, name, _ := strings.Cut(one.Name, "/")
		note := fmt.Sprintf(`{"cniArgs":[["K8S_POD_NAMESPACE",%q],["K8S_POD_NAME",%q],["K8S_POD_UID",""]],"result":{"ips":[{"address":"%s/16"}]}}`,
			namespace, name, one.IP)
		// At once, so that nobody reads half of it.
		file := filepath.Join(directory, place(one.Name))
		if err := os.WriteFile(directory+".new", []byte(note), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(directory+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	return addresses.Results(directory)
}

// meaning is one case: policies, and what they let through and what not.
type meaning struct {
	Name     string
	Policies []networkingv1.NetworkPolicy
	// Open and Closed list `from -> to:port`, or `from -> to:port|udp`.
	Open, Closed []string
}

type semantics struct {
	Namespaces map[string]map[string]string
	Pods       []scenePod
	// Unknown are addresses on the bridge that no Pod object has.
	Unknown map[string]string
	Ports   []int
	Cases   []meaning
}

type scenePod struct {
	Name, IP    string
	Labels      map[string]string
	Ports       map[string]int32
	HostNetwork bool
}

func readSemantics(t *testing.T) semantics {
	t.Helper()
	data, err := os.ReadFile("testdata/semantics.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all semantics
	if err := yaml.UnmarshalStrict(data, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func (s semantics) addresses() map[string]string {
	addresses := map[string]string{}
	for _, one := range s.Pods {
		if !one.HostNetwork {
			addresses[one.Name] = one.IP
		}
	}
	for name, address := range s.Unknown {
		addresses[name] = address
	}
	return addresses
}

// objects are those of the API server, without policies.
func (s semantics) objects() []runtime.Object {
	var objects []runtime.Object
	for name, labels := range s.Namespaces {
		objects = append(objects, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}})
	}
	for _, one := range s.Pods {
		objects = append(objects, one.object())
	}
	return objects
}

func (p scenePod) object() *corev1.Pod {
	namespace, name, _ := strings.Cut(p.Name, "/")
	made := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: p.Labels, CreationTimestamp: metav1.Now()},
		Spec:       corev1.PodSpec{HostNetwork: p.HostNetwork},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning},
	}
	for name, port := range p.Ports {
		made.Spec.Containers = append(made.Spec.Containers,
			corev1.Container{Ports: []corev1.ContainerPort{{Name: name, ContainerPort: port}}})
	}
	return made
}

func TestPoliciesMeanWhatTheAPIDefines(t *testing.T) {
	inNamespaces(t, func() {
		all := readSemantics(t)
		n := newNode(t, all.addresses(), all.Ports...)
		table, err := enforce.Find()
		if err != nil {
			t.Fatal(err)
		}
		enforcer, err := enforce.New(t.Context(), table, gives(t, t.TempDir(), all.Pods...), options)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range all.Cases {
			objects := all.objects()
			for index := range one.Policies {
				objects = append(objects, &one.Policies[index])
			}
			if err := enforcer.Once(context.Background(), fake.NewClientset(objects...)); err != nil {
				t.Fatalf("%s: %v", one.Name, err)
			}
			n.expect(one.Name, one.Open, reach.Connected)
			n.expect(one.Name, one.Closed, reach.Silent)
		}
	})
}

// expect tries `from -> to:port` for each line, those of one place at once.
func (n *node) expect(what string, lines []string, wanted reach.Outcome) {
	n.t.Helper()
	byPlace := map[string][]string{}
	for _, line := range lines {
		from, to, _ := strings.Cut(line, " -> ")
		byPlace[from] = append(byPlace[from], to)
	}
	for from, names := range byPlace {
		targets := make([]reach.Target, len(names))
		for index, name := range names {
			targets[index] = n.target(name)
		}
		for index, outcome := range n.tries(from, targets...) {
			if outcome != wanted {
				n.t.Errorf("%s: %s -> %s is %s, not %s", what, from, names[index], outcome, wanted)
			}
		}
	}
}
