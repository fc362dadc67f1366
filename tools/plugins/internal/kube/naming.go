package kube

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// autoname names an object that the program leaves unnamed: the logical name, a dash and 8 hexadecimal digits, or
// what the engine's autonaming settings propose. The annotation tells later runs that the name may change.
func autoname(
	object *unstructured.Unstructured, urn resource.URN, seed []byte, options *pulumirpc.CheckRequest_AutonamingOptions,
) error {
	if hasName(object) {
		return nil
	}
	name, err := resource.NewUniqueName(seed, urn.Name()+"-", 0, 0, nil)
	if err != nil {
		return err
	}
	switch options.GetMode() {
	case pulumirpc.CheckRequest_AutonamingOptions_DISABLE:
		return fmt.Errorf("auto-naming is disabled: set metadata.name")
	case pulumirpc.CheckRequest_AutonamingOptions_PROPOSE, pulumirpc.CheckRequest_AutonamingOptions_ENFORCE:
		if options.GetProposedName() != "" {
			name = options.GetProposedName()
		}
	}
	setAutoname(object, name)
	return nil
}

// keepAutoname gives an unnamed object the generated name that it has had so far.
func keepAutoname(object, before *unstructured.Unstructured) {
	if !hasName(object) && isOn(before, autonamed) {
		setAutoname(object, before.GetName())
	}
}

// hasName is true as well for a name that is not known yet.
func hasName(object *unstructured.Unstructured) bool {
	name := nested(object.Object, "metadata", "name")
	return name != nil && name != ""
}

// setAutoname leaves annotations alone that are not known yet.
func setAutoname(object *unstructured.Unstructured, name string) {
	metadata, isMap := object.Object["metadata"].(map[string]any)
	if !isMap {
		if object.Object["metadata"] != nil {
			return
		}
		metadata = map[string]any{}
		object.Object["metadata"] = metadata
	}
	metadata["name"] = name
	switch annotations := metadata["annotations"].(type) {
	case nil:
		metadata["annotations"] = map[string]any{autonamed: "true"}
	case map[string]any:
		annotations[autonamed] = "true"
	}
}
