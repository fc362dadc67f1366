package main

// What OpenShift has besides: its kinds, and operators that come when somebody subscribes to them.

import (
	"strings"
	"testing"
	"time"

	"mlops-platform/control-plane/internal/api"
)

const (
	clusters        = "/apis/datasciencecluster.opendatahub.io/v1/datascienceclusters"
	initializations = "/apis/dscinitialization.opendatahub.io/v1/dscinitializations"
)

func TestOpenShiftHasItsKindsAndGetsThoseOfOperatorsWithThem(t *testing.T) {
	p := newPlane(t)
	p.must("start", "--target", "openshift")

	t.Run("it starts without what operators bring", func(t *testing.T) {
		p := p.in(t)
		for _, path := range []string{
			"/apis/operators.coreos.com/v1alpha1/subscriptions", "/apis/monitoring.coreos.com/v1/servicemonitors",
			"/apis/gateway.networking.k8s.io/v1/httproutes", "/apis/route.openshift.io/v1/routes",
		} {
			p.get(path)
		}
		for _, path := range []string{
			clusters, initializations, "/apis/serving.kserve.io/v1beta1/inferenceservices",
			"/apis/cert-manager.io/v1/certificates", "/apis/operator.knative.dev/v1beta1/knativeservings",
			"/apis/maistra.io/v2/servicemeshcontrolplanes", "/apis/operator.tekton.dev/v1alpha1/tektonconfigs",
		} {
			if p.knows(path) {
				t.Errorf("%s is served", path)
			}
		}
		ingress := p.get("/apis/config.openshift.io/v1/ingresses/cluster")
		if domain := api.Text(ingress, "spec", "domain"); domain != "apps.example.com" {
			t.Errorf("the domain for Routes is %q", domain)
		}
		p.await(subscriptions+"openshift-marketplace/catalogsources/redhat-operators", "catalog", func(source api.Object) bool {
			return api.Text(source, "status", "connectionState", "lastObservedState") == "READY"
		})
	})

	t.Run("a Route is admitted", func(t *testing.T) {
		p := p.in(t)
		p.apply(object("route.openshift.io/v1", "Route", "default", "web", api.Object{"spec": api.Object{
			"host": "web.example.com", "to": api.Object{"kind": "Service", "name": "web"},
		}}))
		p.await("/apis/route.openshift.io/v1/namespaces/default/routes/web", "admission", func(route api.Object) bool {
			ingresses, _ := api.At(route, "status", "ingress").([]any)
			return len(ingresses) == 1
		})
	})

	t.Run("manual approval installs the pinned version, and leaves its upgrade waiting", func(t *testing.T) {
		p := p.in(t)
		const namespace, name, pinned = "redhat-ods-operator", "rhods-operator", "rhods-operator.2.25.0"
		p.ownNamespace(namespace)
		p.apply(subscription(namespace, name, "eus-2.25", pinned, "Manual"))
		plan := p.plan(namespace, name)
		names, _ := api.At(plan, "spec", "clusterServiceVersionNames").([]any)
		if len(names) != 1 || names[0] != pinned || api.At(plan, "spec", "approved") != false {
			t.Fatalf("the InstallPlan is %v", plan["spec"])
		}
		p.awaitSubscription(namespace, name, "pending plan", func(status api.Object) bool {
			return conditionText(api.Object{"status": status}, "InstallPlanPending", "reason") == "RequiresApproval" &&
				status["state"] == "UpgradePending" && status["currentCSV"] == pinned && status["installedCSV"] == nil
		})
		if p.knows(clusters) {
			t.Error("its kinds are served before anyone has approved it")
		}
		p.approve(plan)
		p.awaitVersion(namespace, pinned, "Succeeded", "InstallSucceeded")
		p.awaitServed(clusters)
		if p.knows("/apis/datasciencecluster.opendatahub.io/v2/datascienceclusters") {
			t.Error("2.25 serves the v2 of DataScienceClusters")
		}
		if p.knows(initializations + "/default-dsci") {
			t.Error("there is a DSCInitialization although DISABLE_DSC_CONFIG is set")
		}
		p.awaitSubscription(namespace, name, "upgrade", func(status api.Object) bool {
			return status["installedCSV"] == pinned && status["currentCSV"] == "rhods-operator.2.25.99" &&
				status["state"] == "UpgradePending"
		})
		if upgrade := p.plan(namespace, name); api.At(upgrade, "spec", "approved") != false {
			t.Errorf("the upgrade is approved: %v", upgrade["spec"])
		}
		if done := p.get(subscriptions + namespace + "/installplans/" + api.Text(plan, "metadata", "name")); api.Text(
			done, "status", "phase") != "Complete" {
			t.Errorf("the plan is %v", done["status"])
		}
	})

	t.Run("what OpenShift AI sets up has its order, and brings kinds in its turn", func(t *testing.T) {
		p := p.in(t)
		initialization := object("dscinitialization.opendatahub.io/v1", "DSCInitialization", "", "default-dsci",
			api.Object{"spec": api.Object{"applicationsNamespace": "redhat-ods-applications"}})
		component := func(more api.Object) api.Object {
			state := api.Object{"managementState": "Managed"}
			for key, value := range more {
				state[key] = value
			}
			return state
		}
		p.apply(object("datasciencecluster.opendatahub.io/v1", "DataScienceCluster", "", "default-dsc", api.Object{
			"spec": api.Object{"components": api.Object{
				"kserve":        component(api.Object{"serving": component(nil)}),
				"modelregistry": component(api.Object{"registriesNamespace": "default"}),
				"ray":           api.Object{"managementState": "Removed"},
			}},
		}))
		p.await(clusters+"/default-dsc", "complaint about the missing DSCInitialization", func(cluster api.Object) bool {
			return conditionText(cluster, "Ready", "status") == "False" && api.Text(cluster, "status", "phase") == "Not Ready"
		})
		p.apply(initialization)
		p.await(initializations+"/default-dsci", "ready DSCInitialization", func(initialization api.Object) bool {
			return api.Text(initialization, "status", "phase") == "Ready"
		})
		p.await(clusters+"/default-dsc", "complaint about Serverless", func(cluster api.Object) bool {
			return strings.Contains(conditionText(cluster, "KserveReady", "message"), "ServiceMesh needs to be set")
		})
		p.apply(object("datasciencecluster.opendatahub.io/v1", "DataScienceCluster", "", "default-dsc", api.Object{
			"spec": api.Object{"components": api.Object{
				"kserve":        component(api.Object{"serving": api.Object{"managementState": "Removed"}}),
				"modelregistry": component(api.Object{"registriesNamespace": "default"}),
			}},
		}))
		p.await(clusters+"/default-dsc", "ready DataScienceCluster", func(cluster api.Object) bool {
			return conditionOf(cluster, "Ready") == "True" && conditionOf(cluster, "ModelRegistryReady") == "True" &&
				api.Text(cluster, "status", "phase") == "Ready"
		})

		p.apply(object("v1", "Namespace", "", "elsewhere", nil))
		registry := func(namespace, name string, annotations api.Object) api.Object {
			registry := object("modelregistry.opendatahub.io/v1beta1", "ModelRegistry", namespace, name, api.Object{
				"spec": api.Object{"rest": api.Object{}},
			})
			registry["metadata"].(api.Object)["annotations"] = annotations
			return registry
		}
		never := api.Object{"control-plane.mlops-platform/outcome": "never-ready"}
		p.apply(registry("default", "good", nil), registry("default", "bad", never), registry("elsewhere", "lost", nil))
		path := "/apis/modelregistry.opendatahub.io/v1beta1/namespaces/"
		for name, status := range map[string]string{"good": "True", "bad": "False"} {
			p.await(path+"default/modelregistries/"+name, "Available "+status, func(registry api.Object) bool {
				return conditionOf(registry, "Available") == status
			})
		}
		if lost := p.get(path + "elsewhere/modelregistries/lost"); lost["status"] != nil {
			t.Errorf("a ModelRegistry outside of the namespace for them is %v", lost["status"])
		}
	})

	t.Run("an InferenceService is ready with its runtime", func(t *testing.T) {
		p := p.in(t)
		p.apply(object("serving.kserve.io/v1beta1", "InferenceService", "default", "model", api.Object{
			"spec": api.Object{"predictor": api.Object{"model": api.Object{
				"modelFormat": api.Object{"name": "onnx"}, "runtime": "triton",
			}}},
		}))
		path := "/apis/serving.kserve.io/v1beta1/namespaces/default/inferenceservices/model"
		p.await(path, "complaint about the runtime", func(service api.Object) bool {
			return api.Text(service, "status", "modelStatus", "lastFailureInfo", "reason") == "RuntimeNotRecognized"
		})
		p.apply(object("serving.kserve.io/v1alpha1", "ServingRuntime", "default", "triton", api.Object{
			"spec": api.Object{"containers": []any{api.Object{"name": "kserve-container", "image": "triton"}}},
		}))
		p.await(path, "ready InferenceService", func(service api.Object) bool {
			return conditionOf(service, "Ready") == "True" &&
				api.Text(service, "status", "url") == "http://model-predictor.default.svc.cluster.local" &&
				api.At(service, "status", "modelStatus", "lastFailureInfo") == nil
		})
		p.expectAvailable("model-predictor")

		p.apply(object("serving.kserve.io/v1alpha1", "ServingRuntime", "default", "triton", api.Object{
			"spec": api.Object{"containers": []any{api.Object{"name": "kserve-container", "image": "registry.invalid/triton"}}},
		}))
		p.apply(object("serving.kserve.io/v1beta1", "InferenceService", "default", "model", api.Object{
			"metadata": api.Object{"namespace": "default", "name": "model", "labels": api.Object{"changed": "yes"}},
			"spec": api.Object{"predictor": api.Object{"minReplicas": 2, "model": api.Object{
				"modelFormat": api.Object{"name": "onnx"}, "runtime": "triton",
			}}},
		}))
		p.await(path, "complaint about its pods", func(service api.Object) bool {
			return conditionText(service, "Ready", "reason") == "MinimumReplicasUnavailable"
		})
		p.remove(path)
		p.awaitGone("/apis/apps/v1/namespaces/default/deployments/model-predictor")
	})

	t.Run("a DSCInitialization stays as long as there is a DataScienceCluster", func(t *testing.T) {
		p := p.in(t)
		p.remove(initializations + "/default-dsci")
		time.Sleep(3 * time.Second)
		if !p.knows(initializations + "/default-dsci") {
			t.Error("it is gone")
		}
		p.remove(clusters + "/default-dsc")
		p.awaitGone(initializations + "/default-dsci")
	})

	t.Run("a namespace is resolved as a whole, and automatic approval goes past what is pinned", func(t *testing.T) {
		p := p.in(t)
		const namespace = "openshift-operators"
		p.apply(subscription(namespace, "serverless-operator", "stable", "serverless-operator.v1.36.0", "Automatic"))
		p.awaitVersion(namespace, "serverless-operator.v1.99.0", "Succeeded", "InstallSucceeded")
		p.awaitGone(subscriptions + namespace + "/clusterserviceversions/serverless-operator.v1.36.0")
		p.awaitServed("/apis/operator.knative.dev/v1beta1/knativeservings")

		p.apply(subscription(namespace, "servicemeshoperator", "typo", "", "Automatic"))
		for _, name := range []string{"servicemeshoperator", "serverless-operator"} {
			p.awaitSubscription(namespace, name, "complaint about the channel", func(status api.Object) bool {
				object := api.Object{"status": status}
				return conditionText(object, "ResolutionFailed", "reason") == "ConstraintsNotSatisfiable" &&
					strings.Contains(conditionText(object, "ResolutionFailed", "message"),
						"no operators found in channel typo of package servicemeshoperator")
			})
		}
		p.apply(subscription(namespace, "servicemeshoperator", "stable", "", "Automatic"))
		p.awaitVersion(namespace, "servicemeshoperator.v2.99.0", "Succeeded", "InstallSucceeded")
		p.awaitSubscription(namespace, "serverless-operator", "resolution", func(status api.Object) bool {
			return conditionText(api.Object{"status": status}, "ResolutionFailed", "status") == ""
		})
	})

	t.Run("a deleted Subscription leaves its version and its kinds behind, which another one trips over", func(t *testing.T) {
		p := p.in(t)
		const namespace, name = "openshift-operators", "serverless-operator"
		p.remove(subscriptions + namespace + "/subscriptions/" + name)
		p.awaitGone(subscriptions + namespace + "/subscriptions/" + name)
		p.awaitVersion(namespace, "serverless-operator.v1.99.0", "Succeeded", "InstallSucceeded")
		p.apply(subscription(namespace, name, "stable", "", "Automatic"))
		p.awaitSubscription(namespace, name, "complaint about the version", func(status api.Object) bool {
			return strings.Contains(conditionText(api.Object{"status": status}, "ResolutionFailed", "message"),
				"clusterserviceversion serverless-operator.v1.99.0 exists and is not referenced by a subscription")
		})
		p.remove(subscriptions + namespace + "/clusterserviceversions/serverless-operator.v1.99.0")
		p.awaitVersion(namespace, "serverless-operator.v1.99.0", "Succeeded", "InstallSucceeded")
	})

	t.Run("operators take their time, or fail, as the ConfigMap says", func(t *testing.T) {
		p := p.in(t)
		const namespace, name, version = "pipelines", "openshift-pipelines-operator-rh", "openshift-pipelines-operator-rh.v1.20.0"
		p.outcome(name, "not-in-catalog")
		p.ownNamespace(namespace)
		p.apply(subscription(namespace, name, "latest", version, "Automatic"))
		p.awaitSubscription(namespace, name, "complaint about the catalog", func(status api.Object) bool {
			return strings.Contains(conditionText(api.Object{"status": status}, "ResolutionFailed", "message"),
				"no operators found in package "+name)
		})
		p.outcome(name, "never")
		p.awaitVersion(namespace, version, "Installing", "InstallWaiting")
		p.outcome(name, "csv-fails")
		p.awaitVersion(namespace, version, "Failed", "InstallCheckFailed")
		p.outcome(name, "after 10m")
		p.awaitVersion(namespace, version, "Installing", "InstallWaiting")
		p.outcome(name, "soon")
		p.awaitVersion(namespace, version, "Failed", "InstallCheckFailed")
		p.outcome(name, nil)
		p.awaitVersion(namespace, "openshift-pipelines-operator-rh.v1.99.0", "Succeeded", "InstallSucceeded")
	})

	t.Run("an OperatorGroup has to suit its operator", func(t *testing.T) {
		p := p.in(t)
		p.apply(object("v1", "Namespace", "", "mesh", nil))
		p.apply(subscription("mesh", "servicemeshoperator", "stable", "", "Automatic"))
		p.awaitSubscription("mesh", "servicemeshoperator", "complaint about the group", func(status api.Object) bool {
			return conditionText(api.Object{"status": status}, "ResolutionFailed", "message") ==
				"expected 1 OperatorGroup in the namespace, found 0"
		})
		p.ownNamespace("mesh", "mesh")
		p.awaitVersion("mesh", "servicemeshoperator.v2.99.0", "Failed", "UnsupportedOperatorGroup")
		p.ownNamespace("cert-manager-operator", "cert-manager-operator")
		p.apply(subscription("cert-manager-operator", "openshift-cert-manager-operator", "stable-v1", "", "Automatic"))
		p.awaitVersion("cert-manager-operator", "cert-manager-operator.v1.99.0", "Succeeded", "InstallSucceeded")
	})

	t.Run("certificates are issued once cert-manager is there", func(t *testing.T) {
		p := p.in(t)
		p.apply(object("cert-manager.io/v1", "Certificate", "default", "web", api.Object{"spec": api.Object{
			"secretName": "web-tls", "dnsNames": []any{"web.example.com"}, "issuerRef": api.Object{"name": "any"},
		}}))
		p.await("/apis/cert-manager.io/v1/namespaces/default/certificates/web", "Ready", func(certificate api.Object) bool {
			return conditionOf(certificate, "Ready") == "True"
		})
		if kind := api.Text(p.get("/api/v1/namespaces/default/secrets/web-tls"), "type"); kind != "kubernetes.io/tls" {
			t.Errorf("the Secret is of type %q", kind)
		}
	})

	t.Run("another start finds all of it in order", func(t *testing.T) {
		p := p.in(t)
		before := p.processes()
		p.must("start", "--target", "openshift")
		for name, pid := range p.processes() {
			if before[name] != pid {
				t.Errorf("%s was process %d and is %d", name, before[name], pid)
			}
		}
		p.must("status")
	})
}
