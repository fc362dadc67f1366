package main

// Subscribing to operators, and looking at what becomes of it.

import (
	"context"

	"mlops-platform/control-plane/internal/api"
)

const subscriptions = "/apis/operators.coreos.com/v1alpha1/namespaces/"

// subscription pins a version.
func subscription(namespace, name, channel, version, approval string) api.Object {
	return object("operators.coreos.com/v1alpha1", "Subscription", namespace, name, api.Object{"spec": api.Object{
		"name": name, "channel": channel, "source": "redhat-operators", "sourceNamespace": "openshift-marketplace",
		"startingCSV": version, "installPlanApproval": approval,
		"config": api.Object{"env": []any{api.Object{"name": "DISABLE_DSC_CONFIG", "value": "true"}}},
	}})
}

// ownNamespace is where an operator is alone; with targets, its OperatorGroup watches only those.
func (p testPlane) ownNamespace(name string, targets ...any) {
	p.t.Helper()
	p.apply(object("v1", "Namespace", "", name, nil))
	p.apply(object("operators.coreos.com/v1", "OperatorGroup", name, "operators", api.Object{
		"spec": api.Object{"targetNamespaces": append([]any{}, targets...)},
	}))
}

func (p testPlane) outcome(operator string, value any) {
	p.t.Helper()
	p.apply(object("v1", "ConfigMap", "openshift-marketplace", "simulated-catalog", api.Object{
		"data": api.Object{operator: value},
	}))
}

func (p testPlane) awaitVersion(namespace, name, phase, reason string) {
	p.t.Helper()
	p.await(subscriptions+namespace+"/clusterserviceversions/"+name, phase+" version", func(version api.Object) bool {
		return api.Text(version, "status", "phase") == phase && api.Text(version, "status", "reason") == reason
	})
}

func (p testPlane) awaitSubscription(namespace, name, what string, done func(status api.Object) bool) {
	p.t.Helper()
	p.await(subscriptions+namespace+"/subscriptions/"+name, what, func(subscription api.Object) bool {
		status, _ := subscription["status"].(api.Object)
		return done(status)
	})
}

// plan reads the InstallPlan that a Subscription names.
func (p testPlane) plan(namespace, subscription string) api.Object {
	p.t.Helper()
	p.awaitSubscription(namespace, subscription, "InstallPlan", func(status api.Object) bool {
		return api.Text(status, "installPlanRef", "name") != ""
	})
	status := p.get(subscriptions + namespace + "/subscriptions/" + subscription)
	return p.get(subscriptions + namespace + "/installplans/" + api.Text(status, "status", "installPlanRef", "name"))
}

func (p testPlane) approve(plan api.Object) {
	p.t.Helper()
	path := subscriptions + api.Text(plan, "metadata", "namespace") + "/installplans/" + api.Text(plan, "metadata", "name")
	if err := p.client().MergePatch(context.Background(), path, api.Object{"spec": api.Object{"approved": true}}); err != nil {
		p.t.Fatal(err)
	}
}

func (p testPlane) knows(path string) bool {
	p.t.Helper()
	err := p.client().Get(context.Background(), path, nil)
	if err != nil && !api.NotFound(err) {
		p.t.Fatal(err)
	}
	return err == nil
}

// awaitServed waits for a kind whose definition is there: its storage is made a moment later.
func (p testPlane) awaitServed(path string) {
	p.t.Helper()
	p.await(path, "such kind", func(api.Object) bool { return true })
}

func (p testPlane) remove(path string) {
	p.t.Helper()
	if err := p.client().Delete(context.Background(), path); err != nil {
		p.t.Fatal(err)
	}
}

func conditionText(object api.Object, kind, field string) string {
	conditions, _ := api.At(object, "status", "conditions").([]any)
	for _, item := range conditions {
		if condition := item.(api.Object); condition["type"] == kind {
			return api.Text(condition, field)
		}
	}
	return ""
}
