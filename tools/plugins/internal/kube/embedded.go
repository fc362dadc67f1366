package kube

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/url"

	"k8s.io/client-go/rest"

	"mlops-platform/plugins/internal/plugin"
)

// EmbeddedCA is the common name of the certificate authority that the project's own control plane makes for itself.
// TLS proves that a server belongs to it, so no other cluster can be taken for the embedded one by accident.
const EmbeddedCA = "mlops-platform embedded control plane"

// requireEmbedded refuses to work on anything but the embedded control plane: a server on this machine whose
// certificate has to be signed by the embedded plane's own authority.
func requireEmbedded(config *rest.Config) error {
	refuse := func(reason string) error {
		return fmt.Errorf("this kubernetes provider is a development stand-in that works with the project's "+
			"embedded control plane only, and %s %s. For any other cluster use the official provider: %s",
			config.Host, reason, plugin.HowToGetOfficial)
	}
	server, err := url.Parse(config.Host)
	if err != nil || server.Scheme != "https" {
		return refuse("is not an https address")
	}
	if host := server.Hostname(); host != "localhost" {
		if address := net.ParseIP(host); address == nil || !address.IsLoopback() {
			return refuse("is not on this machine")
		}
	}
	if config.Insecure {
		return refuse("is used without TLS verification")
	}
	if err := rest.LoadTLSFiles(config); err != nil {
		return refuse(fmt.Sprintf("has no readable certificates: %v", err))
	}
	if !isEmbeddedCA(config.CAData) {
		return refuse(fmt.Sprintf("is not trusted through a certificate authority named %q", EmbeddedCA))
	}
	return nil
}

// isEmbeddedCA is true for exactly one certificate, of the right name.
func isEmbeddedCA(data []byte) bool {
	block, rest := pem.Decode(data)
	if block == nil {
		return false
	}
	if another, _ := pem.Decode(rest); another != nil {
		return false
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	return err == nil && certificate.IsCA && certificate.Subject.CommonName == EmbeddedCA
}
