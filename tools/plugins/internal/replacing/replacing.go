// Package replacing is the one list of the changes that replace a resource, as the official providers have it. The
// stand-ins read it, and so does `make diff` (tools/diff/rules.ts), which tells what a pull request would replace.
package replacing

import (
	_ "embed"
	"encoding/json"
	"slices"
)

//go:embed replacing.json
var text []byte

var table = parse()

// Kubernetes are the fields that an existing object cannot change.
var Kubernetes = table.Kubernetes

// InPlace is true for an argument of a generated resource (random, tls) that changes it. Every other one replaces it.
func InPlace(kind, argument string) bool {
	return slices.Contains(table.Generated.InPlace[kind], argument)
}

// Objects are the rules for Kubernetes objects.
type Objects struct {
	// Always are the fields of every kind.
	Always []string
	// Kinds are those of one, by group and kind; versions do not matter among those that the API server still serves.
	Kinds map[string][]string
	// Contents are the fields that replace an object unless the provider updates its kind in place.
	Contents map[string]Contents
}

// Contents of a kind, and the argument of the provider that makes them mutable.
type Contents struct {
	Fields  []string
	Mutable string
}

type rules struct {
	Kubernetes Objects
	Generated  struct {
		InPlace map[string][]string
	}
}

func parse() rules {
	var parsed rules
	if err := json.Unmarshal(text, &parsed); err != nil {
		panic("replacing.json: " + err.Error())
	}
	return parsed
}
