package definitions

import (
	"testing"

	"mlops-platform/control-plane/internal/api"
)

func TestDescriptionsAreProseUnlessTheyArePropertiesOrValues(t *testing.T) {
	definitions, err := api.Parse([]byte(`
spec:
  description: prose
  properties:
    description: { type: string, description: prose, default: { description: value } }
`))
	if err != nil {
		t.Fatal(err)
	}
	spec := definitions[0]["spec"]
	StripDescriptions(spec)
	property := api.At(definitions[0], "spec", "properties", "description").(api.Object)
	if api.Text(property, "type") != "string" || property["description"] != nil ||
		api.Text(property, "default", "description") != "value" || spec.(api.Object)["description"] != nil {
		t.Errorf("left is %v", spec)
	}
}

func TestADefinitionKeepsItsHashWhenItIsInstalledAgain(t *testing.T) {
	definition := api.Object{"metadata": api.Object{"name": "a", "annotations": api.Object{"mine": "yes"}}}
	before, err := hashOf(definition)
	if err != nil {
		t.Fatal(err)
	}
	marked := annotated(definition, contentsMark, before)
	if api.Text(marked, "metadata", "annotations", contentsMark) != before ||
		api.Text(marked, "metadata", "annotations", "mine") != "yes" {
		t.Errorf("the annotations are %v", api.At(marked, "metadata", "annotations"))
	}
	if after, err := hashOf(definition); err != nil || after != before {
		t.Errorf("its hash was %s and is %s (%v)", before, after, err)
	}
}
