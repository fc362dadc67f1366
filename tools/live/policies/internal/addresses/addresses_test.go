package addresses

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mlops-platform/live-policies/internal/rules"
)

// As containerd leaves it, without what does not matter.
const (
	loopback = `{"kind":"cniCacheV1","containerId":"28","config":"e30=","ifName":"lo","networkName":"cni-loopback",
		"cniArgs":[["K8S_POD_UID","12"],["IgnoreUnknown","1"],["K8S_POD_NAMESPACE","shop"],["K8S_POD_NAME","web"]],
		"result":{"cniVersion":"0.3.1","dns":{},"ips":[{"address":"127.0.0.1/8","interface":0},{"address":"::1/128","interface":0}]}}`
	ethernet = `{"kind":"cniCacheV1","containerId":"28","config":"e30=","ifName":"eth0","networkName":"mlops-live",
		"cniArgs":[["IgnoreUnknown","1"],["K8S_POD_NAMESPACE","shop"],["K8S_POD_NAME","web"],["K8S_POD_UID","12"]],
		"result":{"cniVersion":"1.0.0","ips":[{"address":"10.244.0.5/16","gateway":"10.244.0.1"}]}}`
)

func write(t *testing.T, directory, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(directory, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestHoldersAreThePodsThatCNIGaveAnAddress(t *testing.T) {
	directory := t.TempDir()
	write(t, directory, "cni-loopback-28-lo", loopback)
	write(t, directory, "mlops-live-28-eth0", ethernet)
	found, err := Results(directory).Holders()
	want := []rules.Holder{{Namespace: "shop", Name: "web", UID: "12", Address: netip.MustParseAddr("10.244.0.5")}}
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("%v instead of %v, %v", found, want, err)
	}
}

func TestWhatIsHalfWrittenIsAnError(t *testing.T) {
	directory := t.TempDir()
	write(t, directory, "mlops-live-28-eth0", ethernet[:100])
	if found, err := Results(directory).Holders(); err == nil {
		t.Errorf("found %v", found)
	}
}

func TestBeforeTheFirstPodThereIsNobody(t *testing.T) {
	nowhere := Results(filepath.Join(t.TempDir(), "results"))
	if found, err := nowhere.Holders(); err != nil || len(found) > 0 || !nowhere.Changed().IsZero() {
		t.Errorf("%v, %v, %v", found, err, nowhere.Changed())
	}
}

func TestAChangeIsNoticed(t *testing.T) {
	directory := t.TempDir()
	results := Results(directory)
	before := results.Changed()
	write(t, directory, "mlops-live-28-eth0", ethernet)
	between := results.Changed()
	if err := os.Remove(filepath.Join(directory, "mlops-live-28-eth0")); err != nil {
		t.Fatal(err)
	}
	if between.Equal(before) || results.Changed().Equal(between) {
		t.Errorf("%v, %v, %v", before, between, results.Changed())
	}
}
