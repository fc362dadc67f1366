package plane

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mlops-platform/control-plane/crds"
	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/objects"
)

func at(t *testing.T, home string) *Plane {
	t.Helper()
	plane, err := At(home, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	return plane
}

func prepared(t *testing.T) *Plane {
	t.Helper()
	plane := at(t, filepath.Join(t.TempDir(), "home"))
	for _, step := range []func() error{
		plane.claim, plane.prepare, func() error { return plane.choosePorts(portNames) },
		func() error { return plane.configure(Target{Name: "minikube"}) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return plane
}

func TestPortsAreChosenOnceAndAllDifferent(t *testing.T) {
	plane := prepared(t)
	again := at(t, plane.Home)
	if err := again.choosePorts(append(portNames, "newcomer")); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for name, port := range again.settings.Ports {
		if seen[port] || port < firstPort || port > lastPort {
			t.Errorf("%s has port %d", name, port)
		}
		seen[port] = true
		if before, had := plane.settings.Ports[name]; had && before != port {
			t.Errorf("%s had port %d and has %d now", name, before, port)
		}
	}
	if !seen[again.settings.Ports["newcomer"]] {
		t.Error("the newcomer has no port")
	}
}

func TestNothingListensBeyondTheLoopbackInterface(t *testing.T) {
	for _, c := range prepared(t).components() {
		arguments := strings.Join(c.args, "\n")
		if strings.Contains(arguments, "0.0.0.0") || strings.Contains(arguments, "://:") {
			t.Errorf("%s: %s", c.name, arguments)
		}
		binds := []string{"--bind-address=127.0.0.1", "--server-address=127.0.0.1:", "--listen-client-urls=https://127.0.0.1:"}
		if c.health != "" && !slices.ContainsFunc(binds, func(bind string) bool { return strings.Contains(arguments, bind) }) {
			t.Errorf("%s isn't told where to listen: %s", c.name, arguments)
		}
	}
}

func TestAComponentStartsAgainWhenAFileThatItReadOnceHasChanged(t *testing.T) {
	plane := prepared(t)
	before, err := plane.kwok().fingerprint("/bin/kwok")
	if err != nil {
		t.Fatal(err)
	}
	if same, _ := plane.kwok().fingerprint("/bin/kwok"); same != before {
		t.Error("nothing changed, and the fingerprint did")
	}
	if other, _ := plane.kwok().fingerprint("/opt/kwok"); other == before {
		t.Error("another program has the same fingerprint")
	}
	if err := os.WriteFile(plane.path(configFolder, stagesFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if other, _ := plane.kwok().fingerprint("/bin/kwok"); other == before {
		t.Error("other stages have the same fingerprint")
	}
}

func TestWhatAComponentNeedsIsInTheLayerBeforeIt(t *testing.T) {
	before := ""
	for i, layer := range layers(prepared(t).components()) {
		for _, c := range layer {
			if c.needs != before {
				t.Errorf("%s needs %q and is in layer %d, after %q", c.name, c.needs, i, before)
			}
		}
		before = layer[0].name
	}
	if before == etcd || before == apiServer {
		t.Errorf("%s is the last layer", before)
	}
}

func TestWhatRunsWithoutTheComponentThatItNeedsIsNotAsExpected(t *testing.T) {
	plane := prepared(t)
	programs := t.TempDir()
	t.Setenv("PATH", programs)
	if err := os.WriteFile(filepath.Join(programs, apiServer), nil, 0o700); err != nil {
		t.Fatal(err)
	}
	executable, fingerprint, err := plane.expected(plane.apiServer())
	if err != nil || filepath.Dir(executable) != programs || !strings.HasSuffix(fingerprint, afterNothing) {
		t.Errorf("%s %s (%v)", executable, fingerprint, err)
	}
}

func TestAHomeWithSomebodyElsesFilesIsRefused(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "thesis.tex"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := at(t, home).Start(context.Background(), Target{}); err == nil || !strings.Contains(err.Error(), "thesis.tex") {
		t.Errorf("start said: %v", err)
	}
	if err := at(t, home).Reset(context.Background()); err == nil {
		t.Error("reset removed something")
	}
	if _, err := os.Stat(filepath.Join(home, "thesis.tex")); err != nil {
		t.Error(err)
	}
}

func TestResetRemovesItsOwnFilesAndNoOthers(t *testing.T) {
	plane := prepared(t)
	if err := os.WriteFile(plane.path("note.txt"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := at(t, plane.Home).Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(plane.Home)
	if err != nil || len(entries) != 1 || entries[0].Name() != "note.txt" {
		t.Errorf("left are %v (%v)", entries, err)
	}
}

func TestAKeptPortThatIsTakenIsNamed(t *testing.T) {
	plane := prepared(t)
	listener, err := net.Listen("tcp", "127.0.0.1:"+plane.port(etcd))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	run := &run{plane: plane}
	_, err = run.launch(context.Background(), plane.etcd())
	if err == nil || !strings.Contains(err.Error(), plane.port(etcd)) || !strings.Contains(err.Error(), "reset") {
		t.Errorf("launch said: %v", err)
	}
	if len(run.launched) != 0 {
		t.Errorf("launched are %v", run.launched)
	}
}

func TestTheKubeconfigIsForItsOwnerAndLeavesOthersAlone(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "config")
	t.Setenv("KUBECONFIG", elsewhere)
	plane := prepared(t)
	path, err := plane.Kubeconfig()
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	config, err := api.Parse(data)
	if err != nil || api.Text(config[0], "current-context") != "mlops-embedded" {
		t.Errorf("%v (%v)", config, err)
	}
	if _, err := os.Stat(elsewhere); !os.IsNotExist(err) {
		t.Errorf("the file that KUBECONFIG names was touched: %v", err)
	}
}

func TestEveryObjectAndDefinitionIsWellFormed(t *testing.T) {
	for _, files := range [][][]byte{objects.Files("openshift"), crds.Files("openshift")} {
		parsed, err := parseAll(files)
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range parsed {
			if api.Text(object, "kind") == "" || api.Text(object, "metadata", "name") == "" {
				t.Errorf("this is no object: %v", object)
			}
		}
	}
}

func TestTheDefaultHomeFollowsTheUsualVariables(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	for state, want := range map[string]string{
		"":       "/home/me/.local/state/mlops-platform/control-plane",
		"/state": "/state/mlops-platform/control-plane",
	} {
		t.Setenv("XDG_STATE_HOME", state)
		if home, err := DefaultHome(); err != nil || home != want {
			t.Errorf("XDG_STATE_HOME=%q: %s (%v)", state, home, err)
		}
	}
}
