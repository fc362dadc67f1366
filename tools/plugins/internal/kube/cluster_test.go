package kube

import (
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"
)

// gadget is of a cluster-wide kind that an operator brings.
const gadget = `
apiVersion: example.com/v1
kind: Gadget
metadata: { name: only }
`

// bringing makes a provider for a cluster that says that it serves Gadgets only when it is asked a second time.
func bringing(t *testing.T) (*provider, *fake.FakeDynamicClient) {
	t.Helper()
	kind := kindAt("example.com/v1/Gadget")
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(),
		map[schema.GroupVersionResource]string{kind.GroupVersion().WithResource("gadgets"): "GadgetList"})
	served := NewProvider(nil).(*provider)
	mapper := meta.NewDefaultRESTMapper(nil)
	served.connect = func() (*cluster, error) {
		return &cluster{dynamic: client, mapper: mapper, forget: func() { mapper.Add(kind, meta.RESTScopeRoot) }}, nil
	}
	t.Cleanup(served.cancel)
	t.Setenv("KUBECONFIG", "/nonexistent")
	return served, client
}

func TestAKindThatAppearsMeanwhileIsFound(t *testing.T) {
	served, _ := bringing(t)
	cluster, err := served.connect()
	if err != nil {
		t.Fatal(err)
	}
	if cluster.serves(kindAt("example.com/v1/Gadget")) {
		t.Fatal("it is known before anyone asked again")
	}
	if _, err := cluster.clientFor(object(t, gadget)); err != nil {
		t.Errorf("it is not found: %v", err)
	}
}

func TestAnObjectOfAKindThatIsNotKnownYetIsPreviewedAsItIs(t *testing.T) {
	served, client := bringing(t)
	given := marshalled(t, inputs(t, gadget))
	response, err := served.Create(t.Context(), &pulumirpc.CreateRequest{
		Urn: urnOf("kubernetes:example.com/v1:Gadget", "only"), Properties: given, Preview: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if response.GetProperties() != given || len(client.Actions()) > 0 {
		t.Errorf("the preview is %v, after %v", response.GetProperties(), client.Actions())
	}
}

func TestTheNamespaceOfAKindThatWasNotKnownIsNoChangeLater(t *testing.T) {
	served, _ := bringing(t)
	urn := urnOf("kubernetes:example.com/v1:Gadget", "only")
	checked, err := served.Check(t.Context(), &pulumirpc.CheckRequest{Urn: urn, News: marshalled(t, inputs(t, gadget))})
	if err != nil {
		t.Fatal(err)
	}
	taken := objectOf(unmarshalled(t, checked.GetInputs()))
	if taken.GetNamespace() != "default" {
		t.Fatalf("its namespace is %q: most custom resources have one", taken.GetNamespace())
	}
	live := &unstructured.Unstructured{Object: fields(t, gadget)}
	state, err := record{live: live, inputs: taken, apiVersion: "example.com/v1", manager: "manager"}.marshal()
	if err != nil {
		t.Fatal(err)
	}
	cluster, err := served.connect()
	if err != nil {
		t.Fatal(err)
	}
	cluster.forget()
	difference, err := served.Diff(t.Context(), &pulumirpc.DiffRequest{
		Urn: urn, Id: "only", Olds: state, News: marshalled(t, inputs(t, gadget)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if difference.GetChanges() != pulumirpc.DiffResponse_DIFF_NONE {
		t.Errorf("it differs in %v", difference.GetDetailedDiff())
	}
}
