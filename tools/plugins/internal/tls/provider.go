// Package tls is a development stand-in for the Pulumi provider "tls": private keys and self-signed certificates.
package tls

import (
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"mlops-platform/plugins/internal/generated"
	"mlops-platform/plugins/internal/plugin"
	"mlops-platform/plugins/internal/replacing"
)

// Version is the official plugin's that the program's SDK asks for.
const Version = "5.6.1"

// NewProvider makes the provider.
func NewProvider(engine *plugin.Engine) pulumirpc.ResourceProviderServer {
	return newProvider(engine, time.Now)
}

func newProvider(engine *plugin.Engine, now func() time.Time) *generated.Provider {
	return &generated.Provider{
		Base:  plugin.Base{Name: "tls", Version: Version, Engine: engine},
		Kinds: kinds(now),
		Now:   now,
	}
}

func kinds(now func() time.Time) map[string]generated.Kind {
	const certificate = "tls:index/selfSignedCert:SelfSignedCert"
	return map[string]generated.Kind{
		"tls:index/privateKey:PrivateKey": {
			Inputs: map[string]generated.Input{
				"algorithm":  {Type: generated.String, Required: true},
				"ecdsaCurve": {Type: generated.String, Default: "P224"},
				"rsaBits":    {Type: generated.Number, Default: 2048.0},
			},
			Outputs: []string{
				"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh", "publicKeyPem", "publicKeyOpenssh",
				"publicKeyFingerprintMd5", "publicKeyFingerprintSha256",
			},
			Secrets: []string{"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"},
			Check:   checkKey,
			Make:    makeKey,
		},
		certificate: {
			Inputs: map[string]generated.Input{
				"privateKeyPem":       {Type: generated.String, Required: true},
				"allowedUses":         {Type: generated.StringList, Required: true},
				"validityPeriodHours": {Type: generated.Number, Required: true},
				"earlyRenewalHours": {
					Type: generated.Number, Default: 0.0, InPlace: replacing.InPlace(certificate, "earlyRenewalHours"),
				},
				"subject":           {Type: generated.Object},
				"dnsNames":          {Type: generated.StringList},
				"ipAddresses":       {Type: generated.StringList},
				"uris":              {Type: generated.StringList},
				"isCaCertificate":   {Type: generated.Bool, Default: false},
				"setAuthorityKeyId": {Type: generated.Bool, Default: false},
				"setSubjectKeyId":   {Type: generated.Bool, Default: false},
			},
			Outputs: []string{"certPem", "keyAlgorithm", "readyForRenewal", "validityStartTime", "validityEndTime"},
			Secrets: []string{"privateKeyPem"},
			Check:   checkCertificate,
			Make:    certificateMaker(now),
			Refresh: renewal,
		},
	}
}
