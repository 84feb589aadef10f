package rp

import (
	"net/http"
	"net/url"
)

// serveLogout ends the app's session and then the provider's (OpenID Connect RP-Initiated Logout 1.0). The app's own ends
// first and whatever happens to the other.
func (a *App) serveLogout(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	name := a.cookies.sessionName()
	cookie := a.cookies.get(r, name)
	s, findErr := a.current(r)
	a.cookies.clear(w, name)
	a.cookies.clear(w, a.cookies.personName()) // a person who signs out leaves no page to come back to
	if cookie != "" {
		if err := a.config.Store.Delete(r.Context(), storeKey(cookie)); err != nil {
			a.fail(w, r, http.StatusServiceUnavailable, CodeStore, err)
			return
		}
	}
	p, err := a.discovery.provider(r.Context())
	if findErr == nil && err == nil && p.endSession == "" {
		a.revoke(r.Context(), s.RefreshToken)
	}
	if findErr != nil || err != nil || p.endSession == "" {
		http.Redirect(w, r, a.config.Home, http.StatusSeeOther)
		return
	}
	http.Redirect(w, r, a.endSessionURL(p, s), http.StatusSeeOther)
}

func (a *App) endSessionURL(p *provider, s Session) string {
	query := url.Values{"client_id": {a.config.ClientID}, "id_token_hint": {string(s.IDToken)}}
	if a.config.PostLogoutURL != "" {
		query.Set("post_logout_redirect_uri", a.config.PostLogoutURL)
	}
	return p.endSession + "?" + query.Encode()
}
