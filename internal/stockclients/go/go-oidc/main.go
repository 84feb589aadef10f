// Command go-oidc signs people in as the documentation of go-oidc shows. It owns its sessions, in memory, and never keeps a password.
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
type session struct {
	name, sid, idToken, refreshToken string
}

func main() {
	ctx := context.Background()
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	var more struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&more); err != nil {
		log.Fatal(err)
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: os.Getenv("CLIENT_ID")})
	config := oauth2.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint:     provider.Endpoint(),
		RedirectURL:  os.Getenv("APP_URL") + "/callback",
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
	}
	var sessions sync.Map // by cookie

	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if s, ok := sessions.Load(cookie(r, "session")); ok {
			fmt.Fprintf(w, `<!doctype html><h1>Hello %s</h1> <a href="/logout">Sign out</a>`, html.EscapeString(s.(session).name))
			return
		}
		state, nonce := rand.Text(), rand.Text()
		setCookie(w, "state", state)
		setCookie(w, "nonce", nonce)
		http.Redirect(w, r, config.AuthCodeURL(state, oidc.Nonce(nonce)), http.StatusFound)
	})

	http.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		if state := r.URL.Query().Get("state"); state == "" || state != cookie(r, "state") {
			http.Error(w, "state did not match", http.StatusBadRequest)
			return
		}
		token, err := config.Exchange(r.Context(), r.URL.Query().Get("code"))
		if err != nil {
			http.Error(w, "sign-in refused: "+err.Error(), http.StatusUnauthorized)
			return
		}
		raw, _ := token.Extra("id_token").(string)
		idToken, err := verifier.Verify(r.Context(), raw)
		if err != nil || idToken.Nonce != cookie(r, "nonce") {
			http.Error(w, "the ID token is not valid here", http.StatusUnauthorized)
			return
		}
		var claims struct{ Name, SID string }
		if err := idToken.Claims(&claims); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		key := rand.Text()
		sessions.Store(key, session{claims.Name, claims.SID, raw, token.RefreshToken})
		setCookie(w, "session", key)
		http.Redirect(w, r, "/", http.StatusFound)
	})

	http.HandleFunc("GET /refresh", func(w http.ResponseWriter, r *http.Request) {
		s, _ := sessions.Load(cookie(r, "session"))
		old, _ := s.(session)
		token, err := config.TokenSource(r.Context(), &oauth2.Token{RefreshToken: old.refreshToken}).Token()
		if err != nil {
			http.Error(w, "refresh refused: "+err.Error(), http.StatusUnauthorized)
			return
		}
		sessions.Store(cookie(r, "session"), session{old.name, old.sid, old.idToken, token.RefreshToken})
		http.Redirect(w, r, "/", http.StatusFound)
	})

	http.HandleFunc("GET /logout", func(w http.ResponseWriter, r *http.Request) {
		s, _ := sessions.LoadAndDelete(cookie(r, "session"))
		old, _ := s.(session)
		query := url.Values{"id_token_hint": {old.idToken}, "post_logout_redirect_uri": {os.Getenv("APP_URL") + "/"}}
		http.Redirect(w, r, more.EndSession+"?"+query.Encode(), http.StatusFound)
	})

	http.HandleFunc("POST /backchannel-logout", func(w http.ResponseWriter, r *http.Request) {
		token, err := verifier.VerifyLogout(r.Context(), r.PostFormValue("logout_token"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		sessions.Range(func(key, s any) bool {
			if s.(session).sid == token.SessionID {
				sessions.Delete(key)
			}
			return true
		})
	})

	log.Fatal(http.ListenAndServe("localhost:"+os.Getenv("PORT"), nil))
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
