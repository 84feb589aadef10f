package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPolicyNamesOriginsOnly(t *testing.T) { // ABUSE 37
	for address, want := range map[string]string{
		"https://app.example.com":                      "https://app.example.com",
		"https://app.example.com/callback?x=1#y":       "https://app.example.com",
		"HTTPS://App.Example.com:8443/cb":              "https://app.example.com:8443",
		"http://127.0.0.1:9/callback":                  "http://127.0.0.1:9",
		"http://[::1]:9/callback":                      "http:", // host-source has no IPv6 literals
		"com.example.app:/callback":                    "com.example.app:",
		"com.example.app://callback":                   "com.example.app:",
		"":                                             "",
		"/relative":                                    "",
		"javascript:alert(1)":                          "",
		"data:text/html,x":                             "",
		"https://*":                                    "",
		"https://a.example; script-src *":              "",
		"https://a.example;script-src%20*":             "",
		"https://a.example 'unsafe-inline'":            "",
		"https://a,b.example":                          "",
		"https://user@a.example@b.example":             "https://b.example",
		"https://a.example\r\nSet-Cookie: x":           "",
		"https://xn--bcher-kva.example":                "https://xn--bcher-kva.example",
		"https://b\u00fccher.example":                  "",
		"https://a.example/; script-src unsafe-inline": "https://a.example",
	} {
		if got := formSource(address); got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
	const want = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; " +
		"form-action 'self' https://a.example; frame-ancestors 'none'; base-uri 'none'"
	if got := pagePolicy([]string{"", "https://a.example/x", "https://a.example/y"}); got != want {
		t.Errorf("%q", got)
	}
}

func TestEveryResponseIsStrictFromTheStart(t *testing.T) {
	answer := func(secure bool) http.Header {
		w := httptest.NewRecorder()
		h := Headers(secure)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
		h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		return w.Header()
	}
	for name, want := range map[string]string{
		"Content-Security-Policy": strictPolicy, "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "same-origin", "Cache-Control": "no-store", "Strict-Transport-Security": hsts,
	} {
		if got := answer(true).Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := answer(false).Get("Strict-Transport-Security"); got != "" {
		t.Errorf("HSTS on plain http: %q", got)
	}
	if !strings.Contains(permissions, "otp-credentials=(self)") {
		t.Error("the page may not read the code from the message")
	}
}
