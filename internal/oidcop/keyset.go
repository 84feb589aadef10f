package oidcop

import (
	"net/http"
	"time"
)

// The algorithms of signatures.
const (
	algES256 = "ES256" // access tokens, and ID tokens unless the client is registered for RS256
	algRS256 = "RS256"
)

// keysCached is how long the key set may be cached on its way to an app: less than a minute, so that a key that is retired is gone
// within one, from caches in front of the nodes too.
const keysCached = 30 * time.Second

// publishedKeys is the document of a key set, and the set that it was made of.
type publishedKeys struct {
	set      []byte
	document *document
}

// keys answers with the public keys (RFC 7517), as they are now.
func (s *Server) keys(w http.ResponseWriter, r *http.Request) {
	set, last := s.deps.Keys.Document(), s.published.Load()
	if last == nil || !isSame(last.set, set) {
		last = &publishedKeys{set: set, document: newDocument(set, keysCached)}
		s.published.Store(last)
	}
	last.document.ServeHTTP(w, r)
}

// isSame reports whether two sets are one in memory: see Keys.Document.
func isSame(a, b []byte) bool { return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0] }
