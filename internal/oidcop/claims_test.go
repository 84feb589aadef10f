package oidcop_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// onlyPerson returns the claims about the person among these.
func onlyPerson(claims map[string]any) map[string]any {
	about := maps.Clone(claims)
	maps.DeleteFunc(about, func(name string, _ any) bool {
		switch name {
		case "name", "zoneinfo", "locale", "updated_at", "email", "email_verified":
			return false
		}
		return true
	})
	return about
}

// at signs ana in at an app with its own redirect URI, and returns what the token endpoint says.
func (v *visitor) at(app string, pairs ...string) map[string]any {
	v.t.Helper()
	redirect := "https://" + app + ".example/cb"
	code := v.code(request(append([]string{"client_id", app, "redirect_uri", redirect}, pairs...)...))
	return decode(v.t, v.house.post("/oauth/token", redemption(code, "redirect_uri", redirect), app, secret))
}

func (h *house) refreshAt(app, token string, pairs ...string) map[string]any {
	h.t.Helper()
	form := with(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}, pairs...)
	return decode(h.t, h.post("/oauth/token", form, app, secret))
}

// said returns the claims of the ID token and those of userinfo.
func (h *house) said(tokens map[string]any) (id, info map[string]any) {
	h.t.Helper()
	text, ok := tokens["id_token"].(string)
	if !ok {
		h.t.Fatalf("no ID token: %v", tokens)
	}
	_, id = h.open(text)
	return id, decode(h.t, h.userinfo(tokens["access_token"].(string)))
}

// What a scope brings stands in the ID token as at userinfo, after a sign-in and after each refresh, whatever the access token is like.
func TestAnIDTokenSaysOfThePersonWhatUserinfoSays(t *testing.T) {
	h := newHouse(t)
	for scope, want := range map[string]string{
		"openid offline_access":               "",
		"openid profile offline_access":       "name zoneinfo locale updated_at",
		"openid email offline_access":         "email email_verified",
		"openid email profile offline_access": "name zoneinfo locale updated_at email email_verified",
	} {
		for _, app := range []string{"timesheets", "opaque"} {
			tokens := h.visitor().at(app, "scope", scope)
			for _, when := range []string{"after the sign-in", "after a refresh"} {
				id, info := h.said(tokens)
				if diff := cmp.Diff(onlyPerson(info), onlyPerson(id)); diff != "" || len(onlyPerson(id)) != len(strings.Fields(want)) {
					t.Errorf("%s, %q, %s: %v, userinfo says otherwise: %s", app, scope, when, onlyPerson(id), diff)
				}
				for _, claim := range strings.Fields(want) {
					if _, there := id[claim]; !there {
						t.Errorf("%s, %q, %s: no %s", app, scope, when, claim)
					}
				}
				if _, practice := id["practice_id"]; practice != strings.Contains(scope, "profile") || info["practice_id"] != "prc_mfa" {
					t.Errorf("%s, %q, %s: practice_id is %v, at userinfo %v", app, scope, when, id["practice_id"], info["practice_id"])
				}
				tokens = h.refreshAt(app, tokens["refresh_token"].(string))
			}
		}
	}
}

// The person is described as they are when the token is made, and not as they were at the sign-in.
func TestARefreshSpeaksOfThePersonAsTheyAreNow(t *testing.T) {
	h := newHouse(t)
	tokens := h.visitor().tokens()
	if id, _ := h.said(tokens); id["email_verified"] != false || id["name"] != "Name of usr_ana" {
		t.Fatalf("before: %v", id)
	}
	user := policy.ConfirmAddress(must(h.sql.FindAccount(t.Context(), "usr_ana")).User, h.clock.read())
	user.Name = "Ana Renamed"
	if err := h.sql.InTx(t.Context(), func(tx *sqlstore.Tx) error { return tx.UpdateUser(t.Context(), user) }); err != nil {
		t.Fatal(err)
	}
	if id, info := h.said(h.refreshAt("timesheets", tokens["refresh_token"].(string))); id["email_verified"] != true || id["name"] != "Ana Renamed" || info["name"] != "Ana Renamed" {
		t.Errorf("after: %v, userinfo %v", id, info)
	}
}

// An app that takes names and addresses from userinfo only finds none in its ID tokens, though it asks for them there.
func TestAnIDTokenOfAnAppThatWantsNoNamesHasNone(t *testing.T) {
	h := newHouse(t)
	h.change("timesheets", func(c *idp.Client) { c.UserinfoOnly = true })
	tokens := h.visitor().tokens("claims", `{"id_token":{"name":{"essential":true},"email":null}}`)
	for range 2 {
		id, info := h.said(tokens)
		if len(onlyPerson(id)) > 0 || len(onlyPerson(info)) != 6 || id["practice_id"] != "prc_mfa" {
			t.Errorf("ID token %v, userinfo %v", id, info)
		}
		tokens = h.refreshAt("timesheets", tokens["refresh_token"].(string))
	}
}

// Claims that were asked for one by one are given where they were asked for, as long as the session lasts (OpenID Connect Core, section 5.5).
func TestClaimsAskedForOneByOne(t *testing.T) {
	h := newHouse(t)
	const scope = "openid offline_access"
	for name, c := range map[string]struct {
		asked    string
		id, info string // the names that come beside what always comes
	}{
		"nothing":                   {`{}`, "", ""},
		"nothing of either":         {`{"id_token":{},"userinfo":null}`, "", ""},
		"a name of userinfo":        {`{"userinfo":{"name":{"essential":true}}}`, "", "name"}, // the Foundation's claims-essential
		"a name of the ID token":    {`{"id_token":{"name":null}}`, "name", ""},
		"one of each":               {`{"id_token":{"email":null},"userinfo":{"zoneinfo":{"essential":false}}}`, "email", "zoneinfo"},
		"everything of userinfo":    {`{"userinfo":{"name":null,"zoneinfo":null,"locale":null,"updated_at":null,"email":null,"email_verified":null,"acr":null,"amr":null,"auth_time":null,"sid":null,"practice_id":null}}`, "", "name zoneinfo locale updated_at email email_verified acr amr auth_time sid"},
		"everything of the token":   {`{"id_token":{"name":null,"email":{},"email_verified":{"value":true},"acr":null,"auth_time":{"essential":true},"practice_id":null,"sid":null}}`, "name email email_verified practice_id", ""},
		"another value than it has": {`{"userinfo":{"name":{"value":"Somebody Else","essential":true},"email":{"values":["a@b.example"]}}}`, "", "name email"},
		"what nobody knows":         {`{"id_token":{"phone_number":null,"https://x.example/groups":{"x":[1]},"name#de":null},"userinfo":{"given_name":{"essential":true}},"vp":7}`, "", ""},
		"names to the letter":       {`{"ID_TOKEN":{"name":null},"userinfo":{"Name":null}}`, "", ""},
		"what is not for asking":    {`{"id_token":{"iss":{"value":"https://evil.example"},"exp":{"value":9999999999},"aud":null}}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, app := range []string{"timesheets", "opaque"} {
				plainID, plainInfo := h.said(h.visitor().at(app, "scope", scope))
				tokens := h.visitor().at(app, "scope", scope, "claims", c.asked)
				if tokens["scope"] != scope {
					t.Errorf("%s: the scope grew to %v", app, tokens["scope"])
				}
				for range 3 { // as it was asked, and through two rotations
					id, info := h.said(tokens)
					wantMore(t, app+", ID token", plainID, id, c.id, "nonce")
					wantMore(t, app+", userinfo", plainInfo, info, c.info)
					if id["iss"] != issuer || info["name"] != nil && info["name"] != "Name of usr_ana" || info["acr"] != nil && info["acr"] != "urn:aps:acr:mfa" {
						t.Errorf("%s: ID token %v, userinfo %v", app, id, info)
					}
					tokens = h.refreshAt(app, tokens["refresh_token"].(string))
				}
			}
		})
	}
}

// wantMore expects the names of the claims in plain, those in more, and perhaps not those in but.
func wantMore(t *testing.T, what string, plain, got map[string]any, more string, but ...string) {
	t.Helper()
	names := func(claims map[string]any) map[string]bool {
		set := map[string]bool{}
		for name := range claims {
			set[name] = true
		}
		for _, name := range but {
			delete(set, name)
		}
		return set
	}
	want := names(plain)
	for _, name := range strings.Fields(more) {
		want[name] = true
	}
	if diff := cmp.Diff(want, names(got)); diff != "" {
		t.Errorf("%s: %s", what, diff)
	}
}

// Asking for a claim never gives more than the registration: not to an app without the scope, not once the scope is taken away, not in
// tokens with fewer scopes.
func TestAskingForAClaimWidensNothing(t *testing.T) {
	h := newHouse(t)
	h.change("opaque", func(c *idp.Client) { c.Scopes = []string{"offline_access", "openid", "profile"} })
	const all = `{"id_token":{"name":null,"email":{"essential":true},"email_verified":null},"userinfo":{"name":null,"email":{"essential":true},"email_verified":null}}`
	tokens := h.visitor().at("opaque", "scope", "openid offline_access", "claims", all)
	for range 2 {
		id, info := h.said(tokens)
		if diff := cmp.Diff(map[string]any{"name": "Name of usr_ana"}, onlyPerson(info)); diff != "" || cmp.Diff(onlyPerson(info), onlyPerson(id)) != "" {
			t.Errorf("without the scope email: %s, ID token %v", diff, id)
		}
		tokens = h.refreshAt("opaque", tokens["refresh_token"].(string))
	}

	tokens = h.visitor().tokens("scope", "openid profile offline_access", "claims", all)
	narrow := h.refreshAt("timesheets", tokens["refresh_token"].(string), "scope", "openid")
	if id, info := h.said(narrow); len(onlyPerson(id))+len(onlyPerson(info)) > 0 {
		t.Errorf("with fewer scopes: ID token %v, userinfo %v", id, info)
	}
	wide := h.refreshAt("timesheets", narrow["refresh_token"].(string))
	if id, info := h.said(wide); id["email"] != "usr_ana@example.com" || info["email"] != "usr_ana@example.com" {
		t.Errorf("with all again: ID token %v, userinfo %v", id, info)
	}
	same := h.refreshAt("timesheets", wide["refresh_token"].(string), "scope", "offline_access profile openid")
	if id, _ := h.said(same); id["email"] != "usr_ana@example.com" {
		t.Errorf("with the same scopes, named: %v", id)
	}

	h.change("timesheets", func(c *idp.Client) { c.Scopes = []string{"offline_access", "openid", "profile"} })
	h.clock.pass(time.Minute) // the client is read again
	if info := decode(t, h.userinfo(same["access_token"].(string))); info["email"] != nil || info["name"] == nil {
		t.Errorf("the scope was taken away, and userinfo says %v", info)
	}
	if id, info := h.said(h.refreshAt("timesheets", same["refresh_token"].(string))); id["email"] != nil || info["email"] != nil {
		t.Errorf("the scope was taken away: ID token %v, userinfo %v", id, info)
	}
}

func TestClaimsThatCannotBeRead(t *testing.T) {
	h := newHouse(t)
	for _, claims := range []string{
		`{`, `[]`, `null`, `"id_token"`, `7`, `{} {}`, `{"id_token":[]}`, `{"userinfo":"name"}`, `{"id_token":{"name":true}}`, `{"id_token":{"name":[]}}`,
		`{"userinfo":{"name":{"essential":"true"}}}`, `{"userinfo":{"name":{"essential":1}}}`, `{"userinfo":{"name":{"essential":null}}}`,
		`{"userinfo":{"name":{"values":"x"}}}`, `{"userinfo":{"name":{"values":null}}}`, `{"userinfo":{"unheard_of":7}}`,
		`{"id_token":{"acr":{"value":7}}}`, `{"id_token":{"acr":{"values":[null]}}}`, `{"id_token":{"sub":{"value":{}}}}`, `{"userinfo":{"sub":{"values":["usr_ana",1]}}}`,
		`{"id_token":{"sub":{"value":""}}}`,
		`{"id_token":{"sub":{"values":["usr_ana","usr_ben"]}}}`, `{"id_token":{"sub":{"value":"usr_ana"}},"userinfo":{"sub":{"value":"usr_ben"}}}`,
		"{\"id_token\":{\"name\xff\":7}}",
	} {
		q := location(h.visitor().get("/authorize", request("claims", claims))).Query()
		if q.Get("error") != "invalid_request" || !isDescription(q.Get("error_description")) || !strings.Contains(q.Get("error_description"), "claims parameter") {
			t.Errorf("%s: %v", claims, q)
		}
	}
}

// A person who is named must be the one, wherever the name stands; the strength that is essential is reached, or refused.
func TestEssentialClaimsAreBinding(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	v.signIn(request(), "usr_ben") // without MFA
	for claims, want := range map[string]string{
		`{"userinfo":{"sub":{"value":"usr_bea"}}}`:                                                   "login_required",
		`{"id_token":{"sub":{"values":["usr_bea"]}}}`:                                                "login_required",
		`{"id_token":{"sub":{"value":"usr_ben"}},"userinfo":{"sub":{"value":"usr_ben"}}}`:            "",
		`{"id_token":{"sub":null}}`:                                                                  "",
		`{"id_token":{"acr":{"essential":true,"value":"urn:aps:acr:mfa"}}}`:                          "interaction_required",
		`{"id_token":{"acr":{"essential":true,"values":["gold","urn:aps:acr:mfa"]},"name":null}}`:    "interaction_required",
		`{"id_token":{"acr":{"essential":true,"values":["gold"]},"name":null}}`:                      "unmet_authentication_requirements",
		`{"id_token":{"acr":{"essential":false,"values":["gold"]}}}`:                                 "",
		`{"id_token":{"name":{"essential":true},"nickname":{"essential":true,"value":"Benny"}}}`:     "",
		`{"id_token":{"auth_time":{"essential":true}},"userinfo":{"email_verified":{"value":true}}}`: "",
	} {
		if q := location(v.get("/authorize", request("claims", claims, "prompt", "none"))).Query(); q.Get("error") != want || (want == "") != (q.Get("code") != "") {
			t.Errorf("%s: %v, want %q", claims, q, want)
		}
	}
	// the wrong person signs in
	other := h.visitor()
	if q := location(other.signIn(request("claims", `{"userinfo":{"name":null,"sub":{"value":"usr_bea"}}}`), "usr_ben")).Query(); q.Get("error") != "login_required" {
		t.Errorf("somebody else signed in: %v", q)
	}
	if q := location(h.visitor().signIn(request("claims", `{"userinfo":{"name":null,"sub":{"value":"usr_bea"}}}`), "usr_bea")).Query(); q.Get("code") == "" {
		t.Errorf("the right person signed in: %v", q)
	}
}

// Whatever is asked for, little of it is stored and carried around (ABUSE 52).
func TestClaimsThatAreAskedForStaySmall(t *testing.T) {
	h := newHouse(t)
	var many strings.Builder
	for i := range 90 {
		many.WriteString(`,"x` + strings.Repeat("y", i%7) + string(rune('a'+i%26)) + `":null`)
	}
	const known = `"acr":null,"amr":null,"auth_time":null,"email":null,"email_verified":null,"locale":null,"name":null,"practice_id":null,"sid":null,"updated_at":null,"zoneinfo":null`
	claims := `{"id_token":{` + known + many.String() + `},"userinfo":{` + known + `}}`
	if len(claims) > 2048 || len(claims) < 1500 {
		t.Fatalf("the test asks with %d bytes", len(claims))
	}
	h.visitor().get("/authorize", request("claims", claims))
	h.desk.mu.Lock()
	for _, begun := range h.desk.open {
		if got := len(begun.request.Claims); got == 0 || got > 300 || begun.request.Query != "" {
			t.Errorf("a sign-in stores %d bytes: %s", got, begun.request.Claims)
		}
	}
	h.desk.mu.Unlock()
	tokens := h.visitor().tokens("claims", claims)
	plain := h.visitor().tokens()
	if more := len(tokens["access_token"].(string)) - len(plain["access_token"].(string)); more <= 0 || more > 250 {
		t.Errorf("the access token grew by %d bytes", more)
	}
	stored, _, err := h.sql.FindRefreshTokenHolder(t.Context(), idp.HashToken(tokens["refresh_token"].(string)))
	if err != nil {
		t.Fatal(err)
	}
	if len(stored.Claims) == 0 || len(stored.Claims) > 300 {
		t.Errorf("a refresh token keeps %d bytes", len(stored.Claims))
	}
	if q := location(h.visitor().get("/authorize", request("claims", `{"id_token":{"`+strings.Repeat("x", 2048)+`":null}}`))).Query(); q.Get("error") != "invalid_request" {
		t.Errorf("beyond the bound of a parameter: %v", q)
	}
}

// Stored claims that can't be read give nothing.
func TestStoredClaimsThatAreBrokenGiveNothing(t *testing.T) {
	on := embedded(t)
	h := buildHouse(t, on, issuer)
	tokens := h.visitor().at("timesheets", "scope", "openid offline_access", "claims", `{"userinfo":{"name":null}}`)
	h.exec(on, `UPDATE refresh_tokens SET claims = '{"userinfo":["name"'`)
	w := h.refresh(tokens["refresh_token"].(string))
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if _, info := h.said(decode(t, w)); info["name"] != nil {
		t.Errorf("%v", info)
	}
}
