// Package lego would have the client.
package lego

import (
	"crypto/x509"
	"errors"
	"net/http"
	"time"

	"github.com/go-acme/lego/v5/certificate"
	"github.com/go-acme/lego/v5/challenge"
	"github.com/go-acme/lego/v5/registration"
)

// DirectoryURLLetsEncrypt is the default of Traefik's configuration.
const DirectoryURLLetsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"

// Config of a client.
type Config struct {
	CADirURL, UserAgent string
	HTTPClient          *http.Client
	Certificate         struct{ Timeout time.Duration }
}

// Client of a certificate authority.
type Client struct {
	Certificate  *certificate.Certifier
	Challenge    *challenge.Solvers
	Registration *registration.Registrar
}

// NewConfig configures a client.
func NewConfig(any) *Config { return &Config{} }

// NewClient refuses.
func NewClient(*Config) (*Client, error) {
	return nil, errors.New("this build of Traefik gets no certificates: tools/toolchain/traefik/no-acme")
}

// CreateCertPool is not needed without a client.
func CreateCertPool([]string, bool) (*x509.CertPool, error) { return nil, errors.ErrUnsupported }
