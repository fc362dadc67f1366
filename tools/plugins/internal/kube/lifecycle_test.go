package kube

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const (
	jobType    = "kubernetes:batch/v1:Job"
	secretType = "kubernetes:core/v1:Secret"

	configMap = `{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: ns }, data: { k: v } }`
	job       = `{ apiVersion: batch/v1, kind: Job, metadata: { name: j, namespace: ns }, spec: { template: {} } }`
	failedJob = `{ apiVersion: batch/v1, kind: Job, metadata: { name: j, namespace: ns, uid: u }, spec: { template: {} }, status: { conditions: [ { type: Failed, status: "True", reason: BackoffLimitExceeded, message: too often } ] } }`
)

// initFailure is what the engine is told about an object that exists but is not ready.
func initFailure(t *testing.T, err error) *pulumirpc.ErrorResourceInitFailed {
	t.Helper()
	if err == nil {
		t.Fatal("there is no error")
	}
	for _, detail := range rpcerror.Convert(err).Details() {
		if failure, is := detail.(*pulumirpc.ErrorResourceInitFailed); is {
			return failure
		}
	}
	t.Fatalf("the error has no details: %v", err)
	return nil
}

func TestCreateReturnsTheLiveObject(t *testing.T) {
	served := serving(t)
	response, err := served.Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: urnOf(configMapType, "a"), Properties: marshalled(t, inputs(t, configMap))})
	if err != nil {
		t.Fatal(err)
	}
	state, err := parseRecord(response.GetProperties())
	if err != nil || response.GetId() != "ns/a" || nested(state.live.Object, "data", "k") != "v" ||
		nested(state.inputs.Object, "data", "k") != "v" || !strings.HasPrefix(state.manager, creator+"-") {
		t.Errorf("id %q, state %v (%v)", response.GetId(), state, err)
	}
}

func TestCreateFailsWhenTheObjectExists(t *testing.T) {
	served := serving(t, configMap)
	request := &pulumirpc.CreateRequest{Urn: urnOf(configMapType, "a"), Properties: marshalled(t, inputs(t, configMap))}
	if _, err := served.Create(context.Background(), request); err == nil || !strings.Contains(err.Error(), "pulumi import") {
		t.Errorf("the error is %v", err)
	}
	request.Preview = true
	if _, err := served.Create(context.Background(), request); err != nil {
		t.Errorf("the preview fails, though the object may go first: %v", err)
	}
}

func TestPreviewOfWhatIsUnknownReturnsTheInputs(t *testing.T) {
	for _, text := range []string{
		`{ apiVersion: v1, kind: ConfigMap, metadata: { name: UNKNOWN } }`,
		`{ apiVersion: test.example/v1, kind: Widget, metadata: { name: a } }`,
	} {
		given := inputs(t, text)
		response, err := serving(t).Create(context.Background(), &pulumirpc.CreateRequest{
			Urn: urnOf(configMapType, "a"), Properties: marshalled(t, given), Preview: true})
		if err != nil || response.GetId() != "" || !unmarshalled(t, response.GetProperties()).DeepEquals(given) {
			t.Errorf("the preview of %s is %v (%v)", text, response, err)
		}
	}
}

func TestDryRunsLeaveUnknownWhatTheServerGives(t *testing.T) {
	given := object(t, `{ kind: Service, metadata: { name: a }, spec: { ports: [] } }`)
	live := object(t, `{ kind: Service, metadata: { name: a, uid: u, resourceVersion: "1", creationTimestamp: c }, spec: { clusterIP: 1.2.3.4, clusterIPs: [ 1.2.3.4 ] }, status: {} }`)
	result := unsettled(live, given).Object
	for _, path := range [][]string{
		{"metadata", "uid"}, {"metadata", "resourceVersion"}, {"spec", "clusterIP"}, {"spec", "clusterIPs"},
	} {
		if _, unknown := nested(result, path...).(resource.Computed); !unknown {
			t.Errorf("%v is %v", path, nested(result, path...))
		}
	}
	if result["status"] != nil || nested(result, "metadata", "name") != "a" {
		t.Errorf("the result is %v", result)
	}
	given = object(t, `{ kind: Service, metadata: { name: a }, spec: { clusterIP: None } }`)
	if kept := unsettled(object(t, `{ kind: Service, metadata: { name: a }, spec: { clusterIP: None } }`), given); nested(kept.Object, "spec", "clusterIP") != "None" {
		t.Error("an address that the program chose is unknown")
	}
}

func TestCreateOfAJobThatFailsKeepsItsState(t *testing.T) {
	served := serving(t)
	cluster, _ := served.connect()
	client, _ := cluster.client(kindAt("batch/v1/Job"), "ns")
	failed := object(t, failedJob)
	go func() {
		// It can only fail once it is there.
		for range 1000 {
			time.Sleep(200 * time.Millisecond)
			if _, err := client.Update(context.Background(), failed, metav1.UpdateOptions{}); err == nil {
				return
			}
		}
	}()
	_, err := served.Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: urnOf(jobType, "j"), Properties: marshalled(t, inputs(t, job))})
	failure := initFailure(t, err)
	if failure.GetId() != "ns/j" || !strings.Contains(strings.Join(failure.GetReasons(), "\n"), "[BackoffLimitExceeded] too often") {
		t.Errorf("the failure is %v", failure)
	}
	if state, err := parseRecord(failure.GetProperties()); err != nil || nested(state.inputs.Object, "spec") == nil {
		t.Errorf("the state is %v (%v)", state, err)
	}
}

func TestCancelEndsTheWaiting(t *testing.T) {
	served := serving(t)
	time.AfterFunc(200*time.Millisecond, func() { _, _ = served.Cancel(context.Background(), nil) })
	began := time.Now()
	_, err := served.Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: urnOf(jobType, "j"), Properties: marshalled(t, inputs(t, job))})
	failure := initFailure(t, err)
	if failure.GetId() != "ns/j" || !strings.Contains(failure.GetReasons()[0], "cancelled") || time.Since(began) > 5*time.Second {
		t.Errorf("after %s the failure is %v", time.Since(began), failure)
	}
}

func TestSkipAwaitDoesNotWait(t *testing.T) {
	text := strings.Replace(job, "namespace: ns", `namespace: ns, annotations: { pulumi.com/skipAwait: "true" }`, 1)
	if _, err := serving(t).Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: urnOf(jobType, "j"), Properties: marshalled(t, inputs(t, text)), Timeout: 1}); err != nil {
		t.Error(err)
	}
}

func TestReadOfWhatIsGone(t *testing.T) {
	for _, token := range []string{configMapType, "kubernetes:test.example/v1:Widget"} {
		response, err := serving(t).Read(context.Background(), &pulumirpc.ReadRequest{Urn: urnOf(token, "a"), Id: "ns/a"})
		if err != nil || response.GetId() != "" {
			t.Errorf("%v (%v)", response, err)
		}
	}
}

func TestReadForTheFirstTimeFindsInputs(t *testing.T) {
	served := serving(t, `{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: ns, uid: u, resourceVersion: "1" }, data: { k: v } }`)
	response, err := served.Read(context.Background(), &pulumirpc.ReadRequest{Urn: urnOf(configMapType, "a"), Id: "ns/a"})
	if err != nil || response.GetId() != "ns/a" {
		t.Fatalf("%v (%v)", response, err)
	}
	found := unmarshalled(t, response.GetInputs())
	if wanted := inputs(t, configMap); !found.DeepEquals(wanted) {
		t.Errorf("the inputs are %v, not %v", found, wanted)
	}
	if state := unmarshalled(t, response.GetProperties()); state["metadata"].ObjectValue()["uid"].StringValue() != "u" {
		t.Errorf("the state is %v", state)
	}
}

func TestRefreshOfWhatTheProgramOnlyReadsChangesNothing(t *testing.T) {
	served := serving(t, `{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: ns, uid: u }, data: { k: v } }`)
	request := &pulumirpc.ReadRequest{Urn: urnOf(configMapType, "a"), Id: "ns/a"}
	first, err := served.Read(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	// The engine keeps no inputs of it.
	request.Properties, request.Inputs = first.GetProperties(), marshalled(t, resource.PropertyMap{})
	again, err := served.Read(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	before, after := unmarshalled(t, first.GetProperties()), unmarshalled(t, again.GetProperties())
	if !after.DeepEquals(before) {
		t.Errorf("the state was %v and is %v", before, after)
	}
}

func TestRefreshSeesChangesOfOwnFieldsOnly(t *testing.T) {
	served := serving(t, `{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: ns, labels: { foreign: x } }, data: { k: changed, other: o } }`)
	state, err := record{inputs: object(t, configMap), live: object(t, configMap), manager: "m"}.marshal()
	if err != nil {
		t.Fatal(err)
	}
	response, err := served.Read(context.Background(), &pulumirpc.ReadRequest{
		Urn: urnOf(configMapType, "a"), Id: "ns/a", Properties: state, Inputs: marshalled(t, inputs(t, configMap))})
	if err != nil {
		t.Fatal(err)
	}
	found := unmarshalled(t, response.GetInputs())
	if wanted := inputs(t, strings.Replace(configMap, "k: v", "k: changed", 1)); !found.DeepEquals(wanted) {
		t.Errorf("the inputs are %v, not %v", found, wanted)
	}
}

func TestRefreshReportsWhatIsNotReady(t *testing.T) {
	served := serving(t, failedJob)
	state, err := record{inputs: object(t, job), live: object(t, failedJob)}.marshal()
	if err != nil {
		t.Fatal(err)
	}
	_, err = served.Read(context.Background(), &pulumirpc.ReadRequest{
		Urn: urnOf(jobType, "j"), Id: "ns/j", Properties: state, Inputs: marshalled(t, inputs(t, job))})
	if failure := initFailure(t, err); failure.GetId() != "ns/j" || failure.GetInputs() == nil {
		t.Errorf("the failure is %v", failure)
	}
}

func TestSecretsAreSecretInTheState(t *testing.T) {
	const content = "hidden-content"
	encoded := base64.StdEncoding.EncodeToString([]byte(content))
	served := serving(t)
	checked, err := served.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urnOf(secretType, "s"), News: marshalled(t,
		inputs(t, `{ apiVersion: v1, kind: Secret, metadata: { name: s, namespace: ns }, stringData: { k: `+content+` } }`))})
	if err != nil {
		t.Fatal(err)
	}
	created, err := served.Create(context.Background(),
		&pulumirpc.CreateRequest{Urn: urnOf(secretType, "s"), Properties: checked.GetInputs()})
	if err != nil {
		t.Fatal(err)
	}
	read, err := served.Read(context.Background(), &pulumirpc.ReadRequest{
		Urn: urnOf(secretType, "s"), Id: created.GetId(), Properties: created.GetProperties(), Inputs: checked.GetInputs()})
	if err != nil {
		t.Fatal(err)
	}
	for name, properties := range map[string]resource.PropertyMap{
		"inputs": unmarshalled(t, checked.GetInputs()), "state": unmarshalled(t, created.GetProperties()),
		"refreshed state": unmarshalled(t, read.GetProperties()), "refreshed inputs": unmarshalled(t, read.GetInputs()),
	} {
		hidden := false
		var look func(value resource.PropertyValue)
		look = func(value resource.PropertyValue) {
			switch {
			case value.IsSecret():
				hidden = true
			case value.IsObject():
				for _, field := range value.ObjectValue() {
					look(field)
				}
			case value.IsString():
				if value.StringValue() == content || value.StringValue() == encoded {
					t.Errorf("%s: the content is not secret", name)
				}
			}
		}
		look(resource.NewObjectProperty(properties))
		if !hidden {
			t.Errorf("%s: nothing is secret", name)
		}
	}
}

func TestDelete(t *testing.T) {
	state, err := record{inputs: object(t, configMap), live: object(t, configMap)}.marshal()
	if err != nil {
		t.Fatal(err)
	}
	request := &pulumirpc.DeleteRequest{Urn: urnOf(configMapType, "a"), Id: "ns/a", Properties: state, Timeout: 5}
	served := serving(t, configMap)
	for range 2 { // The second time it is gone already.
		if _, err := served.Delete(context.Background(), request); err != nil {
			t.Error(err)
		}
	}
	if found, err := served.Read(context.Background(), &pulumirpc.ReadRequest{Urn: request.GetUrn(), Id: "ns/a"}); err != nil || found.GetId() != "" {
		t.Errorf("%v is still there (%v)", found, err)
	}
}
