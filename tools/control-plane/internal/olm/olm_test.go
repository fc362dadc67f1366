package olm

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mlops-platform/control-plane/internal/api"
)

func TestAutomaticApprovalInstallsAndGoesOnToTheNewest(t *testing.T) {
	p := newPlane(t, "own")
	p.subscribe("own", Serverless, "stable-1.37", "serverless-operator.v1.37.1", "Automatic")
	p.settle()
	status := p.status("own", Serverless)
	const newest = "serverless-operator.v1.37.99"
	if status["state"] != atLatest || status["installedCSV"] != newest || status["currentCSV"] != newest {
		t.Errorf("the Subscription is %v", status)
	}
	if p.phase("own", newest) != succeeded || p.find("ClusterServiceVersion", "own", "serverless-operator.v1.37.1") != nil {
		t.Errorf("the versions are %v", p.objects)
	}
	if want := "knativeservings.operator.knative.dev"; !slices.Contains(p.defined, want) {
		t.Errorf("it brought %v", p.defined)
	}
	before := p.statuses
	p.settle()
	if p.statuses != before {
		t.Error("it writes again what is written")
	}
}

func TestManualApprovalWaitsAndLeavesTheUpgradeWaiting(t *testing.T) {
	p := newPlane(t, "own")
	const pinned = "rhods-operator.2.25.11"
	p.subscribe("own", OpenShiftAI, "eus-2.25", pinned, manual)
	p.settle()
	if condition := p.condition("own", OpenShiftAI, "InstallPlanPending"); condition["reason"] != requiresApproval {
		t.Errorf("it says %v", condition)
	}
	if p.phase("own", pinned) != "" || len(p.defined) > 0 {
		t.Error("it is installed before anyone has approved it")
	}
	first := p.plan("own", OpenShiftAI)
	approve(first)
	p.settle()
	if p.phase("own", pinned) != succeeded || api.Text(first, "status", "phase") != complete {
		t.Errorf("the version is %s, its plan %v", p.phase("own", pinned), first["status"])
	}
	upgrade := p.plan("own", OpenShiftAI)
	if versions := api.At(upgrade, "spec", "clusterServiceVersionNames"); fmt.Sprint(versions) != "[rhods-operator.2.25.99]" ||
		api.At(upgrade, "spec", "approved") != false {
		t.Errorf("the upgrade is %v", upgrade["spec"])
	}
	if status := p.status("own", OpenShiftAI); status["installedCSV"] != pinned || status["state"] != pending {
		t.Errorf("the Subscription is %v", status)
	}
}

func TestOneManualSubscriptionMakesEveryPlanOfTheNamespaceManual(t *testing.T) {
	p := newPlane(t, "shared")
	const mesh, pipelines = "servicemeshoperator.v2.6.17", "openshift-pipelines-operator-rh.v1.22.5"
	p.subscribe("shared", ServiceMesh, "stable", mesh, manual)
	p.settle()
	p.subscribe("shared", Pipelines, "pipelines-1.22", pipelines, "Automatic")
	p.settle()
	second := p.plan("shared", Pipelines)
	versions := api.At(second, "spec", "clusterServiceVersionNames")
	if api.At(second, "spec", "approval") != manual || fmt.Sprint(versions) != fmt.Sprintf("[%s %s]", pipelines, mesh) {
		t.Errorf("the plan is %v", second["spec"])
	}
	approve(second)
	p.settle()
	if p.phase("shared", mesh) != succeeded || p.phase("shared", pipelines) != succeeded {
		t.Error("what the plan lists is not installed")
	}
}

func TestASubscriptionThatCannotBeResolvedHoldsUpItsNeighbours(t *testing.T) {
	for problem, spec := range map[string][3]string{
		"no operators found in channel typo of package serverless-operator":                             {Serverless, "typo", ""},
		"no operators found with name serverless-operator.v1.1.0 in channel stable-1.37":                {Serverless, "stable-1.37", "serverless-operator.v1.1.0"},
		"no operators found in package nothing in the catalog referenced by subscription nothing":       {"nothing", "stable", ""},
		"no operators found in package openshift-pipelines-operator-rh in the catalog referenced by it": {Pipelines, "latest", ""},
	} {
		p := newPlane(t, "shared")
		p.asked[Pipelines] = "not-in-catalog"
		p.subscribe("shared", spec[0], spec[1], spec[2], "Automatic")
		p.subscribe("shared", ServiceMesh, "stable", "", "Automatic")
		p.settle()
		problem, _, _ = strings.Cut(problem, " by it")
		for _, name := range []string{spec[0], ServiceMesh} {
			condition := p.condition("shared", name, "ResolutionFailed")
			if condition["reason"] != "ConstraintsNotSatisfiable" || !strings.Contains(text(condition["message"]), problem) {
				t.Errorf("%s says %v, not: %s", name, condition, problem)
			}
		}
		if p.made != 4 {
			t.Error("something was planned")
		}
	}
}

func TestACatalogThatIsMissingIsUnhealthy(t *testing.T) {
	p := newPlane(t, "own")
	delete(p.objects, key(api.Object{"apiVersion": "operators.coreos.com/v1alpha1", "kind": "CatalogSource",
		"metadata": api.Object{"namespace": catalogNamespace, "name": "redhat-operators"}}))
	p.subscribe("own", Serverless, "stable", "", "Automatic")
	p.settle()
	if c := p.condition("own", Serverless, "CatalogSourcesUnhealthy"); c["status"] != "True" ||
		c["message"] != "targeted catalogsource openshift-marketplace/redhat-operators missing" {
		t.Errorf("it says %v", c)
	}
	p.add("v1alpha1", "CatalogSource", catalogNamespace, "redhat-operators", api.Object{})
	p.settle()
	if c := p.condition("own", Serverless, "CatalogSourcesUnhealthy"); c["status"] != "False" {
		t.Errorf("it says %v", c)
	}
	if p.condition("own", Serverless, "ResolutionFailed") != nil || p.status("own", Serverless)["state"] != atLatest {
		t.Errorf("the Subscription is %v", p.status("own", Serverless))
	}
}

func TestANewSubscriptionTripsOverTheVersionThatAnotherLeftBehind(t *testing.T) {
	p := newPlane(t, "own")
	p.subscribe("own", Serverless, "stable", "", "Automatic")
	p.settle()
	delete(p.objects, key(p.find("Subscription", "own", Serverless)))
	p.settle()
	const left = "serverless-operator.v1.99.0"
	if p.phase("own", left) != succeeded {
		t.Fatal("the version went with its Subscription")
	}
	p.subscribe("own", Serverless, "stable", "", "Automatic")
	p.settle()
	message := text(p.condition("own", Serverless, "ResolutionFailed")["message"])
	if !strings.Contains(message, "clusterserviceversion "+left+" exists and is not referenced by a subscription") {
		t.Errorf("it says %q", message)
	}
}

func TestAPlanThatIsDeletedIsMadeAgain(t *testing.T) {
	p := newPlane(t, "own")
	p.subscribe("own", Serverless, "stable", "", manual)
	p.settle()
	first := p.plan("own", Serverless)
	delete(p.objects, key(first))
	p.settle()
	if second := p.plan("own", Serverless); second == nil || api.Text(second, "status", "phase") != requiresApproval ||
		p.condition("own", Serverless, "InstallPlanMissing") != nil {
		t.Errorf("the Subscription is %v", p.status("own", Serverless))
	}
}

func TestOperatorsFareAsTheConfigMapSays(t *testing.T) {
	const version = "serverless-operator.v1.99.0"
	for value, want := range map[string]phase{
		"never":     {installing, "InstallWaiting", "not available"},
		"csv-fails": {failed, "InstallCheckFailed", "exceeded its progress deadline"},
		"after 90s": {installing, "InstallWaiting", "not available"},
		"later":     {failed, "InstallCheckFailed", `the ConfigMap openshift-marketplace/simulated-catalog says "later"`},
	} {
		p := newPlane(t, "own")
		p.asked[Serverless] = value
		p.subscribe("own", Serverless, "stable", "", "Automatic")
		wake := p.settle()
		status := statusOf(p.find("ClusterServiceVersion", "own", version))
		if status["phase"] != want.name || status["reason"] != want.reason || !strings.Contains(text(status["message"]), want.message) {
			t.Errorf("%s: the version is %v", value, status)
		}
		if p.status("own", Serverless)["state"] != atLatest {
			t.Errorf("%s: a version that is there is the latest, whether or not it works", value)
		}
		if isTimed := value == "after 90s"; isTimed != (wake == 90*time.Second) {
			t.Errorf("%s: it looks again after %v", value, wake)
		}
		if value == "after 90s" {
			p.memory.now = p.memory.now.Add(90 * time.Second)
		} else {
			delete(p.asked, Serverless)
		}
		p.settle()
		if p.phase("own", version) != succeeded {
			t.Errorf("%s: in the end it is %s", value, p.phase("own", version))
		}
	}
}

func TestTheOperatorGroupHasToSuit(t *testing.T) {
	for operator, want := range map[string]string{ServiceMesh: "UnsupportedOperatorGroup", CertManager: "InstallSucceeded"} {
		p := newPlane(t)
		p.subscribe("own", operator, "", "", "Automatic")
		p.settle()
		if c := p.condition("own", operator, "ResolutionFailed"); c["reason"] != "ErrorPreventedResolution" {
			t.Errorf("without a group it says %v", c)
		}
		p.add("v1", "OperatorGroup", "own", "group", api.Object{"targetNamespaces": []any{"own"}})
		p.settle()
		version := p.find("ClusterServiceVersion", "own", text(p.status("own", operator)["installedCSV"]))
		if reason := api.Text(version, "status", "reason"); reason != want {
			t.Errorf("%s: the reason is %s", operator, reason)
		}
	}
}

func TestOpenShiftAIStartsWithADSCInitializationUnlessItIsToldNotTo(t *testing.T) {
	for value, want := range map[string]int{"": 1, "false": 1, "true": 0} {
		p := newPlane(t, "own")
		p.subscribe("own", OpenShiftAI, "stable-3.4", "rhods-operator.3.4.4", manual)
		if value != "" {
			p.find("Subscription", "own", OpenShiftAI)["spec"].(api.Object)["config"] = api.Object{
				"env": []any{api.Object{"name": "DISABLE_DSC_CONFIG", "value": value}},
			}
		}
		p.settle()
		approve(p.plan("own", OpenShiftAI))
		p.settle()
		found, _ := p.list(context.Background(), "dscinitialization.opendatahub.io/v2/dscinitializations")
		if len(found) != want {
			t.Errorf("with %q there are %d", value, len(found))
		}
	}
}

func TestOpenShiftAITwoBringsTheFirstVersionOfItsKindsAlone(t *testing.T) {
	p := newPlane(t)
	for version, want := range map[string]string{"rhods-operator.2.25.11": "[v1 true]", "rhods-operator.3.4.4": "[v1 false][v2 true]"} {
		for _, definition := range operatorNamed(OpenShiftAI).definitions(p.manager.definitions, version) {
			got := ""
			for _, item := range api.At(definition, "spec", "versions").([]any) {
				got += fmt.Sprintf("[%v %v]", item.(api.Object)["name"], item.(api.Object)["storage"])
			}
			if got != want {
				t.Errorf("%s brings %s", version, got)
			}
		}
	}
}

func TestAClusterWithoutOLMIsLeftAlone(t *testing.T) {
	p := newPlane(t)
	p.absent = "operators.coreos.com/v1alpha1/subscriptions"
	if _, _, err := p.manager.step(context.Background()); err != errAbsent {
		t.Errorf("it says %v", err)
	}
}

func TestVersionsAreComparedByTheirNumbers(t *testing.T) {
	if !newer("a.v1.10.0", "a.v1.9.9") || newer("a.v1.9.0", "a.v1.9.0") || newer("a.v2.6.1", "a.v2.6.11-0.3") {
		t.Error("their texts are compared")
	}
}
