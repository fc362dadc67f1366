package kube

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"mlops-platform/plugins/internal/await"
)

var _ await.Cluster = (*cluster)(nil)

func urnOf(token, name string) string { return "urn:pulumi:stack::project::" + token + "::" + name }

// fields parses YAML the way Kubernetes does, with whole numbers as such.
func fields(t *testing.T, text string) map[string]any {
	t.Helper()
	encoded, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var parsed map[string]any
	if err := json.Unmarshal(encoded, &parsed); err != nil {
		t.Fatal(err)
	}
	return parsed
}

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	return &unstructured.Unstructured{Object: fields(t, text)}
}

func marshalled(t *testing.T, properties resource.PropertyMap) *structpb.Struct {
	t.Helper()
	encoded, err := rpc.MarshalProperties(properties, marshalling)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func unmarshalled(t *testing.T, encoded *structpb.Struct) resource.PropertyMap {
	t.Helper()
	properties, err := rpc.UnmarshalProperties(encoded, marshalling)
	if err != nil {
		t.Fatal(err)
	}
	return properties
}

// inputs parses YAML as properties; the text UNKNOWN stands for a value that is not known yet.
func inputs(t *testing.T, text string) resource.PropertyMap {
	t.Helper()
	return resource.NewPropertyMapFromMap(withUnknowns(fields(t, text)).(map[string]any))
}

func withUnknowns(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for key, field := range value {
			value[key] = withUnknowns(field)
		}
	case []any:
		for at, element := range value {
			value[at] = withUnknowns(element)
		}
	case string:
		if value == "UNKNOWN" {
			return resource.MakeComputed(resource.NewStringProperty(""))
		}
	}
	return value
}

// serving makes a provider for a cluster that has these objects.
func serving(t *testing.T, objects ...string) *provider {
	t.Helper()
	served, _ := servingWith(t, objects...)
	return served
}

func servingWith(t *testing.T, objects ...string) (*provider, *fake.FakeDynamicClient) {
	t.Helper()
	var present []runtime.Object
	for _, text := range objects {
		present = append(present, object(t, text))
	}
	mapper := meta.NewDefaultRESTMapper(nil)
	for kind, scope := range map[string]meta.RESTScope{
		"v1/Namespace": meta.RESTScopeRoot, "v1/ConfigMap": meta.RESTScopeNamespace,
		"v1/Secret": meta.RESTScopeNamespace, "v1/Service": meta.RESTScopeNamespace,
		"batch/v1/Job": meta.RESTScopeNamespace, "apps/v1/Deployment": meta.RESTScopeNamespace,
		"apps/v1/StatefulSet": meta.RESTScopeNamespace, "v1/PersistentVolumeClaim": meta.RESTScopeNamespace,
		"rbac.authorization.k8s.io/v1/RoleBinding": meta.RESTScopeNamespace,
	} {
		mapper.Add(kindAt(kind), scope)
	}
	client := fake.NewSimpleDynamicClient(scheme.Scheme, present...)
	served := NewProvider(nil).(*provider)
	served.connect = func() (*cluster, error) {
		return &cluster{dynamic: client, mapper: mapper, forget: func() {}}, nil
	}
	t.Cleanup(served.cancel)
	t.Setenv("KUBECONFIG", "/nonexistent")
	return served, client
}

// kindAt parses apps/v1/Deployment.
func kindAt(text string) schema.GroupVersionKind {
	made := &unstructured.Unstructured{Object: map[string]any{}}
	for at := len(text) - 1; at >= 0; at-- {
		if text[at] == '/' {
			made.SetAPIVersion(text[:at])
			made.SetKind(text[at+1:])
			break
		}
	}
	return made.GroupVersionKind()
}
