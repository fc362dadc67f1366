//go:build linux

package main

// What the test of a real node is made of: its processes, its pod, and what the pod answers.

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/internal/plane"
)

// newRealPlane is on a machine that can run pods; elsewhere the test is skipped, and says why.
func newRealPlane(t *testing.T) testPlane {
	t.Helper()
	alone := newPlaneWith(t, nil)
	if output, err := exec.Command(alone.binary, "check").CombinedOutput(); err != nil {
		t.Skip(string(output))
	}
	return newPlaneWith(t, append(plane.NodePrograms(), "kubectl"))
}

func (p testPlane) startReal() {
	p.t.Helper()
	p.must("start", "--nodes", "real")
	p.must("status")
}

func (p testPlane) setting(keys ...string) any {
	p.t.Helper()
	return api.At(p.read("settings.json"), keys...)
}

func (p testPlane) read(name string) api.Object {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.home, name))
	if err != nil {
		p.t.Fatal(err)
	}
	var object api.Object
	if err := json.Unmarshal(data, &object); err != nil {
		p.t.Fatal(err)
	}
	return object
}

// inside are the host's numbers of the machine's processes, those of pods too.
func (p testPlane) inside() []int {
	p.t.Helper()
	mark := "/mlops-live-" + p.setting("machine").(string)
	var found []int
	files, _ := filepath.Glob("/proc/[0-9]*/cgroup")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(data), mark) {
			var pid int
			if _, err := fmt.Sscanf(file, "/proc/%d/cgroup", &pid); err == nil && alive(pid) {
				found = append(found, pid)
			}
		}
	}
	return found
}

func (p testPlane) first() int { return int(p.read("run/machine-inside.json")["init"].(float64)) }

func (p testPlane) hostSide() int { return int(p.read("run/machine-inside.json")["host"].(float64)) }

// pidOf is what status says.
func (p testPlane) pidOf(daemon string) int {
	p.t.Helper()
	output, _ := p.run("status")
	for line := range strings.Lines(output) {
		var name, state string
		var pid int
		if _, err := fmt.Sscan(strings.Replace(line, "not ready", "waiting", 1), &name, &state, &pid); err == nil && name == daemon {
			return pid
		}
	}
	return 0
}

func (p testPlane) kubectl(args ...string) (string, error) {
	command := exec.Command("kubectl", append([]string{"--kubeconfig", filepath.Join(p.home, "kubeconfig")}, args...)...)
	for _, folder := range filepath.SplitList(p.path) {
		if path := filepath.Join(folder, "kubectl"); command.Err != nil {
			command.Path, command.Err = exec.LookPath(path)
		}
	}
	output, err := command.CombinedOutput()
	return string(output), err
}

// answer is what the pod says through the host's port for http.
func (p testPlane) answer() (string, error) {
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(fmt.Sprintf("http://127.0.0.1:%v/", p.setting("ports", "http")))
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	return string(data), err
}

func (p testPlane) expectAnswer(want string) {
	p.t.Helper()
	var last string
	var err error
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if last, err = p.answer(); err == nil && last == want {
			return
		}
	}
	events, _ := p.kubectl("get", "pods,events", "-A")
	p.t.Fatalf("the pod says %q (%v) and not %q\n%s", last, err, want, events)
}

const podImage = "localhost/mlops-live/test:1"

// countingPod may do what a pod under Pod Security's `restricted` may, but for its volume, which is the node's.
func countingPod() api.Object {
	return object("v1", "Pod", "default", "counter", api.Object{"spec": api.Object{
		"terminationGracePeriodSeconds": 1,
		"containers": []any{api.Object{
			"name": "main", "image": podImage, "args": []any{"/data/starts"},
			"ports":           []any{api.Object{"containerPort": 8080, "hostPort": 80}},
			"readinessProbe":  api.Object{"httpGet": api.Object{"path": "/", "port": 8080}, "periodSeconds": 1},
			"volumeMounts":    []any{api.Object{"name": "data", "mountPath": "/data"}},
			"resources":       api.Object{"limits": api.Object{"memory": "64Mi", "cpu": "500m"}},
			"securityContext": api.Object{"readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false},
		}},
		"volumes": []any{api.Object{"name": "data", "hostPath": api.Object{
			"path": "/opt/local-path-provisioner/counter", "type": "DirectoryOrCreate",
		}}},
	}})
}

// network names the machine's network as the kernel does.
func (p testPlane) network() string {
	p.t.Helper()
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", p.first()))
	if err != nil {
		p.t.Fatal(err)
	}
	return link
}
