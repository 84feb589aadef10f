package web

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// strictPolicy is the policy of a response that is no page: it may do nothing (Content Security Policy Level 3).
const strictPolicy = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

// hsts asks browsers for https only, for two years (RFC 6797).
const hsts = "max-age=63072000; includeSubDomains"

// permissions turns off what a sign-in never needs. otp-credentials lets the page read the code out of a text message.
const permissions = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), " +
	"gyroscope=(), magnetometer=(), microphone=(), midi=(), otp-credentials=(self), payment=(), screen-wake-lock=(), usb=()"

// Headers gives every response the strictest headers; a handler that needs less (a page, a static file, discovery)
// replaces its own. secure says that the issuer is https.
func Headers(secure bool) func(http.Handler) http.Handler {
	type header struct {
		name   string // in its canonical form
		values []string
	}
	strictest := []header{ // a list: to go through a map for each answer takes half as long again
		{"Content-Security-Policy", []string{strictPolicy}},
		{"X-Frame-Options", []string{"DENY"}},
		{"X-Content-Type-Options", []string{"nosniff"}},
		{"Cross-Origin-Opener-Policy", []string{"same-origin"}},
		{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
		{"Permissions-Policy", []string{permissions}},
		// Not no-referrer: browsers without Fetch Metadata would then send "Origin: null" with the provider's own forms.
		{"Referrer-Policy", []string{"same-origin"}},
		{"Cache-Control", []string{"no-store"}},
	}
	if secure {
		strictest = append(strictest, header{"Strict-Transport-Security", []string{hsts}})
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			for _, strict := range strictest {
				h[strict.name] = strict.values // shared: a handler that sets a header puts another one in their place
			}
			next.ServeHTTP(w, r)
		})
	}
}

// pageHeaders sets the headers of an HTML page. It repeats those of Headers that a page depends on, so that a page is never
// served without them.
func pageHeaders(h http.Header, frame Frame) {
	policy := pagePolicy(frame.FormTargets)
	if frame.Shell != nil || frame.Fetches {
		policy += "; connect-src 'self'" // app.js opens a drawer with the page that a link leads to
	}
	if frame.Frames {
		policy += "; frame-src 'self'"
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if frame.Private {
		h.Set("Referrer-Policy", "no-referrer")
	}
}

// pagePolicy is the Content-Security-Policy of a page. Browsers apply form-action to the redirects that follow a form too, so it
// must include the app that a sign-in returns to.
func pagePolicy(formTargets []string) string {
	sources := []string{"'self'"}
	for _, target := range formTargets {
		source := formSource(target)
		if source != "" && !slices.Contains(sources, source) {
			sources = append(sources, source)
		}
	}
	return "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action " +
		strings.Join(sources, " ") + "; frame-ancestors 'none'; base-uri 'none'"
}

// formSource turns an address into a source expression of the policy; "" for an address that can't be written there, or that
// would be more than an origin.
func formSource(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return ""
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return schemeSource(u.Scheme) // a native app's own scheme
	}
	host := u.Hostname()
	if strings.Contains(host, ":") {
		return schemeSource(u.Scheme) // the grammar of host-source has no IPv6 literals (CSP3, section 2.3.1)
	}
	if host == "" || strings.Trim(strings.ToLower(host), "abcdefghijklmnopqrstuvwxyz0123456789.-") != "" {
		return ""
	}
	if port := u.Port(); port != "" {
		host = net.JoinHostPort(host, port)
	}
	return u.Scheme + "://" + strings.ToLower(host)
}

// schemeSource refuses the schemes that run or load code in the page itself. url.Parse has checked the characters.
func schemeSource(scheme string) string {
	if slices.Contains([]string{"javascript", "data", "blob", "about", "filesystem", "vbscript"}, scheme) {
		return ""
	}
	return scheme + ":"
}
