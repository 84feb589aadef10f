package oidcop_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func TestTokensTellTheTruth(t *testing.T) {
	h := newHouse(t)
	got := h.visitor().tokens()
	if got["token_type"] != "Bearer" || got["expires_in"] != 300.0 || got["scope"] != "openid profile email offline_access" ||
		got["session_expires_in"] != 86400.0 || got["session_idle_timeout"] != 0.0 {
		t.Fatalf("%v", got)
	}
	header, access := h.open(got["access_token"].(string))
	if header["typ"] != "at+jwt" || header["alg"] != "ES256" {
		t.Fatalf("header %v", header)
	}
	for claim, want := range map[string]any{
		"iss": issuer, "sub": "usr_ana", "client_id": "timesheets", "scope": "openid profile email offline_access",
		"acr": "urn:aps:acr:mfa", "practice_id": "prc_mfa", "exp": float64(h.clock.read().Unix() + 300), "auth_time": float64(h.clock.read().Unix()),
	} {
		if access[claim] != want {
			t.Errorf("access token: %s is %v, want %v", claim, access[claim], want)
		}
	}
	header, id := h.open(got["id_token"].(string))
	if header["typ"] != "JWT" || header["alg"] != "ES256" {
		t.Fatalf("header %v", header)
	}
	for claim, want := range map[string]any{
		"iss": issuer, "sub": "usr_ana", "nonce": "n0nce", "acr": "urn:aps:acr:mfa", "sid": access["sid"], "practice_id": "prc_mfa",
	} {
		if id[claim] != want {
			t.Errorf("ID token: %s is %v, want %v", claim, id[claim], want)
		}
	}
	if id["sid"] == nil || access["jti"] == nil || len(id["amr"].([]any)) != 3 || id["scope"] != nil || id["jti"] != nil {
		t.Errorf("access %v\nid %v", access, id)
	}
}

func TestIDTokenIsSignedAsTheClientIsRegistered(t *testing.T) {
	h := newHouse(t)
	code := h.visitor().code(request("client_id", "rs", "redirect_uri", "https://rs.example/cb"))
	got := decode(t, h.post("/oauth/token", redemption(code, "redirect_uri", "https://rs.example/cb"), "rs", secret))
	if header, _ := h.open(got["id_token"].(string)); header["alg"] != "RS256" {
		t.Errorf("ID token %v", header)
	}
	if header, _ := h.open(got["access_token"].(string)); header["alg"] != "ES256" {
		t.Errorf("access token %v", header)
	}
}

func TestTokensEndWithTheSession(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	v.signIn(request(), "usr_ana")
	h.clock.pass(24*time.Hour - 2*time.Minute)
	got := decode(t, h.redeem(location(v.get("/authorize", request())).Query().Get("code")))
	if got["expires_in"] != 120.0 || got["session_expires_in"] != 120.0 {
		t.Fatalf("%v", got)
	}
}

// ABUSE 1: the thief and the owner bring the same code; whichever of them is second, neither keeps anything.
func TestCodeRedeemedTwiceEndsSession(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	code := v.code(request())
	first := decode(t, h.redeem(code))
	if w := h.userinfo(first["access_token"].(string)); w.Code != http.StatusOK {
		t.Fatalf("before: %d %s", w.Code, w.Body)
	}
	wantError(t, h.redeem(code), 400, "invalid_grant")
	if w := h.userinfo(first["access_token"].(string)); w.Code != http.StatusUnauthorized {
		t.Fatalf("the access token lives: %d", w.Code)
	}
	wantError(t, h.refresh(first["refresh_token"].(string)), 400, "invalid_grant")
	if to := location(v.get("/authorize", request("prompt", "none"))).Query(); to.Get("error") != "login_required" {
		t.Fatalf("the browser is still signed in: %v", to)
	}
	if events := h.events(idp.EventCodeReused); len(events) != 1 || events[0].SID == "" || events[0].UserID != "usr_ana" || events[0].PracticeID != "prc_mfa" {
		t.Fatalf("audit trail: %+v", events)
	}
}

// ABUSE 3 and 4. Each row is a good redemption with one thing wrong; the code is spent by it.
func TestCodeThatDoesNotFit(t *testing.T) {
	h := newHouse(t)
	for name, row := range map[string]struct {
		redeem func(code string) *httptest.ResponseRecorder
		error  string
	}{
		"another redirect URI": {func(c string) *httptest.ResponseRecorder {
			return h.redeem(c, "redirect_uri", "https://timesheets.example/cb?app=1")
		}, "invalid_grant"},
		"no redirect URI": {func(c string) *httptest.ResponseRecorder { return h.redeem(c, "redirect_uri", "-") }, "invalid_request"},
		"another client": {func(c string) *httptest.ResponseRecorder {
			return h.post("/oauth/token", redemption(c), "rs", secret)
		}, "invalid_grant"},
		"no verifier":    {func(c string) *httptest.ResponseRecorder { return h.redeem(c, "code_verifier", "-") }, "invalid_grant"},
		"empty verifier": {func(c string) *httptest.ResponseRecorder { return h.redeem(c, "code_verifier", "") }, "invalid_grant"},
		"short verifier": {func(c string) *httptest.ResponseRecorder { return h.redeem(c, "code_verifier", "abc") }, "invalid_grant"},
		"long verifier": {func(c string) *httptest.ResponseRecorder {
			return h.redeem(c, "code_verifier", strings.Repeat("a", 129))
		}, "invalid_grant"},
		"wrong verifier": {func(c string) *httptest.ResponseRecorder {
			return h.redeem(c, "code_verifier", strings.Repeat("a", 43))
		}, "invalid_grant"},
		"the challenge itself": {func(c string) *httptest.ResponseRecorder {
			return h.redeem(c, "code_verifier", challengeOf(verifier))
		}, "invalid_grant"},
		"that the store has still after 3 min": {func(c string) *httptest.ResponseRecorder {
			h.clock.pass(3*time.Minute + time.Second)
			return h.redeem(c)
		}, "invalid_grant"},
		"a code made up":            {func(string) *httptest.ResponseRecorder { return h.redeem("made-up") }, "invalid_grant"},
		"a session it isn't of":     {func(c string) *httptest.ResponseRecorder { return h.redeem(c[:44] + "ses_other") }, "invalid_grant"},
		"no code":                   {func(string) *httptest.ResponseRecorder { return h.redeem("") }, "invalid_request"},
		"a code of 4,000 letters":   {func(c string) *httptest.ResponseRecorder { return h.redeem(c + strings.Repeat("x", 4000)) }, "invalid_grant"},
		"the code as refresh token": {func(c string) *httptest.ResponseRecorder { return h.refresh(c) }, "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, row.redeem(h.visitor().code(request())), 400, row.error)
		})
	}
}

// ABUSE 3 and 46. The store ends a code after 60 s, by a clock that all nodes share; a node's own clock, which may be 90 s ahead of that of
// the node that made the code, does not end it sooner.
func TestCodeLivesSixtySecondsByTheClockOfTheStore(t *testing.T) {
	h := newHouse(t)
	code := h.visitor().code(request())
	if h.codesLive != time.Minute {
		t.Errorf("the store is to keep a code for %s", h.codesLive)
	}
	h.clock.pass(90 * time.Second)
	if w := h.redeem(code); w.Code != http.StatusOK {
		t.Errorf("at a node whose clock is ahead: %d %s", w.Code, w.Body)
	}
}

// ABUSE 4: the challenge was cut out of the request on its way; the app still sends its verifier.
func TestVerifierWithoutChallengeIsRefused(t *testing.T) {
	h := newHouse(t)
	ask := func(pairs ...string) string {
		return h.visitor().code(request(append([]string{"client_id", "contacts", "redirect_uri", "https://contacts.example/cb", "scope", "openid"}, pairs...)...))
	}
	redeem := func(code string, pairs ...string) *httptest.ResponseRecorder {
		return h.post("/oauth/token", redemption(code, append([]string{"redirect_uri", "https://contacts.example/cb", "client_id", "contacts", "client_secret", secret}, pairs...)...))
	}
	bare := []string{"code_challenge", "-", "code_challenge_method", "-"}
	wantError(t, redeem(ask(bare...)), 400, "invalid_grant")
	if w := redeem(ask(bare...), "code_verifier", "-"); w.Code != http.StatusOK { // registered to go without
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	wantError(t, redeem(ask(), "code_verifier", "-"), 400, "invalid_grant") // it used one: now it must
}

func TestCodeAfterLogoutIsWorthless(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	code := v.code(request())
	if w := v.post("/end_session", url.Values{"client_id": {"timesheets"}, "confirm": {"yes"}}); w.Code != http.StatusOK || w.Body.String() != "signed out" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	wantError(t, h.redeem(code), 400, "invalid_grant")
}

func TestClientAuthentication(t *testing.T) {
	h := newHouse(t)
	send := func(form url.Values, change func(*http.Request), basic ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/oauth/token", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if len(basic) == 2 {
			r.SetBasicAuth(basic[0], basic[1])
		}
		if change != nil {
			change(r)
		}
		return h.do(r)
	}
	grant := func(pairs ...string) url.Values {
		return with(url.Values{"grant_type": {"client_credentials"}}, pairs...)
	}
	if w := send(grant(), nil, "fusesign", secret); w.Code != http.StatusOK {
		t.Fatalf("the good one: %d %s", w.Code, w.Body)
	}
	if w := send(grant("client_secret", "", "client_id", ""), nil, "fusesign", secret); w.Code != http.StatusOK {
		t.Errorf("beside parameters without a value (RFC 6749, section 3.2): %d %s", w.Code, w.Body)
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"wrong secret":       send(grant(), nil, "fusesign", secret+"x"),
		"empty secret":       send(grant(), nil, "fusesign", ""),
		"empty in the form":  send(grant("client_id", "fusesign", "client_secret", ""), nil),
		"unknown client":     send(grant(), nil, "nobody", secret),
		"empty client":       send(grant(), nil, "", secret),
		"disabled client":    send(redemption("x"), nil, "disabled", secret),
		"nothing":            send(grant(), nil),
		"post, not basic":    send(grant("client_id", "fusesign", "client_secret", secret), nil),
		"basic, not post":    send(redemption("x"), nil, "contacts", secret),
		"basic and post":     send(grant("client_id", "fusesign", "client_secret", secret), nil, "fusesign", secret),
		"two names":          send(grant("client_id", "greedy"), nil, "fusesign", secret),
		"name without proof": send(grant("client_id", "fusesign"), nil),
		"secret to public":   send(redemption("x", "client_id", "loopback", "client_secret", secret), nil),
		"bearer":             send(grant(), func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }),
		"two headers":        send(grant(), func(r *http.Request) { r.Header.Add("Authorization", "Basic eA==") }, "fusesign", secret),
		"broken escape":      send(grant(), nil, "fusesign", "%zz"),
		"no colon":           send(grant(), func(r *http.Request) { r.Header.Set("Authorization", "Basic eA==") }),
		"assertion": send(grant("client_assertion", "x", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
			nil, "fusesign", secret),
	} {
		t.Run(name, func(t *testing.T) {
			wantError(t, w, 401, "invalid_client")
			header := !slices.Contains([]string{"nothing", "post, not basic", "name without proof", "empty in the form", "secret to public"}, name)
			if (w.Header().Get("WWW-Authenticate") == `Basic realm="APS ID", charset="UTF-8"`) != header {
				t.Errorf("challenge %q", w.Header().Get("WWW-Authenticate"))
			}
			generic := slices.Contains([]string{"wrong secret", "empty secret", "unknown client", "disabled client"}, name)
			if got := decode(t, w)["error_description"]; (got == "Client authentication failed.") != generic {
				t.Errorf("description %q", got)
			}
		})
	}
	reasons := make(map[idp.Reason]bool)
	for _, e := range h.events(idp.EventClientRejected) {
		reasons[e.Reason] = true
	}
	for _, reason := range []idp.Reason{"secret", "unknown_client", "disabled", "method", "malformed"} {
		if !reasons[reason] {
			t.Errorf("no event with reason %q", reason)
		}
	}
	if strings.Contains(h.logs.text.String(), secret) {
		t.Error("a secret is in the log")
	}
}

// A client that does not pin one may put its secret in the header or in the form, at every endpoint; never both, and never nothing.
func TestASecretMayComeEitherWay(t *testing.T) {
	h := newHouse(t)
	const imported = "imported+from/elsewhere=with%20all%2Bof it"
	h.change("fusesign", func(c *idp.Client) {
		c.AuthMethod, c.Secrets = idp.AuthSecret, []idp.ClientSecret{{Hash: idp.HashToken(imported)}}
	})
	send := func(path string, form url.Values, header string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if header != "" {
			r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(header)))
		}
		return h.do(r)
	}
	for path, form := range map[string]url.Values{
		"/oauth/token": {"grant_type": {"client_credentials"}}, "/oauth/introspect": {"token": {"x"}}, "/oauth/revoke": {"token": {"x"}},
	} {
		posted := func(secret string) url.Values {
			return with(maps.Clone(form), "client_id", "fusesign", "client_secret", secret)
		}
		for name, c := range map[string]struct {
			w    *httptest.ResponseRecorder
			want int
		}{
			"header, encoded":     {send(path, form, "fusesign:"+url.QueryEscape(imported)), 200},
			"header, as it is":    {send(path, form, "fusesign:"+imported), 200},
			"form":                {send(path, posted(imported), ""), 200},
			"wrong in the header": {send(path, form, "fusesign:"+imported+"x"), 401},
			"wrong in the form":   {send(path, posted(imported+"x"), ""), 401},
			"encoded in the form": {send(path, posted(url.QueryEscape(imported)), ""), 401},
			"both":                {send(path, posted(imported), "fusesign:"+url.QueryEscape(imported)), 401},
			"neither":             {send(path, with(maps.Clone(form), "client_id", "fusesign"), ""), 401},
			"an assertion": {send(path, with(maps.Clone(form), "client_id", "fusesign", "client_assertion", "x.y.z",
				"client_assertion_type", assertionType), ""), 401},
		} {
			if c.w.Code != c.want {
				t.Errorf("%s, %s: %d %s", path, name, c.w.Code, c.w.Body)
			}
		}
	}
}

func TestTwoSecretsAreLiveUntilTheyExpire(t *testing.T) {
	on := embedded(t)
	h := buildHouse(t, on, issuer)
	until := h.clock.read().Add(time.Hour)
	h.change("fusesign", func(c *idp.Client) {
		c.Secrets = []idp.ClientSecret{{Hash: idp.HashToken("old-secret"), ExpiresAt: until}, {Hash: idp.HashToken("new-secret")}}
	})
	token := func(with string) int {
		return h.post("/oauth/token", url.Values{"grant_type": {"client_credentials"}}, "fusesign", with).Code
	}
	if token("old-secret") != 200 || token("new-secret") != 200 || token(secret) != 401 {
		t.Fatal("not exactly the two live ones")
	}
	h.clock.pass(time.Hour)
	if token("old-secret") != 401 || token("new-secret") != 200 {
		t.Fatal("the old one outlived its end")
	}
}

// ABUSE 6 and RFC 6749, section 2.3.1: what the endpoint takes is one form in the body, once.
func TestTokenEndpointTakesOneForm(t *testing.T) {
	h := newHouse(t)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"contacts"}, "client_secret": {secret}}
	send := func(method, target, body, media string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", media)
		return h.do(r)
	}
	const media = "application/x-www-form-urlencoded"
	if w := send("GET", "/oauth/token?"+form.Encode(), "", media); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d", w.Code)
	}
	wantError(t, send("POST", "/oauth/token?"+form.Encode(), "", media), 400, "invalid_request")
	wantError(t, send("POST", "/oauth/token?client_secret="+secret, "grant_type=client_credentials&client_id=contacts", media), 400, "invalid_request")
	wantError(t, send("POST", "/oauth/token", `{"grant_type":"client_credentials"}`, "application/json"), 400, "invalid_request")
	wantError(t, send("POST", "/oauth/token", form.Encode()+"&grant_type=client_credentials", media), 400, "invalid_request")
	wantError(t, send("POST", "/oauth/token", form.Encode()+"&scope=a&scope=b", media), 400, "invalid_request")
	wantError(t, send("POST", "/oauth/token", "scope=x&client_id=contacts&client_secret=x", media), 400, "invalid_request")
	wantError(t, send("POST", "/oauth/token", form.Encode()+"&x="+strings.Repeat("x", 10<<20), media), 413, "invalid_request")
	wantError(t, send("POST", "/oauth/token", "a=%zz", media), 400, "invalid_request")
	for _, grant := range []string{"password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer",
		"urn:ietf:params:oauth:grant-type:device_code", "<zebra>"} {
		w := h.post("/oauth/token", url.Values{"grant_type": {grant}, "assertion": {"x"}}, "fusesign", secret)
		wantError(t, w, 400, "unsupported_grant_type")
		if strings.Contains(w.Body.String(), "zebra") {
			t.Error("reflected")
		}
	}
}

func TestStoresThatAreDownSayWhenToComeBack(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	signedIn := v.tokens()
	code := location(v.get("/authorize", request())).Query().Get("code")
	_ = h.redis.Close()
	w := h.redeem(code)
	wantError(t, w, 503, "temporarily_unavailable")
	if w.Header().Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	if w := h.userinfo(signedIn["access_token"].(string)); w.Code != http.StatusOK { // ABUSE 44: SQL knows what was revoked
		t.Errorf("userinfo without Redis: %d", w.Code)
	}
	h.wantTryAgain(v.get("/authorize", request()), request())
	silent := request("prompt", "none")
	if to := location(v.get("/authorize", silent)).Query(); to.Get("error") != "temporarily_unavailable" {
		t.Errorf("authorize without a page: %v", to)
	}
	h.outage.Store(true)
	wantError(t, h.refresh(signedIn["refresh_token"].(string)), 503, "temporarily_unavailable")
	if w := h.post("/oauth/token", url.Values{"grant_type": {"client_credentials"}}, "fusesign", secret); w.Code == http.StatusOK {
		t.Error("a client that was never in memory got in without SQL")
	}
	h.clock.pass(time.Minute) // and those in memory are forgotten
	for _, path := range []string{"/authorize", "/end_session"} {
		w := v.get(path, request("post_logout_redirect_uri", "https://timesheets.example/bye"))
		if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.HasPrefix(w.Body.String(), "error page") || strings.Contains(w.Body.String(), "spy") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
