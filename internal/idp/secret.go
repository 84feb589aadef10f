package idp

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is text that must not reach a log, an event, an error or a page by accident: every way of printing or
// marshalling it says "[redacted]". Reveal is the only way out, and easy to find in a review.
type Secret struct{ text string }

// NewSecret wraps text that is already known.
func NewSecret(text string) Secret { return Secret{text: text} }

// RandomSecret returns n bytes (not fewer than 16) from the operating system's generator in unpadded base64url.
// 32 bytes is the choice for bearer values: 256 bits (ASVS 7.2.3 asks for 128).
func RandomSecret(n int) Secret {
	if n < 16 {
		n = 16
	}
	raw := make([]byte, n)
	if _, err := rand.Read(raw); err != nil {
		panic("no randomness: " + err.Error()) // crypto/rand never returns an error since Go 1.24
	}
	return Secret{text: base64.RawURLEncoding.EncodeToString(raw)}
}

// Reveal returns the text itself.
func (s Secret) Reveal() string { return s.text }

// IsZero reports whether nothing is held.
func (s Secret) IsZero() bool { return s.text == "" }

// Equal compares in constant time (for equal lengths).
func (s Secret) Equal(other string) bool {
	return subtle.ConstantTimeCompare([]byte(s.text), []byte(other)) == 1
}

// Hash returns the SHA-256 of the text in hexadecimal: how high-entropy bearer values are stored and looked up.
// Low-entropy secrets (passwords, PINs) are hashed by package authenticator, never here.
func (s Secret) Hash() string { return HashToken(s.text) }

// HashToken is Secret.Hash for text that arrives from outside.
func HashToken(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// String, Format, LogValue, MarshalJSON and MarshalText all redact.
func (s Secret) String() string { return redacted }

// Format redacts under every verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue redacts in structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON redacts.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText redacts.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
