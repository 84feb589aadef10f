package web

import "net/http"

// SameOrigin refuses requests that another site made a browser send (cross-site request forgery), by Fetch Metadata and, in
// old browsers, by Origin. Safe methods pass: they change nothing.
func (p *Pages) SameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Error(w, r, http.StatusForbidden, "That did not come from this page",
			"Another site tried to send this form for you, so we stopped it. Nothing was changed. Go back to the app you were using and start from there.")
	}))
	return protection.Handler(next)
}
