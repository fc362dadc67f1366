package random

import (
	"crypto/rand"
	"fmt"
	"math/big"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"golang.org/x/crypto/bcrypt"

	"mlops-platform/plugins/internal/generated"
)

const (
	lowerCase = "abcdefghijklmnopqrstuvwxyz"
	upperCase = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits    = "0123456789"
	specials  = "!@#$%&*()-_=+[]{}<>:?"

	// bcryptLimit is the number of bytes beyond which bcrypt refuses a password.
	bcryptLimit = 72
)

// class of characters: which ones, whether they may occur at all, and how often they must.
type class struct {
	name, characters string
	allowed          bool
	least            int
}

func classes(inputs generated.Values) []class {
	special := specials
	if override := inputs.String("overrideSpecial"); override != "" {
		special = override
	}
	return []class{
		{"minNumeric", digits, inputs.Bool("numeric") && inputs.Bool("number"), inputs.Int("minNumeric")},
		{"minLower", lowerCase, inputs.Bool("lower"), inputs.Int("minLower")},
		{"minUpper", upperCase, inputs.Bool("upper"), inputs.Int("minUpper")},
		{"minSpecial", special, inputs.Bool("special"), inputs.Int("minSpecial")},
	}
}

func checkText(inputs generated.Values) []generated.Problem {
	problems := positive("length")(inputs)
	least, allowed := 0, false
	for _, class := range classes(inputs) {
		if class.least < 0 {
			problems = append(problems, generated.Problem{
				Property: class.name, Reason: fmt.Sprintf("must not be negative, and is %d", class.least)})
		}
		least += max(class.least, 0)
		allowed = allowed || class.allowed || class.least > 0
	}
	if length := inputs.Int("length"); least > length {
		problems = append(problems, generated.Problem{
			Property: "length", Reason: fmt.Sprintf("is %d, but the minimums add up to %d", length, least)})
	}
	if !allowed {
		problems = append(problems, generated.Problem{
			Property: "lower", Reason: "no class of characters is allowed: leave lower, upper, numeric or special on"})
	}
	return problems
}

func positive(name resource.PropertyKey) func(generated.Values) []generated.Problem {
	return func(inputs generated.Values) []generated.Problem {
		if value := inputs.Int(name); value < 1 {
			return []generated.Problem{{
				Property: string(name), Reason: fmt.Sprintf("must be at least 1, and is %d", value)}}
		}
		return nil
	}
}

// text draws what each class needs at least, fills up from all that are allowed, and shuffles.
func text(inputs generated.Values) (string, error) {
	var drawn []rune
	var pool []rune
	for _, class := range classes(inputs) {
		characters := []rune(class.characters)
		if class.allowed {
			pool = append(pool, characters...)
		}
		some, err := draw(characters, class.least)
		if err != nil {
			return "", err
		}
		drawn = append(drawn, some...)
	}
	rest, err := draw(pool, inputs.Int("length")-len(drawn))
	if err != nil {
		return "", err
	}
	drawn = append(drawn, rest...)
	for last := len(drawn) - 1; last > 0; last-- {
		other, err := below(last + 1)
		if err != nil {
			return "", err
		}
		drawn[last], drawn[other] = drawn[other], drawn[last]
	}
	return string(drawn), nil
}

func draw(from []rune, count int) ([]rune, error) {
	if count > 0 && len(from) == 0 {
		return nil, fmt.Errorf("%d characters are wanted, but no class of characters is allowed", count)
	}
	drawn := make([]rune, 0, max(count, 0))
	for len(drawn) < count {
		at, err := below(len(from))
		if err != nil {
			return nil, err
		}
		drawn = append(drawn, from[at])
	}
	return drawn, nil
}

// below is a uniform number from 0 to limit-1.
func below(limit int) (int, error) {
	number, err := rand.Int(rand.Reader, big.NewInt(int64(limit)))
	if err != nil {
		return 0, err
	}
	return int(number.Int64()), nil
}

func makeString(inputs generated.Values) (generated.Made, error) {
	result, err := text(inputs)
	return generated.Made{ID: result, Outputs: resource.PropertyMap{
		"result": resource.NewStringProperty(result),
	}}, err
}

// makePassword keeps the password out of the id, which is no secret. A password that is too long for bcrypt gets
// the hash of its first part, as from the official provider.
func makePassword(inputs generated.Values) (generated.Made, error) {
	result, err := text(inputs)
	if err != nil {
		return generated.Made{}, err
	}
	hashed := []byte(result)
	hash, err := bcrypt.GenerateFromPassword(hashed[:min(len(hashed), bcryptLimit)], bcrypt.DefaultCost)
	return generated.Made{ID: "none", Outputs: resource.PropertyMap{
		"result":     resource.NewStringProperty(result),
		"bcryptHash": resource.NewStringProperty(string(hash)),
	}}, err
}
