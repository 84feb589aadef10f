package server

import (
	"net/http"
	"net/url"

	"github.com/apscloud/apsid/internal/idp"
)

// ownHost lets what shows everything to everyone who asks, as a demo does, be asked for only by its own name, or by a name that is
// always this machine's. A page of another site whose name was made to lead here (DNS rebinding) reads nothing: its requests carry
// that site's name.
func ownHost(issuer *url.URL, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := url.URL{Host: r.Host}
		if r.Host != issuer.Host && !idp.IsLoopback(asked.Hostname()) {
			http.Error(w, "This is not answered under that name.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}
