// Package dns01 has the options of challenges by DNS, and the one function of it that matters without them.
package dns01

import (
	"strings"
	"time"

	"github.com/go-acme/lego/v5/challenge"
)

// Options of a client of DNS.
type Options struct{ RecursiveNameservers []string }

// Client of DNS.
type Client struct{}

// NewClient is not needed without challenges.
func NewClient(*Options) *Client { return nil }

// SetDefaultClient is not needed without challenges.
func SetDefaultClient(*Client) {}

// CondOptions is not needed without challenges.
func CondOptions(bool, ...challenge.Option) challenge.Option { return challenge.Option{} }

// DisableAuthoritativeNssPropagationRequirement is not needed without challenges.
func DisableAuthoritativeNssPropagationRequirement() challenge.Option { return challenge.Option{} }

// DisableRecursiveNSsPropagationRequirement is not needed without challenges.
func DisableRecursiveNSsPropagationRequirement() challenge.Option { return challenge.Option{} }

// PropagationWait is not needed without challenges.
func PropagationWait(time.Duration, bool) challenge.Option { return challenge.Option{} }

// UnFqdn takes the dot from the end of a name.
func UnFqdn(name string) string { return strings.TrimSuffix(name, ".") }
