// Package http01 names the path of challenges by HTTP.
package http01

import (
	"time"

	"github.com/go-acme/lego/v5/challenge"
)

// PathPrefix is where challenges are answered.
const PathPrefix = "/.well-known/acme-challenge/"

// SetDelay is not needed without challenges.
func SetDelay(time.Duration) challenge.Option { return challenge.Option{} }
