// Package acme has the data of accounts, which Traefik stores.
package acme

// Account is an account as its server describes it.
type Account struct{}

// ExtendedAccount is an account and where it is.
type ExtendedAccount struct {
	Account

	Location string
}
