package conform

import (
	"maps"
	"net/http"
	"strings"
	"time"
)

// jar holds the cookies of one browser at the app. Unlike the standard library's it remembers how they were set, and it sends
// Secure ones over http to loopback, as browsers do.
type jar struct{ cookies map[string]*http.Cookie }

func newJar() *jar { return &jar{cookies: map[string]*http.Cookie{}} }

func (j *jar) clone() *jar { return &jar{cookies: maps.Clone(j.cookies)} }

func (j *jar) without(name string) *jar {
	other := j.clone()
	delete(other.cookies, name)
	return other
}

func (j *jar) take(set []*http.Cookie, now time.Time) {
	for _, c := range set {
		if c.MaxAge < 0 || c.MaxAge == 0 && !c.Expires.IsZero() && c.Expires.Before(now) {
			delete(j.cookies, c.Name)
			continue
		}
		j.cookies[c.Name] = c
	}
}

func (j *jar) put(r *http.Request) {
	for _, c := range j.cookies {
		if pathMatches(r.URL.Path, c.Path) {
			r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value, Quoted: c.Quoted}) // #nosec G124 -- a cookie that a browser sends has no attributes
		}
	}
}

// pathMatches is RFC 6265, section 5.1.4. A cookie without a path is taken to be for all of them.
func pathMatches(path, of string) bool {
	if of == "" || of == "/" || path == of {
		return true
	}
	return strings.HasPrefix(path, strings.TrimSuffix(of, "/")+"/")
}
