package pki

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
)

func read(t *testing.T, directory, name string) *x509.Certificate {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(directory, name+".crt"))
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func ensure(t *testing.T) string {
	t.Helper()
	directory := filepath.Join(t.TempDir(), "pki")
	err := Ensure(directory, map[string]Request{
		"server": {CommonName: "server", Hosts: []string{"127.0.0.1", "localhost"}},
		"client": {CommonName: "client", Organizations: []string{"group"}},
		"both":   {CommonName: "both", Hosts: []string{"127.0.0.1"}, Client: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return directory
}

func verify(t *testing.T, directory, name, host string, usage x509.ExtKeyUsage) error {
	roots := x509.NewCertPool()
	roots.AddCert(read(t, directory, "ca"))
	_, err := read(t, directory, name).Verify(x509.VerifyOptions{
		Roots: roots, DNSName: host, KeyUsages: []x509.ExtKeyUsage{usage},
	})
	return err
}

func TestTheAuthorityBearsTheMarkOfTheEmbeddedControlPlane(t *testing.T) {
	if name := read(t, ensure(t), "ca").Subject.CommonName; name != "mlops-platform embedded control plane" {
		t.Fatalf("the authority is called %q", name)
	}
}

func TestACertificateIsGoodForWhatItWasAskedForAndNothingElse(t *testing.T) {
	directory := ensure(t)
	for _, test := range []struct {
		name, host string
		usage      x509.ExtKeyUsage
		good       bool
	}{
		{"server", "127.0.0.1", x509.ExtKeyUsageServerAuth, true},
		{"server", "localhost", x509.ExtKeyUsageServerAuth, true},
		{"server", "example.com", x509.ExtKeyUsageServerAuth, false},
		{"server", "", x509.ExtKeyUsageClientAuth, false},
		{"client", "", x509.ExtKeyUsageClientAuth, true},
		{"client", "", x509.ExtKeyUsageServerAuth, false},
		{"both", "127.0.0.1", x509.ExtKeyUsageServerAuth, true},
		{"both", "", x509.ExtKeyUsageClientAuth, true},
	} {
		if err := verify(t, directory, test.name, test.host, test.usage); (err == nil) != test.good {
			t.Errorf("%+v: %v", test, err)
		}
	}
	if groups := read(t, directory, "client").Subject.Organization; len(groups) != 1 || groups[0] != "group" {
		t.Errorf("the client belongs to %v", groups)
	}
}

func TestCertificatesAreMadeOnceAndOnlyTheirOwnerReadsThem(t *testing.T) {
	directory := ensure(t)
	before := read(t, directory, "ca")
	if err := Ensure(directory, nil); err != nil {
		t.Fatal(err)
	}
	if !before.Equal(read(t, directory, "ca")) {
		t.Error("the authority is another one")
	}
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", entry.Name(), info.Mode(), err)
		}
	}
}
