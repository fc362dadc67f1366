package random

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"math/big"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"mlops-platform/plugins/internal/generated"
)

func someBytes(count int) ([]byte, error) {
	bytes := make([]byte, count)
	_, err := rand.Read(bytes)
	return bytes, err
}

// makeID shows the same bytes in four ways, each after the prefix; the id is without it.
func makeID(inputs generated.Values) (generated.Made, error) {
	bytes, err := someBytes(inputs.Int("byteLength"))
	prefix := inputs.String("prefix")
	shown := func(text string) resource.PropertyValue { return resource.NewStringProperty(prefix + text) }
	return generated.Made{ID: base64.RawURLEncoding.EncodeToString(bytes), Outputs: resource.PropertyMap{
		"b64Std": shown(base64.StdEncoding.EncodeToString(bytes)),
		"b64Url": shown(base64.RawURLEncoding.EncodeToString(bytes)),
		"hex":    shown(hex.EncodeToString(bytes)),
		"dec":    shown(new(big.Int).SetBytes(bytes).String()),
	}}, err
}

func makeBytes(inputs generated.Values) (generated.Made, error) {
	bytes, err := someBytes(inputs.Int("length"))
	return generated.Made{ID: "none", Outputs: resource.PropertyMap{
		"base64": resource.NewStringProperty(base64.StdEncoding.EncodeToString(bytes)),
		"hex":    resource.NewStringProperty(hex.EncodeToString(bytes)),
	}}, err
}
