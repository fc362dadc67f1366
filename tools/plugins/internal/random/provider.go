// Package random is a development stand-in for the Pulumi provider "random": strings, passwords, ids and bytes from
// the operating system's source of randomness.
package random

import (
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"mlops-platform/plugins/internal/generated"
	"mlops-platform/plugins/internal/plugin"
)

// Version is the official plugin's that the program's SDK asks for.
const Version = "4.21.2"

// NewProvider makes the provider.
func NewProvider(engine *plugin.Engine) pulumirpc.ResourceProviderServer {
	return &generated.Provider{
		Base:  plugin.Base{Name: "random", Version: Version, Engine: engine},
		Kinds: kinds,
		Now:   time.Now,
	}
}

var kinds = map[string]generated.Kind{
	"random:index/randomString:RandomString": {
		Inputs:  textInputs,
		Outputs: []string{"result"},
		Check:   checkText,
		Make:    makeString,
	},
	"random:index/randomPassword:RandomPassword": {
		Inputs:  textInputs,
		Outputs: []string{"result", "bcryptHash"},
		Secrets: []string{"result", "bcryptHash"},
		Check:   checkText,
		Make:    makePassword,
	},
	"random:index/randomId:RandomId": {
		Inputs: map[string]generated.Input{
			"byteLength": {Type: generated.Number, Required: true},
			"prefix":     {Type: generated.String},
			"keepers":    {Type: generated.StringMap},
		},
		Outputs: []string{"b64Std", "b64Url", "dec", "hex"},
		Check:   positive("byteLength"),
		Make:    makeID,
	},
	"random:index/randomBytes:RandomBytes": {
		Inputs: map[string]generated.Input{
			"length":  {Type: generated.Number, Required: true},
			"keepers": {Type: generated.StringMap},
		},
		Outputs: []string{"base64", "hex"},
		Secrets: []string{"base64", "hex"},
		Check:   positive("length"),
		Make:    makeBytes,
	},
}

// textInputs are the arguments of strings and of passwords. `number` is the old name of `numeric`.
var textInputs = map[string]generated.Input{
	"length":          {Type: generated.Number, Required: true},
	"lower":           {Type: generated.Bool, Default: true},
	"upper":           {Type: generated.Bool, Default: true},
	"numeric":         {Type: generated.Bool, Default: true, SameAs: "number"},
	"number":          {Type: generated.Bool, Default: true, SameAs: "numeric"},
	"special":         {Type: generated.Bool, Default: true},
	"minLower":        {Type: generated.Number, Default: 0.0},
	"minUpper":        {Type: generated.Number, Default: 0.0},
	"minNumeric":      {Type: generated.Number, Default: 0.0},
	"minSpecial":      {Type: generated.Number, Default: 0.0},
	"overrideSpecial": {Type: generated.String},
	"keepers":         {Type: generated.StringMap},
}
