// Package pki makes the control plane's certificates: one authority of its own, and from it a certificate for
// each program, as server, as client or as both. Nothing of it is trusted anywhere else.
package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// AuthorityName is the CommonName of the authority, the mark by which programs tell that an API server is the
// embedded one.
const AuthorityName = "mlops-platform embedded control plane"

const validity = 10 * 365 * 24 * time.Hour

// Authority signs certificates.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Pair is a certificate with its key, as PEM.
type Pair struct{ Certificate, Key []byte }

// Request says what a certificate is for.
type Request struct {
	CommonName    string
	Organizations []string
	// Hosts are the names and addresses that a server answers to; without any, it is a client's certificate.
	Hosts []string
	// Client lets a server's certificate be shown to other servers too.
	Client bool
}

// NewAuthority makes an authority of this name, and its own certificate.
func NewAuthority(name string) (*Authority, Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, Pair{}, err
	}
	template, err := newTemplate(pkix.Name{CommonName: name})
	if err != nil {
		return nil, Pair{}, err
	}
	template.IsCA = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature
	pair, certificate, err := sign(template, template, key, key)
	return &Authority{certificate, key}, pair, err
}

// Issue makes a key and its certificate.
func (a *Authority) Issue(request Request) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, err
	}
	template, err := newTemplate(pkix.Name{CommonName: request.CommonName, Organization: request.Organizations})
	if err != nil {
		return Pair{}, err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	for _, host := range request.Hosts {
		if address := net.ParseIP(host); address != nil {
			template.IPAddresses = append(template.IPAddresses, address)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	if len(request.Hosts) > 0 {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	if len(request.Hosts) == 0 || request.Client {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	}
	pair, _, err := sign(template, a.certificate, key, a.key)
	return pair, err
}

// Ensure makes a directory with ca.crt, ca.key, a key for signing service accounts' tokens, and NAME.crt with
// NAME.key for each request. The directory appears complete or not at all, and is then left alone.
func Ensure(directory string, requests map[string]Request) error {
	if _, err := os.Stat(directory); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	unfinished, err := os.MkdirTemp(filepath.Dir(directory), ".pki-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(unfinished)
	authority, pair, err := NewAuthority(AuthorityName)
	if err != nil {
		return err
	}
	if err := pair.write(unfinished, "ca"); err != nil {
		return err
	}
	for name, request := range requests {
		pair, err := authority.Issue(request)
		if err != nil {
			return err
		}
		if err := pair.write(unfinished, name); err != nil {
			return err
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	if err := writeServiceAccountKeys(unfinished, key); err != nil {
		return err
	}
	return os.Rename(unfinished, directory)
}

func writeServiceAccountKeys(directory string, key *ecdsa.PrivateKey) error {
	private, err := encodeKey(key)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return errors.Join(
		os.WriteFile(filepath.Join(directory, "service-accounts.key"), private, 0o600),
		os.WriteFile(filepath.Join(directory, "service-accounts.pub"), public, 0o600),
	)
}

func (p Pair) write(directory, name string) error {
	return errors.Join(
		os.WriteFile(filepath.Join(directory, name+".crt"), p.Certificate, 0o600),
		os.WriteFile(filepath.Join(directory, name+".key"), p.Key, 0o600),
	)
}

func newTemplate(subject pkix.Name) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		return nil, err
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber:          serial,
		Subject:               subject,
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(validity),
		BasicConstraintsValid: true,
	}, nil
}

func sign(
	template, parent *x509.Certificate, key *ecdsa.PrivateKey, signer crypto.Signer,
) (Pair, *x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		return Pair{}, nil, fmt.Errorf("certificate of %q: %w", template.Subject.CommonName, err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return Pair{}, nil, err
	}
	private, err := encodeKey(key)
	if err != nil {
		return Pair{}, nil, err
	}
	return Pair{pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), private}, certificate, nil
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}
