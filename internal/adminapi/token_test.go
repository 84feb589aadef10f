package adminapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/apscloud/apsid/internal/idp"
)

// tokens are the tokens that a caller holds.
type tokens struct{ access, id string }

// signIn signs a person in at the console, with the second factor, for these scopes; none: all.
func (w *world) signIn(name string, asked ...string) tokens {
	w.t.Helper()
	w.pass(30 * time.Second) // a code is good once
	if len(asked) == 0 {
		asked = scopes()
	}
	app := oauth2.Config{
		ClientID: "console", ClientSecret: w.secret["console"].Reveal(), RedirectURL: callback, Scopes: append(asked, "openid"),
		Endpoint: oauth2.Endpoint{AuthURL: w.issuer + "/authorize", TokenURL: w.issuer + "/oauth/token", AuthStyle: oauth2.AuthStyleInHeader},
	}
	verifier := oauth2.GenerateVerifier()
	jar, err := cookiejar.New(nil)
	must(w.t, err)
	browser := &http.Client{Jar: jar, CheckRedirect: func(to *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(to.URL.String(), callback) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	form, err := browser.Get(app.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("acr_values", string(idp.ACRMFA))))
	must(w.t, err)
	_ = form.Body.Close()
	code, err := totp.GenerateCode(w.keyOf[name], w.now())
	must(w.t, err)
	for _, fields := range []url.Values{{"username": {w.people[name].User.Username}, "password": {password}}, {"code": {code}}} {
		form, err = browser.PostForm(form.Request.URL.String(), fields)
		must(w.t, err)
		_ = form.Body.Close()
	}
	location, err := form.Location()
	if err != nil {
		w.t.Fatalf("%s is not signed in: %s at %s", name, form.Status, form.Request.URL)
	}
	token, err := app.Exchange(w.t.Context(), location.Query().Get("code"), oauth2.VerifierOption(verifier))
	must(w.t, err)
	id, _ := token.Extra("id_token").(string)
	return tokens{access: token.AccessToken, id: id}
}

// machineToken is an integration's token.
func (w *world) machineToken(id idp.ClientID) string {
	w.t.Helper()
	c := clientcredentials.Config{
		ClientID: string(id), ClientSecret: w.secret[id].Reveal(), TokenURL: w.issuer + "/oauth/token", AuthStyle: oauth2.AuthStyleInHeader,
	}
	token, err := c.Token(w.t.Context())
	must(w.t, err)
	return token.AccessToken
}

// forged signs an access token with the provider's own key: what is in it is as a good one has it, but for the changes.
func (w *world) forged(good, typ string, changes map[string]any) string {
	w.t.Helper()
	parts := strings.Split(good, ".")
	var claims map[string]any
	must(w.t, json.Unmarshal(decode(w.t, parts[1]), &claims))
	for name, value := range changes {
		claims[name] = value
	}
	payload, err := json.Marshal(claims)
	must(w.t, err)
	token, err := w.keys.Sign(w.t.Context(), "ES256", typ, payload)
	must(w.t, err)
	return token
}
