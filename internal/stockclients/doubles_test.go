package stockclients_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/apscloud/apsid/internal/conform"
	"github.com/apscloud/apsid/internal/testworld"
	"github.com/apscloud/apsid/pkg/rp/rptest"
)

// observes looks at the provider by an app of the test's own.
func (u *use) observes(t *testing.T) {
	t.Helper()
	t.Run("refusals", u.refusals)
	t.Run("doubles", u.sameAsDoubles)
}

// The providers that tests of apps use instead of the real one put the same claims in the same places: an app that finds a name with
// them finds it with the real one.
func (u *use) sameAsDoubles(t *testing.T) {
	t.Helper()
	ctx := oidc.ClientContext(t.Context(), &http.Client{Transport: u.visitor.Client.Transport})
	actual := watch(t, ctx, u.place)
	form := u.visitor.Get(u.origin).OK(t, "password")
	u.visitor.Post(form.At, url.Values{"username": {u.username}, "password": {password}})

	double := rptest.New(t)
	double.SignIn("usr_nell", nil)
	there := watch(t, t.Context(), newPlace(t, double.Issuer(), rptest.ClientID, rptest.ClientSecret))
	testworld.NewVisitor(t, "").Get(there.place.origin)
	there.like(t, actual)

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	place := newPlace(t, "http://"+listener.Addr().String(), "rota", "secret")
	checker, stop, err := conform.New(t.Context(), listener, conform.Config{Page: place.origin + "/", ClientID: place.clientID, ClientSecret: place.secret,
		Idle: time.Second, Lifetime: time.Second, Grace: time.Second, Report: time.Second})
	must(t, err)
	t.Cleanup(stop)
	there = watch(t, t.Context(), place)
	must(t, checker.Await(t.Context()))
	running, cancel := context.WithCancel(t.Context())
	defer cancel()
	context.AfterFunc(there.done, cancel)
	_, err = checker.Run(running) // ends with the first sign-in
	if there.done.Err() == nil {
		t.Fatalf("the checker signed no one in: %v", err)
	}
	there.like(t, actual)
}

func newPlace(t *testing.T, issuer, clientID, secret string) place {
	t.Helper()
	port := portOf(t, freeAddress(t))
	return place{issuer: issuer, clientID: clientID, secret: secret, port: port, origin: "http://localhost:" + port}
}

// observer is an app that writes down the claims of the first person who signs in.
type observer struct {
	place place
	done  context.Context // over once it has seen them
	seen  func()

	mu       sync.Mutex
	idToken  map[string]any
	userinfo map[string]any
}

// watch serves an observer at its place until the test ends.
func watch(t *testing.T, ctx context.Context, at place) *observer {
	t.Helper()
	done, seen := context.WithCancel(context.Background())
	o := &observer{place: at, done: done, seen: seen}
	provider, err := oidc.NewProvider(ctx, at.issuer)
	must(t, err)
	config := oauth2.Config{
		ClientID: at.clientID, ClientSecret: at.secret, Endpoint: provider.Endpoint(), RedirectURL: at.origin + "/callback",
		Scopes: []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
	}
	verifier := oauth2.GenerateVerifier()
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("session"); err == nil {
			return
		}
		http.Redirect(w, r, config.AuthCodeURL(rand.Text(), oidc.Nonce(rand.Text()), oauth2.S256ChallengeOption(verifier)), http.StatusFound)
	})
	mux.HandleFunc("/callback", func(w http.ResponseWriter, r *http.Request) {
		token, err := config.Exchange(ctx, r.URL.Query().Get("code"), oauth2.VerifierOption(verifier))
		if err == nil {
			err = o.note(ctx, provider, token)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: rand.Text(), Path: "/"})
		http.Redirect(w, r, "/", http.StatusFound)
	})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "localhost:"+at.port)
	must(t, err)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }() // until it is closed
	t.Cleanup(func() { _ = server.Close() })
	return o
}

func (o *observer) note(ctx context.Context, provider *oidc.Provider, token *oauth2.Token) error {
	raw, _ := token.Extra("id_token").(string)
	idToken, err := provider.Verifier(&oidc.Config{ClientID: o.place.clientID}).Verify(ctx, raw)
	if err != nil {
		return err
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	defer o.seen()
	if err := idToken.Claims(&o.idToken); err != nil {
		return err
	}
	return info.Claims(&o.userinfo)
}

// like fails unless both saw claims of the same names and kinds.
func (o *observer) like(t *testing.T, actual *observer) {
	t.Helper()
	for _, one := range []*observer{actual, o} {
		if one.done.Err() == nil {
			t.Fatalf("no one has signed in by %s", one.place.issuer)
		}
	}
	if diff := cmp.Diff(kinds(actual.idToken), kinds(o.idToken)); diff != "" {
		t.Errorf("ID token of %s (-the provider, +the double):\n%s", o.place.issuer, diff)
	}
	if diff := cmp.Diff(kinds(actual.userinfo), kinds(o.userinfo)); diff != "" {
		t.Errorf("userinfo of %s (-the provider, +the double):\n%s", o.place.issuer, diff)
	}
}

// kinds says of every claim what JSON type it has.
func kinds(claims map[string]any) map[string]string {
	found := map[string]string{}
	for name, value := range claims {
		found[name] = fmt.Sprintf("%T", value)
	}
	return found
}
