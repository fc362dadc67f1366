package kube

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func authority(t *testing.T, name string, isCA bool) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: isCA, BasicConstraintsValid: true,
		NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func kubeconfig(server string, ca []byte) string {
	trust := "insecure-skip-tls-verify: true"
	if ca != nil {
		trust = "certificate-authority-data: " + base64.StdEncoding.EncodeToString(ca)
	}
	return fmt.Sprintf(`{ apiVersion: v1, kind: Config, current-context: a,
  clusters: [ { name: a, cluster: { server: "%s", %s } }, { name: b, cluster: { server: "https://b.example" } } ],
  users: [ { name: u, user: { token: very-secret } } ],
  contexts: [ { name: a, context: { cluster: a, user: u } }, { name: b, context: { cluster: b, user: u } } ] }`, server, trust)
}

func TestOnlyTheEmbeddedControlPlaneIsAccepted(t *testing.T) {
	embedded, other := authority(t, EmbeddedCA, true), authority(t, "kubernetes", true)
	for name, test := range map[string]struct {
		config, context, says string
	}{
		"the embedded one":            {kubeconfig("https://127.0.0.1:6443", embedded), "", ""},
		"the embedded one, by name":   {kubeconfig("https://localhost:6443", embedded), "", ""},
		"the embedded one, by IPv6":   {kubeconfig("https://[::1]:6443", embedded), "", ""},
		"another one on this machine": {kubeconfig("https://127.0.0.1:6443", other), "", "certificate authority"},
		"both authorities":            {kubeconfig("https://127.0.0.1:6443", append(append([]byte{}, embedded...), other...)), "", "certificate authority"},
		"no authority but a server":   {kubeconfig("https://127.0.0.1:6443", authority(t, EmbeddedCA, false)), "", "certificate authority"},
		"one elsewhere":               {kubeconfig("https://10.0.0.1:6443", embedded), "", "not on this machine"},
		"one with a name":             {kubeconfig("https://cluster.example", embedded), "", "not on this machine"},
		"one without TLS":             {kubeconfig("http://127.0.0.1:6443", embedded), "", "https"},
		"one without verification":    {kubeconfig("https://127.0.0.1:6443", nil), "", "without TLS verification"},
		"another context of the file": {kubeconfig("https://127.0.0.1:6443", embedded), "b", "not on this machine"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := NewProvider(nil).Configure(context.Background(), &pulumirpc.ConfigureRequest{
				Variables: map[string]string{
					"kubernetes:config:kubeconfig": test.config, "kubernetes:config:context": test.context,
				},
			})
			switch {
			case test.says == "" && err != nil:
				t.Error(err)
			case test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says) ||
				!strings.Contains(err.Error(), "pulumi plugin install")):
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestKubeconfigsThatCannotBeReadAreNotShown(t *testing.T) {
	_, err := NewProvider(nil).Configure(context.Background(), &pulumirpc.ConfigureRequest{
		Variables: map[string]string{"kubernetes:config:kubeconfig": "token: very-secret"},
	})
	if err == nil || strings.Contains(err.Error(), "very-secret") {
		t.Errorf("the error is %v", err)
	}
}

func TestSettings(t *testing.T) {
	t.Setenv("PULUMI_K8S_ENABLE_SECRET_MUTABLE", "true")
	t.Setenv("PULUMI_K8S_CLIENT_QPS", "7.5")
	read, err := parseSettings(map[string]string{
		"kubernetes:config:enableConfigMapMutable": "true",
		"kubernetes:config:kubeClientSettings":     `{"burst":9}`,
	})
	if err != nil || !read.secretMutable || !read.configMapMutable || read.patchForce || read.qps != 7.5 || read.burst != 9 {
		t.Errorf("the settings are %+v (%v)", read, err)
	}
	for _, name := range []string{"enableServerSideApply", "renderYamlToDirectory"} {
		if _, err := parseSettings(map[string]string{"kubernetes:config:" + name: "false"}); err == nil {
			t.Errorf("%s is not refused", name)
		}
	}
}

func TestAnotherClusterReplacesTheProvider(t *testing.T) {
	one, other := kubeconfig("https://one.example", nil), kubeconfig("https://other.example", nil)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := os.WriteFile(path, []byte(one), 0o600); err != nil {
		t.Fatal(err)
	}
	unknown := resource.MakeComputed(resource.NewStringProperty(""))
	type arguments = map[string]any
	for name, test := range map[string]struct {
		olds, news arguments
		replaces   string
	}{
		"nothing changes":           {arguments{"kubeconfig": one}, arguments{"kubeconfig": one}, ""},
		"another server":            {arguments{"kubeconfig": one}, arguments{"kubeconfig": other}, "kubeconfig"},
		"another token":             {arguments{"kubeconfig": one}, arguments{"kubeconfig": strings.Replace(one, "very-secret", "new", 1)}, ""},
		"a path to the same":        {arguments{"kubeconfig": one}, arguments{"kubeconfig": path}, ""},
		"none any more":             {arguments{"kubeconfig": one}, arguments{"kubeconfig": ""}, ""},
		"another context":           {arguments{"kubeconfig": one}, arguments{"kubeconfig": one, "context": "b"}, "context"},
		"the same context, by name": {arguments{"kubeconfig": one}, arguments{"kubeconfig": one, "context": "a"}, ""},
		"another cluster":           {arguments{"kubeconfig": one}, arguments{"kubeconfig": one, "cluster": "b"}, "cluster"},
		"an unknown kubeconfig":     {arguments{"kubeconfig": one}, arguments{"kubeconfig": unknown}, "kubeconfig"},
		"another flag":              {arguments{"kubeconfig": one}, arguments{"kubeconfig": one, "enableSecretMutable": "true"}, ""},
		"the same cluster, it says": {arguments{"kubeconfig": one, "clusterIdentifier": "c"}, arguments{"kubeconfig": other, "clusterIdentifier": "c"}, ""},
		"another cluster, it says":  {arguments{"kubeconfig": one, "clusterIdentifier": "c"}, arguments{"kubeconfig": one, "clusterIdentifier": "d"}, "clusterIdentifier"},
		"a first identifier":        {arguments{"kubeconfig": one}, arguments{"kubeconfig": one, "clusterIdentifier": "c"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			response, err := diffConfig(
				resource.NewPropertyMapFromMap(test.olds), resource.NewPropertyMapFromMap(test.news))
			if err != nil {
				t.Fatal(err)
			}
			if found := strings.Join(response.GetReplaces(), " "); found != test.replaces {
				t.Errorf("it is replaced for %q, not for %q", found, test.replaces)
			}
		})
	}
}

func TestAKubeconfigThatIsGoneIsAnError(t *testing.T) {
	readable := kubeconfig("https://one.example", nil)
	for name, test := range map[string][2]string{
		"the old one": {"/gone/kubeconfig", readable},
		"the new one": {readable, "/gone/kubeconfig"},
	} {
		t.Run(name, func(t *testing.T) {
			arguments := func(kubeconfig string) resource.PropertyMap {
				return resource.NewPropertyMapFromMap(map[string]any{"kubeconfig": kubeconfig, "clusterIdentifier": "c"})
			}
			if response, err := diffConfig(arguments(test[0]), arguments(test[1])); err == nil {
				t.Errorf("there is no error, but %v", response)
			}
		})
	}
}
