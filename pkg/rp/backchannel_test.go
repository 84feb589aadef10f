package rp_test

import (
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/pkg/rp"
	"github.com/apscloud/apsid/pkg/rp/rptest"
)

// tell sends a logout token with these claims to the app.
func (w *world) tell(typ string, claims map[string]any) int {
	w.t.Helper()
	token, err := w.provider.Sign(typ, claims)
	if err != nil {
		w.t.Fatal(err)
	}
	status, err := rptest.SendLogout(w.url+"/auth/backchannel-logout", token)
	if err != nil {
		w.t.Fatal(err)
	}
	return status
}

func TestBackchannelLogoutEndsOneSessionOrAll(t *testing.T) { // ABUSE 35
	w := newWorld(t, nil)
	one := w.signedIn("usr_mia")
	sid := w.provider.Sessions("usr_mia")[0]
	two, tom := w.signedIn("usr_mia"), w.signedIn("usr_tom")
	if status := w.tell("logout+jwt", w.provider.LogoutClaims("usr_mia", sid)); status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	if p := one.fetch("/page"); p.status != http.StatusUnauthorized {
		t.Errorf("the ended one: %d", p.status)
	}
	two.fetch("/page").is(t, "/page usr_mia")
	if status := w.tell("application/logout+jwt", w.provider.LogoutClaims("usr_mia", "")); status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	if p := two.fetch("/page"); p.status != http.StatusUnauthorized {
		t.Errorf("all of the person: %d", p.status)
	}
	tom.fetch("/page").is(t, "/page usr_tom")
	if status := w.tell("logout+jwt", w.provider.LogoutClaims("usr_gone", "ses_gone")); status != http.StatusOK {
		t.Errorf("of a session that is not here: %d", status)
	}
}

func TestLogoutTokensThatAreRefused(t *testing.T) { // ABUSE 8
	w := newWorld(t, nil)
	s := w.signedIn("usr_mia")
	sid := w.provider.Sessions("usr_mia")[0]
	now := w.clock.Now()
	for name, spoil := range map[string]func(map[string]any){
		"another audience":   func(c map[string]any) { c["aud"] = "contacts" },
		"another issuer":     func(c map[string]any) { c["iss"] = "https://evil.example" },
		"a nonce":            func(c map[string]any) { c["nonce"] = "n" },
		"an empty nonce":     func(c map[string]any) { c["nonce"] = "" },
		"a nonce of null":    func(c map[string]any) { c["nonce"] = nil },
		"a null event":       func(c map[string]any) { c["events"] = map[string]any{rptest.LogoutEvent: nil} },
		"no events":          func(c map[string]any) { delete(c, "events") },
		"another event":      func(c map[string]any) { c["events"] = map[string]any{"urn:x": map[string]any{}} },
		"an event of text":   func(c map[string]any) { c["events"] = map[string]any{rptest.LogoutEvent: "yes"} },
		"neither sub nor":    func(c map[string]any) { delete(c, "sub"); delete(c, "sid") },
		"no jti":             func(c map[string]any) { delete(c, "jti") },
		"no iat":             func(c map[string]any) { delete(c, "iat") },
		"old":                func(c map[string]any) { c["iat"] = now.Add(-11 * time.Minute).Unix() },
		"of the future":      func(c map[string]any) { c["iat"] = now.Add(2 * time.Minute).Unix() },
		"expired":            func(c map[string]any) { c["exp"] = now.Add(-time.Minute).Unix() },
		"no exp":             func(c map[string]any) { delete(c, "exp") },
		"a number for sid":   func(c map[string]any) { c["sid"] = 7 },
		"events as a list":   func(c map[string]any) { c["events"] = []string{rptest.LogoutEvent} },
		"audience of others": func(c map[string]any) { c["aud"] = []string{"contacts", "billing"} },
		"others' audience":   func(c map[string]any) { c["aud"] = []string{rptest.ClientID, "contacts"} },
	} {
		claims := w.provider.LogoutClaims("usr_mia", sid)
		spoil(claims)
		for _, typ := range []string{"logout+jwt", ""} { // a token that names no type is held to all the rest
			if status := w.tell(typ, claims); status != http.StatusBadRequest {
				t.Errorf("%s, type %q: %d", name, typ, status)
			}
		}
	}
	for _, typ := range []string{"JWT", "at+jwt", "logout", "application/jwt", "logout+jwt;x", " logout+jwt", "secevent+jwt"} {
		if status := w.tell(typ, w.provider.LogoutClaims("usr_mia", sid)); status != http.StatusBadRequest {
			t.Errorf("type %q: %d", typ, status)
		}
	}
	stranger := rptest.New(t)
	forged, err := stranger.Sign("logout+jwt", w.provider.LogoutClaims("usr_mia", sid))
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{"another key": forged, "no token": "", "alg none": "eyJhbGciOiJub25lIiwidHlwIjoibG9nb3V0K2p3dCJ9.e30."} {
		if status, err := rptest.SendLogout(w.url+"/auth/backchannel-logout", token); err != nil || status != http.StatusBadRequest {
			t.Errorf("%s: %d %v", name, status, err)
		}
	}
	s.fetch("/page").is(t, "/page usr_mia")
}

// Back-Channel Logout 1.0, section 2.4: the type is recommended, so a token without one is taken, if everything else holds.
func TestALogoutTokenNeedNotNameItsType(t *testing.T) {
	w := newWorld(t, nil)
	for _, typ := range []string{"", "logout+jwt", "LOGOUT+JWT", "application/logout+jwt"} {
		s := w.signedIn("usr_mia")
		if status := w.tell(typ, w.provider.LogoutClaims("usr_mia", "")); status != http.StatusOK {
			t.Errorf("type %q: %d", typ, status)
		}
		if p := s.fetch("/page"); p.status != http.StatusUnauthorized {
			t.Errorf("type %q: the session lives: %d", typ, p.status)
		}
	}
}

// What the provider gives to apps and browsers is signed by the same keys, and must not end anybody's session.
func TestTokensOfOtherKindsEndNoSession(t *testing.T) {
	d := newDishonest(t)
	now := time.Now()
	claims := func(more map[string]any) []byte {
		all := map[string]any{
			"iss": d.server.URL, "aud": "app", "sub": "usr_1", "sid": "ses_1", "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "jti": rand.Text(),
		}
		maps.Copy(all, more)
		text, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	event := map[string]any{"events": map[string]any{rptest.LogoutEvent: map[string]any{}}}
	headers := func(more map[jose.HeaderKey]any) map[jose.HeaderKey]any {
		all := map[jose.HeaderKey]any{"kid": "1"}
		maps.Copy(all, more)
		return all
	}
	for name, token := range map[string]string{
		"an ID token":                    signed(t, jose.ES256, d.key, claims(map[string]any{"nonce": "n", "auth_time": now.Unix()})),
		"an ID token without nonce":      signed(t, jose.ES256, d.key, claims(map[string]any{"auth_time": now.Unix()})),
		"an ID token without type":       signedWith(t, jose.ES256, d.key, headers(nil), claims(map[string]any{"nonce": "n"})),
		"one without type or nonce":      signedWith(t, jose.ES256, d.key, headers(nil), claims(nil)),
		"an access token":                signedWith(t, jose.ES256, d.key, headers(map[jose.HeaderKey]any{"typ": "at+jwt"}), claims(map[string]any{"client_id": "app"})),
		"an access token with the event": signedWith(t, jose.ES256, d.key, headers(map[jose.HeaderKey]any{"typ": "at+jwt"}), claims(event)),
		"an ID token with the event":     signed(t, jose.ES256, d.key, claims(event)),
		"a type of no text":              signedWith(t, jose.ES256, d.key, headers(map[jose.HeaderKey]any{"typ": 7}), claims(event)),
		"a type of nothing":              signedWith(t, jose.ES256, d.key, headers(map[jose.HeaderKey]any{"typ": ""}), claims(event)),
		"a list of types":                signedWith(t, jose.ES256, d.key, headers(map[jose.HeaderKey]any{"typ": []string{"logout+jwt"}}), claims(event)),
	} {
		if status := tellApp(t, d, token); status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status := tellApp(t, d, signedWith(t, jose.ES256, d.key, headers(nil), claims(event))); status != http.StatusOK {
		t.Errorf("a logout token: %d", status)
	}
}

// tellApp sends a logout token to an app of the provider.
func tellApp(t *testing.T, d *dishonest, token string) int {
	t.Helper()
	app, err := rp.New(rp.Config{
		Issuer: d.server.URL, ClientID: "app", ClientSecret: "s", RedirectURL: "http://127.0.0.1:9/auth/callback", Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/auth/backchannel-logout", strings.NewReader(url.Values{"logout_token": {token}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	app.Handler(http.NotFoundHandler()).ServeHTTP(answer, r)
	return answer.Code
}

func TestLogoutTokenReplayedEndsNothingNew(t *testing.T) {
	w := newWorld(t, nil)
	claims := w.provider.LogoutClaims("usr_mia", "")
	if status := w.tell("logout+jwt", claims); status != http.StatusOK {
		t.Fatalf("first: %d", status)
	}
	s := w.signedIn("usr_mia")
	var group sync.WaitGroup
	var taken atomic.Int32
	for range 20 {
		group.Go(func() {
			if w.tell("logout+jwt", claims) == http.StatusOK {
				taken.Add(1)
			}
		})
	}
	group.Wait()
	if n := taken.Load(); n != 0 {
		t.Errorf("taken again %d times", n)
	}
	s.fetch("/page").is(t, "/page usr_mia")
}

func TestLogoutEndsBothSessions(t *testing.T) {
	w := newWorld(t, nil)
	s := w.signedIn("usr_mia")
	if p := s.do(http.MethodPost, "/auth/logout", "", map[string]string{"Sec-Fetch-Site": "same-origin"}); p.url != "/bye" {
		t.Errorf("came to %s: %d %s", p.url, p.status, p.body)
	}
	if p := s.fetch("/page"); p.status != http.StatusUnauthorized {
		t.Errorf("the app's: %d", p.status)
	}
	if alive := w.provider.Sessions("usr_mia"); len(alive) != 0 {
		t.Error("the provider's is alive")
	}
}
