// Package crds holds minimal definitions of kinds that no Go module publishes: written for this project, with the
// fields that it uses typed and the rest left open. `published` fetches the others.
package crds

import _ "embed"

//go:embed edge.yaml
var edge []byte

//go:embed openshift.yaml
var openshift []byte

// Targets are the kinds of clusters for which there are definitions.
var Targets = []string{"minikube", "openshift"}

// Files are the definitions that a target has besides the published ones.
func Files(target string) [][]byte {
	if target == "openshift" {
		return [][]byte{edge, openshift}
	}
	return [][]byte{edge}
}
