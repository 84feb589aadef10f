package oidcop_test

import (
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/pkg/dpop"
	"github.com/apscloud/apsid/pkg/mtls"
)

// bound signs ana in at lodgements, which is known by its certificate and bound to it, and returns the tokens.
func (g *gated) bound(shown *x509.Certificate) map[string]any {
	g.t.Helper()
	code := g.visitor().code(lodgement())
	form := redemption(code, "redirect_uri", "https://lodgements.example/cb", "client_id", "lodgements")
	got := decode(g.t, g.form("/oauth/token", form, shown))
	if got["access_token"] == nil {
		g.t.Fatalf("%v", got)
	}
	return got
}

// bringing is a request with a token, to the origin for certificates.
func bringing(method, path, token string, shown *x509.Certificate) *http.Request {
	r := asked(method, path, nil, shown)
	r.Header.Set("Authorization", "Bearer "+token)
	return r
}

// RFC 8705, section 3: a token that is bound to a certificate is good on a connection with it, and nowhere else.
func TestATokenIsBoundToItsCertificate(t *testing.T) {
	for _, opaque := range []bool{false, true} {
		g := newGated(t)
		own, thief := g.authority.certify(ofClient("lodgements"), newKey()), g.authority.certify(ofClient("bgl"), newKey())
		g.change("lodgements", func(c *idp.Client) {
			c.AuthMethod, c.Secrets, c.CertificateSubject, c.CertificateBound, c.ReferenceTokens = idp.AuthCertificate, nil, "dns:lodgements.example", true, opaque
		})
		tokens := g.bound(own)
		token := tokens["access_token"].(string)
		if tokens["token_type"] != "Bearer" {
			t.Errorf("%v", tokens["token_type"])
		}
		want := `{"x5t#S256":"` + mtls.Thumbprint(own) + `"}`
		if !opaque {
			if _, claims := g.open(token); text(claims["cnf"]) != want {
				t.Errorf("cnf %s", text(claims["cnf"]))
			}
		}
		about := url.Values{"client_id": {"lodgements"}, "token": {token}}
		if got := decode(t, g.form("/oauth/introspect", about, own)); got["active"] != true || text(got["cnf"]) != want || got["token_type"] != "Bearer" {
			t.Errorf("introspection: %v", got)
		}

		stranger := bringing("GET", "/oauth/userinfo", token, own)
		stranger.RemoteAddr = "198.51.100.7:4000"
		browsers := bringing("GET", "/oauth/userinfo", token, own)
		browsers.Host = must(url.Parse(issuer)).Host
		two := bringing("GET", "/oauth/userinfo", token, own)
		two.Header.Add(mtls.Header, mtls.Value(own))
		proved := bringing("GET", "/oauth/userinfo", token, own)
		k := g.holder()
		proved.Header.Set("Authorization", "DPoP "+token)
		proved.Header.Set(dpop.Header, must(k.key.Sign(dpop.Request{Method: "GET", URL: certificateOrigin + "/oauth/userinfo", AccessToken: token}, "", g.clock.read())))
		inForm := asked("POST", "/oauth/userinfo", url.Values{"access_token": {token}}, own)
		inFormOfThief := asked("POST", "/oauth/userinfo", url.Values{"access_token": {token}}, thief)
		for name, c := range map[string]struct {
			r    *http.Request
			code int
		}{
			"with its certificate":            {bringing("GET", "/oauth/userinfo", token, own), http.StatusOK},
			"in a form, with its certificate": {inForm, http.StatusOK},
			"with another's":                  {bringing("GET", "/oauth/userinfo", token, thief), http.StatusUnauthorized},
			"in a form, with another's":       {inFormOfThief, http.StatusUnauthorized},
			"with none":                       {bringing("GET", "/oauth/userinfo", token, nil), http.StatusUnauthorized},
			"by a stranger":                   {stranger, http.StatusUnauthorized},
			"at the origin of browsers":       {browsers, http.StatusUnauthorized},
			"with two headers":                {two, http.StatusUnauthorized},
			"as a token of a key":             {proved, http.StatusUnauthorized},
		} {
			if w := g.do(c.r); w.Code != c.code {
				t.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
		}
		for name, c := range map[string]struct {
			shown *x509.Certificate
			code  int
		}{"its own": {own, http.StatusOK}, "another's": {thief, http.StatusUnauthorized}, "none": {nil, http.StatusUnauthorized}} {
			r := httptest.NewRequest("POST", certificateOrigin+"/session/activity", strings.NewReader(`{"idle_seconds":0}`))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+token)
			if c.shown != nil {
				r.Header.Set(mtls.Header, mtls.Value(c.shown))
			}
			if w := g.do(r); w.Code != c.code {
				t.Errorf("activity with %s: %d %s", name, w.Code, w.Body)
			}
			server := must(g.rebuild(must(url.Parse(g.issuer))))
			if _, _, err := server.VerifyAccess(httptest.NewRecorder(), r, g.clock.read()); (err == nil) != (c.code == http.StatusOK) {
				t.Errorf("VerifyAccess with %s: %v", name, err)
			}
		}
	}
}

// RFC 8705, section 3: a token that is bound to nothing may come on any connection.
func TestATokenThatIsNotBoundMayComeWithACertificate(t *testing.T) {
	g := newGated(t)
	token := g.visitor().tokens()["access_token"].(string)
	if w := g.do(bringing("GET", "/oauth/userinfo", token, g.authority.certify(ofClient("bgl"), newKey()))); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// A client asks for bound tokens with a certificate, refreshes with the one that it has by then, and may have them bound to a key as well.
func TestBoundTokensAreAskedForWithACertificate(t *testing.T) {
	g := newGated(t)
	key := newKey()
	first, second := g.authority.certify(ofClient("lodgements"), key), g.authority.certify(ofClient("lodgements"), newKey())
	g.change("lodgements", func(c *idp.Client) { c.CertificateBound = true })
	basic := func(form url.Values, shown *x509.Certificate, proofs ...string) *httptest.ResponseRecorder {
		r := asked("POST", "/oauth/token", form, shown)
		r.SetBasicAuth("lodgements", secret)
		for _, proof := range proofs {
			r.Header.Add(dpop.Header, proof)
		}
		return g.do(r)
	}
	form := redemption(g.visitor().code(lodgement()), "redirect_uri", "https://lodgements.example/cb")
	wantError(t, basic(form, nil), http.StatusBadRequest, "invalid_request")
	tokens := decode(t, basic(form, first)) // the code was not spent by a request that lacked its certificate
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}}
	wantError(t, basic(refresh, nil), http.StatusBadRequest, "invalid_request")
	next := decode(t, basic(refresh, second))
	if _, claims := g.open(next["access_token"].(string)); text(claims["cnf"]) != `{"x5t#S256":"`+mtls.Thumbprint(second)+`"}` {
		t.Errorf("%s", text(claims["cnf"]))
	}

	k := g.holder()
	proof := func(method, path, token string) string {
		return must(k.key.Sign(dpop.Request{Method: method, URL: certificateOrigin + path, AccessToken: token}, "", g.clock.read()))
	}
	refresh.Set("refresh_token", next["refresh_token"].(string))
	both := decode(t, basic(refresh, first, proof("POST", "/oauth/token", "")))
	token := both["access_token"].(string)
	if _, claims := g.open(token); text(claims["cnf"]) != `{"jkt":"`+k.key.Thumbprint()+`","x5t#S256":"`+mtls.Thumbprint(first)+`"}` || both["token_type"] != "DPoP" {
		t.Errorf("%s", text(claims["cnf"]))
	}
	for name, c := range map[string]struct {
		shown  *x509.Certificate
		proved bool
		code   int
	}{
		"both": {first, true, http.StatusOK}, "the key alone": {nil, true, http.StatusUnauthorized}, "the certificate alone": {first, false, http.StatusUnauthorized},
		"the key and another certificate": {second, true, http.StatusUnauthorized},
	} {
		r := bringing("GET", "/oauth/userinfo", token, c.shown)
		if c.proved {
			r.Header.Set("Authorization", "DPoP "+token)
			r.Header.Set(dpop.Header, proof("GET", "/oauth/userinfo", token))
		}
		if w := g.do(r); w.Code != c.code {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

// FAPI 2.0 Security Profile, section 5.3.2.1, points 4 to 6: by mutual TLS the whole way, of an app and of an integration.
func TestFAPI2ByCertificate(t *testing.T) {
	g := newGated(t)
	own := g.authority.certify(ofClient("lodgements"), newKey())
	g.change("lodgements", func(c *idp.Client) {
		c.AuthMethod, c.Secrets, c.CertificateSubject, c.CertificateBound = idp.AuthCertificate, nil, "dns:lodgements.example", true
		c.SecurityProfile, c.IDTokenAlg = idp.SecurityFAPI2, "ES256"
	})
	wantError(t, g.form("/oauth/par", lodgement(), nil), http.StatusUnauthorized, "invalid_client")
	pushed := g.form("/oauth/par", lodgement(), own)
	if pushed.Code != http.StatusCreated {
		t.Fatalf("%d %s", pushed.Code, pushed.Body)
	}
	name := decode(t, pushed)["request_uri"].(string)
	to := location(g.visitor().signIn(url.Values{"client_id": {"lodgements"}, "request_uri": {name}}, "usr_ana")).Query()
	form := redemption(to.Get("code"), "redirect_uri", "https://lodgements.example/cb", "client_id", "lodgements")
	tokens := decode(t, g.form("/oauth/token", form, own))
	if tokens["token_type"] != "Bearer" || tokens["refresh_token"] == nil {
		t.Fatalf("%v", tokens)
	}
	if w := g.do(bringing("GET", "/oauth/userinfo", tokens["access_token"].(string), own)); w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {tokens["refresh_token"].(string)}, "client_id": {"lodgements"}}
	for range 2 {
		next := decode(t, g.form("/oauth/token", refresh, own))
		if _, claims := g.open(next["access_token"].(string)); text(claims["cnf"]) != `{"x5t#S256":"`+mtls.Thumbprint(own)+`"}` {
			t.Errorf("%v", next)
		}
	}

	mine := g.authority.certify(ofClient("fusesign"), newKey())
	g.change("fusesign", func(c *idp.Client) { c.SecurityProfile = idp.SecurityFAPI2 })
	w := g.form("/oauth/token", machine("fusesign"), mine) // it authenticates by its certificate, and its tokens are bound to nothing
	wantError(t, w, http.StatusBadRequest, "invalid_request")
	g.change("fusesign", func(c *idp.Client) { c.CertificateBound = true })
	g.known.Forget()
	token, _ := decode(t, g.form("/oauth/token", machine("fusesign"), mine))["access_token"].(string)
	if _, claims := g.open(token); text(claims["cnf"]) != `{"x5t#S256":"`+mtls.Thumbprint(mine)+`"}` {
		t.Errorf("%s", text(claims["cnf"]))
	}
}

// A token that is bound to a certificate is exchanged by who has it, for one that is bound to it as well (RFC 8705, section 3).
func TestATokenOfACertificateIsExchangedWithIt(t *testing.T) {
	g := gate(t, newBehalf(t))
	own, thief := g.authority.certify(ofClient("timesheets"), newKey()), g.authority.certify(ofClient("lodgements"), newKey())
	g.change("timesheets", func(c *idp.Client) { c.CertificateBound = true })
	ask := func(form url.Values, shown *x509.Certificate) *httptest.ResponseRecorder {
		r := asked("POST", "/oauth/token", form, shown)
		r.SetBasicAuth("timesheets", secret)
		return g.do(r)
	}
	to := location(g.visitor().signIn(request("scope", behalfScope), "usr_ana")).Query()
	subject, _ := decode(t, ask(redemption(to.Get("code")), own))["access_token"].(string)
	exchange := url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "subject_token": {subject},
		"subject_token_type": {"urn:ietf:params:oauth:token-type:access_token"}, "resource": {payAPI},
	}
	given, _ := decode(t, ask(exchange, own))["access_token"].(string)
	if _, claims := g.open(given); text(claims["cnf"]) != `{"x5t#S256":"`+mtls.Thumbprint(own)+`"}` || text(claims["act"]) != `{"sub":"timesheets"}` {
		t.Errorf("%v", claims)
	}
	wantRefused(t, ask(exchange, thief), "invalid_request", "bound to a key or a certificate")
	g.change("timesheets", func(c *idp.Client) { c.CertificateBound = false })
	g.known.Forget()
	wantRefused(t, ask(exchange, own), "invalid_request", "bound to a key or a certificate") // what it gets would be bound to nothing
}

// Discovery says what the tests above use, and of certificates nothing where none are taken.
func TestDiscoveryOfCertificates(t *testing.T) {
	g := newGated(t)
	got := decode(t, g.do(httptest.NewRequest("GET", "/.well-known/openid-configuration", nil)))
	for name, want := range map[string]string{
		"issuer": `"` + issuer + `"`, "token_endpoint": `"` + issuer + `/oauth/token"`, "tls_client_certificate_bound_access_tokens": `true`,
		"token_endpoint_auth_methods_supported":         `["client_secret_basic","client_secret_post","private_key_jwt","tls_client_auth","self_signed_tls_client_auth","none"]`,
		"introspection_endpoint_auth_methods_supported": `["client_secret_basic","client_secret_post","private_key_jwt","tls_client_auth","self_signed_tls_client_auth"]`,
	} {
		if text(got[name]) != want {
			t.Errorf("%s is %s, want %s", name, text(got[name]), want)
		}
	}
	aliases, _ := got["mtls_endpoint_aliases"].(map[string]any)
	if len(aliases) != 7 {
		t.Errorf("%v", aliases)
	}
	for name, address := range aliases {
		if text(address) != `"`+certificateOrigin+strings.TrimPrefix(got[name].(string), issuer)+`"` {
			t.Errorf("%s is %v", name, address)
		}
	}
	g.shown.Authorities = nil
	g.mux = http.NewServeMux()
	must(g.rebuild(must(url.Parse(g.issuer)))).Routes(g.mux)
	if got := decode(t, g.do(httptest.NewRequest("GET", "/.well-known/openid-configuration", nil))); strings.Contains(text(got), `"tls_client_auth"`) || !strings.Contains(text(got), "self_signed_tls_client_auth") {
		t.Errorf("without authorities: %v", got["token_endpoint_auth_methods_supported"])
	}
	plain := newHouse(t).do(httptest.NewRequest("GET", "/.well-known/openid-configuration", nil))
	if strings.Contains(plain.Body.String(), "tls_client") {
		t.Error("certificates are offered where none are taken")
	}
	g.shown.Origin = nil
	g.shown.Authorities = x509.NewCertPool()
	if _, err := g.rebuild(must(url.Parse(g.issuer))); err == nil {
		t.Error("authorities without an origin")
	}
	g.shown.Origin, g.shown.Of = must(url.Parse(certificateOrigin)), nil
	if _, err := g.rebuild(must(url.Parse(g.issuer))); err == nil {
		t.Error("nobody finds certificates")
	}
}
