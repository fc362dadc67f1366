// Package generated is the part that the random and tls providers share: resources that are computed once from
// their inputs and random numbers, live in the state alone, and are made anew when an input changes.
package generated

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Kind describes one type of resource.
type Kind struct {
	// Inputs by name. Anything else in a program's arguments is an error.
	Inputs map[string]Input
	// Outputs are the names of what Make computes; unknown while a creation is previewed.
	Outputs []string
	// Secrets are the properties that are secret in the state, whether the program says so or not.
	Secrets []string
	// Check reports what is wrong with inputs that are all known and of the right types; nil when nothing can be.
	Check func(Values) []Problem
	// Make computes a new resource.
	Make func(Values) (Made, error)
	// Refresh recomputes the outputs that depend on the time; nil when there are none. A resource that it reports
	// as stale is replaced by the next update.
	Refresh func(state Values, now time.Time) (changed resource.PropertyMap, stale bool)
}

// Made is a new resource: its id and the outputs beyond its inputs.
type Made struct {
	ID      string
	Outputs resource.PropertyMap
}

// Problem is an input that cannot be used.
type Problem struct{ Property, Reason string }

// Type of an input.
type Type int

// The types that inputs have.
const (
	String Type = iota
	Number
	Bool
	StringMap
	StringList
	Object
)

// Input is one argument of a resource.
type Input struct {
	Type     Type
	Required bool
	// Default stands in for an absent value, in the outputs and in comparisons.
	Default any
	// SameAs names another input that this one is a second name of: an absent value is taken from there.
	SameAs string
	// InPlace inputs change an existing resource; a change of any other one replaces it.
	InPlace bool
}

// Values are plain property values: no secrets, and defaults filled in.
type Values resource.PropertyMap

// String of a property, or "".
func (v Values) String(name resource.PropertyKey) string {
	if value := v[name]; value.IsString() {
		return value.StringValue()
	}
	return ""
}

// Int of a property, or 0.
func (v Values) Int(name resource.PropertyKey) int {
	if value := v[name]; value.IsNumber() {
		return int(value.NumberValue())
	}
	return 0
}

// Bool of a property, or false.
func (v Values) Bool(name resource.PropertyKey) bool {
	value := v[name]
	return value.IsBool() && value.BoolValue()
}

// Strings of a list, or none.
func (v Values) Strings(name resource.PropertyKey) []string {
	value := v[name]
	if !value.IsArray() {
		return nil
	}
	var list []string
	for _, element := range value.ArrayValue() {
		if element.IsString() {
			list = append(list, element.StringValue())
		}
	}
	return list
}

// Object of a property, or an empty one.
func (v Values) Object(name resource.PropertyKey) Values {
	if value := v[name]; value.IsObject() {
		return Values(value.ObjectValue())
	}
	return Values{}
}

// valuesOf strips secrets and fills in defaults. Unknown values stay.
func (k Kind) valuesOf(properties resource.PropertyMap) Values {
	values := Values{}
	for name, input := range k.Inputs {
		value := plain(properties[resource.PropertyKey(name)])
		if value.IsNull() && input.SameAs != "" {
			value = plain(properties[resource.PropertyKey(input.SameAs)])
		}
		switch {
		case !value.IsNull():
			values[resource.PropertyKey(name)] = value
		case input.Default != nil:
			values[resource.PropertyKey(name)] = resource.NewPropertyValue(input.Default)
		}
	}
	return values
}

// plain removes the marks of secrets and outputs at any depth.
func plain(value resource.PropertyValue) resource.PropertyValue {
	switch {
	case value.IsSecret():
		return plain(value.SecretValue().Element)
	case value.IsOutput():
		if !value.OutputValue().Known {
			return resource.MakeComputed(resource.NewStringProperty(""))
		}
		return plain(value.OutputValue().Element)
	case value.IsObject():
		object := resource.PropertyMap{}
		for key, element := range value.ObjectValue() {
			object[key] = plain(element)
		}
		return resource.NewObjectProperty(object)
	case value.IsArray():
		list := make([]resource.PropertyValue, 0, len(value.ArrayValue()))
		for _, element := range value.ArrayValue() {
			list = append(list, plain(element))
		}
		return resource.NewArrayProperty(list)
	}
	return value
}
