// The program pulumi-resource-tls is a development stand-in for the official Pulumi provider of that name.
package main

import (
	"mlops-platform/plugins/internal/plugin"
	"mlops-platform/plugins/internal/tls"
)

func main() {
	plugin.Main(tls.NewProvider)
}
