package random

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	rpc "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"golang.org/x/crypto/bcrypt"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	stringType   = "random:index/randomString:RandomString"
	passwordType = "random:index/randomPassword:RandomPassword"
	idType       = "random:index/randomId:RandomId"
	bytesType    = "random:index/randomBytes:RandomBytes"
)

type properties = map[string]any

func urn(token string) string { return "urn:pulumi:stack::project::" + token + "::name" }

func marshal(t *testing.T, values properties) *structpb.Struct {
	t.Helper()
	marshalled, err := rpc.MarshalProperties(resource.NewPropertyMapFromMap(values),
		rpc.MarshalOptions{KeepSecrets: true, KeepUnknowns: true})
	if err != nil {
		t.Fatal(err)
	}
	return marshalled
}

func create(t *testing.T, token string, inputs properties) (id string, state resource.PropertyMap) {
	t.Helper()
	response, err := NewProvider(nil).Create(context.Background(),
		&pulumirpc.CreateRequest{Urn: urn(token), Properties: marshal(t, inputs)})
	if err != nil {
		t.Fatal(err)
	}
	state, err = rpc.UnmarshalProperties(response.GetProperties(), rpc.MarshalOptions{KeepSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	return response.GetId(), state
}

func TestTextHasTheWantedLengthAndCharacters(t *testing.T) {
	for name, test := range map[string]struct {
		inputs  properties
		matches string
	}{
		"letters and digits": {properties{"length": 32, "special": false}, `^[A-Za-z0-9]{32}$`},
		"lower case only": {
			properties{"length": 6, "special": false, "upper": false, "numeric": false}, `^[a-z]{6}$`},
		"the old name of numeric": {
			properties{"length": 40, "special": false, "number": false}, `^[A-Za-z]{40}$`},
		"other special characters": {
			properties{"length": 9, "lower": false, "upper": false, "numeric": false, "overrideSpecial": "_%"},
			`^[_%]{9}$`},
		"nothing but the minimum": {
			properties{"length": 4, "lower": false, "upper": false, "special": false, "minNumeric": 4}, `^[0-9]{4}$`},
	} {
		t.Run(name, func(t *testing.T) {
			_, state := create(t, stringType, test.inputs)
			if result := state["result"].StringValue(); !regexp.MustCompile(test.matches).MatchString(result) {
				t.Errorf("%q does not match %s", result, test.matches)
			}
		})
	}
}

func TestTextHasTheMinimumOfEachClass(t *testing.T) {
	for range 50 {
		_, state := create(t, stringType, properties{
			"length": 12, "minLower": 3, "minUpper": 3, "minNumeric": 3, "minSpecial": 3, "overrideSpecial": "!",
		})
		result := state["result"].StringValue()
		for _, class := range []string{lowerCase, upperCase, digits, "!"} {
			count := 0
			for _, character := range result {
				if strings.ContainsRune(class, character) {
					count++
				}
			}
			if count != 3 {
				t.Fatalf("%q has %d characters of %q, not 3", result, count, class)
			}
		}
	}
}

// The statistic of 62 equally likely characters has 61 degrees of freedom: it exceeds 150 less than once in 10^8 runs.
func TestCharactersAreEquallyLikelyAtEveryPlace(t *testing.T) {
	const length, rounds = 8, 2000
	all := lowerCase + upperCase + digits
	for place := range length {
		counts := map[byte]float64{}
		for range rounds {
			_, state := create(t, stringType, properties{"length": length, "special": false})
			counts[state["result"].StringValue()[place]]++
		}
		expected, statistic := float64(rounds)/float64(len(all)), 0.0
		for _, character := range []byte(all) {
			difference := counts[character] - expected
			statistic += difference * difference / expected
		}
		if statistic > 150 {
			t.Errorf("at place %d the characters are not equally likely: chi-square is %.0f", place, statistic)
		}
	}
}

func TestPasswordIsSecretAndHashed(t *testing.T) {
	for _, length := range []int{16, 100} {
		id, state := create(t, passwordType, properties{"length": length})
		if !state["result"].IsSecret() || !state["bcryptHash"].IsSecret() {
			t.Fatal("the password or its hash is not secret")
		}
		password := state["result"].SecretValue().Element.StringValue()
		if len(password) != length || strings.Contains(id, password) {
			t.Errorf("the password has %d characters, and the id is %q", len(password), id)
		}
		hash := state["bcryptHash"].SecretValue().Element.StringValue()
		if err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(password[:min(length, bcryptLimit)])); err != nil {
			t.Error(err)
		}
	}
}

func TestIDShowsTheSameBytesInEveryForm(t *testing.T) {
	id, state := create(t, idType, properties{"byteLength": 9, "prefix": "x-"})
	shown := func(name resource.PropertyKey) string {
		text, found := strings.CutPrefix(state[name].StringValue(), "x-")
		if !found {
			t.Errorf("%s has no prefix", name)
		}
		return text
	}
	bytes, err := hex.DecodeString(shown("hex"))
	if err != nil || len(bytes) != 9 {
		t.Fatalf("hex is %q", shown("hex"))
	}
	for _, pair := range [][2]string{
		{id, base64.RawURLEncoding.EncodeToString(bytes)},
		{shown("b64Url"), base64.RawURLEncoding.EncodeToString(bytes)},
		{shown("b64Std"), base64.StdEncoding.EncodeToString(bytes)},
		{shown("dec"), new(big.Int).SetBytes(bytes).String()},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%q is not %q", pair[0], pair[1])
		}
	}
}

func TestBytesAreSecret(t *testing.T) {
	_, state := create(t, bytesType, properties{"length": 20})
	bytes, err := base64.StdEncoding.DecodeString(state["base64"].SecretValue().Element.StringValue())
	if err != nil || len(bytes) != 20 || state["hex"].SecretValue().Element.StringValue() != hex.EncodeToString(bytes) {
		t.Errorf("20 bytes are %v", bytes)
	}
}

func TestPreviewKnowsTheInputsOnly(t *testing.T) {
	response, err := NewProvider(nil).Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: urn(stringType), Properties: marshal(t, properties{"length": 6}), Preview: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	state, err := rpc.UnmarshalProperties(response.GetProperties(), rpc.MarshalOptions{KeepUnknowns: true})
	if err != nil || response.GetId() != "" || !state["result"].IsComputed() || state["length"].NumberValue() != 6 {
		t.Errorf("the preview is %v with id %q (%v)", state, response.GetId(), err)
	}
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	unknown := resource.MakeComputed(resource.NewStringProperty(""))
	for name, test := range map[string]struct {
		token    string
		inputs   properties
		property string
	}{
		"fine":                     {stringType, properties{"length": 3}, ""},
		"unknown length":           {stringType, properties{"length": unknown}, ""},
		"no length":                {stringType, properties{}, "length"},
		"length of the wrong type": {stringType, properties{"length": "six"}, "length"},
		"length 0":                 {passwordType, properties{"length": 0}, "length"},
		"minimums beyond length":   {passwordType, properties{"length": 3, "minLower": 2, "minUpper": 2}, "length"},
		"negative minimum":         {passwordType, properties{"length": 3, "minLower": -1}, "minLower"},
		"no characters": {passwordType,
			properties{"length": 3, "lower": false, "upper": false, "numeric": false, "special": false}, "lower"},
		"misspelt argument": {stringType, properties{"length": 3, "specials": false}, "specials"},
		"no bytes":          {idType, properties{"byteLength": 0}, "byteLength"},
	} {
		t.Run(name, func(t *testing.T) {
			response, err := NewProvider(nil).Check(context.Background(),
				&pulumirpc.CheckRequest{Urn: urn(test.token), News: marshal(t, test.inputs)})
			if err != nil {
				t.Fatal(err)
			}
			found := ""
			for _, failure := range response.GetFailures() {
				found = failure.GetProperty()
			}
			if found != test.property {
				t.Errorf("the failures are %v, and should be about %q", response.GetFailures(), test.property)
			}
		})
	}
}

func TestInputsThatChangeReplace(t *testing.T) {
	// The state as the official provider writes it.
	official := properties{
		"length": 6, "lower": true, "upper": true, "numeric": true, "number": true, "special": false,
		"minLower": 0, "minUpper": 0, "minNumeric": 0, "minSpecial": 0, "result": "abcdef", "id": "abcdef",
		"__meta": `{"schema_version":"3"}`,
	}
	withKeepers := properties{"keepers": properties{"a": "1"}}
	for name, value := range official {
		withKeepers[name] = value
	}
	for name, test := range map[string]struct {
		state, news properties
		replaces    string
	}{
		"nothing":                 {official, properties{"length": 6, "special": false}, ""},
		"a default made explicit": {official, properties{"length": 6, "special": false, "lower": true}, ""},
		"length":                  {official, properties{"length": 7, "special": false}, "length"},
		"a default by absence":    {official, properties{"length": 6}, "special"},
		"a first keeper":          {official, properties{"length": 6, "special": false, "keepers": properties{"a": "1"}}, "keepers"},
		"the same keeper":         {withKeepers, properties{"length": 6, "special": false, "keepers": properties{"a": "1"}}, ""},
		"another keeper":          {withKeepers, properties{"length": 6, "special": false, "keepers": properties{"a": "2"}}, "keepers"},
	} {
		t.Run(name, func(t *testing.T) {
			response, err := NewProvider(nil).Diff(context.Background(), &pulumirpc.DiffRequest{
				Urn: urn(stringType), Olds: marshal(t, test.state), News: marshal(t, test.news),
			})
			if err != nil {
				t.Fatal(err)
			}
			if found := strings.Join(response.GetReplaces(), " "); found != test.replaces {
				t.Errorf("%q is replaced for, not %q", found, test.replaces)
			}
		})
	}
}

func TestReadKeepsTheState(t *testing.T) {
	_, state := create(t, passwordType, properties{"length": 8})
	marshalled, err := rpc.MarshalProperties(state, rpc.MarshalOptions{KeepSecrets: true})
	if err != nil {
		t.Fatal(err)
	}
	response, err := NewProvider(nil).Read(context.Background(),
		&pulumirpc.ReadRequest{Id: "none", Urn: urn(passwordType), Properties: marshalled})
	if err != nil {
		t.Fatal(err)
	}
	read, err := rpc.UnmarshalProperties(response.GetProperties(), rpc.MarshalOptions{KeepSecrets: true})
	if err != nil || !read.DeepEquals(state) || response.GetId() != "none" {
		t.Errorf("%v was read, not %v (%v)", read, state, err)
	}
}

func TestUnknownResourcesAreRefused(t *testing.T) {
	_, err := NewProvider(nil).Check(context.Background(), &pulumirpc.CheckRequest{
		Urn: urn("random:index/randomPet:RandomPet"), News: marshal(t, properties{}),
	})
	if err == nil || !strings.Contains(err.Error(), "randomPet") {
		t.Errorf("the error is %v", err)
	}
}
