// Package tlsalpn01 names the protocol of challenges by TLS, which Traefik keeps apart from others.
package tlsalpn01

import (
	"errors"
	"time"

	"github.com/go-acme/lego/v5/challenge"
)

// ACMETLS1Protocol is what a client that brings a challenge says it speaks (RFC 8737).
const ACMETLS1Protocol = "acme-tls/1"

// ChallengeBlocks is not needed without challenges.
func ChallengeBlocks(string, string) (certificate, key []byte, err error) {
	return nil, nil, errors.ErrUnsupported
}

// SetDelay is not needed without challenges.
func SetDelay(time.Duration) challenge.Option { return challenge.Option{} }
