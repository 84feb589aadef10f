package door

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// Routes lists the routes that each of our apps has beside its pages: the callback of a sign-in, and signing out.
func (d *Door) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+d.config.Home+"/callback", d.callback)
	mux.Handle("POST "+d.config.Home+"/sign-out", d.Enter(d.signOut))
}

// proofs says what a sign-in must prove, and which page it leads back to.
type proofs struct {
	back  string
	fresh bool    // even if there is a session
	acr   idp.ACR // at least; "" leaves it to policy
	hint  string  // the user name
}

// Prove sends the visitor to prove again who they are, with this strength, and then back to a page of
// this app. act says what for, as the pages of the sign-in show it.
func (d *Door) Prove(w http.ResponseWriter, r *http.Request, v Visitor, back string, acr idp.ACR, act string) {
	d.config.Cookies.SetAct(w, d.config.Client, act)
	d.signIn(w, r, proofs{back: back, fresh: true, acr: acr, hint: v.Account.User.Username})
}

// signIn begins a sign-in. The code at its end is of no use to an attacker: see the package's documentation.
func (d *Door) signIn(w http.ResponseWriter, r *http.Request, p proofs) {
	sum := sha256.Sum256([]byte(idp.RandomSecret(32).Reveal()))
	query := url.Values{
		"client_id": {string(d.config.Client)}, "response_type": {"code"}, "scope": {"openid"}, "state": {d.local(p.back)},
		// #nosec G125 -- paths of this program
		"redirect_uri":   {d.config.Issuer.JoinPath(d.config.Home, "callback").String()},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
	if p.fresh {
		query.Set("prompt", "login")
	} else {
		d.config.Cookies.ClearAct(w, r, d.config.Client)
	}
	if p.acr != "" {
		query.Set("acr_values", string(p.acr))
	}
	if p.hint != "" {
		query.Set("login_hint", p.hint)
	}
	http.Redirect(w, r, "/authorize?"+query.Encode(), http.StatusSeeOther)
}

// callback answers the request with which a sign-in comes back. That request proves nothing: the visitor is known by the session,
// whose cookie the sign-in has set in this browser only.
func (d *Door) callback(w http.ResponseWriter, r *http.Request) {
	d.config.Cookies.ClearAct(w, r, d.config.Client)
	query := r.URL.Query()
	if query.Has("error") {
		d.config.Pages.Error(w, r, http.StatusForbidden, "You are not signed in", "The sign-in was not finished. Nothing was changed.")
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, d.local(query.Get("state")), http.StatusSeeOther) // #nosec G710 -- local lets only paths of this site through
}

// backFrom is the page to come back to after the sign-in that this request needs: the page itself, or, for a form, the one it
// stands on.
func (d *Door) backFrom(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return r.URL.RequestURI()
	}
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return d.config.Home
	}
	return from.RequestURI()
}

// maxBack bounds the length of the address, so that it fits in an authorization request.
const maxBack = 1024

// local returns the address if it is a page of this app, and the app's first page otherwise: nothing else is ever redirected
// to (RFC 9700, section 4.11).
func (d *Door) local(back string) string {
	u, err := url.Parse(back)
	if err != nil || len(back) > maxBack || u.IsAbs() || u.Host != "" || u.User != nil || strings.Contains(back, `\`) {
		return d.config.Home
	}
	// Without dot segments, also those that are written as %2e and mean the same to a browser.
	clean := &url.URL{Path: path.Clean(u.Path), RawQuery: u.RawQuery}
	if clean.Path != d.config.Home && !strings.HasPrefix(clean.Path, d.config.Home+"/") || clean.Path == d.config.Home+"/callback" {
		return d.config.Home
	}
	return clean.RequestURI()
}

func (d *Door) signOut(w http.ResponseWriter, r *http.Request, v Visitor) error {
	event := idp.AuditEvent{
		ID: idp.NewEventID(v.Now), At: v.Now, Type: idp.EventSessionEnded, Actor: v.Caller.Actor,
		PracticeID: v.Session.PracticeID, UserID: v.Session.UserID, ClientID: v.Session.ClientID, SID: v.Session.ID,
		Result: idp.ResultSuccess, Reason: idp.EndLogout.Reason(), Address: v.Caller.Address, UserAgent: v.Caller.UserAgent,
	}
	if err := d.config.Sessions.End(r.Context(), v.Session.ID, idp.EndLogout, event, v.Now); err != nil {
		return err
	}
	d.config.Cookies.ClearSession(w, d.config.Client)
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}
