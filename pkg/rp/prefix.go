package rp

import (
	"net/http"
	"net/url"
	"path"
	"strings"
)

// unstrip gives requests the path back that browsers see, so that what is served and where it redirects to are named alike.
func unstrip(prefix string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		there := *r
		there.URL = new(url.URL)
		*there.URL = *r.URL
		there.URL.Path = prefix + r.URL.Path
		if r.URL.RawPath != "" {
			there.URL.RawPath = prefix + r.URL.RawPath
		}
		next.ServeHTTP(w, &there)
	})
}

// pageHere is the URL of a request that a handler of the app has got, as browsers see it.
func (a *App) pageHere(r *http.Request) string { return a.config.Prefix + r.URL.RequestURI() }

// below reports whether a path that browsers see is one of this app and not of another below the same host. Dot segments count as
// browsers count them, also in their encoded form.
func (a *App) below(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (a.config.Prefix == "" || strings.HasPrefix(path.Clean(u.Path)+"/", a.config.Prefix+"/"))
}
