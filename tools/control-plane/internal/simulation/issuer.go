// The part of cert-manager: a certificate for the names that are asked for, in the Secret that is asked for. Its
// authority lives and dies with the simulation, and nobody trusts it.
package simulation

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"slices"
	"strings"

	"mlops-platform/control-plane/internal/api"
	"mlops-platform/control-plane/internal/pki"
)

type issuer struct {
	authority   *pki.Authority
	certificate []byte
}

func newIssuer() (*issuer, error) {
	authority, pair, err := pki.NewAuthority("simulated cert-manager issuer")
	return &issuer{authority, pair.Certificate}, err
}

// issue makes the Secret unless it holds a certificate for these names, and reports that it is ready.
func (i *issuer) issue(ctx context.Context, client *api.Client, object api.Object) (api.Object, error) {
	status, err := conditions("Ready")(ctx, client, object)
	if err != nil || neverReady(object) {
		return status, err
	}
	names := texts(api.At(object, "spec", "dnsNames"))
	if name := api.Text(object, "spec", "commonName"); name != "" && !slices.Contains(names, name) {
		names = append(names, name)
	}
	path := "/api/v1/namespaces/" + api.Text(object, "metadata", "namespace") +
		"/secrets/" + api.Text(object, "spec", "secretName")
	var secret api.Object
	if err := client.Get(ctx, path, &secret); err != nil && !api.NotFound(err) {
		return nil, err
	}
	if certifies(secret, names) {
		return status, nil
	}
	pair, err := i.authority.Issue(pki.Request{CommonName: strings.Join(names[:min(1, len(names))], ""), Hosts: names})
	if err != nil {
		return nil, err
	}
	return status, client.ServerSideApply(ctx, path, "simulated-cert-manager", i.secret(object, pair))
}

func (i *issuer) secret(object api.Object, pair pki.Pair) api.Object {
	labels := api.Object{"controller.cert-manager.io/fao": "true"}
	annotations := api.Object{"cert-manager.io/certificate-name": api.Text(object, "metadata", "name")}
	for target, key := range map[*api.Object]string{&labels: "labels", &annotations: "annotations"} {
		template, _ := api.At(object, "spec", "secretTemplate", key).(api.Object)
		for name, value := range template {
			(*target)[name] = value
		}
	}
	return api.Object{
		"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
		"metadata": api.Object{
			"name":        api.Text(object, "spec", "secretName"),
			"namespace":   api.Text(object, "metadata", "namespace"),
			"labels":      labels,
			"annotations": annotations,
		},
		"data": api.Object{
			"tls.crt": encode(pair.Certificate), "tls.key": encode(pair.Key), "ca.crt": encode(i.certificate),
		},
	}
}

// certifies tells whether the Secret holds a certificate for just these names.
func certifies(secret api.Object, names []string) bool {
	data, err := base64.StdEncoding.DecodeString(api.Text(secret, "data", "tls.crt"))
	block, _ := pem.Decode(data)
	if err != nil || block == nil {
		return false
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return false
	}
	return slices.Equal(slices.Sorted(slices.Values(certificate.DNSNames)), slices.Sorted(slices.Values(names)))
}

func texts(value any) []string {
	list, _ := value.([]any)
	var found []string
	for _, item := range list {
		if text, ok := item.(string); ok {
			found = append(found, text)
		}
	}
	return found
}

func encode(data []byte) string { return base64.StdEncoding.EncodeToString(data) }
