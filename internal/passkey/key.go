package passkey

import (
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/protocol/webauthncose"
)

// Bounds of RSA keys: shorter ones can be broken, and longer ones make a signature costly to check.
const (
	leastRSABits = 2048
	mostRSABits  = 4096
	rsaExponent  = 65537
)

// algorithms are those of keys that are taken, the better one first. RS256 is there for the TPMs of Windows.
func algorithms() []webauthncose.COSEAlgorithmIdentifier {
	return []webauthncose.COSEAlgorithmIdentifier{webauthncose.AlgES256, webauthncose.AlgEdDSA, webauthncose.AlgRS256}
}

func parameters() []protocol.CredentialParameter {
	var all []protocol.CredentialParameter
	for _, algorithm := range algorithms() {
		all = append(all, protocol.CredentialParameter{Type: protocol.PublicKeyCredentialType, Algorithm: algorithm})
	}
	return all
}

// checkKey refuses a COSE_Key that is not of an algorithm that is taken, whole and of a size that is taken. The library has made sure of
// the curve, and that a point is on it.
func checkKey(cose []byte) error {
	key, err := webauthncose.ParsePublicKey(cose)
	if err != nil {
		return err
	}
	switch k := key.(type) {
	case webauthncose.EC2PublicKeyData:
		return allowed(k.Algorithm)
	case webauthncose.OKPPublicKeyData:
		return allowed(k.Algorithm)
	case webauthncose.RSAPublicKeyData:
		bits := new(big.Int).SetBytes(k.Modulus).BitLen()
		exponent, err := webauthncose.ParseRSAPublicKeyDataExponent(&k)
		if err != nil || exponent != rsaExponent || bits < leastRSABits || bits > mostRSABits {
			return fmt.Errorf("an RSA key of %d bits with exponent %d", bits, exponent)
		}
		return allowed(k.Algorithm)
	default:
		return errors.New("a key of another type")
	}
}

func allowed(algorithm int64) error {
	if !slices.Contains(algorithms(), webauthncose.COSEAlgorithmIdentifier(algorithm)) {
		return fmt.Errorf("algorithm %d", algorithm)
	}
	return nil
}
