package oidcop

import (
	"net/http"
	"slices"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// private marks an answer that no cache may store (RFC 6749, section 5.1), and whose address no other site may learn (RFC 9700,
// section 4.2.4).
func private(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
}

// seeOther sends the browser on with a GET, whatever brought it here: another status would let it repeat a POST (RFC 9700,
// section 4.12).
func seeOther(w http.ResponseWriter, location string) {
	private(w.Header())
	w.Header().Set("Location", location)
	w.WriteHeader(http.StatusSeeOther)
}

// only refuses methods other than these.
func only(next http.Handler, methods ...string) http.Handler {
	allow := strings.Join(methods, ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if slices.Contains(methods, r.Method) {
			next.ServeHTTP(w, r)
			return
		}
		private(w.Header())
		w.Header().Set("Allow", allow)
		writeError(w, http.StatusMethodNotAllowed, oidc.ErrInvalidRequest().WithDescription("Use %s.", allow))
	})
}

// anyOrigin opens what is public to scripts of any origin, without credentials. It answers preflights itself (Fetch standard,
// section 3.2). What takes the tokens of a client is open to browser apps alone: see ownOrigins.
func anyOrigin(next http.Handler, methods ...string) http.Handler {
	inner := only(next, methods...)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		if r.Method != http.MethodOptions {
			inner.ServeHTTP(w, r)
			return
		}
		preflight(w, methods)
	})
}

// preflight lets a script send what the endpoints read, and lets its browser remember that for an hour: the request that follows is
// asked for its origin in any case.
func preflight(w http.ResponseWriter, methods []string) {
	w.Header().Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
	w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, DPoP")
	w.Header().Set("Access-Control-Max-Age", "3600")
	w.WriteHeader(http.StatusNoContent)
}
