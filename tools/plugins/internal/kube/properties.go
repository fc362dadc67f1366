package kube

import (
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// What the engine keeps for each object, in the format of the official provider, so that a stack can change between
// the two: the live object at the top level, and these beside it.
const (
	inputsKey     = "__inputs"
	apiVersionKey = "__initialApiVersion"
	managerKey    = "__fieldManager"
)

var marshalling = rpc.MarshalOptions{KeepUnknowns: true, KeepSecrets: true}

// dashed are the fields of schemas in CustomResourceDefinitions that have other names in SDKs.
var dashed = map[string]string{
	"x_kubernetes_embedded_resource":       "x-kubernetes-embedded-resource",
	"x_kubernetes_int_or_string":           "x-kubernetes-int-or-string",
	"x_kubernetes_list_map_keys":           "x-kubernetes-list-map-keys",
	"x_kubernetes_list_type":               "x-kubernetes-list-type",
	"x_kubernetes_map_type":                "x-kubernetes-map-type",
	"x_kubernetes_preserve_unknown_fields": "x-kubernetes-preserve-unknown-fields",
	"x_kubernetes_validations":             "x-kubernetes-validations",
}

var underscored = func() map[string]string {
	inverse := map[string]string{}
	for underscore, dash := range dashed {
		inverse[dash] = underscore
	}
	return inverse
}()

// objectOf is the Kubernetes object in properties: without the marks of secrets, with unknown values as
// resource.Computed.
func objectOf(properties resource.PropertyMap) *unstructured.Unstructured {
	fields := properties.MapRepl(
		func(key string) (string, bool) { dash, found := dashed[key]; return dash, found },
		stripSecret,
	)
	return &unstructured.Unstructured{Object: fields}
}

func stripSecret(value resource.PropertyValue) (any, bool) {
	if !value.IsSecret() {
		return nil, false
	}
	return value.SecretValue().Element.MapRepl(
		func(key string) (string, bool) { dash, found := dashed[key]; return dash, found }, stripSecret), true
}

func propertiesOf(object *unstructured.Unstructured) resource.PropertyMap {
	return resource.NewPropertyMapFromMapRepl(object.Object, func(key string) (resource.PropertyKey, bool) {
		underscore, found := underscored[key]
		return resource.PropertyKey(underscore), found
	}, nil)
}

// hasUnknown is true when some value is not known yet.
func hasUnknown(value any) bool {
	switch value := value.(type) {
	case resource.Computed, resource.Output:
		return true
	case map[string]any:
		for _, field := range value {
			if hasUnknown(field) {
				return true
			}
		}
	case []any:
		for _, element := range value {
			if hasUnknown(element) {
				return true
			}
		}
	}
	return false
}

// record is an object as the engine keeps it.
type record struct {
	inputs, live        *unstructured.Unstructured
	apiVersion, manager string
	// secrets are the inputs as they came, which know what is secret.
	secrets resource.PropertyMap
}

// parseRecord reads what marshal wrote.
func parseRecord(state *structpb.Struct) (record, error) {
	properties, err := rpc.UnmarshalProperties(state, marshalling)
	if err != nil {
		return record{}, err
	}
	parsed := record{inputs: &unstructured.Unstructured{Object: map[string]any{}}, secrets: properties}
	if inputs := properties[inputsKey]; inputs.IsObject() {
		parsed.inputs = objectOf(inputs.ObjectValue())
	}
	if version := properties[apiVersionKey]; version.IsString() {
		parsed.apiVersion = version.StringValue()
	}
	if manager := properties[managerKey]; manager.IsString() {
		parsed.manager = manager.StringValue()
	}
	live := resource.PropertyMap{}
	for key, value := range properties {
		if key != inputsKey && key != apiVersionKey && key != managerKey {
			live[key] = value
		}
	}
	parsed.live = objectOf(live)
	return parsed, nil
}

// marshal writes the record with everything secret that has to be.
func (r record) marshal() (*structpb.Struct, error) {
	live, inputs := propertiesOf(r.live), propertiesOf(r.inputs)
	markSecrets(live, r.secrets)
	markSecrets(inputs, r.secrets)
	live[inputsKey] = resource.NewObjectProperty(inputs)
	live[apiVersionKey] = resource.NewStringProperty(r.apiVersion)
	live[managerKey] = resource.NewStringProperty(r.manager)
	return rpc.MarshalProperties(live, marshalling)
}

// markSecrets marks in to what is secret in from, as deep as objects go; a list with a secret in it is secret as a
// whole. The contents of a Secret are secret whether the program says so or not.
func markSecrets(to, from resource.PropertyMap) {
	if kind := to["kind"]; kind.IsString() && kind.StringValue() == "Secret" {
		for _, key := range []resource.PropertyKey{"data", "stringData"} {
			if value, has := to[key]; has && !value.IsSecret() {
				to[key] = resource.MakeSecret(value)
			}
		}
	}
	for key, source := range from {
		target, has := to[key]
		switch {
		case !has || target.IsSecret():
		case target.IsObject() && source.IsObject():
			markSecrets(target.ObjectValue(), source.ObjectValue())
		case source.ContainsSecrets():
			to[key] = resource.MakeSecret(target)
		}
	}
}
