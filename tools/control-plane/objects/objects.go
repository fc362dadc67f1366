// Package objects holds what every cluster has before anyone deploys to it: nodes, a default storage class,
// ingress classes, and the rights of what runs in place of kubelets, provisioners and operators.
package objects

import _ "embed"

//go:embed nodes.yaml
var nodes []byte

//go:embed classes.yaml
var classes []byte

//go:embed openshift.yaml
var openshift []byte

//go:embed olm.yaml
var olm []byte

//go:embed rights.yaml
var rights []byte

//go:embed node.yaml
var node []byte

// Node are what a cluster with a node that runs containers has: the rest is for whoever uses it.
func Node() [][]byte { return [][]byte{node} }

// Files are YAML, in the order in which they are applied.
func Files(target string) [][]byte {
	files := [][]byte{rights, classes, nodes}
	if target == "openshift" {
		files = append(files, openshift)
	}
	return files
}

// Custom are objects of kinds that have to be defined first.
func Custom(target string) [][]byte {
	if target == "openshift" {
		return [][]byte{olm}
	}
	return nil
}
