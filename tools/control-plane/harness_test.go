package main

// What the integration tests are made of: a control plane in a directory of its own, and objects for it.

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mlops-platform/control-plane/crds"
	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/internal/plane"
	"mlops-platform/control-plane/internal/process"
)

// testPlane is a control plane that ends with its test.
type testPlane struct {
	t                  *testing.T
	home, binary, path string
}

// programs builds what is missing, and gives the paths.
func programs(names []string) ([]string, error) {
	command := exec.Command("../toolchain/ensure", append([]string{"control-plane"}, names...)...)
	command.Stderr = os.Stderr
	output, err := command.Output()
	return strings.Fields(string(output)), err
}

func newPlane(t *testing.T) testPlane {
	t.Helper()
	return newPlaneWith(t, plane.Programs())
}

func newPlaneWith(t *testing.T, names []string) testPlane {
	t.Helper()
	if os.Getenv("CONTROL_PLANE_INTEGRATION") == "" {
		t.Skip("set CONTROL_PLANE_INTEGRATION=1 to run it")
	}
	paths, err := programs(names)
	if err != nil {
		t.Fatal(err)
	}
	folders := make([]string, 0, len(paths))
	for _, path := range paths[1:] {
		folders = append(folders, filepath.Dir(path))
	}
	p := testPlane{t, filepath.Join(t.TempDir(), "home"), paths[0], strings.Join(folders, ":") + ":" + os.Getenv("PATH")}
	t.Cleanup(func() {
		if output, err := p.run("reset"); err != nil && !strings.Contains(output, "there is no control plane") {
			t.Errorf("reset: %v\n%s", err, output)
		}
	})
	return p
}

// in is the same control plane for a subtest.
func (p testPlane) in(t *testing.T) testPlane {
	p.t = t
	return p
}

func (p testPlane) command(args ...string) *exec.Cmd {
	// What follows a command is for it alone when it stands after `--`.
	args = append([]string{args[0], "--home", p.home}, args[1:]...)
	command := exec.Command(p.binary, args...)
	command.Env = append(os.Environ(), "PATH="+p.path)
	if slices.Contains(args, "start") {
		target := crds.Targets[0]
		if at := slices.Index(args, "--target"); at >= 0 {
			target = args[at+1]
		}
		published, err := exec.Command("crds/published", target).Output()
		if err != nil {
			p.t.Fatal(err)
		}
		command.Env = append(command.Env, publishedCRDs+"="+strings.TrimSpace(string(published)))
	}
	return command
}

func (p testPlane) run(args ...string) (string, error) {
	output, err := p.command(args...).CombinedOutput()
	return string(output), err
}

func (p testPlane) must(args ...string) {
	p.t.Helper()
	output, err := p.run(args...)
	if err != nil {
		p.t.Fatalf("%v: %v\n%s", args, err, output)
	}
	p.t.Log(strings.TrimSpace(output))
}

// processes are the ids of what runs.
func (p testPlane) processes() map[string]int {
	p.t.Helper()
	found := map[string]int{}
	for _, name := range everyComponent {
		record, err := process.Process{File: filepath.Join(p.home, "run", name+".json")}.Find()
		if err != nil {
			p.t.Fatal(err)
		}
		if record != nil {
			found[name] = record.PID
		}
	}
	return found
}

func (p testPlane) kill(name string) {
	p.t.Helper()
	pid := p.processes()[name]
	if pid == 0 {
		p.t.Fatalf("%s doesn't run", name)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		p.t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); p.processes()[name] == pid; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("%s outlives SIGKILL", name)
		}
	}
}

func (p testPlane) countByCommandLine(name string) int {
	output, err := exec.Command("ps", "-A", "-o", "args=").Output()
	if err != nil {
		p.t.Fatal(err)
	}
	count := 0
	for _, line := range strings.Split(string(output), "\n") {
		program, _, _ := strings.Cut(line, " ")
		if filepath.Base(program) == name && strings.Contains(line, p.home) {
			count++
		}
	}
	return count
}

// alive tells whether the process runs; one that has ended and that nobody has waited for yet doesn't.
func alive(pid int) bool {
	return syscall.Kill(pid, 0) == nil && process.UsageOf(pid).Memory > 0
}

func (p testPlane) client() *api.Client {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.home, "settings.json"))
	if err != nil {
		p.t.Fatal(err)
	}
	var settings struct{ Ports map[string]json.Number }
	if err := json.Unmarshal(data, &settings); err != nil {
		p.t.Fatal(err)
	}
	pki := filepath.Join(p.home, "pki")
	client, err := api.NewClient("https://127.0.0.1:"+settings.Ports["kube-apiserver"].String(), api.Credentials{
		Authority:   filepath.Join(pki, "ca.crt"),
		Certificate: filepath.Join(pki, "admin.crt"), Key: filepath.Join(pki, "admin.key"),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return client
}

func (p testPlane) apply(objects ...api.Object) {
	p.t.Helper()
	if err := p.client().Apply(context.Background(), "test", objects); err != nil {
		p.t.Fatal(err)
	}
}

func (p testPlane) get(path string) api.Object {
	p.t.Helper()
	var object api.Object
	if err := p.client().Get(context.Background(), path, &object); err != nil {
		p.t.Fatal(err)
	}
	return object
}

func (p testPlane) await(path, what string, done func(api.Object) bool) {
	p.t.Helper()
	client := p.client()
	var object api.Object
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		object = nil
		if err := client.Get(context.Background(), path, &object); err == nil && done(object) {
			return
		}
	}
	state, _ := json.MarshalIndent(object["status"], "", "  ")
	p.t.Fatalf("%s: no %s; its status: %s", path, what, state)
}

func (p testPlane) awaitGone(path string) {
	p.t.Helper()
	client := p.client()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err := client.Get(context.Background(), path, nil); api.NotFound(err) {
			return
		}
	}
	p.t.Fatalf("%s is still there", path)
}

// keep leaves something behind that expectKept finds.
func (p testPlane) keep() {
	p.t.Helper()
	p.apply(object("v1", "ConfigMap", "default", "kept", api.Object{"data": api.Object{"value": "42"}}))
}

func (p testPlane) expectKept() {
	p.t.Helper()
	if value := api.Text(p.get("/api/v1/namespaces/default/configmaps/kept"), "data", "value"); value != "42" {
		p.t.Errorf("the data is %q", value)
	}
}

// expectRollout needs every component but the simulation.
func (p testPlane) expectRollout(name string) {
	p.t.Helper()
	p.apply(deployment("default", name, template(name, "", podSpec("image", "Always"))))
	p.expectAvailable(name)
}

func (p testPlane) expectAvailable(name string) {
	p.t.Helper()
	p.await("/apis/apps/v1/namespaces/default/deployments/"+name, "available Deployment", func(deployment api.Object) bool {
		return conditionOf(deployment, "Available") == "True"
	})
}

func object(version, kind, namespace, name string, rest api.Object) api.Object {
	metadata := api.Object{"name": name}
	if namespace != "" {
		metadata["namespace"] = namespace
	}
	object := api.Object{"apiVersion": version, "kind": kind, "metadata": metadata}
	maps.Copy(object, rest)
	return object
}

func deployment(namespace, name string, template api.Object) api.Object {
	return object("apps/v1", "Deployment", namespace, name, api.Object{"spec": api.Object{
		"selector": api.Object{"matchLabels": api.Object{"app": name}}, "template": template,
	}})
}

func template(name, outcome string, spec api.Object) api.Object {
	metadata := api.Object{"labels": api.Object{"app": name}}
	if outcome != "" {
		metadata["annotations"] = api.Object{"control-plane.mlops-platform/outcome": outcome}
	}
	return api.Object{"metadata": metadata, "spec": spec}
}

func podSpec(image, restartPolicy string) api.Object {
	return api.Object{
		"restartPolicy": restartPolicy,
		"containers":    []any{api.Object{"name": "main", "image": image}},
	}
}

func conditionOf(object api.Object, kind string) string {
	conditions, _ := api.At(object, "status", "conditions").([]any)
	for _, item := range conditions {
		if condition := item.(api.Object); condition["type"] == kind {
			return api.Text(condition, "status")
		}
	}
	return ""
}
