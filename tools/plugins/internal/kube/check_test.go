package kube

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

const configMapType = "kubernetes:core/v1:ConfigMap"

func check(t *testing.T, request *pulumirpc.CheckRequest) (resource.PropertyMap, error) {
	t.Helper()
	response, err := serving(t).Check(context.Background(), request)
	if err != nil {
		return nil, err
	}
	return unmarshalled(t, response.GetInputs()), nil
}

func TestNames(t *testing.T) {
	type options = pulumirpc.CheckRequest_AutonamingOptions
	const (
		unnamed = `{ apiVersion: v1, kind: ConfigMap, metadata: { namespace: ns } }`
		named   = `{ apiVersion: v1, kind: ConfigMap, metadata: { namespace: ns, name: mine } }`
		before  = `{ apiVersion: v1, kind: ConfigMap, metadata: { namespace: ns, name: x-01234567, annotations: { pulumi.com/autonamed: "true" } } }`
	)
	for name, test := range map[string]struct {
		news, olds string
		options    *options
		matches    string
		auto       bool
	}{
		"of the program's choice":            {named, "", nil, `^mine$`, false},
		"generated":                          {unnamed, "", nil, `^x-[0-9a-f]{8}$`, true},
		"generated without metadata":         {`{ apiVersion: v1, kind: ConfigMap }`, "", nil, `^x-[0-9a-f]{8}$`, true},
		"kept":                               {unnamed, before, nil, `^x-01234567$`, true},
		"generated after one that was given": {unnamed, named, nil, `^x-[0-9a-f]{8}$`, true},
		"given after one that was generated": {named, before, nil, `^mine$`, false},
		"proposed by the engine": {unnamed, "",
			&options{Mode: pulumirpc.CheckRequest_AutonamingOptions_PROPOSE, ProposedName: "p"}, `^p$`, true},
		"enforced by the engine": {unnamed, "",
			&options{Mode: pulumirpc.CheckRequest_AutonamingOptions_ENFORCE, ProposedName: "e"}, `^e$`, true},
	} {
		t.Run(name, func(t *testing.T) {
			request := &pulumirpc.CheckRequest{
				Urn: urnOf(configMapType, "x"), News: marshalled(t, inputs(t, test.news)),
				RandomSeed: []byte("0123456789abcdef0123456789abcdef"), Autonaming: test.options,
			}
			if test.olds != "" {
				request.Olds = marshalled(t, inputs(t, test.olds))
			}
			checked, err := check(t, request)
			if err != nil {
				t.Fatal(err)
			}
			made := objectOf(checked)
			if !regexp.MustCompile(test.matches).MatchString(made.GetName()) || isOn(made, autonamed) != test.auto {
				t.Errorf("the name is %q, generated: %t", made.GetName(), isOn(made, autonamed))
			}
			again, err := check(t, request)
			if err != nil || objectOf(again).GetName() != made.GetName() {
				t.Errorf("with the same seed the name is %q and then %q", made.GetName(), objectOf(again).GetName())
			}
		})
	}
}

func TestUnknownNamesStayUnknown(t *testing.T) {
	for _, text := range []string{
		`{ apiVersion: v1, kind: ConfigMap, metadata: { namespace: UNKNOWN, name: UNKNOWN } }`,
		`{ apiVersion: v1, kind: ConfigMap, metadata: UNKNOWN }`,
	} {
		given := inputs(t, text)
		checked, err := check(t, &pulumirpc.CheckRequest{Urn: urnOf(configMapType, "x"), News: marshalled(t, given)})
		if err != nil || !checked.DeepEquals(given) {
			t.Errorf("%v became %v (%v)", given, checked, err)
		}
	}
}

func TestNamespaceIsTheDefaultOne(t *testing.T) {
	for text, namespace := range map[string]string{
		`{ apiVersion: v1, kind: ConfigMap, metadata: { name: a } }`:                "default",
		`{ apiVersion: v1, kind: ConfigMap, metadata: { name: a, namespace: ns } }`: "ns",
		`{ apiVersion: v1, kind: Namespace, metadata: { name: a } }`:                "",
		`{ apiVersion: test.example/v1, kind: Widget, metadata: { name: a } }`:      "default",
	} {
		checked, err := check(t, &pulumirpc.CheckRequest{
			Urn: urnOf("kubernetes:x/v1:X", "x"), News: marshalled(t, inputs(t, text))})
		if err != nil || objectOf(checked).GetNamespace() != namespace {
			t.Errorf("the namespace of %s is %q (%v)", text, objectOf(checked).GetNamespace(), err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		token, inputs string
		options       *pulumirpc.CheckRequest_AutonamingOptions
		says          string
	}{
		"generateName": {configMapType, `{ apiVersion: v1, kind: ConfigMap, metadata: { generateName: a- } }`, nil, "generateName"},
		"a nameless patch": {"kubernetes:core/v1:ConfigMapPatch", `{ apiVersion: v1, kind: ConfigMap, metadata: {} }`, nil,
			"metadata.name"},
		"no name without auto-naming": {configMapType, `{ apiVersion: v1, kind: ConfigMap, metadata: {} }`,
			&pulumirpc.CheckRequest_AutonamingOptions{Mode: pulumirpc.CheckRequest_AutonamingOptions_DISABLE}, "auto-naming"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := check(t, &pulumirpc.CheckRequest{
				Urn: urnOf(test.token, "x"), News: marshalled(t, inputs(t, test.inputs)), Autonaming: test.options})
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestContentsOfSecretsAreSecret(t *testing.T) {
	checked, err := check(t, &pulumirpc.CheckRequest{
		Urn:  urnOf("kubernetes:core/v1:Secret", "x"),
		News: marshalled(t, inputs(t, `{ apiVersion: v1, kind: Secret, metadata: { name: a }, stringData: { a: b } }`)),
	})
	if err != nil || !checked["data"].IsSecret() || checked["stringData"].HasValue() {
		t.Errorf("the inputs are %v (%v)", checked, err)
	}
}

func TestSecretsStaySecretWhereverTheyStand(t *testing.T) {
	given := inputs(t, `{ apiVersion: v1, kind: ConfigMap, metadata: { name: a }, data: { open: o, closed: c } }`)
	given["data"].ObjectValue()["closed"] = resource.MakeSecret(resource.NewStringProperty("c"))
	checked, err := check(t, &pulumirpc.CheckRequest{Urn: urnOf(configMapType, "x"), News: marshalled(t, given)})
	if err != nil {
		t.Fatal(err)
	}
	data := checked["data"].ObjectValue()
	if !data["closed"].IsSecret() || data["open"].IsSecret() {
		t.Errorf("the data are %v", data)
	}
}
