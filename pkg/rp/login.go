package rp

import (
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/apscloud/apsid/pkg/apsid"
)

// longestMaxAge bounds what a page may ask for, and so the number in the URL.
const longestMaxAge = 24 * time.Hour

// serveLogin sends the browser to the provider.
func (a *App) serveLogin(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	query := r.URL.Query()
	if iss := query.Get("iss"); iss != "" && iss != a.config.Issuer {
		a.fail(w, r, http.StatusBadRequest, CodeMismatch, nil)
		return
	}
	p, err := a.discovery.provider(r.Context())
	if err != nil {
		w.Header().Set("Retry-After", "5")
		a.fail(w, r, http.StatusBadGateway, CodeUnreachable, err)
		return
	}
	at := a.attempts.begin(a.destination(query.Get("return")), a.requirement(query), a.config.Now())
	a.cookies.makeRoom(w, r)
	a.cookies.set(w, a.cookies.attemptName(at.state()), at.cookie(), attemptLifetime)
	// #nosec G710 -- leads to the provider of the configuration
	http.Redirect(w, r, p.oauth.AuthCodeURL(at.state(), authorizeOptions(at, query.Get("login_hint"))...), http.StatusSeeOther)
}

func authorizeOptions(at attempt, loginHint string) []oauth2.AuthCodeOption {
	options := []oauth2.AuthCodeOption{oidc.Nonce(at.nonce()), oauth2.S256ChallengeOption(at.verifier())}
	if at.requirement.acr != "" {
		options = append(options, oauth2.SetAuthURLParam("acr_values", at.requirement.acr))
	}
	if at.requirement.maxAge > 0 {
		options = append(options, oauth2.SetAuthURLParam("max_age", strconv.Itoa(int(at.requirement.maxAge/time.Second))))
	}
	if loginHint != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", loginHint))
	}
	return options
}

// destination is a path of the app, its home if none was given or it is another's.
func (a *App) destination(text string) string {
	if text == "" {
		return a.config.Home
	}
	if to := returnPath(text); a.below(to) {
		return to
	}
	return a.config.Home
}

// requirement reads what the page requires of the sign-in. An attacker who makes up the parameters can only make the sign-in harder:
// never weaker than the app's own configuration.
func (a *App) requirement(query url.Values) requirement {
	w := requirement{acr: a.config.ACR}
	if acr := query.Get("acr"); apsid.Satisfies(acr, a.config.ACR) && apsid.Satisfies(acr, acr) && acr != "" {
		w.acr = acr
	}
	if seconds, err := strconv.Atoi(query.Get("max_age")); err == nil && seconds > 0 && seconds <= int(longestMaxAge/time.Second) {
		w.maxAge = time.Duration(seconds) * time.Second
	}
	return w
}

// fail answers a sign-in that can't be completed and logs why.
func (a *App) fail(w http.ResponseWriter, r *http.Request, status int, code string, cause error) {
	a.config.Logger.WarnContext(r.Context(), "sign-in not completed", "code", code, "error", cause)
	w.Header().Set("Cache-Control", "no-store")
	a.config.Failed(w, r, Failure{Status: status, Code: code, Retry: a.paths.login})
}
