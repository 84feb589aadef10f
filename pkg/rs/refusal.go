package rs

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/apscloud/apsid/pkg/dpop"
)

// Refusal is a request that must not be answered.
type Refusal struct {
	status int
	scheme string // that the request tried; "": it had no token
	code   string // the error of RFC 6750, section 3.1; "": the request had no token
	needs  Needs  // what it lacks
}

// Error implements error.
func (f *Refusal) Error() string { return "rs: refused: " + strings.TrimSpace(f.code+" "+f.scheme) }

// Status is that of the answer.
func (f *Refusal) Status() int { return f.status }

// Challenges are the WWW-Authenticate headers of the answer: both schemes for a request without a token.
func (f *Refusal) Challenges() []string {
	if f.scheme == "" {
		return []string{"Bearer", challenge(dpop.Scheme)}
	}
	parts := []string{challenge(f.scheme) + separator(f.scheme) + fmt.Sprintf(`error=%q`, f.code)}
	if f.needs.Scope != "" {
		parts = append(parts, fmt.Sprintf(`scope=%q`, f.needs.Scope))
	}
	if f.needs.ACR != "" {
		parts = append(parts, fmt.Sprintf(`acr_values=%q`, f.needs.ACR))
	}
	if f.needs.MaxAge > 0 {
		parts = append(parts, fmt.Sprintf(`max_age="%d"`, int64(f.needs.MaxAge/time.Second)))
	}
	return []string{strings.Join(parts, ", ")}
}

func challenge(scheme string) string {
	if scheme == dpop.Scheme {
		return dpop.Scheme + ` algs="` + strings.Join(dpop.Algorithms(), " ") + `"`
	}
	return scheme
}

func separator(scheme string) string {
	if scheme == dpop.Scheme {
		return ", "
	}
	return " "
}

func (f *Refusal) write(w http.ResponseWriter) {
	for _, each := range f.Challenges() {
		w.Header().Add("WWW-Authenticate", each)
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, http.StatusText(f.status), f.status)
}
