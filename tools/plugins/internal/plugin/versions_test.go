package plugin_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"mlops-platform/plugins/internal/kube"
	"mlops-platform/plugins/internal/plugin"
	"mlops-platform/plugins/internal/random"
	"mlops-platform/plugins/internal/tls"
)

// The engine takes a plugin from PATH whatever its version is, so nothing else notices when only one of them is raised.
func TestVersionsAreThoseOfTheProgramsSDK(t *testing.T) {
	content, err := os.ReadFile("../../../../package.json")
	if err != nil {
		t.Fatal(err)
	}
	var program struct{ Dependencies map[string]string }
	if err := json.Unmarshal(content, &program); err != nil {
		t.Fatal(err)
	}
	for name, provider := range map[string]func(*plugin.Engine) pulumirpc.ResourceProviderServer{
		"kubernetes": kube.NewProvider, "random": random.NewProvider, "tls": tls.NewProvider,
	} {
		info, err := provider(nil).GetPluginInfo(context.Background(), nil)
		if wanted := program.Dependencies["@pulumi/"+name]; err != nil || info.GetVersion() != wanted {
			t.Errorf("the stand-in for %s is %q, and package.json asks for %q (%v)", name, info.GetVersion(), wanted, err)
		}
	}
}
