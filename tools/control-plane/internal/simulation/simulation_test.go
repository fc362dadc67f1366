package simulation

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"testing"
	"time"

	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/internal/pki"
)

func resource(generation float64, annotations api.Object) api.Object {
	return api.Object{"metadata": api.Object{
		"name": "registry", "namespace": "models", "generation": generation, "annotations": annotations,
	}}
}

func report(t *testing.T, status statusOf, object api.Object) api.Object {
	t.Helper()
	reported, err := status(context.Background(), nil, object)
	if err != nil {
		t.Fatal(err)
	}
	return reported
}

func statusesOf(status api.Object) map[string]string {
	found := map[string]string{}
	for _, item := range status["conditions"].([]any) {
		found[api.Text(item.(api.Object), "type")] = api.Text(item.(api.Object), "status")
	}
	return found
}

func TestAResourceIsReportedReady(t *testing.T) {
	got := statusesOf(report(t, conditions("Progressing", "Available"), resource(1, nil)))
	if want := map[string]string{"Progressing": "True", "Available": "True"}; !reflect.DeepEqual(got, want) {
		t.Errorf("it reports %v", got)
	}
}

func TestAResourceThatShallNeverBeReadyIsReportedSo(t *testing.T) {
	never := resource(1, api.Object{"control-plane.mlops-platform/outcome": "never-ready"})
	got := report(t, conditions("Progressing", "Available"), never)
	want := map[string]string{"Progressing": "True", "Available": "False"}
	if !reflect.DeepEqual(statusesOf(got), want) {
		t.Errorf("it reports %v", got)
	}
}

func TestAStatusIsWrittenOnceForEachGeneration(t *testing.T) {
	status := report(t, conditions("Available"), resource(1, nil))
	stamp(status, time.Now())
	there := throughJSON(t, status)
	there["foreign"] = "field"
	if again := report(t, conditions("Available"), resource(1, nil)); !covers(there, again) {
		t.Errorf("%v is not found in %v", again, there)
	}
	if next := report(t, conditions("Available"), resource(2, nil)); covers(there, next) {
		t.Error("the next generation passes for the one before")
	}
}

func TestEveryConditionSaysSinceWhen(t *testing.T) {
	status := report(t, admitted, resource(1, nil))
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	stamp(status, now)
	ingress := status["ingress"].([]any)[0].(api.Object)
	condition := ingress["conditions"].([]any)[0].(api.Object)
	if condition["lastTransitionTime"] != "2026-01-02T03:04:05Z" {
		t.Errorf("the condition is %v", condition)
	}
}

func TestASecretCertifiesJustTheNamesInIt(t *testing.T) {
	issuer, err := newIssuer()
	if err != nil {
		t.Fatal(err)
	}
	pair, err := issuer.authority.Issue(pki.Request{CommonName: "a", Hosts: []string{"a.example.com", "b.example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	secret := issuer.secret(api.Object{}, pair)
	for _, test := range []struct {
		names []string
		want  bool
	}{
		{[]string{"b.example.com", "a.example.com"}, true},
		{[]string{"a.example.com"}, false},
		{nil, false},
	} {
		if got := certifies(secret, test.names); got != test.want {
			t.Errorf("%v: %v", test.names, got)
		}
	}
	if certifies(api.Object{}, nil) {
		t.Error("a Secret that isn't there certifies")
	}
}

func TestTheSecretCarriesWhatItsTemplateSays(t *testing.T) {
	issuer, err := newIssuer()
	if err != nil {
		t.Fatal(err)
	}
	template := api.Object{"labels": api.Object{"mine": "yes"}, "annotations": api.Object{"note": "kept"}}
	secret := issuer.secret(api.Object{"spec": api.Object{"secretTemplate": template}}, pki.Pair{})
	if api.Text(secret, "metadata", "labels", "mine") != "yes" || api.Text(secret, "metadata", "annotations", "note") != "kept" {
		t.Errorf("the Secret has %v", secret["metadata"])
	}
}

func TestOnlyAMissingKindIsNoReasonToComplain(t *testing.T) {
	if !api.NotFound(&api.StatusError{Code: http.StatusNotFound}) || api.NotFound(&api.StatusError{Code: http.StatusForbidden}) {
		t.Error("a refusal passes for a missing kind")
	}
}

func TestAPredictorIsTheRuntimeAsItsInferenceServiceWantsIt(t *testing.T) {
	runtime := api.Object{"spec": api.Object{
		"containers": []any{
			api.Object{
				"name": "kserve-container", "image": "triton", "ports": []any{api.Object{"containerPort": 9001}},
				"resources": "of the runtime",
			},
			api.Object{"name": "beside", "resources": "its own"},
		},
		"volumes": []any{"scratch"}, "tolerations": []any{"of the runtime"},
	}}
	service := resource(1, nil)
	service["spec"] = api.Object{"predictor": api.Object{
		"labels": api.Object{"team": "a"}, "minReplicas": 3, "tolerations": []any{"of the service"},
		"model": api.Object{"resources": "of the model"},
	}}
	deployment := predictor(service, runtime)
	pod, _ := api.At(deployment, "spec", "template", "spec").(api.Object)
	want := api.Object{
		"containers": []any{
			api.Object{
				"name": "kserve-container", "image": "triton", "ports": []any{api.Object{"containerPort": 9001}},
				"resources": "of the model",
			},
			api.Object{"name": "beside", "resources": "its own"},
		},
		"volumes": []any{"scratch"}, "tolerations": []any{"of the service"},
	}
	if !reflect.DeepEqual(pod, want) {
		t.Errorf("its pods are %v", pod)
	}
	if api.At(deployment, "spec", "replicas") != 3 || api.Text(deployment, "spec", "template", "metadata", "labels", "team") != "a" {
		t.Errorf("it is %v", deployment["spec"])
	}
	ports, _ := api.At(predictorService(service, runtime), "spec", "ports").([]any)
	if len(ports) != 1 || api.At(ports[0].(api.Object), "port") != 9001 {
		t.Errorf("its Service has the ports %v", ports)
	}
}

func throughJSON(t *testing.T, object api.Object) api.Object {
	t.Helper()
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	var read api.Object
	if err := json.Unmarshal(data, &read); err != nil {
		t.Fatal(err)
	}
	return read
}
