package conformance

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const skew = 5 * time.Minute // what the suite allows

// idToken is one as it came, not verified.
type idToken struct {
	text   string
	signed *jose.JSONWebSignature // nil if it has no signature
	header map[string]any
	claims map[string]any
}

// readIDToken takes the ID token of an answer apart.
func (r *run) readIDToken(a reply) (idToken, error) {
	token, err := parseJWT(a.text("id_token"))
	return token, r.stop("ExtractIdTokenFromTokenResponse", err)
}

func parseJWT(text string) (token idToken, err error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return idToken{}, fmt.Errorf("%.40q is no JWT", text)
	}
	token.text = text
	for i, to := range []*map[string]any{&token.header, &token.claims} {
		part, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			return idToken{}, err
		}
		if err := json.Unmarshal(part, to); err != nil {
			return idToken{}, err
		}
	}
	if parts[2] == "" {
		return token, nil
	}
	token.signed, err = jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.PS256, jose.EdDSA})
	return token, err
}

// checkIDToken holds what is true of every ID token (OpenID Connect Core, sections 2 and 3.1.3.7) that answers the request q.
func (r *run) checkIDToken(q url.Values, t idToken) {
	r.fail("ValidateIdToken", errors.Join(
		same("iss", t.claims["iss"], any(r.metadata.text("issuer"))), isFor(t.claims, r.client.ID),
		notOver(t.claims), notAhead(t.claims, "iat")))
	r.fail("ValidateIdTokenStandardClaims", areStandard(t.claims))
	if q.Has("nonce") {
		r.fail("ValidateIdTokenNonce", same("nonce", t.claims["nonce"], any(q.Get("nonce"))))
	} else if _, found := t.claims["nonce"]; found {
		r.fail("ValidateIdTokenNonce", errors.New("there is a nonce, and none was sent"))
	}
	r.fail("ValidateIdTokenSignatureUsingKid", t.isSignedBy(r.keys))
	if sub := text(t.claims, "sub"); sub == "" || len(sub) > 255 {
		r.fail("CheckForSubjectInIdToken", fmt.Errorf("sub is %v", t.claims["sub"]))
	}
	r.fail("EnsureIdTokenUpdatedAtValid", isWhen(t.claims, "updated_at"))
}

func (t idToken) isSignedBy(k keys) error {
	if t.signed == nil {
		return errors.New("it has no signature")
	}
	return k.verify(t.signed)
}

// isFor holds that aud is the client, or has it.
func isFor(claims map[string]any, client string) error {
	switch aud := claims["aud"].(type) {
	case string:
		return same("aud", aud, client)
	case []any:
		if slices.Contains(aud, any(client)) {
			return nil
		}
	}
	return fmt.Errorf("aud is %v, without %q", claims["aud"], client)
}

func notOver(claims map[string]any) error {
	exp, found := number(claims, "exp")
	if !found || time.Unix(int64(exp), 0).Before(time.Now().Add(-skew)) {
		return fmt.Errorf("exp is %v", claims["exp"])
	}
	return nil
}

func notAhead(claims map[string]any, name string) error {
	at, found := number(claims, name)
	if !found || time.Unix(int64(at), 0).After(time.Now().Add(skew)) {
		return fmt.Errorf("%s is %v", name, claims[name])
	}
	return nil
}

// isWhen holds that a claim is a time after 1990 that has come, if it is there.
func isWhen(claims map[string]any, name string) error {
	if _, found := claims[name]; !found {
		return nil
	}
	at, isNumber := number(claims, name)
	if !isNumber || time.Unix(int64(at), 0).Year() < 1990 {
		return fmt.Errorf("%s is %v", name, claims[name])
	}
	return notAhead(claims, name)
}

// isHashOf holds that a claim is the hash of a token (OpenID Connect Core, section 3.1.3.6), if it is there.
func (t idToken) isHashOf(name, token string) error {
	if _, found := t.claims[name]; !found {
		return nil
	}
	sum := sha256.Sum256([]byte(token)) // the hash of RS256, ES256 and PS256
	return same(name, t.claims[name], any(base64.RawURLEncoding.EncodeToString(sum[:len(sum)/2])))
}

// hasNot holds that a claim is not there.
func hasNot(claims map[string]any, name string) error {
	if value, found := claims[name]; found {
		return fmt.Errorf("there is %s %v, and none was asked for", name, value)
	}
	return nil
}

// onlyAsked holds that an ID token has no claim but those that every one may have and those that the scopes stand for.
func onlyAsked(claims map[string]any, scopes string) error {
	expected := []string{
		"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "c_hash", "nbf", "jti", "sid", "s_hash",
		"txn",
	}
	for _, scope := range strings.Fields(scopes) {
		expected = append(expected, claimsOf(scope)...)
	}
	var others []string
	for name := range claims {
		if !slices.Contains(expected, name) {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		slices.Sort(others)
		return fmt.Errorf("there are %q, which nobody asked for", others)
	}
	return nil
}
