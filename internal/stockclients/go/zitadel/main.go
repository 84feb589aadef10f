package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"html"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	httphelper "github.com/zitadel/oidc/v3/pkg/http"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

func main() {
	issuer, app := os.Getenv("ISSUER"), os.Getenv("APP_URL")
	key := []byte(rand.Text())[:16] // several processes need one that they share
	var options []httphelper.CookieHandlerOpt
	if strings.HasPrefix(app, "http://localhost:") {
		options = append(options, httphelper.WithUnsecure())
	}
	cookies := httphelper.NewCookieHandler(key, key, options...)
	scopes := []string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail, oidc.ScopeOfflineAccess}

	ctx := context.Background()
	provider, err := rp.NewRelyingPartyOIDC(ctx, issuer, os.Getenv("CLIENT_ID"), os.Getenv("CLIENT_SECRET"), app+"/callback", scopes,
		rp.WithCookieHandler(cookies), rp.WithSigningAlgsFromDiscovery())
	if err != nil {
		log.Fatal(err)
	}

	http.Handle("/login", rp.AuthURLHandler(rand.Text, provider))

	signedIn := func(w http.ResponseWriter, r *http.Request, tokens *oidc.Tokens[*oidc.IDTokenClaims], state string, provider rp.RelyingParty, info *oidc.UserInfo) {
		for name, value := range map[string]string{"name": info.Name, "refresh": tokens.RefreshToken, "id": tokens.IDToken} {
			if err := cookies.SetCookie(w, name, value); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		}
		http.Redirect(w, r, "/", http.StatusFound)
	}
	http.Handle("/callback", rp.CodeExchangeHandler(rp.UserinfoCallback(signedIn), provider))

	http.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		name, err := cookies.CheckCookie(r, "name")
		if err != nil {
			http.Redirect(w, r, "/login", http.StatusFound)
			return
		}
		fmt.Fprintf(w, `<!doctype html><h1>Hello %s</h1> <a href="/logout">Sign out</a>`, html.EscapeString(name))
	})

	http.HandleFunc("/refresh", func(w http.ResponseWriter, r *http.Request) {
		refresh, err := cookies.CheckCookie(r, "refresh")
		if err != nil {
			http.Redirect(w, r, "/login", http.StatusFound)
			return
		}
		tokens, err := rp.RefreshTokens[*oidc.IDTokenClaims](r.Context(), provider, refresh, "", "")
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		if err := cookies.SetCookie(w, "refresh", tokens.RefreshToken); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, "/", http.StatusFound)
	})

	http.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) {
		id, _ := cookies.CheckCookie(r, "id")
		for _, name := range []string{"name", "refresh", "id"} {
			cookies.DeleteCookie(w, name)
		}
		next, err := rp.EndSession(r.Context(), provider, id, app+"/", "", "", nil)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		http.Redirect(w, r, next.String(), http.StatusFound)
	})

	log.Fatal(http.ListenAndServe("localhost:"+os.Getenv("PORT"), nil))
}
