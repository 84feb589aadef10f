package rp_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/pkg/apsid"
	"github.com/apscloud/apsid/pkg/rp"
	"github.com/apscloud/apsid/pkg/rp/rptest"
)

// dishonest is a provider that answers as it is told: to see what the app does with an answer no honest one gives.
type dishonest struct {
	server *httptest.Server
	key    *ecdsa.PrivateKey
	claims func(map[string]any) // changes an honest ID token
	sign   func(payload []byte) string
	info   map[string]any
	keys   []any                       // its key set
	about  func(map[string]any)        // changes its discovery document
	back   func(url.Values)            // changes what the browser brings back
	answer func(map[string]any)        // changes the answer of the token endpoint
	serve  map[string]http.HandlerFunc // instead of an endpoint of its own
	honest http.Handler                // its endpoints
	nonce  string
	forms  []url.Values // at the token endpoint
}

func newDishonest(t *testing.T) *dishonest {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := &dishonest{
		key: key, claims: func(map[string]any) {}, about: func(map[string]any) {}, back: func(url.Values) {}, answer: func(map[string]any) {},
		serve: map[string]http.HandlerFunc{},
	}
	d.keys = []any{jose.JSONWebKey{Key: key.Public(), KeyID: "1", Algorithm: "ES256", Use: "sig"}}
	d.sign = func(payload []byte) string { return signed(t, jose.ES256, d.key, payload) }
	mux := http.NewServeMux()
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		base := d.server.URL
		about := map[string]any{
			"issuer": base, "authorization_endpoint": base + "/authorize", "token_endpoint": base + "/token", "jwks_uri": base + "/keys",
			"userinfo_endpoint": base + "/userinfo", "authorization_response_iss_parameter_supported": true,
			"id_token_signing_alg_values_supported": []string{"ES256"},
		}
		d.about(about)
		answer(w, about)
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"keys": d.keys})
	})
	mux.HandleFunc("/authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		d.nonce = q.Get("nonce")
		back := url.Values{"code": {"c"}, "state": {q.Get("state")}, "iss": {d.server.URL}}
		d.back(back)
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusSeeOther)
	})
	mux.HandleFunc("/token", d.token)
	mux.HandleFunc("/userinfo", func(w http.ResponseWriter, _ *http.Request) { answer(w, d.info) })
	d.honest = mux
	d.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if instead := d.serve[r.URL.Path]; instead != nil {
			instead(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(d.server.Close)
	return d
}

func (d *dishonest) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	d.forms = append(d.forms, r.PostForm)
	claims := map[string]any{
		"iss": d.server.URL, "aud": "app", "sub": "usr_1", "nonce": d.nonce, "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(),
		"name": "Mia", "email": "mia@x.example", "acr": apsid.ACRMFA, "amr": []string{"pwd", "otp", "mfa"}, "auth_time": 1_700_000_000, "sid": "ses_1",
	}
	d.claims(claims)
	payload, _ := json.Marshal(claims)
	got := map[string]any{"access_token": "at", "token_type": "Bearer", "id_token": d.sign(payload), "session_expires_in": 3600}
	d.answer(got)
	answer(w, got)
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func signed(t *testing.T, alg jose.SignatureAlgorithm, key any, payload []byte) string {
	t.Helper()
	return signedWith(t, alg, key, map[jose.HeaderKey]any{"kid": "1", "typ": "JWT"}, payload)
}

func signedWith(t *testing.T, alg jose.SignatureAlgorithm, key any, headers map[jose.HeaderKey]any, payload []byte) string {
	t.Helper()
	options := &jose.SignerOptions{}
	for name, value := range headers {
		options = options.WithHeader(name, value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, options)
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// signIn opens a page of an app that requires a session, and returns the status and the session's name for the person.
func signIn(t *testing.T, d *dishonest, change func(*rp.Config)) (status int, person string) {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	config := rp.Config{
		Issuer: d.server.URL, ClientID: "app", ClientSecret: "s", RedirectURL: server.URL + "/auth/callback", Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&config)
	}
	app, err := rp.New(config)
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/", app.Handler(app.Require(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s, _ := rp.SessionFrom(r.Context())
		person = s.Name + " " + s.Email
		if s.EmailVerified {
			person += " confirmed"
		}
	}))))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Client{Jar: jar, Timeout: 10 * time.Second}).Get(server.URL + "/page?x=1")
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if person != "" && !strings.HasSuffix(response.Request.URL.String(), "/page?x=1") {
		t.Errorf("came back to %s", response.Request.URL)
	}
	return response.StatusCode, person
}

func TestHonestAnswerSignsIn(t *testing.T) {
	d := newDishonest(t)
	status, person := signIn(t, d, func(c *rp.Config) { c.ACR = apsid.ACRMFA })
	if status != http.StatusOK || person != "Mia mia@x.example" {
		t.Fatalf("%d %q", status, person)
	}
	if form := d.forms[0]; len(form.Get("code_verifier")) != 43 || form.Has("client_secret") {
		t.Errorf("token request %v", form)
	}
}

func TestProfileComesFromUserinfoOfTheSamePerson(t *testing.T) {
	d := newDishonest(t)
	d.claims = func(c map[string]any) { delete(c, "name"); delete(c, "email") }
	d.info = map[string]any{"sub": "usr_1", "name": "Mia", "email": "mia@x.example"}
	if status, person := signIn(t, d, nil); status != http.StatusOK || person != "Mia mia@x.example" {
		t.Errorf("%d %q", status, person)
	}
	d.info["sub"] = "usr_2"
	if status, person := signIn(t, d, nil); status != http.StatusBadGateway || person != "" {
		t.Errorf("userinfo of somebody else: %d %q", status, person)
	}
}

// The app learns whether the mailbox was proved, wherever the provider says so; what the provider does not say is no.
func TestTheAppLearnsWhetherTheMailboxWasProved(t *testing.T) {
	for name, c := range map[string]struct {
		says any
		want string
	}{
		"proved": {true, "Mia mia@x.example confirmed"}, "not proved": {false, "Mia mia@x.example"}, "not said": {nil, "Mia mia@x.example"},
	} {
		told := map[string]any{"sub": "usr_1", "name": "Mia", "email": "mia@x.example"}
		if c.says != nil {
			told["email_verified"] = c.says
		}
		inToken := newDishonest(t)
		inToken.claims = func(claims map[string]any) { maps.Copy(claims, told) }
		if status, person := signIn(t, inToken, nil); status != http.StatusOK || person != c.want {
			t.Errorf("%s, in the ID token: %d %q", name, status, person)
		}
		atUserinfo := newDishonest(t)
		atUserinfo.claims = func(claims map[string]any) {
			delete(claims, "email")
			claims["email_verified"] = true // of an address that the token does not name
		}
		atUserinfo.info = told
		if status, person := signIn(t, atUserinfo, nil); status != http.StatusOK || person != c.want {
			t.Errorf("%s, at userinfo: %d %q", name, status, person)
		}
	}
}

func TestIDTokensThatAreRefused(t *testing.T) { // ABUSE 8
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, lie := range map[string]func(*dishonest){
		"another nonce":    func(d *dishonest) { d.claims = func(c map[string]any) { c["nonce"] = "x" } },
		"no nonce":         func(d *dishonest) { d.claims = func(c map[string]any) { delete(c, "nonce") } },
		"another audience": func(d *dishonest) { d.claims = func(c map[string]any) { c["aud"] = "contacts" } },
		"another issuer":   func(d *dishonest) { d.claims = func(c map[string]any) { c["iss"] = "https://evil.example" } },
		"nobody's":         func(d *dishonest) { d.claims = func(c map[string]any) { delete(c, "sub") } },
		"no iat":           func(d *dishonest) { d.claims = func(c map[string]any) { delete(c, "iat") } },
		"expired":          func(d *dishonest) { d.claims = func(c map[string]any) { c["exp"] = time.Now().Add(-time.Hour).Unix() } },
		"weaker":           func(d *dishonest) { d.claims = func(c map[string]any) { c["acr"] = apsid.ACRPassword } },
		"other at_hash":    func(d *dishonest) { d.claims = func(c map[string]any) { c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" } },
		"another key":      func(d *dishonest) { d.sign = func(p []byte) string { return signed(t, jose.ES256, other, p) } },
		"alg none":         func(d *dishonest) { d.sign = func(p []byte) string { return "eyJhbGciOiJub25lIn0." + encode(p) + "." } },
		"HS256": func(d *dishonest) {
			d.sign = func(p []byte) string { return signed(t, jose.HS256, make([]byte, 32), p) }
		},
		"no token": func(d *dishonest) { d.sign = func([]byte) string { return "" } },
		"an access token": func(d *dishonest) {
			d.sign = func(p []byte) string {
				return signedWith(t, jose.ES256, d.key, map[jose.HeaderKey]any{"kid": "1", "typ": "at+jwt"}, p)
			}
		},
		"a logout token": func(d *dishonest) {
			d.sign = func(p []byte) string {
				return signedWith(t, jose.ES256, d.key, map[jose.HeaderKey]any{"kid": "1", "typ": "logout+jwt"}, p)
			}
		},
		"a logout token without type": func(d *dishonest) {
			d.claims = func(c map[string]any) { c["events"] = map[string]any{rptest.LogoutEvent: map[string]any{}} }
			d.sign = func(p []byte) string { return signedWith(t, jose.ES256, d.key, map[jose.HeaderKey]any{"kid": "1"}, p) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDishonest(t)
			lie(d)
			status, person := signIn(t, d, func(c *rp.Config) { c.ACR = apsid.ACRMFA })
			if status != http.StatusBadGateway || person != "" {
				t.Errorf("%d, signed in as %q", status, person)
			}
		})
	}
}

// Keys of kinds, curves and uses that are not known here are for others, and do not lock the app out; a key set with one key need not name
// it. Where there are several, a token names its own.
func TestKeySetsThatOthersUseToo(t *testing.T) {
	own := func(d *dishonest, kid string) jose.JSONWebKey {
		return jose.JSONWebKey{Key: d.key.Public(), KeyID: kid, Algorithm: "ES256", Use: "sig"}
	}
	strange := []any{
		map[string]any{"kty": "AKP", "alg": "ML-DSA-65", "kid": "2", "pub": "AAAA"},
		map[string]any{"kty": "OKP", "crv": "Ed448", "kid": "3", "x": "AAAA"},
		map[string]any{"kty": "EC", "crv": "secp256k1", "kid": "4", "x": "AAAA", "y": "AAAA"},
		map[string]any{"kty": "RSA", "kid": "5"}, map[string]any{"kid": "6"}, map[string]any{}, "text", nil, 7,
	}
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	another := jose.JSONWebKey{Key: other.Public(), KeyID: "9", Algorithm: "ES256", Use: "sig"}
	for name, c := range map[string]struct {
		keys func(*dishonest) []any
		in   bool
	}{
		"beside strange ones":      {func(d *dishonest) []any { return append(slices.Clone(strange), own(d, "1")) }, true},
		"one without a name":       {func(d *dishonest) []any { return []any{own(d, "")} }, true},
		"one of another name":      {func(d *dishonest) []any { return []any{own(d, "2")} }, false},
		"one without among two":    {func(d *dishonest) []any { return []any{own(d, ""), another} }, false},
		"another's without a name": {func(*dishonest) []any { return []any{jose.JSONWebKey{Key: other.Public()}} }, false},
		"for encryption":           {func(d *dishonest) []any { return []any{jose.JSONWebKey{Key: d.key.Public(), KeyID: "1", Use: "enc"}} }, false},
		"strange ones alone":       {func(*dishonest) []any { return strange }, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDishonest(t)
			d.keys = c.keys(d)
			if status, person := signIn(t, d, nil); (status == http.StatusOK) != c.in || (person != "") != c.in {
				t.Errorf("%d, signed in as %q", status, person)
			}
		})
	}
}

func TestProviderMayStartAfterTheApp(t *testing.T) {
	d := newDishonest(t)
	now := time.Now()
	app, err := rp.New(rp.Config{
		Issuer: d.server.URL, ClientID: "app", ClientSecret: "s", RedirectURL: "http://127.0.0.1:9/auth/callback",
		Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return now },
		Client: &http.Client{Transport: &failFirst{}},
	})
	if err != nil {
		t.Fatal(err)
	}
	handler := app.Handler(http.NotFoundHandler())
	for _, want := range []int{http.StatusBadGateway, http.StatusBadGateway, http.StatusSeeOther} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/auth/login", nil))
		if w.Code != want {
			t.Errorf("answered %d, want %d", w.Code, want)
		}
		now = now.Add(600 * time.Millisecond) // the second is within the pause after a failure
	}
}

// failFirst is a provider that is not there yet at the first call.
type failFirst struct{ calls int }

func (f *failFirst) RoundTrip(r *http.Request) (*http.Response, error) {
	f.calls++
	if f.calls == 1 {
		return nil, http.ErrServerClosed
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestScriptsAndFormsAreNotRedirected(t *testing.T) {
	app, err := rp.New(rp.Config{Issuer: "https://id.example", ClientID: "app", ClientSecret: "s", RedirectURL: "https://app.example/auth/callback"})
	if err != nil {
		t.Fatal(err)
	}
	handler := app.Require(http.NotFoundHandler())
	script := httptest.NewRequest(http.MethodGet, "/data", nil)
	script.Header.Set("Sec-Fetch-Dest", "empty")
	for _, r := range []*http.Request{script, httptest.NewRequest(http.MethodPost, "/data", nil)} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s answered %d", r.Method, w.Code)
		}
	}
}

func TestConfigurationMistakes(t *testing.T) {
	good := rp.Config{Issuer: "https://id.example", ClientID: "app", ClientSecret: "s", RedirectURL: "https://app.example/auth/callback"}
	for name, spoil := range map[string]func(*rp.Config){
		"Issuer":       func(c *rp.Config) { c.Issuer = "http://id.example" },
		"RedirectURL":  func(c *rp.Config) { c.RedirectURL = "http://app.example/auth/callback" },
		"RedirectURL ": func(c *rp.Config) { c.RedirectURL = "https://app.example" },
		"ClientID":     func(c *rp.Config) { c.ClientID = "a b" },
		"ClientSecret": func(c *rp.Config) { c.ClientSecret = "" },
		"ACR":          func(c *rp.Config) { c.ACR = "high" },
	} {
		c := good
		spoil(&c)
		if _, err := rp.New(c); err == nil || !strings.Contains(err.Error(), strings.TrimSpace(name)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func encode(payload []byte) string { return base64.RawURLEncoding.EncodeToString(payload) }
