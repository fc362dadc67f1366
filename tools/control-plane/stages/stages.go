// Package stages holds what kwok does with nodes, pods, volumes and ingresses, in its own language: each Stage
// says which objects it takes up, and what becomes of them.
package stages

import (
	"bytes"
	_ "embed"
	"strings"
)

// Annotation on a pod (in a template: on its pods) says how the pod shall fare; OutcomeOfImages tells by image.
const Annotation = "control-plane.mlops-platform/outcome"

// Outcomes of a pod.
const (
	// NeverReady keeps the pod waiting for an image that can't be pulled.
	NeverReady = "never-ready"
	// Fail ends its containers with exit code 1, again and again where they are to be restarted.
	Fail = "fail"
	// Wait keeps a Job's pod running until somebody else, in place of a kubelet, says how it ended.
	Wait = "wait"
	// succeed is how pods fare otherwise.
	succeed = "succeed"
)

//go:embed node.yaml
var node []byte

//go:embed pod.yaml
var pod []byte

//go:embed pod-outcomes.yaml
var podOutcomes []byte

//go:embed volume.yaml
var volume []byte

//go:embed ingress.yaml
var ingress []byte

// outcome is the jq expression that stands for $outcome in the files. No name ends in .invalid (RFC 2606), so an
// image from such a registry can be pulled here as little as anywhere; only exits.invalid and waits.invalid have
// images that can be pulled, and then exit or go on.
var outcome = strings.Join(strings.Fields(`
  .metadata.annotations["`+Annotation+`"] // (
    [(.spec.containers + (.spec.initContainers // []))[].image] |
    if any(startswith("exits.invalid/")) then "`+Fail+`"
    elif any(startswith("waits.invalid/")) then "`+Wait+`"
    elif any(test("^[^/]+[.]invalid(:[0-9]+)?/")) then "`+NeverReady+`"
    else "`+succeed+`" end
  )`), " ")

// All is the file that kwok reads.
func All() []byte {
	all := bytes.Join([][]byte{node, pod, podOutcomes, volume, ingress}, []byte("\n---\n"))
	return bytes.ReplaceAll(all, []byte("$outcome"), []byte("'"+outcome+"'"))
}
