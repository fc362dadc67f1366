// Package registration has how Traefik asks for an account.
package registration

import (
	"context"
	"errors"

	"github.com/go-acme/lego/v5/acme"
)

// RegisterOptions asks for an account.
type RegisterOptions struct{ TermsOfServiceAgreed bool }

// RegisterEABOptions asks for an account of a customer.
type RegisterEABOptions struct {
	TermsOfServiceAgreed bool
	Kid, HmacEncoded     string
}

// Registrar is a part of the client that this build does not make.
type Registrar struct{}

// Register is out of reach without a client.
func (*Registrar) Register(context.Context, RegisterOptions) (*acme.ExtendedAccount, error) {
	return nil, errors.ErrUnsupported
}

// RegisterWithExternalAccountBinding is out of reach without a client.
func (*Registrar) RegisterWithExternalAccountBinding(
	context.Context, RegisterEABOptions,
) (*acme.ExtendedAccount, error) {
	return nil, errors.ErrUnsupported
}
