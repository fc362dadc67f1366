// Package challenge names what Traefik implements: answers to the questions of a certificate authority.
package challenge

import (
	"context"
	"errors"
)

// Provider answers.
type Provider interface {
	Present(ctx context.Context, domain, token, keyAuth string) error
	CleanUp(ctx context.Context, domain, token, keyAuth string) error
}

// Option changes how long one waits for an answer.
type Option struct{}

// Solvers is a part of the client that this build does not make.
type Solvers struct{}

// SetDNS01Provider is out of reach without a client.
func (*Solvers) SetDNS01Provider(Provider, ...Option) error { return errors.ErrUnsupported }

// SetHTTP01Provider is out of reach without a client.
func (*Solvers) SetHTTP01Provider(Provider, ...Option) error { return errors.ErrUnsupported }

// SetTLSALPN01Provider is out of reach without a client.
func (*Solvers) SetTLSALPN01Provider(Provider, ...Option) error { return errors.ErrUnsupported }
