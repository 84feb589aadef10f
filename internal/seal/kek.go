package seal

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/tink-crypto/tink-go/v2/aead/subtle"
	"github.com/tink-crypto/tink-go/v2/tink"
)

// How the name of a key-encryption key begins.
const (
	kekFile = "file:"
	kekEnv  = "env:"
	kekAWS  = "aws-kms://"
)

// kekBytes is the size of a key-encryption key that is given as text: AES-256.
const kekBytes = 32

// kek is a key-encryption key: it encrypts keysets where they rest (NIST SP 800-57 part 1, section 5.1.1).
type kek interface {
	tink.AEADWithContext

	// because is why it could not do what it was last asked for: Tink keeps only the text of an error.
	because() error
}

// openKEK finds the key that the name names: file:PATH and env:NAME hold the base64 of 32 bytes, aws-kms://ARN is a key of AWS KMS.
// Errors never quote what a file or variable holds.
func openKEK(ctx context.Context, name string) (kek, error) {
	text := ""
	switch {
	case strings.HasPrefix(name, kekAWS):
		return awsKEK(ctx, name)
	case strings.HasPrefix(name, kekFile):
		path := strings.TrimPrefix(name, kekFile)
		if err := checkSecret(path); err != nil {
			return nil, fmt.Errorf("key-encryption key: %w", err)
		}
		content, err := os.ReadFile(path) // #nosec G304 -- the operator names it
		if err != nil {
			return nil, fmt.Errorf("key-encryption key: %w", err)
		}
		text = string(content)
	case strings.HasPrefix(name, kekEnv):
		text = os.Getenv(strings.TrimPrefix(name, kekEnv))
	default:
		return nil, errors.New("key-encryption key: its name must begin with file:, env: or aws-kms://")
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != kekBytes {
		return nil, fmt.Errorf("key-encryption key: %s must hold the base64 of %d random bytes (openssl rand -base64 %d)", name, kekBytes, kekBytes)
	}
	primitive, err := subtle.NewAESGCM(key)
	if err != nil {
		return nil, fmt.Errorf("key-encryption key: %s can't be used", name)
	}
	return local{primitive, name}, nil
}

// local is a key that needs no service, and so no context.
type local struct {
	tink.AEAD
	name string
}

// EncryptWithContext encrypts.
func (l local) EncryptWithContext(_ context.Context, plaintext, associated []byte) ([]byte, error) {
	return l.Encrypt(plaintext, associated)
}

// DecryptWithContext decrypts.
func (l local) DecryptWithContext(_ context.Context, ciphertext, associated []byte) ([]byte, error) {
	return l.Decrypt(ciphertext, associated)
}

func (l local) because() error {
	return fmt.Errorf("it was encrypted under another key than that of %s, or changed", l.name)
}

// isEncrypted tells the two forms of a keyset apart by a name that only one of them has.
func isEncrypted(raw []byte) bool { return bytes.Contains(raw, []byte(`"encryptedKeyset"`)) }
