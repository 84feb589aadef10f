package browser

import (
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"
)

// ABUSE 37, 59: a proxy writes another Host, and the browser sends no Fetch Metadata. The provider's own form is taken; no other is,
// also not one from a page at the origin that the proxy has written.
func TestFormsAreTakenFromTheIssuerOnly(t *testing.T) {
	forms := NewForms(&url.URL{Scheme: "https", Host: "id.example.com:443"})
	for _, c := range []struct {
		host, site, origin string
		taken              bool
	}{
		{"id.example.com", "", "https://id.example.com", true},
		{"apsid:8080", "", "https://id.example.com", true},
		{"localhost:8080", "", "http://localhost:8080", false},
		{"evil.example", "", "https://evil.example", false},
		{"id.example.com", "", "http://id.example.com", false},
		{"id.example.com", "", "https://id.example.com.evil.example", false},
		{"id.example.com", "", "null", false},
		{"", "", "null", false},
		{"apsid:8080", "same-origin", "https://id.example.com", true},
		{"apsid:8080", "none", "", true},
		{"apsid:8080", "cross-site", "https://id.example.com", false},
		{"id.example.com", "same-site", "https://other.example.com", false},
		{"apsid:8080", "", "", true}, // no browser
	} {
		r := httptest.NewRequest("POST", "/signin", nil)
		r.Host = c.host
		for name, value := range map[string]string{"Sec-Fetch-Site": c.site, "Origin": c.origin} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if err := forms.Check(r); (err == nil) != c.taken {
			t.Errorf("%+v: %v", c, err)
		}
		r.Method = "GET"
		if err := forms.Check(r); err != nil {
			t.Errorf("GET %+v: %v", c, err)
		}
	}
}

// ABUSE 14, 59: what proxies write into X-Forwarded-For is read in all its forms; what is no address leaves the last proxy, and never
// what the client has written before it.
func TestFormsOfForwardedFor(t *testing.T) {
	trusted := NewAddresses([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fe80::/10")})
	for header, want := range map[string]string{
		"203.0.113.7:51234":                  "203.0.113.7",
		"[2001:db8::1]:443":                  "2001:db8::1",
		"[2001:db8::1]":                      "2001:db8::1",
		`"[2001:db8::1]:443"`:                "2001:db8::1",
		` "203.0.113.7:_hidden" `:            "203.0.113.7",
		"2001:db8::1":                        "2001:db8::1",
		"::ffff:203.0.113.7":                 "203.0.113.7",
		"[::ffff:203.0.113.7]:1":             "203.0.113.7",
		"2001:db8::1%eth0":                   "2001:db8::1",
		"1.1.1.1, 203.0.113.7:1, 10.0.0.2:2": "203.0.113.7",
		"1.1.1.1, unknown":                   "10.0.0.1",
		"1.1.1.1, _hidden":                   "10.0.0.1",
		"1.1.1.1, ":                          "10.0.0.1",
		"1.1.1.1,, 10.0.0.2":                 "10.0.0.2",
		"1.1.1.1, 203.0.113.7:":              "10.0.0.1",
		"1.1.1.1, 203.0.113.7:123456":        "10.0.0.1",
		"1.1.1.1, [203.0.113.7]:1":           "10.0.0.1",
		"1.1.1.1, [2001:db8::1":              "10.0.0.1",
		"1.1.1.1, [2001:db8::1]x":            "10.0.0.1",
		"1.1.1.1, 203.0.113.7 2.2.2.2":       "10.0.0.1",
		`1.1.1.1, "203.0.113.7`:              "10.0.0.1",
		"1.1.1.1, :80":                       "10.0.0.1",
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = "10.0.0.1:1"
		r.Header.Set("X-Forwarded-For", header)
		for _, other := range []string{"Forwarded", "X-Real-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "X-Forwarded-Host"} {
			r.Header.Set(other, "for=9.9.9.9")
		}
		if got := trusted.Of(r); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "[fe80::1%eth0]:1"
	r.Header["X-Forwarded-For"] = []string{"1.1.1.1", "203.0.113.7", "10.0.0.9:4"}
	if got := trusted.Of(r); got != "203.0.113.7" {
		t.Errorf("header lines after each other: %s", got)
	}
	r.Header.Del("X-Forwarded-For")
	r.Header.Set("Forwarded", "for=9.9.9.9")
	if got := trusted.Of(r); got != "fe80::1" {
		t.Errorf("Forwarded is read: %s", got)
	}
}
