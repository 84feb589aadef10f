package idp

import (
	"slices"
	"testing"
)

func TestOriginAsBrowsersWriteIt(t *testing.T) {
	for uri, want := range map[string]string{
		"https://app.example/cb":         "https://app.example",
		"HTTPS://App.Example:443/cb?x=1": "https://app.example",
		"https://app.example:0443/":      "https://app.example",
		"https://app.example:8443/cb":    "https://app.example:8443",
		"http://127.0.0.1:5173/":         "http://127.0.0.1:5173",
		"http://localhost:80/":           "http://localhost",
		"http://[::1]:3000/cb":           "http://[::1]:3000",
		"https://app.example:/":          "https://app.example",
		"https://app.example:70000/":     "",
		"https:///cb":                    "",
		"null":                           "",
		"*":                              "",
		"":                               "",
		"com.example.app://callback":     "",
		"file:///home/x":                 "",
	} {
		if got := OriginOf(uri); got != want {
			t.Errorf("%q: %q, want %q", uri, got, want)
		}
	}
}

func TestOriginsOfARegistration(t *testing.T) {
	r := Registration{Kind: ClientBrowser, RedirectURIs: []string{"https://app.example/cb", "https://beta.example:8443/cb"}}
	if got := r.Origins(); !slices.Equal(got, []string{"https://app.example", "https://beta.example:8443"}) {
		t.Errorf("those of its redirect URIs: %q", got)
	}
	r.AllowedOrigins = []string{"https://other.example"}
	if got := r.Origins(); !slices.Equal(got, r.AllowedOrigins) {
		t.Errorf("those registered, alone: %q", got)
	}
	for _, kind := range []ClientKind{ClientWeb, ClientNative, ClientMachine, ClientAPI} {
		if r.Kind = kind; r.Origins() != nil {
			t.Errorf("%s has origins: %q", kind, r.Origins())
		}
	}
}
