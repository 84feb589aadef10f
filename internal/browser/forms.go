package browser

import (
	"errors"
	"net/http"
	"net/url"
)

// Forms tells what a page of this provider sends from what another site makes a browser send (cross-site request forgery).
type Forms struct {
	origin     string
	protection *http.CrossOriginProtection
}

// NewForms takes the issuer, at whose origin all pages are.
func NewForms(issuer *url.URL) Forms {
	host := issuer.Host
	if issuer.Scheme == "https" && issuer.Port() == "443" || issuer.Scheme == "http" && issuer.Port() == "80" {
		host = issuer.Hostname() // an origin names no port that is the scheme's own (RFC 6454, section 6.2)
	}
	return Forms{origin: issuer.Scheme + "://" + host, protection: http.NewCrossOriginProtection()}
}

var errForeign = errors.New("another origin has sent this form")

// Check returns an error for a request that another site made a browser send; safe methods pass, because they change nothing. Fetch
// Metadata decides if the browser sends it, and otherwise Origin, which must be the issuer's: a proxy may have written another Host,
// and that is an origin which a page on the person's own machine could have. What sends neither is no browser of these years.
func (f Forms) Check(r *http.Request) error {
	origin := r.Header.Get("Origin")
	if r.Header.Get("Sec-Fetch-Site") != "" || origin == "" {
		return f.protection.Check(r)
	}
	switch {
	case origin == f.origin, r.Method == http.MethodGet, r.Method == http.MethodHead, r.Method == http.MethodOptions:
		return nil
	default:
		return errForeign
	}
}
