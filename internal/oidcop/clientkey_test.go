package oidcop_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/pkg/rp"
)

// signingApp is an app on package rp that signs with a key, reached without a network.
type signingApp struct {
	*house
	app     *rp.App
	handler http.Handler
	cookies map[string]string
}

func (h *house) signingApp(t *testing.T, key rp.ClientKey) *signingApp {
	t.Helper()
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Signer.Public(), KeyID: key.ID, Algorithm: key.Algorithm, Use: "sig"}}}
	h.change("timesheets", func(c *idp.Client) {
		c.AuthMethod, c.Secrets, c.PublicKeys = idp.AuthKey, nil, string(must(json.Marshal(set)))
	})
	app := must(rp.New(rp.Config{
		Issuer: h.issuer, ClientID: "timesheets", ClientKey: key, RedirectURL: "https://timesheets.example/cb",
		Now: h.clock.read, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	}))
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, _ := rp.SessionFrom(r.Context())
		token, err := app.AccessToken(r.Context(), s)
		if err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, s.Subject+" "+s.SID+" "+string(token))
	})
	return &signingApp{house: h, app: app, handler: app.Handler(app.Require(page)), cookies: map[string]string{}}
}

func (a *signingApp) get(path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for name, value := range a.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, r)
	for _, cookie := range w.Result().Cookies() {
		a.cookies[cookie.Name] = cookie.Value
		if cookie.MaxAge < 0 {
			delete(a.cookies, cookie.Name)
		}
	}
	return w
}

func (a *signingApp) signIn(t *testing.T) {
	t.Helper()
	to := a.get("/login").Header().Get("Location")
	if w := a.get("/cb?" + a.answer(t, to).Encode()); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
}

// An app on package rp that has a key and no secret signs in, refreshes and revokes here, with each algorithm.
func TestAnAppOfOursSignsWithItsKey(t *testing.T) {
	es := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	rs := must(rsa.GenerateKey(rand.Reader, 2048))
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []rp.ClientKey{
		{Signer: es, ID: "es", Algorithm: "ES256"}, {Signer: rs, ID: "ps", Algorithm: "PS256"}, {Signer: rs, ID: "rs", Algorithm: "RS256"},
		{Signer: es, ID: "any"}, {Signer: ed, ID: "ed"},
	} {
		t.Run(key.ID, func(t *testing.T) {
			h := listen(t)
			a := h.signingApp(t, key)
			a.signIn(t)
			first := a.get("/page").Body.String()
			h.clock.pass(6 * time.Minute)
			second := a.get("/page").Body.String()
			before, after := strings.Fields(first), strings.Fields(second) // who, in which session, with which access token
			if len(before) != 3 || len(after) != 3 || after[0] != "usr_ana" || after[1] != before[1] || after[2] == before[2] {
				t.Fatalf("%q, then %q", first, second)
			}

			a.signIn(t) // another sign-in in the same browser: the first session is given back
			for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
				found, err := h.sql.FindSession(context.Background(), idp.SID(before[1]))
				if err == nil && !found.EndedAt.IsZero() {
					break
				}
				if time.Now().After(deadline) {
					t.Fatalf("the former session lives: %+v %v", found, err)
				}
			}
			if a.get("/page").Code != http.StatusOK {
				t.Error("the new session has ended, too")
			}
		})
	}
}
