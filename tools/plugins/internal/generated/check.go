package generated

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// problems of the inputs: names that do not exist, values that are missing or of the wrong type, and whatever the
// kind itself objects to.
func (k Kind) problems(properties resource.PropertyMap) []Problem {
	var found []Problem
	for _, name := range properties.StableKeys() {
		input, known := k.Inputs[string(name)]
		value := plain(properties[name])
		switch {
		case strings.HasPrefix(string(name), "__"):
			// A note of the official provider to itself.
		case !known:
			found = append(found, Problem{string(name), fmt.Sprintf(
				"there is no such argument; there are %s", strings.Join(k.inputNames(), ", "))})
		case value.IsNull() || value.IsComputed():
		case !input.Type.holds(value):
			found = append(found, Problem{string(name), fmt.Sprintf(
				"must be a %s, not a %s", input.Type, value.TypeString())})
		}
	}
	for _, name := range k.inputNames() {
		if value := properties[resource.PropertyKey(name)]; k.Inputs[name].Required && value.IsNull() {
			found = append(found, Problem{name, "is required"})
		}
	}
	values := k.valuesOf(properties)
	if len(found) == 0 && k.Check != nil && !resource.PropertyMap(values).ContainsUnknowns() {
		found = k.Check(values)
	}
	return found
}

func (k Kind) inputNames() []string {
	var names []string
	for name := range k.Inputs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// String names the type as a person would.
func (t Type) String() string {
	return [...]string{"string", "number", "boolean", "map of strings", "list of strings", "object"}[t]
}

func (t Type) holds(value resource.PropertyValue) bool {
	switch t {
	case String:
		return value.IsString()
	case Number:
		return value.IsNumber()
	case Bool:
		return value.IsBool()
	case StringMap, Object:
		return value.IsObject()
	default:
		return value.IsArray()
	}
}
