package main

// What a control plane is like after parts of it were away, or hung, for longer than the others have patience:
// CONTROL_PLANE_INTEGRATION=1 go test -run Outage .

import (
	"syscall"
	"testing"
	"time"

	"mlops-platform/control-plane/internal/api"
)

// outage is longer than the time after which controllers give up on a node of which they hear nothing (50 s), and long
// enough for the pauses between attempts to connect to be long themselves.
const outage = 65 * time.Second

func TestOutageOfTheStore(t *testing.T) {
	p := newPlane(t)
	t.Parallel()
	p.must("start")
	p.keep()
	p.expectRollout("before")
	p.kill("etcd")
	time.Sleep(outage)
	p.must("start")
	p.must("status")
	p.expectKept()
	p.expectRollout("after")
	p.expectAvailable("before")
}

func TestOutageOfTheNodesMakesPodsUnreadyUntilTheyAreHeardOfAgain(t *testing.T) {
	p := newPlane(t)
	t.Parallel()
	p.must("start")
	p.expectRollout("before")
	p.kill("kwok")
	p.await("/apis/apps/v1/namespaces/default/deployments/before", "Deployment without a ready pod", func(deployment api.Object) bool {
		return conditionOf(deployment, "Available") == "False"
	})
	p.must("start")
	p.expectAvailable("before")
	p.expectRollout("after")
}

func TestOutageByHangingEndsWithAStart(t *testing.T) {
	p := newPlane(t)
	t.Parallel()
	p.must("start")
	p.keep()
	hanging := p.processes()["kube-apiserver"]
	if err := syscall.Kill(hanging, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	p.must("start")
	p.must("status")
	if p.processes()["kube-apiserver"] == hanging {
		t.Error("the API server that hangs was left alone")
	}
	p.expectKept()
	p.expectRollout("after")
}
