package adminapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testworld"
)

// anything returns names for every operation; nothing needs to be there.
func anything() map[string]string {
	return map[string]string{
		"practice": string(harbour), "user": "usr_a", "client": "fusesign", "secret": "sec_a", "app": "contacts", "session": "ses_a",
		"case": "cas_a", "activation": "act_a",
	}
}

// Each operation asks for a good access token, for this API, that has its scope.
func TestEveryOperationAsksForAToken(t *testing.T) { // ABUSE 8, 10
	w := newWorld(t, embedded)
	olivia := w.signIn("olivia")
	machine := w.machineToken("aps-admin")
	bare := w.signIn("olivia", "profile").access
	hour := w.now().Add(-time.Hour).Unix()
	bad := map[string]string{
		"nothing":             "",
		"a guess":             "guess",
		"an ID token":         olivia.id,
		"typed as ID token":   w.forged(olivia.access, "JWT", nil),
		"another audience":    w.forged(olivia.access, "at+jwt", map[string]any{"aud": "timesheets", "jti": "tok_1"}),
		"a machine's, so too": w.forged(machine, "at+jwt", map[string]any{"aud": []string{"urn:other"}, "jti": "tok_2"}),
		"over":                w.forged(olivia.access, "at+jwt", map[string]any{"exp": hour, "jti": "tok_3"}),
		"of another issuer":   w.forged(olivia.access, "at+jwt", map[string]any{"iss": "https://id.other.example", "jti": "tok_4"}),
		"of no session":       w.forged(olivia.access, "at+jwt", map[string]any{"sid": "ses_none", "jti": "tok_5"}),
		"of nobody":           w.forged(olivia.access, "at+jwt", map[string]any{"sub": "usr_none", "jti": "tok_6"}),
		"of another":          w.forged(olivia.access, "at+jwt", map[string]any{"sub": w.id("riley"), "jti": "tok_7"}),
		"of an unknown app":   w.forged(olivia.access, "at+jwt", map[string]any{"client_id": "unknown", "jti": "tok_8"}),
		"without a key":       strings.Join(strings.Split(olivia.access, ".")[:2], ".") + ".",
	}
	for _, r := range routesOf(t, w) {
		path := r.at(t, anything())
		for name, token := range bad {
			got := w.ask(r.method, path, token, "")
			challenge := got.header.Get("WWW-Authenticate")
			if got.status != http.StatusUnauthorized || !strings.HasPrefix(challenge, "Bearer ") || (token != "") != strings.Contains(challenge, `error="invalid_token"`) {
				t.Errorf("%s with a token that is %s: %d %q", r.ID, name, got.status, challenge)
			}
			got.problem(t)
		}
		got := w.ask(r.method, path, bare, "")
		scope := r.Security[0]["oauth2"][0]
		if got.status != http.StatusForbidden || got.kind(t) != "scope_missing" || got.header.Get("WWW-Authenticate") != `Bearer realm="APS ID", error="insufficient_scope", scope="`+scope+`"` {
			t.Errorf("%s without its scope: %d %q %s", r.ID, got.status, got.header.Get("WWW-Authenticate"), got.body)
		}
	}
}

// A token in the query is never looked at; two headers are none.
func TestTokensTravelInOneHeader(t *testing.T) {
	w := newWorld(t, embedded)
	token := w.machineToken("aps-admin")
	if got := w.ask("GET", "/practices?access_token="+token, "", ""); got.status != http.StatusUnauthorized {
		t.Errorf("in the query: %d", got.status)
	}
	for _, scheme := range []string{"Basic ", "", "Bearer  "} {
		if got := w.ask("GET", "/practices", "", "", "Authorization", scheme+token); got.status != http.StatusUnauthorized {
			t.Errorf("%q: %d", scheme, got.status)
		}
	}
	if got := w.ask("GET", "/practices", "", "", "Authorization", "bearer "+token); got.status != http.StatusOK {
		t.Errorf("the scheme in small letters: %d", got.status)
	}
}

// Whatever ends a session, or takes a right away, holds from the next request on (ABUSE 35).
func TestRightsAreThoseOfTheMoment(t *testing.T) {
	users := "/practices/" + string(harbour) + "/users"
	for name, c := range map[string]struct {
		change func(w *world) error
		status int
	}{
		"signed out": {func(w *world) error {
			return w.node.Directory().Account.SignOutEverywhere(t.Context(), directory.Caller{Actor: idp.Actor{Kind: idp.ActorUser, ID: w.id("sara")}, Proved: testworld.Fresh()}, w.now())
		}, http.StatusUnauthorized},
		"disabled": {func(w *world) error {
			return w.node.Directory().People.DisableUser(t.Context(), w.system, w.people["sara"].User.ID, w.now())
		}, http.StatusUnauthorized},
		"practice suspended": {func(w *world) error {
			return w.node.Directory().Practices.SuspendPractice(t.Context(), w.system, harbour, w.now())
		}, http.StatusUnauthorized},
		"role taken away": {func(w *world) error {
			_, err := w.node.Directory().People.UpdateUser(t.Context(), w.system, w.people["sara"].User.ID, directory.UserEdit{Version: w.account(w.people["sara"].User.ID).User.Version, Roles: &[]idp.Role{}}, w.now())
			return err
		}, http.StatusUnauthorized},
		"app taken away": {func(w *world) error {
			return w.node.Directory().Practices.RemoveApp(t.Context(), w.system, harbour, "console", w.now())
		}, http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, embedded)
			token := w.signIn("sara").access
			if got := w.ask("GET", users, token, ""); got.status != http.StatusOK {
				t.Fatalf("before: %d %s", got.status, got.body)
			}
			must(t, c.change(w))
			if got := w.ask("GET", users, token, ""); got.status != c.status {
				t.Errorf("after: %d %s", got.status, got.body)
			}
		})
	}
}

// A machine reads its own practice and changes nothing; APS's own act everywhere, but on no case.
func TestIntegrationsAreBoundToTheirPractice(t *testing.T) { // ABUSE 32, 36
	w := newWorld(t, embedded)
	ours, admin := w.machineToken("fusesign"), w.machineToken("aps-admin")
	mia := "/users/" + w.id("mia")
	for _, c := range []struct {
		token, method, path, body string
		status                    int
	}{
		{ours, "GET", "/practices/" + string(harbour) + "/users", "", http.StatusOK},
		{ours, "GET", mia, "", http.StatusOK},
		{ours, "GET", "/practices/" + string(kauri) + "/users", "", http.StatusNotFound},
		{ours, "GET", "/users/" + w.id("rua"), "", http.StatusNotFound},
		{ours, "GET", "/practices", "", http.StatusForbidden},
		{ours, "POST", mia + "/disable", "", http.StatusForbidden},
		{ours, "POST", mia + "/reset-mfa", `{"reason":"x"}`, http.StatusForbidden},
		{ours, "POST", "/practices/" + string(harbour) + "/users", `{"username":"n@harbour.example","name":"N"}`, http.StatusForbidden},
		{ours, "POST", "/users/" + w.id("rua") + "/disable", "", http.StatusNotFound},
		{admin, "GET", "/practices", "", http.StatusOK},
		{admin, "GET", "/users/" + w.id("rua"), "", http.StatusOK},
		{admin, "POST", "/users/" + w.id("rua") + "/disable", "", http.StatusNoContent},
		{admin, "GET", "/cases", "", http.StatusForbidden},
		{admin, "POST", "/cases", `{"practice_id":"` + string(kauri) + `","user_id":"` + w.id("rua") + `","action":"reset_mfa","reason":"x"}`, http.StatusForbidden},
	} {
		if got := w.ask(c.method, c.path, c.token, c.body); got.status != c.status {
			t.Errorf("%s %s: %d, want %d: %s", c.method, c.path, got.status, c.status, got.body)
		}
	}
}

// What asks for fresh proofs on the pages does so here: otherwise an attacker who holds a token for a day could reset
// people for a day.
func TestFreshProofs(t *testing.T) {
	w := newWorld(t, embedded)
	olivia := w.signIn("olivia").access
	old := w.forged(olivia, "at+jwt", map[string]any{"auth_time": w.now().Add(-16 * time.Minute).Unix(), "jti": "tok_old"})
	weak := w.forged(olivia, "at+jwt", map[string]any{"acr": "urn:aps:acr:pwd", "jti": "tok_weak"})
	reset := "/users/" + w.id("mia") + "/reset-mfa"
	for name, token := range map[string]string{"old": old, "weak": weak} {
		for path, body := range map[string]string{
			reset:                                `{"reason":"Lost the phone."}`,
			"/users/" + w.id("mia") + "/disable": "",
			"/practices/" + string(harbour) + "/users": `{"username":"n@h.example","name":"N","roles":["user_management"]}`,
		} {
			got := w.ask("POST", path, token, body)
			challenge := got.header.Get("WWW-Authenticate")
			if got.status != http.StatusUnauthorized || !strings.Contains(challenge, `error="insufficient_user_authentication"`) || !strings.Contains(challenge, `acr_values="urn:aps:acr:mfa", max_age="900"`) {
				t.Errorf("%s at %s: %d %q", name, path, got.status, challenge)
			}
		}
		if got := w.ask("GET", "/users/"+w.id("mia"), token, ""); got.status != http.StatusOK {
			t.Errorf("%s to read: %d", name, got.status)
		}
	}
	staff := w.signIn("riley").access
	stale := w.forged(staff, "at+jwt", map[string]any{"auth_time": w.now().Add(-16 * time.Minute).Unix(), "jti": "tok_stale"})
	for method, path := range map[string]string{"DELETE": "/practices/" + string(harbour) + "/apps/contacts", "PUT": "/practices/" + string(harbour) + "/apps/contacts"} {
		if got := w.ask(method, path, stale, ""); got.status != http.StatusUnauthorized {
			t.Errorf("%s %s: %d %s", method, path, got.status, got.body)
		}
	}
	if len(w.account(w.people["mia"].User.ID).Authenticators) == 0 {
		t.Fatal("reset with stale proofs")
	}
	if got := w.ask("POST", reset, olivia, `{"reason":"Lost the phone."}`); got.status != http.StatusNoContent {
		t.Errorf("with fresh proofs: %d %s", got.status, got.body)
	}
}
