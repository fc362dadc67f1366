// Package crds holds definitions of kinds that no Go module publishes: written for this project after the published
// API, with the fields that it uses. `published` fetches the others.
package crds

import _ "embed"

//go:embed openshift.yaml
var openshift []byte

//go:embed operators.yaml
var operators []byte

//go:embed openshift-ai.yaml
var openshiftAI []byte

//go:embed model-registry.yaml
var modelRegistry []byte

// Targets are the kinds of clusters for which there are definitions.
var Targets = []string{"minikube", "openshift"}

// Files are the definitions that a target has besides the published ones, which are all that minikube has; on OpenShift
// some of them come with operators only.
func Files(target string) [][]byte {
	if target == "openshift" {
		return [][]byte{openshift, operators, openshiftAI, modelRegistry}
	}
	return nil
}
