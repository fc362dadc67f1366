package tls

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"golang.org/x/crypto/ssh"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	keyURN         = "urn:pulumi:stack::project::tls:index/privateKey:PrivateKey::key"
	certificateURN = "urn:pulumi:stack::project::tls:index/selfSignedCert:SelfSignedCert::certificate"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

type properties = map[string]any

var secretly = rpc.MarshalOptions{KeepSecrets: true, KeepUnknowns: true}

func marshal(t *testing.T, values properties) *structpb.Struct {
	t.Helper()
	marshalled, err := rpc.MarshalProperties(resource.NewPropertyMapFromMap(values), secretly)
	if err != nil {
		t.Fatal(err)
	}
	return marshalled
}

func create(t *testing.T, urn string, inputs properties) resource.PropertyMap {
	t.Helper()
	response, err := newProvider(nil, func() time.Time { return start }).Create(context.Background(),
		&pulumirpc.CreateRequest{Urn: urn, Properties: marshal(t, inputs)})
	if err != nil {
		t.Fatal(err)
	}
	state, err := rpc.UnmarshalProperties(response.GetProperties(), secretly)
	if err != nil || response.GetId() == "" {
		t.Fatalf("id %q, error %v", response.GetId(), err)
	}
	return state
}

func revealed(t *testing.T, state resource.PropertyMap, name resource.PropertyKey) string {
	t.Helper()
	if !state[name].IsSecret() {
		t.Fatalf("%s is not secret", name)
	}
	return state[name].SecretValue().Element.StringValue()
}

func TestKeysOfEveryAlgorithm(t *testing.T) {
	for name, test := range map[string]struct {
		inputs properties
		is     func(any) bool
	}{
		"ECDSA P256": {properties{"algorithm": "ECDSA", "ecdsaCurve": "P256"}, func(key any) bool {
			ec, is := key.(*ecdsa.PrivateKey)
			return is && ec.Curve.Params().BitSize == 256
		}},
		"ECDSA P384": {properties{"algorithm": "ECDSA", "ecdsaCurve": "P384"}, func(key any) bool {
			ec, is := key.(*ecdsa.PrivateKey)
			return is && ec.Curve.Params().BitSize == 384
		}},
		"RSA": {properties{"algorithm": "RSA", "rsaBits": 1024}, func(key any) bool {
			rsaKey, is := key.(*rsa.PrivateKey)
			return is && rsaKey.N.BitLen() == 1024
		}},
		"ED25519": {properties{"algorithm": "ED25519"}, func(key any) bool {
			_, is := key.(ed25519.PrivateKey)
			return is
		}},
	} {
		t.Run(name, func(t *testing.T) {
			state := create(t, keyURN, test.inputs)
			for _, form := range []resource.PropertyKey{"privateKeyPem", "privateKeyPemPkcs8"} {
				key, _, err := parseKey(revealed(t, state, form))
				if err != nil || !test.is(key) {
					t.Errorf("%s is a %T (%v)", form, key, err)
				}
			}
			signer, err := ssh.ParsePrivateKey([]byte(revealed(t, state, "privateKeyOpenssh")))
			if err != nil {
				t.Fatal(err)
			}
			if public := string(ssh.MarshalAuthorizedKey(signer.PublicKey())); public != state["publicKeyOpenssh"].StringValue() {
				t.Errorf("the public key is %q", public)
			}
		})
	}
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	key := revealed(t, create(t, keyURN, properties{"algorithm": "ED25519"}), "privateKeyPem")
	uses := []any{"server_auth"}
	for name, test := range map[string]struct {
		urn      string
		inputs   properties
		property string
	}{
		"algorithm": {keyURN, properties{"algorithm": "DSA"}, "algorithm"},
		"curve":     {keyURN, properties{"algorithm": "ECDSA", "ecdsaCurve": "P1"}, "ecdsaCurve"},
		"bits":      {keyURN, properties{"algorithm": "RSA", "rsaBits": 100}, "rsaBits"},
		"use": {certificateURN, properties{"privateKeyPem": key, "validityPeriodHours": 1,
			"allowedUses": []any{"serving"}}, "allowedUses"},
		"key": {certificateURN, properties{"privateKeyPem": "none", "validityPeriodHours": 1,
			"allowedUses": uses}, "privateKeyPem"},
		"address": {certificateURN, properties{"privateKeyPem": key, "validityPeriodHours": 1,
			"allowedUses": uses, "ipAddresses": []any{"here"}}, "ipAddresses"},
		"validity": {certificateURN, properties{"privateKeyPem": key, "validityPeriodHours": -1,
			"allowedUses": uses}, "validityPeriodHours"},
	} {
		t.Run(name, func(t *testing.T) {
			response, err := NewProvider(nil).Check(context.Background(),
				&pulumirpc.CheckRequest{Urn: test.urn, News: marshal(t, test.inputs)})
			if err != nil {
				t.Fatal(err)
			}
			failures := response.GetFailures()
			if len(failures) != 1 || failures[0].GetProperty() != test.property {
				t.Errorf("the failures are %v, and should be about %q", failures, test.property)
			}
			if strings.Contains(failures[0].GetReason(), "PRIVATE KEY") {
				t.Error("the failure shows the key")
			}
		})
	}
}

func certificateInputs(key string) properties {
	return properties{
		"privateKeyPem":       key,
		"allowedUses":         []any{"digital_signature", "server_auth"},
		"validityPeriodHours": 100,
		"earlyRenewalHours":   10,
		"dnsNames":            []any{"a.example"},
		"ipAddresses":         []any{"127.0.0.1"},
		"subject":             properties{"commonName": "a.example", "organization": "one"},
	}
}

func TestCertificateSaysWhatWasAskedFor(t *testing.T) {
	key := revealed(t, create(t, keyURN, properties{"algorithm": "ECDSA", "ecdsaCurve": "P256"}), "privateKeyPem")
	state := create(t, certificateURN, certificateInputs(key))
	block, _ := pem.Decode([]byte(state["certPem"].StringValue()))
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	for _, host := range []string{"a.example", "127.0.0.1"} {
		if _, err := certificate.Verify(x509.VerifyOptions{
			DNSName: host, Roots: roots, CurrentTime: start.Add(time.Hour),
			KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		}); err != nil {
			t.Error(err)
		}
	}
	if !certificate.NotBefore.Equal(start) || !certificate.NotAfter.Equal(start.Add(100*time.Hour)) ||
		certificate.Subject.CommonName != "a.example" || certificate.Subject.Organization[0] != "one" ||
		certificate.KeyUsage != x509.KeyUsageDigitalSignature || certificate.IsCA {
		t.Errorf("the certificate is %+v", certificate)
	}
	if state["readyForRenewal"].BoolValue() || state["keyAlgorithm"].StringValue() != "ECDSA" {
		t.Errorf("the state is %v", state)
	}
	revealed(t, state, "privateKeyPem")
}

func TestCertificateIsReplacedInTime(t *testing.T) {
	key := revealed(t, create(t, keyURN, properties{"algorithm": "ED25519"}), "privateKeyPem")
	inputs := certificateInputs(key)
	state, err := rpc.MarshalProperties(create(t, certificateURN, inputs), secretly)
	if err != nil {
		t.Fatal(err)
	}
	with := func(name string, value any) properties {
		changed := certificateInputs(key)
		changed[name] = value
		return changed
	}
	for name, test := range map[string]struct {
		after             time.Duration
		news              properties
		changed, replaces string
	}{
		"at once":                          {0, inputs, "", ""},
		"just before the renewal":          {90*time.Hour - time.Second, inputs, "", ""},
		"at the renewal":                   {90 * time.Hour, inputs, "readyForRenewal", "readyForRenewal"},
		"another early renewal":            {0, with("earlyRenewalHours", 20), "earlyRenewalHours", ""},
		"an early renewal that has passed": {85 * time.Hour, with("earlyRenewalHours", 20), "earlyRenewalHours readyForRenewal", "readyForRenewal"},
		"another name":                     {0, with("dnsNames", []any{"b.example"}), "dnsNames", "dnsNames"},
	} {
		t.Run(name, func(t *testing.T) {
			provider := newProvider(nil, func() time.Time { return start.Add(test.after) })
			response, err := provider.Diff(context.Background(), &pulumirpc.DiffRequest{
				Urn: certificateURN, Olds: state, News: marshal(t, test.news),
			})
			if err != nil {
				t.Fatal(err)
			}
			changed, replaces := strings.Join(response.GetDiffs(), " "), strings.Join(response.GetReplaces(), " ")
			if changed != test.changed || replaces != test.replaces {
				t.Errorf("%q changes and %q replaces", changed, replaces)
			}
		})
	}
}

func TestEarlyRenewalChangesInPlace(t *testing.T) {
	key := revealed(t, create(t, keyURN, properties{"algorithm": "ED25519"}), "privateKeyPem")
	before := create(t, certificateURN, certificateInputs(key))
	olds, err := rpc.MarshalProperties(before, secretly)
	if err != nil {
		t.Fatal(err)
	}
	news := certificateInputs(key)
	news["earlyRenewalHours"] = 20
	response, err := newProvider(nil, func() time.Time { return start }).Update(context.Background(),
		&pulumirpc.UpdateRequest{Urn: certificateURN, Olds: olds, News: marshal(t, news)})
	if err != nil {
		t.Fatal(err)
	}
	after, err := rpc.UnmarshalProperties(response.GetProperties(), secretly)
	if err != nil || after["certPem"].StringValue() != before["certPem"].StringValue() ||
		after["earlyRenewalHours"].NumberValue() != 20 {
		t.Errorf("the state after the update is %v (%v)", after, err)
	}
}
