package rp

import (
	"net/http"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// serveLogin sends the browser to the provider.
func (a *App) serveLogin(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	query := r.URL.Query()
	if iss := query.Get("iss"); iss != "" && iss != a.config.Issuer {
		a.fail(w, r, http.StatusBadRequest, "mismatch", nil)
		return
	}
	p, err := a.discovery.provider(r.Context())
	if err != nil {
		a.fail(w, r, http.StatusBadGateway, "unreachable", err)
		return
	}
	at := a.attempts.begin(returnPath(query.Get("return")), a.config.Now())
	a.cookies.makeRoom(w, r)
	a.cookies.set(w, a.cookies.attemptName(at.state()), at.cookie(), attemptLifetime)
	options := []oauth2.AuthCodeOption{oidc.Nonce(at.nonce()), oauth2.S256ChallengeOption(at.verifier())}
	if a.config.ACR != "" {
		options = append(options, oauth2.SetAuthURLParam("acr_values", a.config.ACR))
	}
	if hint := query.Get("login_hint"); hint != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", hint))
	}
	http.Redirect(w, r, p.oauth.AuthCodeURL(at.state(), options...), http.StatusSeeOther)
}

// fail answers a sign-in that can't be completed and logs why.
func (a *App) fail(w http.ResponseWriter, r *http.Request, status int, code string, cause error) {
	a.config.Logger.WarnContext(r.Context(), "sign-in not completed", "code", code, "error", cause)
	w.Header().Set("Cache-Control", "no-store")
	a.config.Failed(w, r, Failure{Status: status, Code: code, Retry: a.login})
}
