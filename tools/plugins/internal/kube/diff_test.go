package kube

import (
	"context"
	"slices"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// diffOf compares an object that was made from old inputs, to which the server added something, with new inputs.
func diffOf(t *testing.T, settings settings, token, added, old, wanted string, ignored ...string) *pulumirpc.DiffResponse {
	t.Helper()
	served := serving(t)
	served.settings = settings
	live := normalize(object(t, old))
	if added != "" {
		merge(live.Object, fields(t, added))
	}
	state, err := record{inputs: normalize(object(t, old)), live: live, manager: "m", apiVersion: "v1"}.marshal()
	if err != nil {
		t.Fatal(err)
	}
	response, err := served.Diff(context.Background(), &pulumirpc.DiffRequest{
		Urn: urnOf(token, "x"), Olds: state, News: marshalled(t, inputs(t, wanted)), IgnoreChanges: ignored,
	})
	if err != nil {
		t.Fatal(err)
	}
	return response
}

func merge(into, from map[string]any) {
	for key, value := range from {
		below, isMap := value.(map[string]any)
		present, has := into[key].(map[string]any)
		if isMap && has {
			merge(present, below)
		} else {
			into[key] = value
		}
	}
}

func TestDiff(t *testing.T) {
	const (
		configMap   = `{ apiVersion: v1, kind: ConfigMap, metadata: { name: %, namespace: ns, annotations: {@} }, data: { a: "1" } }`
		secret      = `{ apiVersion: v1, kind: Secret, metadata: { name: %, namespace: ns, annotations: {@} }, type: Opaque, stringData: { tls.key: "1" } }`
		deployment  = `{ apiVersion: apps/v1, kind: Deployment, metadata: { name: %, namespace: ns }, spec: { replicas: 1, selector: { matchLabels: { a: b } }, template: { spec: { containers: [ { name: c, image: i, resources: { requests: { cpu: 1000m } } } ] } } } }`
		statefulSet = `{ apiVersion: apps/v1, kind: StatefulSet, metadata: { name: %, namespace: ns }, spec: { serviceName: s, replicas: 1, selector: { matchLabels: { a: b } }, template: { spec: { containers: [] } } } }`
		job         = `{ apiVersion: batch/v1, kind: Job, metadata: { name: %, namespace: ns, annotations: {@} }, spec: { backoffLimit: 1, template: { spec: { containers: [ { name: c, image: i } ] } } } }`
		claim       = `{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: %, namespace: ns }, spec: { accessModes: [ ReadWriteOnce ], resources: { requests: { storage: 1Gi } } } }`
		service     = `{ apiVersion: v1, kind: Service, metadata: { name: %, namespace: ns }, spec: { clusterIP: None, ports: [ { port: 80 } ] } }`
		binding     = `{ apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: { name: %, namespace: ns }, roleRef: { apiGroup: g, kind: Role, name: r }, subjects: [ { kind: User, name: u } ] }`
		custom      = `{ apiVersion: test.example/v1, kind: Widget, metadata: { name: %, namespace: ns }, spec: { a: 1, b: [ 1, 2 ] } }`
		generated   = `pulumi.com/autonamed: "true"`
	)
	for name, test := range map[string]struct {
		object, from, to string
		// change is what changes, replaces what the object is replaced for; both are paths.
		change, replaces string
		deleteFirst      bool
		settings         settings
		auto             bool
		added, ignored   string
	}{
		"nothing":                      {object: deployment},
		"what the server adds":         {object: deployment, added: "{ metadata: { uid: u, labels: { foreign: x } }, spec: { paused: false, strategy: {} }, status: { replicas: 1 } }"},
		"a quantity written otherwise": {object: deployment, from: "1000m", to: `"1"`},
		"a false that is the default":  {object: deployment, from: "name: c,", to: "name: c, tty: false,"},
		"an image":                     {object: deployment, from: "image: i", to: "image: j", change: "spec.template.spec.containers[0].image"},
		"an image to be ignored":       {object: deployment, from: "image: i", to: "image: j", ignored: "spec.template.spec.containers[0].image"},
		"an unknown Service":           {object: statefulSet, from: "serviceName: s", to: "serviceName: UNKNOWN", change: "spec.serviceName", replaces: "spec.serviceName", deleteFirst: true},
		"another container":            {object: deployment, from: "containers: [", to: "containers: [ { name: d }, ", change: "spec.template.spec.containers[0].image spec.template.spec.containers[0].name spec.template.spec.containers[0].resources spec.template.spec.containers[1]"},
		"a drift":                      {object: deployment, added: "{ spec: { replicas: 5 } }", change: "spec.replicas"},
		"a field no longer set":        {object: deployment, from: "replicas: 1,", to: "", change: "spec.replicas"},
		"a selector":                   {object: deployment, from: "a: b", to: "a: c", change: "spec.selector.matchLabels.a", replaces: "spec.selector.matchLabels.a", deleteFirst: true},
		"a name":                       {object: deployment, from: "name: x,", to: "name: z,", change: "metadata.name", replaces: "metadata.name"},
		"a namespace":                  {object: deployment, from: "namespace: ns", to: "namespace: other", change: "metadata.namespace", replaces: "metadata.namespace"},
		"an unknown namespace":         {object: service, from: "namespace: ns", to: "namespace: UNKNOWN", change: "metadata.namespace", replaces: "metadata.namespace"},

		"data":                    {object: configMap, from: `a: "1"`, to: `a: "2"`, change: "data.a", replaces: "data.a", deleteFirst: true},
		"data, auto-named":        {object: configMap, auto: true, from: `a: "1"`, to: `a: "2"`, change: "data.a", replaces: "data.a"},
		"data that may change":    {object: configMap, settings: settings{configMapMutable: true}, from: `a: "1"`, to: `a: "2"`, change: "data.a"},
		"data that is unknown":    {object: configMap, auto: true, from: `a: "1"`, to: `a: UNKNOWN`, change: "data.a", replaces: "data.a"},
		"data that becomes fixed": {object: configMap, settings: settings{configMapMutable: true}, from: `data: { a: "1"`, to: `immutable: true, data: { a: "2"`, change: "data.a immutable", replaces: "data.a", deleteFirst: true},
		"a Secret":                {object: secret},
		"a Secret's text":         {object: secret, from: `"1" }`, to: `"2" }`, change: `data["tls.key"]`, replaces: `data["tls.key"]`, deleteFirst: true},
		"a Secret's mutable text": {object: secret, settings: settings{secretMutable: true}, from: `"1" }`, to: `"2" }`, change: `data["tls.key"]`},
		"a Secret's type":         {object: secret, settings: settings{secretMutable: true}, from: "Opaque", to: "other", change: "type", replaces: "type", deleteFirst: true},
		"a Secret's same text":    {object: secret, from: `stringData: { tls.key: "1" }`, to: "data: { tls.key: MQ== }"},

		"a governing Service":  {object: statefulSet, from: "serviceName: s", to: "serviceName: t", change: "spec.serviceName", replaces: "spec.serviceName", deleteFirst: true},
		"claims of a template": {object: statefulSet, from: "serviceName: s", to: "serviceName: s, volumeClaimTemplates: [ {} ]", change: "spec.volumeClaimTemplates", replaces: "spec.volumeClaimTemplates", deleteFirst: true},
		"replicas":             {object: statefulSet, from: "replicas: 1", to: "replicas: 2", change: "spec.replicas"},
		"a Job's template":     {object: job, auto: true, from: "image: i", to: "image: j", change: "spec.template.spec.containers[0].image", replaces: "spec.template.spec.containers[0].image"},
		"a Job's patience":     {object: job, from: "backoffLimit: 1", to: "backoffLimit: 2", change: "spec.backoffLimit"},
		"a Job's parallelism":  {object: job, from: "backoffLimit: 1", to: "backoffLimit: 1, parallelism: 2", change: "spec.parallelism", replaces: "spec.parallelism", deleteFirst: true},
		"an access mode":       {object: claim, from: "ReadWriteOnce", to: "ReadWriteMany", change: "spec.accessModes[0]", replaces: "spec.accessModes[0]", deleteFirst: true},
		"a storage class":      {object: claim, from: "accessModes", to: "storageClassName: fast, accessModes", change: "spec.storageClassName", replaces: "spec.storageClassName", deleteFirst: true},
		"a larger volume":      {object: claim, from: "1Gi", to: "2Gi", change: "spec.resources.requests.storage"},
		"an equal volume":      {object: claim, from: "1Gi", to: "1024Mi"},
		"an address":           {object: service, from: "clusterIP: None, ", to: "", change: "spec.clusterIP", replaces: "spec.clusterIP", deleteFirst: true},
		"a port":               {object: service, from: "port: 80", to: "port: 81", change: "spec.ports[0].port"},
		"a role":               {object: binding, from: "name: r", to: "name: s", change: "roleRef.name", replaces: "roleRef.name", deleteFirst: true},
		"a subject":            {object: binding, from: "name: u", to: "name: v", change: "subjects[0].name"},
		"a custom resource":    {object: custom, from: "[ 1, 2 ]", to: "[ 1, 3, 4 ]", change: "spec.b[1] spec.b[2]"},
	} {
		t.Run(name, func(t *testing.T) {
			old := strings.ReplaceAll(test.object, "%", "x")
			annotations := ""
			if test.auto {
				annotations = generated
			}
			old = strings.ReplaceAll(old, "@", annotations)
			wanted := old
			if test.from != "" {
				if !strings.Contains(old, test.from) {
					t.Fatalf("%q is not in %s", test.from, old)
				}
				wanted = strings.Replace(old, test.from, test.to, 1)
			}
			var ignored []string
			if test.ignored != "" {
				ignored = []string{test.ignored}
			}
			response := diffOf(t, test.settings, "kubernetes:x/v1:X", test.added, old, wanted, ignored...)

			var paths []string
			for path := range response.GetDetailedDiff() {
				paths = append(paths, path)
			}
			slices.Sort(paths)
			changes := pulumirpc.DiffResponse_DIFF_NONE
			if test.change != "" {
				changes = pulumirpc.DiffResponse_DIFF_SOME
			}
			if found := strings.Join(paths, " "); found != test.change || response.GetChanges() != changes {
				t.Errorf("%q changes (%s), not %q", found, response.GetChanges(), test.change)
			}
			if found := strings.Join(response.GetReplaces(), " "); found != test.replaces {
				t.Errorf("it is replaced for %q, not for %q", found, test.replaces)
			}
			if response.GetDeleteBeforeReplace() != test.deleteFirst {
				t.Errorf("it is deleted first: %t", response.GetDeleteBeforeReplace())
			}
		})
	}
}

func TestPatchesAreReplacedForTheirNameOnly(t *testing.T) {
	const patch = `{ apiVersion: apps/v1, kind: Deployment, metadata: { name: x, namespace: ns }, spec: { selector: { matchLabels: { a: b } } } }`
	for from, wanted := range map[string]string{"a: b": "", "name: x": "metadata.name"} {
		changed := strings.Replace(patch, from, strings.Replace(from, ": ", ": z", 1), 1)
		response := diffOf(t, settings{}, "kubernetes:apps/v1:DeploymentPatch", "", patch, changed)
		if found := strings.Join(response.GetReplaces(), " "); found != wanted || len(response.GetDetailedDiff()) != 1 {
			t.Errorf("the patch is replaced for %q, not for %q", found, wanted)
		}
	}
}

func TestReplaceUnreadyIsAboutJobsThatHaveNotSucceeded(t *testing.T) {
	const job = `{ apiVersion: batch/v1, kind: Job, metadata: { name: j, namespace: ns, annotations: { pulumi.com/replaceUnready: "true" } }, spec: { template: {} }, status: { conditions: [ { type: %, status: "True" } ] } }`
	for condition, replaces := range map[string]bool{"Failed": true, "Complete": false, "Suspended": true} {
		live := strings.Replace(job, "%", condition, 1)
		served := serving(t, live)
		wanted := object(t, live)
		delete(wanted.Object, "status")
		state, err := record{inputs: wanted, live: object(t, live)}.marshal()
		if err != nil {
			t.Fatal(err)
		}
		response, err := served.Diff(context.Background(), &pulumirpc.DiffRequest{
			Urn: urnOf("kubernetes:batch/v1:Job", "j"), Olds: state, News: marshalled(t, propertiesOf(wanted)),
		})
		if err != nil {
			t.Fatal(err)
		}
		if found := slices.Contains(response.GetReplaces(), replaceUnreadyPath); found != replaces {
			t.Errorf("a Job that is %s is replaced: %t", condition, found)
		}
	}
}
