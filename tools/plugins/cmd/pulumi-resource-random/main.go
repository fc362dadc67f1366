// The program pulumi-resource-random is a development stand-in for the official Pulumi provider of that name.
package main

import (
	"mlops-platform/plugins/internal/plugin"
	"mlops-platform/plugins/internal/random"
)

func main() {
	plugin.Main(random.NewProvider)
}
