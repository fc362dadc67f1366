package plugin

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// HowToGetOfficial is the way out for whoever wants the real provider.
const HowToGetOfficial = "take the directory of the stand-ins off PATH and run `pulumi plugin install`, " +
	"on a machine that can download from get.pulumi.com"

// Announce warns that this is a stand-in. Explicit providers keep quiet: each run has a default one of each
// package as well, and one warning a package is enough.
func (b *Base) Announce(request *pulumirpc.ConfigureRequest) {
	urn := request.GetUrn()
	if urn == "" || isDefaultProvider(urn) {
		b.Engine.Warn(urn, fmt.Sprintf("Using the development stand-in for the official provider %q %s "+
			"(docs/plugins.md).", b.Name, b.Version))
	}
}

// isDefaultProvider tells the provider that the engine makes by itself from one that the program makes.
func isDefaultProvider(urn string) bool {
	name := resource.URN(urn).Name()
	return name == "default" || strings.HasPrefix(name, "default_")
}
