package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"github.com/apscloud/apsid/internal/idp"
)

// grant is what the app holds of a session.
type grant struct {
	t       *testing.T
	client  oauth2.Config
	sid     idp.SID
	refresh string
}

// signIn signs Mia in, in a new browser.
func (p *place) signIn() *grant {
	p.t.Helper()
	issuer := p.given.HTTP.Issuer
	g := &grant{t: p.t, client: oauth2.Config{
		ClientID: "timesheets", ClientSecret: p.app.secret, RedirectURL: callback, Scopes: []string{"openid", "offline_access"},
		Endpoint: oauth2.Endpoint{AuthURL: issuer + "/authorize", TokenURL: issuer + "/oauth/token", AuthStyle: oauth2.AuthStyleInHeader},
	}}
	jar, err := cookiejar.New(nil)
	fatal(p.t, err)
	browser := &http.Client{Jar: jar, CheckRedirect: func(to *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(to.URL.String(), callback) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	verifier := oauth2.GenerateVerifier()
	form, err := browser.Get(g.client.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)))
	fatal(p.t, err)
	_ = form.Body.Close()
	answer, err := browser.PostForm(form.Request.URL.String(), url.Values{"username": {crashUser}, "password": {crashPassword}})
	fatal(p.t, err)
	_ = answer.Body.Close()
	location, err := answer.Location()
	fatal(p.t, err)
	token, err := g.client.Exchange(p.t.Context(), location.Query().Get("code"), oauth2.VerifierOption(verifier))
	fatal(p.t, err)
	id, _ := token.Extra("id_token").(string)
	g.refresh, g.sid = token.RefreshToken, sidIn(p.t, id)
	return g
}

// renew uses the refresh token, keeps the next one, and returns the status.
func (g *grant) renew() int {
	g.t.Helper()
	token, err := g.client.TokenSource(context.WithoutCancel(g.t.Context()), &oauth2.Token{RefreshToken: g.refresh}).Token()
	var refused *oauth2.RetrieveError
	switch {
	case errors.As(err, &refused):
		return refused.Response.StatusCode
	case err != nil:
		g.t.Fatal(err)
	}
	g.refresh = token.RefreshToken
	return http.StatusOK
}

// steal ends a session as a thief would: it uses a refresh token for the second time.
func (p *place) steal(g *grant) {
	p.t.Helper()
	old := g.refresh
	p.want(g.renew(), http.StatusOK)
	fresh := g.refresh
	g.refresh = old
	p.want(g.renew(), http.StatusBadRequest)
	g.refresh = fresh
}

// listener is the app's server, where it is told of sessions that have ended.
type listener struct {
	url, secret string

	mu      sync.Mutex
	hanging bool
	calls   []idp.SID
	done    []idp.SID
}

func newListener(t *testing.T) *listener {
	t.Helper()
	l := &listener{}
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return
		}
		if l.take(sidIn(t, form.Get("logout_token"))) {
			<-r.Context().Done()
		}
	}))
	t.Cleanup(web.Close)
	l.url = web.URL
	return l
}

// take reports whether the caller is to be kept waiting for ever.
func (l *listener) take(sid idp.SID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, sid)
	if !l.hanging {
		l.done = append(l.done, sid)
	}
	return l.hanging
}

func (l *listener) hang()   { l.set(true) }
func (l *listener) answer() { l.set(false) }

func (l *listener) set(hanging bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hanging = hanging
}

func (l *listener) called() []idp.SID { return l.copy(func() []idp.SID { return l.calls }) }
func (l *listener) told() []idp.SID   { return l.copy(func() []idp.SID { return l.done }) }

func (l *listener) copy(which func() []idp.SID) []idp.SID {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(which())
}

// sidIn reads the session out of a token; whether its signature is right is for other tests.
func sidIn(t *testing.T, token string) idp.SID {
	t.Helper()
	var claims struct {
		SID idp.SID `json:"sid"`
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Errorf("no token: %q", token)
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(payload, &claims)
	}
	if err != nil || claims.SID == "" {
		t.Errorf("no session in %s: %v", payload, err)
	}
	return claims.SID
}
