package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"html"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// session is what the app knows of somebody who is signed in. Several processes need a store that they share.
type session struct{ name, idToken, refreshToken string }

// app signs people in.
type app struct {
	client   *client
	provider *oidc.Provider
	config   oauth2.Config
	push     string // the endpoint of pushed requests
	signOut  string
	sessions sync.Map // by cookie
}

func main() {
	a, err := newApp(context.Background(), os.Getenv("ISSUER"), os.Getenv("CLIENT_ID"), os.Getenv("APP_URL"))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /{$}", a.home)
	http.HandleFunc("GET /callback", a.callback)
	http.HandleFunc("GET /refresh", a.refresh)
	http.HandleFunc("GET /logout", a.logout)
	log.Fatal(http.ListenAndServe("localhost:"+os.Getenv("PORT"), nil))
}

func newApp(ctx context.Context, issuer, id, origin string) (*app, error) {
	provider, err := oidc.NewProvider(ctx, issuer)
	if err != nil {
		return nil, err
	}
	var more struct {
		Push       string `json:"pushed_authorization_request_endpoint"`
		EndSession string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, err
	}
	c, err := newClient(id, issuer, os.Getenv("CLIENT_KEY_FILE"))
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams // the client_id; what proves it is added on the way
	return &app{client: c, provider: provider, push: more.Push, signOut: more.EndSession, config: oauth2.Config{
		ClientID: id, Endpoint: endpoint, RedirectURL: origin + "/callback", Scopes: []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
	}}, err
}

// through makes requests of the app as its client.
func (a *app) through(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: a.client})
}

func (a *app) home(w http.ResponseWriter, r *http.Request) {
	if s, ok := a.sessions.Load(cookie(r, "session")); ok {
		fmt.Fprintf(w, `<!doctype html><h1>Hello %s</h1> <a href="/logout">Sign out</a>`, html.EscapeString(s.(session).name))
		return
	}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	asked, err := url.Parse(a.config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	name, err := a.client.push(a.push, asked.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	setCookie(w, "state", state)
	setCookie(w, "nonce", nonce)
	setCookie(w, "verifier", verifier)
	asked.RawQuery = url.Values{"client_id": {a.config.ClientID}, "request_uri": {name}}.Encode()
	http.Redirect(w, r, asked.String(), http.StatusFound)
}

func (a *app) callback(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if state := q.Get("state"); state == "" || state != cookie(r, "state") || q.Get("iss") != a.client.issuer {
		http.Error(w, "this is not the answer to what was asked", http.StatusBadRequest)
		return
	}
	token, err := a.config.Exchange(a.through(r.Context()), q.Get("code"), oauth2.VerifierOption(cookie(r, "verifier")))
	if err != nil {
		http.Error(w, "sign-in refused: "+err.Error(), http.StatusUnauthorized)
		return
	}
	raw, _ := token.Extra("id_token").(string)
	idToken, err := a.provider.Verifier(&oidc.Config{ClientID: a.config.ClientID, SupportedSigningAlgs: []string{oidc.ES256}}).Verify(r.Context(), raw)
	if err != nil || idToken.Nonce != cookie(r, "nonce") {
		http.Error(w, "the ID token is not valid here", http.StatusUnauthorized)
		return
	}
	key := rand.Text()
	a.keep(w, r, key, token, session{idToken: raw, refreshToken: token.RefreshToken})
	setCookie(w, "session", key)
	http.Redirect(w, r, "/", http.StatusFound)
}

// keep asks for the person's name with the token, and keeps the session.
func (a *app) keep(w http.ResponseWriter, r *http.Request, key string, token *oauth2.Token, s session) {
	info, err := a.provider.UserInfo(a.through(r.Context()), oauth2.StaticTokenSource(token))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	var claims struct{ Name string }
	if err := info.Claims(&claims); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	s.name = claims.Name
	a.sessions.Store(key, s)
}

func (a *app) refresh(w http.ResponseWriter, r *http.Request) {
	s, _ := a.sessions.Load(cookie(r, "session"))
	old, _ := s.(session)
	token, err := a.config.TokenSource(a.through(r.Context()), &oauth2.Token{RefreshToken: old.refreshToken}).Token()
	if err != nil {
		http.Error(w, "refresh refused: "+err.Error(), http.StatusUnauthorized)
		return
	}
	a.keep(w, r, cookie(r, "session"), token, old) // the refresh token stays the same
	http.Redirect(w, r, "/", http.StatusFound)
}

func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	s, _ := a.sessions.LoadAndDelete(cookie(r, "session"))
	old, _ := s.(session)
	query := url.Values{"id_token_hint": {old.idToken}, "post_logout_redirect_uri": {os.Getenv("APP_URL") + "/"}}
	http.Redirect(w, r, a.signOut+"?"+query.Encode(), http.StatusFound)
}

func setCookie(w http.ResponseWriter, name, value string) {
	secure := strings.HasPrefix(os.Getenv("APP_URL"), "https://")
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode})
}

func cookie(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}
