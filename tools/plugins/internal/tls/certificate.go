package tls

import (
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // the key identifier of RFC 5280 is one
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"mlops-platform/plugins/internal/generated"
)

var keyUsages = map[string]x509.KeyUsage{
	"digital_signature":  x509.KeyUsageDigitalSignature,
	"content_commitment": x509.KeyUsageContentCommitment,
	"key_encipherment":   x509.KeyUsageKeyEncipherment,
	"data_encipherment":  x509.KeyUsageDataEncipherment,
	"key_agreement":      x509.KeyUsageKeyAgreement,
	"cert_signing":       x509.KeyUsageCertSign,
	"crl_signing":        x509.KeyUsageCRLSign,
	"encipher_only":      x509.KeyUsageEncipherOnly,
	"decipher_only":      x509.KeyUsageDecipherOnly,
}

var extendedUsages = map[string]x509.ExtKeyUsage{
	"any_extended":     x509.ExtKeyUsageAny,
	"server_auth":      x509.ExtKeyUsageServerAuth,
	"client_auth":      x509.ExtKeyUsageClientAuth,
	"code_signing":     x509.ExtKeyUsageCodeSigning,
	"email_protection": x509.ExtKeyUsageEmailProtection,
	"ipsec_end_system": x509.ExtKeyUsageIPSECEndSystem,
	"ipsec_tunnel":     x509.ExtKeyUsageIPSECTunnel,
	"ipsec_user":       x509.ExtKeyUsageIPSECUser,
	"timestamping":     x509.ExtKeyUsageTimeStamping,
	"ocsp_signing":     x509.ExtKeyUsageOCSPSigning,
}

func checkCertificate(inputs generated.Values) []generated.Problem {
	var problems []generated.Problem
	report := func(property, reason string, values ...any) {
		problems = append(problems, generated.Problem{Property: property, Reason: fmt.Sprintf(reason, values...)})
	}
	if _, _, err := parseKey(inputs.String("privateKeyPem")); err != nil {
		report("privateKeyPem", "%v", err)
	}
	for _, use := range inputs.Strings("allowedUses") {
		if _, plain := keyUsages[use]; plain {
			continue
		}
		if _, extended := extendedUsages[use]; !extended {
			report("allowedUses", "%q is none of %s", use, strings.Join(uses(), ", "))
		}
	}
	for _, address := range inputs.Strings("ipAddresses") {
		if net.ParseIP(address) == nil {
			report("ipAddresses", "%q is no IP address", address)
		}
	}
	for _, uri := range inputs.Strings("uris") {
		if _, err := url.Parse(uri); err != nil {
			report("uris", "%v", err)
		}
	}
	if hours := inputs.Int("validityPeriodHours"); hours < 0 {
		report("validityPeriodHours", "must not be negative, and is %d", hours)
	}
	if hours := inputs.Int("earlyRenewalHours"); hours < 0 {
		report("earlyRenewalHours", "must not be negative, and is %d", hours)
	}
	return problems
}

func uses() []string {
	var names []string
	for name := range keyUsages {
		names = append(names, name)
	}
	for name := range extendedUsages {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func certificateMaker(now func() time.Time) func(generated.Values) (generated.Made, error) {
	return func(inputs generated.Values) (generated.Made, error) {
		key, algorithm, err := parseKey(inputs.String("privateKeyPem"))
		if err != nil {
			return generated.Made{}, fmt.Errorf("privateKeyPem %w", err)
		}
		template, err := template(inputs, now())
		if err != nil {
			return generated.Made{}, err
		}
		if template.IsCA || inputs.Bool("setSubjectKeyId") {
			if template.SubjectKeyId, err = keyID(key.Public()); err != nil {
				return generated.Made{}, err
			}
		}
		if inputs.Bool("setAuthorityKeyId") {
			if template.AuthorityKeyId, err = keyID(key.Public()); err != nil {
				return generated.Made{}, err
			}
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			return generated.Made{}, err
		}
		return generated.Made{ID: template.SerialNumber.String(), Outputs: resource.PropertyMap{
			"certPem":           resource.NewStringProperty(encode("CERTIFICATE", der)),
			"keyAlgorithm":      resource.NewStringProperty(algorithm),
			"readyForRenewal":   resource.NewBoolProperty(false),
			"validityStartTime": resource.NewStringProperty(template.NotBefore.Format(time.RFC3339)),
			"validityEndTime":   resource.NewStringProperty(template.NotAfter.Format(time.RFC3339)),
		}}, nil
	}
}

func template(inputs generated.Values, now time.Time) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, err
	}
	certificate := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               subject(inputs.Object("subject")),
		NotBefore:             now,
		NotAfter:              now.Add(time.Duration(inputs.Int("validityPeriodHours")) * time.Hour),
		BasicConstraintsValid: true,
		IsCA:                  inputs.Bool("isCaCertificate"),
		DNSNames:              inputs.Strings("dnsNames"),
	}
	for _, address := range inputs.Strings("ipAddresses") {
		certificate.IPAddresses = append(certificate.IPAddresses, net.ParseIP(address))
	}
	for _, text := range inputs.Strings("uris") {
		uri, err := url.Parse(text)
		if err != nil {
			return nil, err
		}
		certificate.URIs = append(certificate.URIs, uri)
	}
	for _, use := range inputs.Strings("allowedUses") {
		certificate.KeyUsage |= keyUsages[use]
		if extended, is := extendedUsages[use]; is {
			certificate.ExtKeyUsage = append(certificate.ExtKeyUsage, extended)
		}
	}
	return certificate, nil
}

func subject(inputs generated.Values) pkix.Name {
	one := func(name resource.PropertyKey) []string {
		if value := inputs.String(name); value != "" {
			return []string{value}
		}
		return nil
	}
	return pkix.Name{
		CommonName:         inputs.String("commonName"),
		SerialNumber:       inputs.String("serialNumber"),
		Organization:       one("organization"),
		OrganizationalUnit: one("organizationalUnit"),
		StreetAddress:      inputs.Strings("streetAddresses"),
		Locality:           one("locality"),
		Province:           one("province"),
		PostalCode:         one("postalCode"),
		Country:            one("country"),
	}
}

// keyID is the identifier of a public key after RFC 5280, 4.2.1.2, method 1.
func keyID(public any) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return nil, err
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Key       asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, err
	}
	sum := sha1.Sum(info.Key.Bytes) //nolint:gosec // see the import
	return sum[:], nil
}

// renewal finds a certificate stale that is within its last earlyRenewalHours.
func renewal(state generated.Values, now time.Time) (resource.PropertyMap, bool) {
	end, err := time.Parse(time.RFC3339, state.String("validityEndTime"))
	if err != nil {
		return nil, false
	}
	early := time.Duration(state.Int("earlyRenewalHours")) * time.Hour
	ready := !now.Before(end.Add(-early))
	return resource.PropertyMap{"readyForRenewal": resource.NewBoolProperty(ready)}, ready
}
