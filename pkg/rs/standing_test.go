package rs_test

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/rs"
)

// about is a signed answer about the good token (RFC 9701, section 5); changes replace members, nil removes one.
func (w *world) about(active bool, changes ...map[string]any) map[string]any {
	said := map[string]any{"active": active}
	if active {
		said["jti"] = "tok_1"
	}
	claims := map[string]any{"iss": w.server.URL, "aud": "rota-api", "iat": w.now.Unix(), "token_introspection": said}
	for _, change := range changes {
		maps.Copy(claims, change)
	}
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	return claims
}

// RFC 9701: the API can show later what it was told, and takes nothing for an answer that the provider has not signed for it, just now.
func TestSignedAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *rs.Config) { c.Signed = true })
	const typ = "token-introspection+jwt"
	token := w.token()
	w.answer = func(active bool) string { return w.sign(typ, w.about(active)) }
	answer, seen := w.bearer(rs.Needs{Live: true}, token)
	if answer.Code != http.StatusNoContent || seen.Answer == "" || seen.Subject != "usr_ana" {
		t.Fatalf("%d %+v", answer.Code, seen)
	}
	if _, seen := w.bearer(rs.Needs{}, token); seen.Answer != "" {
		t.Error("it was asked about a token that needs no answer")
	}
	w.dead.Store(token, true)
	answer, _ = w.bearer(rs.Needs{Live: true}, token)
	want(t, answer, http.StatusUnauthorized, `Bearer error="invalid_token"`)
	w.dead.Delete(token)

	other := newWorld(t)
	for name, text := range map[string]string{
		"not signed":               `{"active":true}`,
		"an access token":          w.sign("at+jwt", w.about(true)),
		"a JWT of no type":         w.sign("JWT", w.about(true)),
		"by another key":           other.sign(typ, w.about(true)),
		"of another provider":      w.sign(typ, w.about(true, map[string]any{"iss": "https://evil.example"})),
		"for another API":          w.sign(typ, w.about(true, map[string]any{"aud": "pay-api"})),
		"for several":              w.sign(typ, w.about(true, map[string]any{"aud": []string{"rota-api", "pay-api"}})),
		"for nobody":               w.sign(typ, w.about(true, map[string]any{"aud": nil})),
		"of an hour ago":           w.sign(typ, w.about(true, map[string]any{"iat": w.now.Add(-time.Hour).Unix()})),
		"of tomorrow":              w.sign(typ, w.about(true, map[string]any{"iat": w.now.Add(24 * time.Hour).Unix()})),
		"of no time":               w.sign(typ, w.about(true, map[string]any{"iat": nil})),
		"about another token":      w.sign(typ, w.about(true, map[string]any{"token_introspection": map[string]any{"active": true, "jti": "tok_2"}})),
		"about nothing":            w.sign(typ, w.about(true, map[string]any{"token_introspection": nil})),
		"the answer as its claims": w.sign(typ, w.about(true, map[string]any{"token_introspection": nil, "active": true, "jti": "tok_1"})),
	} {
		w.answer = func(bool) string { return text }
		if answer, _ := w.bearer(rs.Needs{Live: true}, token); answer.Code != http.StatusServiceUnavailable {
			t.Errorf("%s: %d", name, answer.Code)
		}
	}
}
