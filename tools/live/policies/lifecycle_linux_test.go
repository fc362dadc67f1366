// What happens over time: pods and policies come and go, the API server is away, the program starts again.
package main

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	"mlops-platform/live-policies/internal/addresses"
	"mlops-platform/live-policies/internal/enforce"
	"mlops-platform/live-policies/internal/reach"
)

// life is a node with the enforcer at work on it.
type life struct {
	*node
	client *fake.Clientset
	table  enforce.Table
	given  addresses.Results
}

func newLife(t *testing.T) *life {
	t.Helper()
	all := readSemantics(t)
	table, err := enforce.Find()
	if err != nil {
		t.Fatal(err)
	}
	return &life{newNode(t, all.addresses(), all.Ports...), fake.NewClientset(all.objects()...), table, gives(t, t.TempDir(), all.Pods...)}
}

// begin starts the enforcer; what it returns ends it.
func (l *life) begin() (end func()) {
	l.t.Helper()
	enforcer, err := enforce.New(l.t.Context(), l.table, l.given, options)
	if err != nil {
		l.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(l.t.Context())
	ended := make(chan struct{})
	go func() {
		enforcer.Run(ctx, l.client)
		close(ended)
	}()
	return func() { cancel(); <-ended }
}

// soon waits until a connection has this outcome.
func (l *life) soon(from, to string, wanted reach.Outcome) {
	l.t.Helper()
	var outcome reach.Outcome
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if outcome = l.tries(from, l.target(to))[0]; outcome == wanted {
			return
		}
	}
	l.t.Fatalf("%s -> %s stays %s, and should become %s", from, to, outcome, wanted)
}

// now is what a connection's outcome has to be without waiting.
func (l *life) now(from, to string, wanted reach.Outcome) {
	l.t.Helper()
	if outcome := l.tries(from, l.target(to))[0]; outcome != wanted {
		l.t.Errorf("%s -> %s is %s, not %s", from, to, outcome, wanted)
	}
}

var denyShop = &networkingv1.NetworkPolicy{
	ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "deny"},
	Spec: networkingv1.NetworkPolicySpec{
		PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress, networkingv1.PolicyTypeEgress},
	},
}

func (l *life) deny() {
	l.t.Helper()
	if _, err := l.client.NetworkingV1().NetworkPolicies("shop").Create(l.t.Context(), denyShop.DeepCopy(), metav1.CreateOptions{}); err != nil {
		l.t.Fatal(err)
	}
}

func (l *life) create(one scenePod) {
	l.t.Helper()
	made := one.object()
	if _, err := l.client.CoreV1().Pods(made.Namespace).Create(l.t.Context(), made, metav1.CreateOptions{}); err != nil {
		l.t.Fatal(err)
	}
}

func (l *life) allow() {
	l.t.Helper()
	if err := l.client.NetworkingV1().NetworkPolicies("shop").Delete(l.t.Context(), "deny", metav1.DeleteOptions{}); err != nil {
		l.t.Fatal(err)
	}
}

func TestRulesFollowTheCluster(t *testing.T) {
	inNamespaces(t, func() {
		l := newLife(t)
		defer l.begin()()
		l.soon("free/any", "shop/web:8080", reach.Connected)

		l.deny()
		l.soon("free/any", "shop/web:8080", reach.Silent)
		l.allow()
		l.soon("free/any", "shop/web:8080", reach.Connected)

		// A pod that comes is closed until it is known, whoever knows of it first, and then what its labels make of it.
		nobody := scenePod{Name: "free/nobody", IP: l.addresses["nobody"]}
		l.create(nobody)
		l.now("free/any", "nobody:8080", reach.Silent)
		gives(t, string(l.given), nobody)
		l.soon("free/any", "nobody:8080", reach.Connected)

		// Its address is nobody's when it was taken back, and then somebody else's.
		if err := os.Remove(filepath.Join(string(l.given), place(nobody.Name))); err != nil {
			t.Fatal(err)
		}
		l.soon("free/any", "nobody:8080", reach.Silent)
		l.deny()
		l.soon("free/any", "shop/web:8080", reach.Silent)
		heir := scenePod{Name: "shop/heir", IP: l.addresses["nobody"]}
		gives(t, string(l.given), heir)
		l.now("nobody", "free/any:8080", reach.Silent)
		l.create(heir)
		l.soon("nobody", "nobody:8080", reach.Connected)
		l.now("free/any", "nobody:8080", reach.Silent)
		l.now("nobody", "free/any:8080", reach.Silent)

		// A namespace's labels decide as well.
		back, err := l.client.CoreV1().Namespaces().Get(t.Context(), "back", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		fromBack := denyShop.DeepCopy()
		fromBack.Name = "from-special"
		fromBack.Spec.Ingress = []networkingv1.NetworkPolicyIngressRule{{From: []networkingv1.NetworkPolicyPeer{
			{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"special": "yes"}}},
		}}}
		if _, err := l.client.NetworkingV1().NetworkPolicies("shop").Create(t.Context(), fromBack, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		l.now("back/job", "shop/web:8080", reach.Silent)
		back.Labels["special"] = "yes"
		if _, err := l.client.CoreV1().Namespaces().Update(t.Context(), back, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		l.soon("back/job", "shop/web:8080", reach.Connected)
	})
}

func TestTheStartClosesAndARestartChangesNothing(t *testing.T) {
	inNamespaces(t, func() {
		l := newLife(t)
		l.now("free/any", "shop/web:8080", reach.Connected)
		if _, err := enforce.New(t.Context(), l.table, l.given, options); err != nil {
			t.Fatal(err)
		}
		l.now("free/any", "shop/web:8080", reach.Silent)
		l.now("free/any", "10.250.0.1:6443", reach.Silent)
		l.now("node", "shop/web:8080", reach.Connected)

		l.deny()
		end := l.begin()
		l.soon("free/any", "back/job:8080", reach.Connected)
		l.now("free/any", "shop/web:8080", reach.Silent)
		end()
		l.now("free/any", "back/job:8080", reach.Connected)
		l.now("free/any", "shop/web:8080", reach.Silent)

		// The next one has not read anything yet.
		if _, err := enforce.New(t.Context(), l.table, l.given, options); err != nil {
			t.Fatal(err)
		}
		l.now("free/any", "back/job:8080", reach.Connected)
		l.now("free/any", "shop/web:8080", reach.Silent)
		end = l.begin()
		defer end()
		l.allow()
		l.soon("free/any", "shop/web:8080", reach.Connected)
	})
}

func TestRulesStayWhileTheAPIServerIsAway(t *testing.T) {
	inNamespaces(t, func() {
		l := newLife(t)
		l.deny()
		defer l.begin()()
		l.soon("free/any", "back/job:8080", reach.Connected)

		refused := errors.New("connection refused")
		l.client.PrependReactor("list", "*", func(clienttesting.Action) (bool, runtime.Object, error) { return true, nil, refused })
		asked := len(l.client.Actions())
		l.allow()
		for deadline := time.Now().Add(20 * time.Second); !l.triedSince(asked); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("nobody asked the API server")
			}
		}
		l.now("free/any", "back/job:8080", reach.Connected)
		l.now("free/any", "shop/web:8080", reach.Silent)

		l.client.Lock()
		l.client.ReactionChain = l.client.ReactionChain[1:]
		l.client.Unlock()
		l.soon("free/any", "shop/web:8080", reach.Connected)
	})
}

// triedSince tells whether the enforcer has tried to read the cluster more than once.
func (l *life) triedSince(actions int) bool {
	lists := slices.DeleteFunc(l.client.Actions()[actions:], func(action clienttesting.Action) bool { return action.GetVerb() != "list" })
	return len(lists) > 1
}

func TestOpenConnectionsOutliveNewRules(t *testing.T) {
	inNamespaces(t, func() {
		l := newLife(t)
		end := l.begin()
		l.soon("free/any", "shop/web:8080", reach.Connected)
		var connection net.Conn
		l.within(place("free/any"), func() {
			var err error
			if connection, err = net.DialTimeout("tcp4", l.addresses["shop/web"]+":8080", time.Second); err != nil {
				t.Error(err)
			}
		})
		if connection == nil {
			t.FailNow()
		}
		defer connection.Close()
		answers := func(when string) {
			t.Helper()
			_ = connection.SetDeadline(time.Now().Add(10 * time.Second))
			if _, err := connection.Write([]byte("x")); err != nil {
				t.Fatalf("%s: %v", when, err)
			}
			if _, err := connection.Read(make([]byte, 1)); err != nil {
				t.Fatalf("%s: %v", when, err)
			}
		}
		answers("at first")
		l.deny()
		l.soon("free/any", "shop/web:8080", reach.Silent)
		answers("after a policy that would not permit it")
		end()
		defer l.begin()()
		answers("after a restart")
	})
}
