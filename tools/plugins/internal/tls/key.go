package tls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // an identifier, as the official provider makes it
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"golang.org/x/crypto/ssh"

	"mlops-platform/plugins/internal/generated"
)

var curves = map[string]elliptic.Curve{
	"P224": elliptic.P224(), "P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521(),
}

func checkKey(inputs generated.Values) []generated.Problem {
	switch algorithm := inputs.String("algorithm"); algorithm {
	case "ED25519":
	case "RSA":
		if bits := inputs.Int("rsaBits"); bits < 1024 || bits > 16384 {
			return []generated.Problem{{Property: "rsaBits",
				Reason: fmt.Sprintf("must be from 1024 to 16384, and is %d", bits)}}
		}
	case "ECDSA":
		if curve := inputs.String("ecdsaCurve"); curves[curve] == nil {
			return []generated.Problem{{Property: "ecdsaCurve",
				Reason: fmt.Sprintf("must be P224, P256, P384 or P521, and is %q", curve)}}
		}
	default:
		return []generated.Problem{{Property: "algorithm",
			Reason: fmt.Sprintf("must be RSA, ECDSA or ED25519, and is %q", algorithm)}}
	}
	return nil
}

func generateKey(inputs generated.Values) (crypto.Signer, error) {
	switch inputs.String("algorithm") {
	case "RSA":
		return rsa.GenerateKey(rand.Reader, inputs.Int("rsaBits"))
	case "ECDSA":
		return ecdsa.GenerateKey(curves[inputs.String("ecdsaCurve")], rand.Reader)
	default:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
}

// makeKey shows a new key in every form that programs ask for. The id is a checksum of the public half.
func makeKey(inputs generated.Values) (generated.Made, error) {
	key, err := generateKey(inputs)
	if err != nil {
		return generated.Made{}, err
	}
	traditional, err := traditionalPEM(key)
	if err != nil {
		return generated.Made{}, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return generated.Made{}, err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return generated.Made{}, err
	}
	publicPEM := encode("PUBLIC KEY", public)
	outputs := map[resource.PropertyKey]string{
		"privateKeyPem":      traditional,
		"privateKeyPemPkcs8": encode("PRIVATE KEY", pkcs8),
		"publicKeyPem":       publicPEM,
		// OpenSSH has no form for P224: the official provider leaves these empty then.
		"privateKeyOpenssh": "", "publicKeyOpenssh": "",
		"publicKeyFingerprintMd5": "", "publicKeyFingerprintSha256": "",
	}
	if sshKey, err := ssh.NewPublicKey(key.Public()); err == nil {
		block, err := ssh.MarshalPrivateKey(key, "")
		if err != nil {
			return generated.Made{}, err
		}
		outputs["privateKeyOpenssh"] = string(pem.EncodeToMemory(block))
		outputs["publicKeyOpenssh"] = string(ssh.MarshalAuthorizedKey(sshKey))
		outputs["publicKeyFingerprintMd5"] = ssh.FingerprintLegacyMD5(sshKey)
		outputs["publicKeyFingerprintSha256"] = ssh.FingerprintSHA256(sshKey)
	}
	made := generated.Made{ID: checksum([]byte(publicPEM)), Outputs: resource.PropertyMap{}}
	for name, text := range outputs {
		made.Outputs[name] = resource.NewStringProperty(text)
	}
	return made, nil
}

// traditionalPEM is the form that each algorithm had before PKCS#8; Ed25519 never had one.
func traditionalPEM(key crypto.Signer) (string, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), nil
	case *ecdsa.PrivateKey:
		der, err := x509.MarshalECPrivateKey(key)
		return encode("EC PRIVATE KEY", der), err
	default:
		der, err := x509.MarshalPKCS8PrivateKey(key)
		return encode("PRIVATE KEY", der), err
	}
}

// parseKey reads a private key in any of the forms that makeKey writes, and names its algorithm.
func parseKey(text string) (crypto.Signer, string, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, "", fmt.Errorf("is no private key in PEM form")
	}
	var parsed any
	var err error
	switch block.Type {
	case "RSA PRIVATE KEY":
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		parsed, err = x509.ParseECPrivateKey(block.Bytes)
	case "PRIVATE KEY":
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	default:
		err = fmt.Errorf("is a PEM block of type %q, not a private key", block.Type)
	}
	if err != nil {
		return nil, "", err
	}
	switch key := parsed.(type) {
	case *rsa.PrivateKey:
		return key, "RSA", nil
	case *ecdsa.PrivateKey:
		return key, "ECDSA", nil
	case ed25519.PrivateKey:
		return key, "ED25519", nil
	}
	return nil, "", fmt.Errorf("is a private key of a kind that is not supported")
}

func encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func checksum(data []byte) string {
	sum := sha1.Sum(data) //nolint:gosec // see the import
	return hex.EncodeToString(sum[:])
}
