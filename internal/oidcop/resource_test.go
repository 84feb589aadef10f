package oidcop_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func TestUserinfoByScope(t *testing.T) {
	h := newHouse(t)
	changed := must(h.sql.FindAccount(t.Context(), "usr_ana")).User.UpdatedAt.Unix()
	for scope, want := range map[string]string{
		"openid": `{"practice_id":"prc_mfa","sub":"usr_ana"}`,
		"openid profile": `{"locale":"en-NZ","name":"Name of usr_ana","practice_id":"prc_mfa","sub":"usr_ana","updated_at":` + strconv.FormatInt(changed, 10) +
			`,"zoneinfo":"Pacific/Auckland"}`,
		"openid email": `{"email":"usr_ana@example.com","email_verified":false,"practice_id":"prc_mfa","sub":"usr_ana"}`,
	} {
		w := h.userinfo(h.visitor().tokens("scope", scope)["access_token"].(string))
		if got := text(decode(t, w)); got != want || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %s", scope, got)
		}
	}
}

func TestUserinfoSaysWhetherTheMailboxWasProved(t *testing.T) {
	h := newHouse(t)
	token := h.visitor().tokens("scope", "openid email")["access_token"].(string)
	at := must(h.sql.FindAccount(t.Context(), "usr_ana")).User.CreatedAt
	uma := idp.Actor{Kind: idp.ActorUser, ID: "usr_uma"}
	for _, step := range []struct {
		name   string
		change func(idp.User) idp.User
		want   bool
	}{
		{"nothing happened", func(u idp.User) idp.User { return u }, false},
		{"proved", func(u idp.User) idp.User { return policy.ConfirmAddress(u, at) }, true},
		{"changed since", func(u idp.User) idp.User { return policy.Rename(u, uma, at.Add(time.Minute)) }, false},
		{"an older proof", func(u idp.User) idp.User { return policy.ConfirmAddress(u, at) }, false},
		{"confirmed", func(u idp.User) idp.User { return policy.ConfirmAddress(u, at.Add(2*time.Minute)) }, true},
		{"changed by the shell", func(u idp.User) idp.User {
			return policy.Rename(u, idp.Actor{Kind: idp.ActorSystem}, at.Add(time.Hour))
		}, false},
	} {
		user := step.change(must(h.sql.FindAccount(t.Context(), "usr_ana")).User)
		if err := h.sql.InTx(t.Context(), func(tx *sqlstore.Tx) error { return tx.UpdateUser(t.Context(), user) }); err != nil {
			t.Fatal(err)
		}
		if got := decode(t, h.userinfo(token))["email_verified"]; got != step.want {
			t.Errorf("%s: email_verified %v", step.name, got)
		}
	}
}

// ABUSE 10
func TestUserinfoTakesTheTokenFromOnePlace(t *testing.T) {
	h := newHouse(t)
	token := h.visitor().tokens()["access_token"].(string)
	ask := func(method, target, body string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		for _, header := range headers {
			r.Header.Add("Authorization", header)
		}
		return h.do(r)
	}
	if w := ask("POST", "/oauth/userinfo", "", "bearer "+token); w.Code != http.StatusOK {
		t.Errorf("POST: %d %s", w.Code, w.Body)
	}
	for _, body := range []string{"access_token=" + token, "x=&access_token=" + token} { // RFC 6750, section 2.2
		if w := ask("POST", "/oauth/userinfo", body); w.Code != http.StatusOK || decode(t, w)["sub"] != "usr_ana" {
			t.Errorf("in a form: %d %s", w.Code, w.Body)
		}
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"in the query":            ask("GET", "/oauth/userinfo?access_token="+token, ""),
		"in the query and header": ask("GET", "/oauth/userinfo?access_token="+token, "", "Bearer "+token),
		"in a form and the query": ask("POST", "/oauth/userinfo?access_token="+token, "access_token="+token),
		"in a form twice":         ask("POST", "/oauth/userinfo", "access_token="+token+"&access_token="+token),
		"in a form of a GET":      ask("GET", "/oauth/userinfo", "access_token="+token),
		"in a form, empty":        ask("POST", "/oauth/userinfo", "access_token="),
		"in a form, two words":    ask("POST", "/oauth/userinfo", "access_token=x+"+token),
		"in the body, header bad": ask("POST", "/oauth/userinfo", "access_token="+token, "Bearer x"),
		"by another scheme":       ask("GET", "/oauth/userinfo", "", "MAC "+token),
		"by Basic":                ask("GET", "/oauth/userinfo", "", "Basic "+token),
		"twice":                   ask("GET", "/oauth/userinfo", "", "Bearer "+token, "Bearer "+token),
		"nowhere":                 ask("GET", "/oauth/userinfo", ""),
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, w, 401, "invalid_token")
			if !strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer ") {
				t.Errorf("challenge %q", w.Header().Get("WWW-Authenticate"))
			}
		})
	}
	h.clock.pass(5 * time.Minute)
	wantError(t, h.userinfo(token), 401, "invalid_token")
}

// ABUSE 10
func TestTokensOfOthersAreNoneOfTheirBusiness(t *testing.T) {
	h := newHouse(t)
	got := h.visitor().tokens()
	other := func(path, token string) *httptest.ResponseRecorder {
		return h.post(path, url.Values{"token": {token}}, "rs", secret)
	}
	for _, kind := range []string{"access_token", "refresh_token"} {
		token := got[kind].(string)
		if w := other("/oauth/introspect", token); text(decode(t, w)) != `{"active":false}` {
			t.Errorf("%s at another client: %s", kind, w.Body)
		}
		if w := other("/oauth/revoke", token); w.Code != http.StatusOK {
			t.Errorf("revocation tells: %d", w.Code)
		}
		if seen := h.introspect(token); seen["active"] != true || seen["sub"] != "usr_ana" || seen["client_id"] != "timesheets" {
			t.Errorf("%s after another client revoked it: %v", kind, seen)
		}
	}
	if w := h.post("/oauth/introspect", url.Values{"token": {got["access_token"].(string)}, "client_id": {"loopback"}}); w.Code != http.StatusUnauthorized {
		t.Errorf("a public client introspects: %d", w.Code)
	}
	for _, token := range []string{"unknown", "a.b.c", strings.Repeat("x", 5000)} {
		if seen := h.introspect(token); text(seen) != `{"active":false}` {
			t.Errorf("%.10s: %v", token, seen)
		}
	}
	wantError(t, h.post("/oauth/introspect", url.Values{}, "timesheets", secret), 400, "invalid_request")
	wantError(t, h.post("/oauth/introspect", url.Values{"token": {"x"}}, "timesheets", "wrong"), 401, "invalid_client")
}

func TestRevokedTokensAreOver(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	got := v.tokens()
	revoke := func(token string) {
		if w := h.post("/oauth/revoke", url.Values{"token": {token}, "token_type_hint": {"rubbish"}}, "timesheets", secret); w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	revoke(got["access_token"].(string))
	wantError(t, h.userinfo(got["access_token"].(string)), 401, "invalid_token")
	next := decode(t, h.refresh(got["refresh_token"].(string))) // an access token dies alone
	if seen := h.introspect(next["access_token"].(string)); seen["active"] != true {
		t.Fatalf("%v", seen)
	}
	revoke(next["refresh_token"].(string))
	if seen := h.introspect(next["access_token"].(string)); seen["active"] != false {
		t.Errorf("after its refresh token: %v", seen)
	}
	wantError(t, h.refresh(next["refresh_token"].(string)), 400, "invalid_grant")
	if events := h.events(idp.EventSessionEnded); len(events) != 1 || events[0].Reason != "token_revoked" || events[0].Actor.ID != "timesheets" || events[0].PracticeID != "prc_mfa" {
		t.Errorf("audit trail: %+v", events)
	}
}

func TestReferenceTokens(t *testing.T) {
	h := newHouse(t)
	code := h.visitor().code(request("client_id", "opaque", "redirect_uri", "https://opaque.example/cb"))
	got := decode(t, h.post("/oauth/token", redemption(code, "redirect_uri", "https://opaque.example/cb"), "opaque", secret))
	token := got["access_token"].(string)
	if inside, err := base64.RawURLEncoding.DecodeString(token); err != nil || bytes.Contains(inside, []byte("eyJ")) { // as every JWT begins
		t.Fatalf("not opaque: %s", token)
	}
	if w := h.userinfo(token); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	ask := func() map[string]any {
		return decode(t, h.post("/oauth/introspect", url.Values{"token": {token}}, "opaque", secret))
	}
	if seen := ask(); seen["active"] != true || seen["acr"] != "urn:aps:acr:mfa" || seen["practice_id"] != "prc_mfa" || seen["sid"] == nil {
		t.Fatalf("%v", seen)
	}
	h.post("/oauth/revoke", url.Values{"token": {token}}, "rs", secret)
	if seen := ask(); seen["active"] != true {
		t.Fatal("another client revoked it")
	}
	h.post("/oauth/revoke", url.Values{"token": {token}}, "opaque", secret)
	if seen := ask(); seen["active"] != false {
		t.Fatalf("%v", seen)
	}
}

// ABUSE 12
func TestLogout(t *testing.T) {
	h := newHouse(t)
	signedIn := func() (*visitor, string) {
		v := h.visitor()
		return v, v.tokens()["id_token"].(string)
	}
	over := func(v *visitor) bool {
		return location(v.get("/authorize", request("prompt", "none"))).Query().Get("error") == "login_required"
	}
	const bye = "https://timesheets.example/bye"

	t.Run("with the app's own hint", func(t *testing.T) {
		v, hint := signedIn()
		h.clock.pass(time.Hour) // the hint may be over
		w := v.get("/end_session", url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {bye}, "state": {"x&y"}})
		if w.Header().Get("Location") != bye+"?state=x%26y" || !over(v) {
			t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
		}
	})
	t.Run("posted by the app, without cookies", func(t *testing.T) {
		v, hint := signedIn()
		w := h.post("/end_session", url.Values{"id_token_hint": {hint}})
		if w.Body.String() != "signed out" || !over(v) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("without a hint it asks, and does what is answered", func(t *testing.T) {
		v, _ := signedIn()
		w := v.get("/end_session", url.Values{"client_id": {"timesheets"}, "post_logout_redirect_uri": {bye}, "state": {"s"}})
		if w.Body.String() != "confirm logout" || over(v) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		form := url.Values{}
		for _, f := range h.pages.logout.Fields {
			form.Set(f.Name, f.Value)
		}
		if w := v.post(h.pages.logout.Action, form); w.Header().Get("Location") != bye+"?state=s" || !over(v) {
			t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
		}
	})
	t.Run("another site answers in the person's name", func(t *testing.T) {
		v, _ := signedIn()
		r := httptest.NewRequest("POST", "/end_session", strings.NewReader("client_id=timesheets&confirm=yes"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if w := v.send(r); w.Body.String() != "confirm logout" || over(v) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("a link that answers its own question", func(t *testing.T) {
		v, _ := signedIn()
		if w := v.get("/end_session", url.Values{"client_id": {"timesheets"}, "confirm": {"yes"}}); w.Body.String() != "confirm logout" || over(v) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("with the hint of another person", func(t *testing.T) {
		v, _ := signedIn()
		ben := h.visitor()
		ben.signIn(request(), "usr_ben")
		hint := decode(t, h.redeem(location(ben.get("/authorize", request())).Query().Get("code")))["id_token"].(string)
		if w := v.get("/end_session", url.Values{"id_token_hint": {hint}}); w.Body.String() != "confirm logout" || over(v) || over(ben) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
	t.Run("an address that isn't registered exactly: signed out, and sent nowhere", func(t *testing.T) {
		for _, uri := range []string{bye + "/", bye + "?x", "https://timesheets.example/cb", "https://evil.example/", "https://contacts.example/bye", "//evil.example"} {
			v, hint := signedIn()
			w := v.get("/end_session", url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {uri}})
			if w.Code != http.StatusOK || w.Header().Get("Location") != "" || w.Body.String() != "signed out" || !over(v) {
				t.Errorf("%s: %d %s", uri, w.Code, w.Header().Get("Location"))
			}
			refused := h.events(idp.EventRequestRefused)
			if len(refused) == 0 || refused[len(refused)-1].Reason != idp.ReasonRedirectURI || refused[len(refused)-1].ClientID != "timesheets" {
				t.Errorf("%s: events %+v", uri, refused)
			}
		}
	})
	t.Run("an app that does not exist", func(t *testing.T) {
		if w := h.visitor().get("/end_session", url.Values{"client_id": {"nobody"}}); w.Code != http.StatusBadRequest {
			t.Fatalf("%d", w.Code)
		}
	})
	t.Run("one app's end is not another's", func(t *testing.T) {
		v, hint := signedIn()
		contacts := request("client_id", "contacts", "redirect_uri", "https://contacts.example/cb", "scope", "openid")
		v.signIn(contacts, "usr_ana")
		v.get("/end_session", url.Values{"id_token_hint": {hint}})
		if to := location(v.get("/authorize", contacts)).Query(); to.Get("code") == "" {
			t.Fatalf("%v", to)
		}
	})
}
