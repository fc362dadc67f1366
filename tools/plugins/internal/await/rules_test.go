package await

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// objects are a cluster.
type objects []*unstructured.Unstructured

func (o objects) List(
	_ context.Context, kind schema.GroupVersionKind, namespace, _ string,
) ([]unstructured.Unstructured, error) {
	var found []unstructured.Unstructured
	for _, object := range o {
		if object.GroupVersionKind() == kind && object.GetNamespace() == namespace {
			found = append(found, *object)
		}
	}
	return found, nil
}

func (o objects) Get(
	_ context.Context, kind schema.GroupVersionKind, namespace, name string,
) (*unstructured.Unstructured, error) {
	for _, object := range o {
		if object.GroupVersionKind() == kind && object.GetNamespace() == namespace && object.GetName() == name {
			return object, nil
		}
	}
	return nil, fmt.Errorf("there is no %s %s/%s", kind.Kind, namespace, name)
}

const (
	deploymentHead = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: d, namespace: ns, uid: d, generation: 2, annotations: { deployment.kubernetes.io/revision: "2" } }
spec: { template: { spec: { volumes: [ { persistentVolumeClaim: { claimName: c } } ] } } }
status: { observedGeneration: %d, conditions: [ { type: Available, status: "%s", reason: MinimumReplicas, message: m },
  { type: Progressing, status: "%s", reason: %s, message: rolling } ] }`
	replicaSet = `
apiVersion: apps/v1
kind: ReplicaSet
metadata: { name: d-%s, namespace: ns, uid: rs%s, annotations: { deployment.kubernetes.io/revision: "%s" },
  ownerReferences: [ { uid: d } ] }
spec: { replicas: 2 }
status: { readyReplicas: %d }`
	crashed = `
apiVersion: v1
kind: Pod
metadata: { name: p, namespace: ns, ownerReferences: [ { uid: %s } ] }
status:
  phase: Running
  conditions: [ { type: Ready, status: "False", reason: ContainersNotReady, message: unready } ]
  containerStatuses: [ { name: main, state: { waiting: { reason: CrashLoopBackOff, message: back-off } },
    lastState: { terminated: { exitCode: 3, reason: Error, message: no such bucket } } } ]`
	volumeClaim = `{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: c, namespace: ns }, status: { phase: %s } }`
)

func TestDeployment(t *testing.T) {
	set := func(revision string, ready int) string {
		return fmt.Sprintf(replicaSet, revision, revision, revision, ready)
	}
	head := func(generation int, available, progressing, reason string) string {
		return fmt.Sprintf(deploymentHead, generation, available, progressing, reason)
	}
	bound, pending := fmt.Sprintf(volumeClaim, "Bound"), fmt.Sprintf(volumeClaim, "Pending")
	for name, test := range map[string]struct {
		deployment string
		others     []string
		ready      bool
		problem    string
	}{
		"rolled out":             {head(2, "True", "True", "NewReplicaSetAvailable"), []string{set("2", 2), bound}, true, ""},
		"not observed":           {head(1, "True", "True", "NewReplicaSetAvailable"), []string{set("2", 2), bound}, false, ""},
		"without its ReplicaSet": {head(2, "True", "True", "NewReplicaSetAvailable"), []string{set("1", 2), bound}, false, ""},
		"rolling out": {head(2, "True", "True", "ReplicaSetUpdated"), []string{set("2", 1), bound}, false,
			"The newest revision has 1 of 2 pods ready"},
		"not available": {head(2, "False", "True", "NewReplicaSetAvailable"), []string{set("2", 2), bound}, false,
			"[MinimumReplicas] m"},
		"over its deadline": {head(2, "True", "False", "ProgressDeadlineExceeded"),
			[]string{set("1", 2), set("2", 0), bound, fmt.Sprintf(crashed, "rs2")}, false,
			"[ProgressDeadlineExceeded] rolling"},
		"crashing": {head(2, "True", "True", "ReplicaSetUpdated"),
			[]string{set("1", 2), set("2", 0), bound, fmt.Sprintf(crashed, "rs2")}, false,
			"Pod ns/p: container main ended with exit code 3 [Error] no such bucket"},
		"with an old pod that crashes": {head(2, "True", "True", "NewReplicaSetAvailable"),
			[]string{set("1", 2), set("2", 2), bound, fmt.Sprintf(crashed, "rs1")}, true, ""},
		"with an unbound claim": {head(2, "True", "True", "NewReplicaSetAvailable"), []string{set("2", 2), pending}, false,
			"PersistentVolumeClaim c is Pending, not Bound"},
	} {
		t.Run(name, func(t *testing.T) {
			var cluster objects
			for _, other := range test.others {
				cluster = append(cluster, object(t, other))
			}
			verdict := deployment(cluster, nil)(context.Background(), object(t, test.deployment))
			expect(t, verdict, test.ready, false, test.problem)
		})
	}
}

func expect(t *testing.T, verdict Verdict, ready, failed bool, problem string) {
	t.Helper()
	if verdict.Ready != ready || verdict.Failed != failed {
		t.Errorf("ready: %t, failed: %t; %v", verdict.Ready, verdict.Failed, verdict)
	}
	if problem != "" && !strings.Contains(strings.Join(verdict.Problems, "\n"), problem) {
		t.Errorf("%q is not among the problems %q", problem, verdict.Problems)
	}
	if !verdict.Ready && verdict.Progress == "" {
		t.Error("nothing says what is being waited for")
	}
}

func TestRulesOfOtherKinds(t *testing.T) {
	const (
		set   = `{ apiVersion: apps/v1, kind: StatefulSet, metadata: { name: s, namespace: ns, uid: s, generation: 2 }, spec: { replicas: 1 %s }, status: { observedGeneration: %d, replicas: 1, readyReplicas: %d, currentReplicas: %d, updatedReplicas: %d, currentRevision: %s, updateRevision: b } }`
		job   = `{ apiVersion: batch/v1, kind: Job, metadata: { name: j, namespace: ns, uid: j }, status: { active: 1, conditions: [ %s ] } }`
		claim = `{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: c, namespace: ns }, spec: { storageClassName: %s }, status: { phase: %s } }`
		quota = `{ apiVersion: v1, kind: ResourceQuota, metadata: { name: q, namespace: ns }, spec: { hard: { pods: "2" } }, status: { hard: { %s } } }`
		crd   = `{ apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: { name: c }, status: { conditions: [ %s ] } }`
	)
	cluster := objects{
		object(t, fmt.Sprintf(crashed, "j")),
		object(t, `{ apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: { name: lazy }, volumeBindingMode: WaitForFirstConsumer }`),
		object(t, `{ apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: { name: eager }, volumeBindingMode: Immediate }`),
		object(t, `{ apiVersion: v1, kind: Event, metadata: { name: e, namespace: ns }, type: Warning, involvedObject: { uid: s }, reason: FailedCreate, message: violates PodSecurity }`),
	}
	for name, test := range map[string]struct {
		object        string
		ready, failed bool
		problem       string
	}{
		"StatefulSet rolled out":               {fmt.Sprintf(set, "", 2, 1, 1, 1, "b"), true, false, ""},
		"StatefulSet not observed":             {fmt.Sprintf(set, "", 1, 1, 1, 1, "b"), false, false, ""},
		"StatefulSet rolling out":              {fmt.Sprintf(set, "", 2, 1, 0, 0, "a"), false, false, `from revision "a" to "b"`},
		"StatefulSet without pods":             {fmt.Sprintf(set, "", 2, 0, 1, 1, "b"), false, false, "[FailedCreate] violates PodSecurity"},
		"StatefulSet with OnDelete":            {fmt.Sprintf(set, ", updateStrategy: { type: OnDelete }", 2, 1, 0, 0, "a"), true, false, ""},
		"Job that runs":                        {fmt.Sprintf(job, ""), false, false, ""},
		"Job that has succeeded":               {fmt.Sprintf(job, `{ type: Complete, status: "True" }`), true, false, ""},
		"Job that has failed":                  {fmt.Sprintf(job, `{ type: Failed, status: "True", reason: BackoffLimitExceeded, message: m }`), false, true, "[BackoffLimitExceeded] m"},
		"Job whose pod has crashed":            {fmt.Sprintf(job, ""), false, false, "no such bucket"},
		"claim that is bound":                  {fmt.Sprintf(claim, "eager", "Bound"), true, false, ""},
		"claim that is pending":                {fmt.Sprintf(claim, "eager", "Pending"), false, false, "Pending, not Bound"},
		"claim that waits for a pod":           {fmt.Sprintf(claim, "lazy", "Pending"), true, false, ""},
		"claim that is lost":                   {fmt.Sprintf(claim, "lazy", "Lost"), false, false, "Lost, not Bound"},
		"quota in force":                       {fmt.Sprintf(quota, `pods: "2"`), true, false, ""},
		"quota of before":                      {fmt.Sprintf(quota, `pods: "1"`), false, false, ""},
		"definition served":                    {fmt.Sprintf(crd, `{ type: Established, status: "True" }`), true, false, ""},
		"definition with a name that is taken": {fmt.Sprintf(crd, `{ type: NamesAccepted, status: "False", reason: Conflict, message: taken }`), false, false, "[Conflict] taken"},
	} {
		t.Run(name, func(t *testing.T) {
			judged := object(t, test.object)
			rule := ForKind(judged.GroupVersionKind().GroupKind(), cluster, nil)
			expect(t, rule(context.Background(), judged), test.ready, test.failed, test.problem)
		})
	}
}

// A claim of which the size is changed, or which an interrupted run made, before any pod mounts it.
func TestAnUpdatedClaimMayStillWaitForItsPod(t *testing.T) {
	cluster := objects{
		object(t, `{ apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: { name: lazy }, volumeBindingMode: WaitForFirstConsumer }`),
	}
	pending := object(t, `{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: c, namespace: ns }, spec: { storageClassName: lazy }, status: { phase: Pending } }`)
	rule := ForKind(pending.GroupVersionKind().GroupKind(), cluster, pending)
	expect(t, rule(context.Background(), pending), true, false, "")
}

func TestServiceWaitsForItsEndpointsToSettle(t *testing.T) {
	const (
		head  = `{ apiVersion: v1, kind: Service, metadata: { name: s, namespace: ns }, spec: { %s } }`
		slice = `{ apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: { name: s-1, namespace: ns }, endpoints: [ { conditions: { ready: %t } } ] }`
	)
	for name, test := range map[string]struct {
		spec, slice  string
		first, later bool
	}{
		"with ready endpoints":    {"selector: { a: b }", fmt.Sprintf(slice, true), false, true},
		"with an unready one":     {"selector: { a: b }", fmt.Sprintf(slice, false), false, false},
		"without endpoints":       {"selector: { a: b }", "", false, true},
		"without a selector":      {"clusterIP: 1.2.3.4", "", true, true},
		"headless":                {"clusterIP: None, selector: { a: b }", fmt.Sprintf(slice, false), true, true},
		"an ExternalName":         {"type: ExternalName", "", true, true},
		"a load balancer of none": {"type: LoadBalancer, selector: { a: b }", fmt.Sprintf(slice, true), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := objects{}
			if test.slice != "" {
				cluster = append(cluster, object(t, test.slice))
			}
			judged := object(t, fmt.Sprintf(head, test.spec))
			rule := service(cluster)
			expect(t, rule(context.Background(), judged), test.first, false, "")
			time.Sleep(settling + 100*time.Millisecond)
			expect(t, rule(context.Background(), judged), test.later, false, "")
			// A refresh does not wait.
			expect(t, OnRead(schema.GroupKind{Kind: "Service"}, cluster)(context.Background(), judged), test.later, false, "")
		})
	}
}

func TestIngressWaitsForItsAddress(t *testing.T) {
	const head = `{ apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: { name: i, namespace: ns },
  spec: { ingressClassName: nginx, rules: [ { http: { paths: [ { backend: { service: { name: %s } } } ] } } ] }, status: { %s } }`
	cluster := objects{object(t, `{ apiVersion: v1, kind: Service, metadata: { name: web, namespace: ns } }`)}
	const addressed = "loadBalancer: { ingress: [ { ip: 1.2.3.4 } ] }"
	for name, test := range map[string]struct {
		service, status string
		ready           bool
		problem         string
	}{
		"and has it":        {"web", addressed, true, ""},
		"and has none":      {"web", "", false, `ingress class "nginx"`},
		"and for a Service": {"none", addressed, false, "Service none, which does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			verdict := ingress(cluster)(context.Background(), object(t, fmt.Sprintf(head, test.service, test.status)))
			expect(t, verdict, test.ready, false, test.problem)
		})
	}
}

func TestExpressions(t *testing.T) {
	judged := object(t, `
metadata: { generation: 2 }
status: { phase: Running, list: [ { a: 1 } ], conditions: [ { type: Ready, status: "True" },
  { type: Degraded, status: "False", reason: R, message: m }, { type: Old, status: "True", observedGeneration: 1 } ] }`)
	for expression, ready := range map[string]bool{
		"condition=Ready":                                        true,
		"condition=ready":                                        true,
		"condition=Degraded":                                     false,
		"condition=Degraded=False":                               true,
		"condition=Old":                                          false,
		"condition=Absent":                                       false,
		"jsonpath={.status.phase}=Running":                       true,
		"jsonpath={.status.phase}=Done":                          false,
		"jsonpath={.status.phase}":                               true,
		"jsonpath={.status.absent}":                              false,
		"jsonpath={.status.list[0].a}=1":                         true,
		`["condition=Ready","jsonpath={.status.phase}=Running"]`: true,
		`["condition=Ready","condition=Absent"]`:                 false,
	} {
		t.Run(expression, func(t *testing.T) {
			rule, err := Expression(expression)
			if err != nil {
				t.Fatal(err)
			}
			expect(t, rule(context.Background(), judged), ready, false, "")
		})
	}
}

func TestExpressionsThatMakeNoSense(t *testing.T) {
	for _, expression := range []string{"Ready", "[]", "jsonpath=.status.phase", "jsonpath={.a}=", "jsonpath={.a", "jsonpath={[}"} {
		if _, err := Expression(expression); err == nil || !strings.Contains(err.Error(), "pulumi.com/waitFor") {
			t.Errorf("the error for %q is %v", expression, err)
		}
	}
}
