package main

// What a started control plane does for those who use it: CONTROL_PLANE_INTEGRATION=1 go test .

import (
	"context"
	"strings"
	"testing"
	"time"

	"mlops-platform/control-plane/internal/api"
)

func TestPodsVolumesAndIngressesBehaveAsInACluster(t *testing.T) {
	p := newPlane(t)
	p.must("start")
	p.apply(object("v1", "Namespace", "", "team", nil))

	t.Run("Pod Security refuses a privileged pod in a restricted namespace", func(t *testing.T) {
		p := p.in(t)
		p.apply(api.Object{"apiVersion": "v1", "kind": "Namespace", "metadata": api.Object{
			"name": "strict", "labels": api.Object{"pod-security.kubernetes.io/enforce": "restricted"},
		}})
		pod := object("v1", "Pod", "strict", "bad", api.Object{"spec": podSpec("image", "Always")})
		api.At(pod, "spec", "containers").([]any)[0].(api.Object)["securityContext"] = api.Object{"privileged": true}
		err := p.client().Apply(context.Background(), "test", []api.Object{pod})
		if err == nil || !strings.Contains(err.Error(), `violates PodSecurity "restricted`) {
			t.Errorf("it said: %v", err)
		}
	})

	t.Run("Subscriptions are left to whoever defined them, on a cluster without operators", func(t *testing.T) {
		p := p.in(t)
		anything := api.Object{"type": "object", "x-kubernetes-preserve-unknown-fields": true}
		p.apply(object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "subscriptions.operators.coreos.com", api.Object{
			"spec": api.Object{
				"group": "operators.coreos.com", "scope": "Namespaced",
				"names": api.Object{"kind": "Subscription", "plural": "subscriptions"},
				"versions": []any{api.Object{
					"name": "v1alpha1", "served": true, "storage": true, "schema": api.Object{"openAPIV3Schema": anything},
				}},
			},
		}))
		p.awaitServed("/apis/operators.coreos.com/v1alpha1/subscriptions")
		p.apply(subscription("team", "rhods-operator", "stable", "", "Automatic"))
		// As long as the simulation would take, twice over.
		time.Sleep(5 * time.Second)
		if status := p.get(subscriptions + "team/subscriptions/rhods-operator")["status"]; status != nil {
			t.Errorf("somebody says %v", status)
		}
	})

	t.Run("a claim is bound, grows, and its volume goes with it", func(t *testing.T) {
		p := p.in(t)
		claim := func(size string) api.Object {
			return object("v1", "PersistentVolumeClaim", "team", "data", api.Object{"spec": api.Object{
				"accessModes": []any{"ReadWriteOnce"},
				"resources":   api.Object{"requests": api.Object{"storage": size}},
			}})
		}
		path := "/api/v1/namespaces/team/persistentvolumeclaims/data"
		p.apply(claim("1Gi"))
		p.await(path, "a bound claim of 1Gi", func(claim api.Object) bool {
			return api.Text(claim, "status", "phase") == "Bound" && api.Text(claim, "status", "capacity", "storage") == "1Gi"
		})
		volume := "/api/v1/persistentvolumes/" + api.Text(p.get(path), "spec", "volumeName")
		p.apply(claim("2Gi"))
		p.await(path, "a claim of 2Gi", func(claim api.Object) bool {
			return api.Text(claim, "status", "capacity", "storage") == "2Gi"
		})
		if size := api.Text(p.get(volume), "spec", "capacity", "storage"); size != "2Gi" {
			t.Errorf("the volume has %s", size)
		}
		if err := p.client().Delete(context.Background(), path); err != nil {
			t.Fatal(err)
		}
		p.awaitGone(volume)
	})

	t.Run("a Deployment has endpoints, and its Ingress an address", func(t *testing.T) {
		p := p.in(t)
		p.expectRollout("web")
		p.apply(object("v1", "Service", "default", "web", api.Object{"spec": api.Object{
			"selector": api.Object{"app": "web"}, "ports": []any{api.Object{"port": 80}},
		}}))
		for _, class := range []string{"nginx", "traefik"} {
			p.apply(object("networking.k8s.io/v1", "Ingress", "default", class, api.Object{"spec": api.Object{
				"ingressClassName": class,
				"defaultBackend":   api.Object{"service": api.Object{"name": "web", "port": api.Object{"number": 80}}},
			}}))
			p.await("/apis/networking.k8s.io/v1/namespaces/default/ingresses/"+class, "an address", func(ingress api.Object) bool {
				addresses, _ := api.At(ingress, "status", "loadBalancer", "ingress").([]any)
				return len(addresses) == 1
			})
		}
		slices := "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices?labelSelector=kubernetes.io/service-name=web"
		p.await(slices, "an endpoint", func(list api.Object) bool {
			items, _ := list["items"].([]any)
			return len(items) == 1 && len(api.At(items[0].(api.Object), "endpoints").([]any)) == 1
		})
	})

	t.Run("an Ingress of a class without a controller has no address", func(t *testing.T) {
		p := p.in(t)
		p.apply(object("networking.k8s.io/v1", "Ingress", "default", "other", api.Object{"spec": api.Object{
			"ingressClassName": "other",
			"defaultBackend":   api.Object{"service": api.Object{"name": "web", "port": api.Object{"number": 80}}},
		}}))
		time.Sleep(time.Second)
		ingress := p.get("/apis/networking.k8s.io/v1/namespaces/default/ingresses/other")
		if addresses := api.At(ingress, "status", "loadBalancer", "ingress"); addresses != nil {
			t.Errorf("it has %v", addresses)
		}
	})

	t.Run("a Job completes, or fails when it is asked to", func(t *testing.T) {
		p := p.in(t)
		for name, test := range map[string]struct{ image, outcome, condition string }{
			"good":         {"image", "", "Complete"},
			"bad":          {"image", "fail", "Failed"},
			"bad-by-image": {"exits.invalid/image:1", "", "Failed"},
		} {
			p.apply(object("batch/v1", "Job", "team", name, api.Object{"spec": api.Object{
				"backoffLimit": 0, "template": template(name, test.outcome, podSpec(test.image, "Never")),
			}}))
			p.await("/apis/batch/v1/namespaces/team/jobs/"+name, test.condition, func(job api.Object) bool {
				return conditionOf(job, test.condition) == "True"
			})
		}
	})

	t.Run("a Job that waits runs until somebody says how it ended", func(t *testing.T) {
		p := p.in(t)
		p.apply(object("batch/v1", "Job", "team", "waiting", api.Object{"spec": api.Object{
			"backoffLimit": 0, "template": template("waiting", "", podSpec("waits.invalid/image:1", "Never")),
		}}))
		pods := "/api/v1/namespaces/team/pods?labelSelector=app=waiting"
		var pod string
		p.await(pods, "running pod", func(list api.Object) bool {
			items, _ := list["items"].([]any)
			if len(items) != 1 || api.Text(items[0].(api.Object), "status", "phase") != "Running" {
				return false
			}
			pod = api.Text(items[0].(api.Object), "metadata", "name")
			return true
		})
		// Whatever was going to become of it has become of it by now.
		time.Sleep(time.Second)
		path := "/api/v1/namespaces/team/pods/" + pod
		if phase := api.Text(p.get(path), "status", "phase"); phase != "Running" {
			t.Fatalf("it is %s", phase)
		}
		if err := p.client().MergePatch(context.Background(), path+"/status", api.Object{
			"status": api.Object{"phase": "Succeeded"},
		}); err != nil {
			t.Fatal(err)
		}
		p.await("/apis/batch/v1/namespaces/team/jobs/waiting", "complete Job", func(job api.Object) bool {
			return conditionOf(job, "Complete") == "True"
		})
	})

	t.Run("a pod that shall never be ready says why", func(t *testing.T) {
		p := p.in(t)
		for name, test := range map[string]struct{ image, outcome, reason string }{
			"never":          {"image", "never-ready", "ImagePullBackOff"},
			"never-by-image": {"registry.invalid/image:1", "", "ImagePullBackOff"},
			"crashing":       {"image", "fail", "CrashLoopBackOff"},
		} {
			p.apply(deployment("team", name, template(name, test.outcome, podSpec(test.image, "Always"))))
			p.await("/api/v1/namespaces/team/pods?labelSelector=app="+name, test.reason, func(list api.Object) bool {
				items, _ := list["items"].([]any)
				if len(items) != 1 {
					return false
				}
				statuses, _ := api.At(items[0].(api.Object), "status", "containerStatuses").([]any)
				return len(statuses) == 1 && api.Text(statuses[0].(api.Object), "state", "waiting", "reason") == test.reason
			})
		}
		// Whatever was going to become of them has become of them by now.
		time.Sleep(time.Second)
		for _, name := range []string{"never", "never-by-image", "crashing"} {
			if status := conditionOf(p.get("/apis/apps/v1/namespaces/team/deployments/"+name), "Available"); status != "False" {
				t.Errorf("%s: Available is %q", name, status)
			}
		}
	})

	t.Run("a StatefulSet is ready, and a namespace goes with all that is in it", func(t *testing.T) {
		p := p.in(t)
		p.apply(object("apps/v1", "StatefulSet", "team", "set", api.Object{"spec": api.Object{
			"replicas": 2, "serviceName": "set", "selector": api.Object{"matchLabels": api.Object{"app": "set"}},
			"template": template("set", "", podSpec("image", "Always")),
		}}))
		p.await("/apis/apps/v1/namespaces/team/statefulsets/set", "two ready replicas", func(set api.Object) bool {
			return api.At(set, "status", "readyReplicas") == float64(2)
		})
		if err := p.client().Delete(context.Background(), "/api/v1/namespaces/team"); err != nil {
			t.Fatal(err)
		}
		p.awaitGone("/api/v1/namespaces/team")
	})
}
