package oidcop

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// checkVerifier compares the verifier with the challenge of the authorization request, both ways: a challenge needs its
// verifier, and a verifier without a challenge means that an attacker removed the challenge (RFC 9700, section 2.1.1).
func checkVerifier(challenge, verifier string) error {
	switch {
	case challenge == "" && verifier == "":
		return nil
	case challenge == "":
		return oidc.ErrInvalidGrant().WithDescription("The authorization request had no code_challenge.")
	case !isVerifier(verifier):
		return oidc.ErrInvalidGrant().WithDescription("The code_verifier is missing or malformed.")
	}
	sum := sha256.Sum256([]byte(verifier))
	want := base64.RawURLEncoding.EncodeToString(sum[:])
	if subtle.ConstantTimeCompare([]byte(want), []byte(challenge)) != 1 {
		return oidc.ErrInvalidGrant().WithDescription("The code_verifier does not fit.")
	}
	return nil
}

// isVerifier reports whether text has the form of a verifier (RFC 7636, section 4.1).
func isVerifier(text string) bool {
	if len(text) < 43 || len(text) > 128 {
		return false
	}
	for _, c := range []byte(text) {
		if !isUnreserved(c) {
			return false
		}
	}
	return true
}

func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// isChallenge reports whether text is the SHA-256 of something in base64url (RFC 7636, section 4.2).
func isChallenge(text string) bool {
	sum, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(sum) == sha256.Size && len(text) == base64.RawURLEncoding.EncodedLen(sha256.Size)
}
