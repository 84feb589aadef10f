package oidcop_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

// bare is a request without a challenge; pairs as in request.
func bare(pairs ...string) url.Values {
	return request(append([]string{"code_challenge", "-", "code_challenge_method", "-"}, pairs...)...)
}

// A confidential client sends a challenge or a nonce (RFC 9700, section 2.1.1); its registration asks for more or for less. A public one
// always sends a challenge, whatever its registration says.
func TestWhoMustSendWhat(t *testing.T) { // ABUSE 4
	h := newHouse(t)
	h.change("books", func(c *idp.Client) { c.PKCERequired = true })
	h.change("payroll", func(c *idp.Client) { c.PKCEOptional = true })
	h.change("loopback", func(c *idp.Client) { c.PKCEOptional = true })
	at := func(client, redirect string) []string { return []string{"client_id", client, "redirect_uri", redirect} }
	const either, pkce = "registered with pkce_optional", "a nonce is not enough"
	for name, c := range map[string]struct {
		client                 []string
		neither, nonce, asking string // what the refusal of each says; "": a sign-in begins
	}{
		"with a secret":        {at("timesheets", "https://timesheets.example/cb"), either, "", ""},
		"registered to use it": {at("books", "https://books.example/cb"), pkce, pkce, ""},
		"registered without":   {at("payroll", "https://payroll.example/cb"), "", "", ""},
		"on a device":          {at("loopback", "http://127.0.0.1:4711/cb"), "without a secret", "without a secret", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, ask := range []struct {
				query url.Values
				says  string
			}{
				{bare(append(c.client, "nonce", "-")...), c.neither}, {bare(append(c.client, "nonce", "")...), c.neither},
				{bare(append(c.client, "code_challenge", "", "code_challenge_method", "", "nonce", "")...), c.neither},
				{bare(c.client...), c.nonce}, {request(append(c.client, "nonce", "-")...), c.asking}, {request(c.client...), c.asking},
			} {
				to := location(h.visitor().get("/authorize", ask.query))
				if ask.says == "" {
					if !strings.HasPrefix(to.Path, "/signin/") {
						t.Errorf("%v is refused: %s", ask.query, to)
					}
					continue
				}
				q := to.Query()
				if said := q.Get("error_description"); q.Get("error") != "invalid_request" || !strings.Contains(said, ask.says) || !strings.Contains(said, "usePKCE or pkce") || !isDescription(said) {
					t.Errorf("%v: %v", ask.query, q)
				}
			}
		})
	}
}

// isDescription reports whether text may be an error_description (RFC 6749, section 4.1.2.1).
func isDescription(text string) bool {
	for _, c := range []byte(text) {
		if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return text != ""
}

// Whatever an app may leave out, a challenge that it sends holds, and a verifier without one shows that the challenge was taken out of
// the request on its way (RFC 9700, section 2.1.1).
func TestAChallengeThatIsSentHolds(t *testing.T) { // ABUSE 4
	h := newHouse(t)
	h.change("opaque", func(c *idp.Client) { c.PKCEOptional = true })
	other := challengeOf("another-verifier-of-sufficient-length-0123456789")
	for client, optional := range map[string]bool{"timesheets": false, "opaque": true} {
		mine := []string{"client_id", client, "redirect_uri", "https://" + client + ".example/cb"}
		for name, query := range map[string]url.Values{
			"plain":               request(append(mine, "code_challenge", verifier, "code_challenge_method", "plain")...),
			"plain by default":    request(append(mine, "code_challenge_method", "-")...),
			"a method alone":      request(append(mine, "code_challenge", "-")...),
			"no method's name":    request(append(mine, "code_challenge_method", "s256")...),
			"a challenge of dust": request(append(mine, "code_challenge", "abc")...),
		} {
			if q := location(h.visitor().get("/authorize", query)).Query(); q.Get("error") != "invalid_request" || !isDescription(q.Get("error_description")) {
				t.Errorf("%s, %s: %v", client, name, q)
			}
		}
		redeem := func(query url.Values, sent string) int {
			code := h.visitor().code(query)
			return h.post("/oauth/token", redemption(code, "redirect_uri", "https://"+client+".example/cb", "code_verifier", sent), client, secret).Code
		}
		for name, c := range map[string]struct {
			query url.Values
			sent  string
			want  int
		}{
			"a nonce alone":                         {bare(mine...), "-", http.StatusOK},
			"a challenge and its verifier":          {request(mine...), verifier, http.StatusOK},
			"a challenge without nonce":             {request(append(mine, "nonce", "-")...), verifier, http.StatusOK},
			"a challenge, and no verifier":          {request(mine...), "-", http.StatusBadRequest},
			"a challenge, and an empty verifier":    {request(mine...), "", http.StatusBadRequest},
			"the challenge of another":              {request(append(mine, "code_challenge", other)...), verifier, http.StatusBadRequest},
			"the challenge was cut out":             {bare(mine...), verifier, http.StatusBadRequest},
			"it was cut out, and the nonce with it": {bare(append(mine, "nonce", "-")...), verifier, http.StatusBadRequest},
		} {
			if c.query.Get("nonce") == "" && c.query.Get("code_challenge") == "" && !optional {
				continue // refused before there is a code: TestWhoMustSendWhat
			}
			if got := redeem(c.query, c.sent); got != c.want {
				t.Errorf("%s, %s: %d, want %d", client, name, got, c.want)
			}
		}
	}
}

// Which apps sign people in without PKCE is written down where a code gave tokens, and only there.
func TestRedemptionsWithoutPKCEAreRemembered(t *testing.T) {
	h := newHouse(t)
	when := func() any { at, _ := h.used.bare.Load(idp.ClientID("timesheets")); return at }
	v := h.visitor()
	if first := v.tokens(); when() != nil {
		t.Errorf("with PKCE: %v", when())
	} else if w := h.refresh(first["refresh_token"].(string)); w.Code != http.StatusOK || when() != nil {
		t.Errorf("a refresh: %d, %v", w.Code, when())
	}
	wantError(t, h.redeem(h.visitor().code(bare())), 400, "invalid_grant") // a verifier for no challenge
	wantError(t, h.post("/oauth/token", redemption(h.visitor().code(bare()), "code_verifier", "-"), "rs", secret), 400, "invalid_grant")
	if when() != nil {
		t.Errorf("refused: %v", when())
	}
	if w := h.redeem(h.visitor().code(bare()), "code_verifier", "-"); w.Code != http.StatusOK || when() != h.clock.read() {
		t.Errorf("%d %s, %v", w.Code, w.Body, when())
	}
	if _, other := h.used.bare.Load(idp.ClientID("rs")); other {
		t.Error("another client is said to have done it")
	}
}
