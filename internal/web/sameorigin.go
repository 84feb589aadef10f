package web

import "net/http"

// SameOrigin refuses requests that another site made a browser send (cross-site request forgery): see browser.Forms.
func (p *Pages) SameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := p.forms.Check(r); err != nil {
			p.Error(w, r, http.StatusForbidden, "That did not come from this page",
				"Another site tried to send this form for you, so we stopped it. Nothing was changed. Go back to the app you were using and start from there.")
			return
		}
		next.ServeHTTP(w, r)
	})
}
