// The program pulumi-resource-kubernetes is a development stand-in for the official Pulumi provider of that name.
package main

import (
	"mlops-platform/plugins/internal/kube"
	"mlops-platform/plugins/internal/plugin"
)

func main() {
	plugin.Main(kube.NewProvider)
}
