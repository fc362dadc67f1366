package rules

import (
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

var options = Options{PodNetwork: netip.MustParsePrefix("10.244.0.0/16")}

// described is a cluster in short.
type described struct {
	Namespaces map[string]map[string]string
	Pods       []struct {
		Name, IP string
		Labels   map[string]string
		Ports    map[string]int32
	}
	Policies []networkingv1.NetworkPolicy
}

func readCluster(t *testing.T, file string) Cluster {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var source described
	if err := yaml.UnmarshalStrict(data, &source); err != nil {
		t.Fatal(err)
	}
	cluster := Cluster{Policies: source.Policies}
	for name, labels := range source.Namespaces {
		cluster.Namespaces = append(cluster.Namespaces, corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}})
	}
	for _, one := range source.Pods {
		made := podNamed(one.Name)
		cluster.Holders = append(cluster.Holders, holderOf(made, one.IP))
		made.Labels = one.Labels
		for name, port := range one.Ports {
			made.Spec.Containers = append(made.Spec.Containers,
				corev1.Container{Ports: []corev1.ContainerPort{{Name: name, ContainerPort: port}}})
		}
		cluster.Pods = append(cluster.Pods, made)
	}
	return cluster
}

func podNamed(name string) corev1.Pod {
	namespace, short, _ := strings.Cut(name, "/")
	return corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: short}}
}

func holderOf(one corev1.Pod, address string) Holder {
	return Holder{Namespace: one.Namespace, Name: one.Name, UID: string(one.UID), Address: netip.MustParseAddr(address)}
}

func TestTheTableOfAClusterIsTheAgreedOne(t *testing.T) {
	const golden = "testdata/table.nft"
	table, err := Render(readCluster(t, "testdata/cluster.yaml"), options)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE_GOLDEN") == "1" {
		if err := os.WriteFile(golden, []byte(table), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	agreed, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if table != string(agreed) {
		t.Errorf("the table is not %s (UPDATE_GOLDEN=1 writes it anew):\n%s", golden, table)
	}
}

func TestAnAddressIsThePodsThatTheNodeGaveItTo(t *testing.T) {
	older, younger := podNamed("shop/web"), podNamed("shop/web")
	older.UID, younger.UID = "1", "2"
	cluster := Cluster{
		Pods:    []corev1.Pod{younger, podNamed("shop/on-the-nodes-network")},
		Holders: []Holder{holderOf(older, "10.244.0.2"), holderOf(younger, "10.244.0.3"), holderOf(podNamed("shop/unheard-of"), "10.244.0.4")},
	}
	found := podsOf(cluster)
	if len(found) != 1 || found[0].address != netip.MustParseAddr("10.244.0.3") {
		t.Errorf("addresses: %v", found)
	}
}

func TestAnAddressThatTwoPodsHoldIsTheNewerOnes(t *testing.T) {
	old, young := podNamed("shop/old"), podNamed("shop/young")
	young.CreationTimestamp = metav1.NewTime(old.CreationTimestamp.Add(time.Minute))
	holders := []Holder{holderOf(old, "10.244.0.2"), holderOf(young, "10.244.0.2")}
	for range 2 {
		if found := podsOf(Cluster{Pods: []corev1.Pod{old, young}, Holders: holders}); len(found) != 1 || found[0].name != "shop/young" {
			t.Errorf("the address belongs to %v", found)
		}
		slices.Reverse(holders)
	}
}

func TestSidecarsNamePortsAndOtherInitContainersDoNot(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	port := func(name string) []corev1.ContainerPort {
		return []corev1.ContainerPort{{Name: name, ContainerPort: 80}}
	}
	ports := portsOf(corev1.PodSpec{
		InitContainers: []corev1.Container{{Ports: port("setup")}, {Ports: port("proxy"), RestartPolicy: &always}},
		Containers:     []corev1.Container{{Ports: port("web")}},
	})
	if len(ports) != 2 || ports[0].Name != "proxy" || ports[1].Name != "web" {
		t.Errorf("ports: %v", ports)
	}
}

func TestRangesThatOverlapOrTouchAreOne(t *testing.T) {
	merged := merge([]portRange{{8050, 8050}, {443, 443}, {8000, 8100}, {8101, 8102}, {443, 443}, {9000, 9000}})
	if want := []string{"443", "8000-8102", "9000"}; !slices.Equal(merged, want) {
		t.Errorf("%v instead of %v", merged, want)
	}
}

func TestLongNamesStayApartAndWithinWhatNftablesTakes(t *testing.T) {
	long := "shop/" + strings.Repeat("x", 253)
	one, other := chainName("policy", egress, long+"a"), chainName("policy", egress, long+"b")
	if one == other || len(one) > 128 {
		t.Errorf("%s\n%s", one, other)
	}
}
