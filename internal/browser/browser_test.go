package browser

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/idp"
)

func mustCookies(t *testing.T, issuer string) Cookies {
	t.Helper()
	u, err := url.Parse(issuer)
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewCookies(u)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCookiesAreHostBound(t *testing.T) { // ABUSE 23
	c := mustCookies(t, "https://id.example.com")
	w := httptest.NewRecorder()
	c.SetSignin(w, httptest.NewRequest("GET", "/", nil), "tx", idp.NewSecret("v"), time.Minute)
	c.SetSession(w, "timesheets", idp.NewSecret("v"), time.Hour)
	for _, got := range w.Result().Cookies() {
		if !strings.HasPrefix(got.Name, "__Host-") || !got.Secure || !got.HttpOnly || got.Path != "/" || got.Domain != "" || got.SameSite != http.SameSiteLaxMode {
			t.Errorf("cookie %+v is not host-bound", got)
		}
	}
}

func TestPlainHTTPOnlyOnLoopback(t *testing.T) {
	for issuer, ok := range map[string]bool{
		"http://127.0.0.1:8080": true, "http://localhost:1": true, "http://[::1]:1": true, "https://id.example.com": true,
		"http://id.example.com": false, "http://127.0.0.1.example.com": false, "ftp://127.0.0.1": false, "http://10.0.0.1": false,
	} {
		u, err := url.Parse(issuer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewCookies(u); (err == nil) != ok {
			t.Errorf("%s: %v", issuer, err)
		}
	}
}

func TestTwoCookiesOfOneNameAreAnError(t *testing.T) { // ABUSE 23
	c := mustCookies(t, "https://id.example.com")
	r := httptest.NewRequest("GET", "/", nil)
	name := c.signinName("tx")
	r.Header.Set("Cookie", name+"=planted; "+name+"=mine")
	if _, err := c.Signin(r, "tx"); err == nil {
		t.Fatal("two cookies of one name were accepted")
	}
}

func TestSigninCookiesAreBounded(t *testing.T) {
	c := mustCookies(t, "http://127.0.0.1")
	r := httptest.NewRequest("GET", "/", nil)
	for i := range 12 {
		r.AddCookie(&http.Cookie{Name: c.signinName(strings.Repeat("x", i+1)), Value: "v"})
	}
	w := httptest.NewRecorder()
	c.SetSignin(w, r, "new", idp.NewSecret("v"), time.Minute)
	cleared := 0
	for _, got := range w.Result().Cookies() {
		if got.MaxAge < 0 {
			cleared++
		}
	}
	if cleared != 5 { // 7 others and the new one remain
		t.Fatalf("cleared %d of 12", cleared)
	}
}

func TestAddressBelievesTrustedProxiesOnly(t *testing.T) { // ABUSE 14
	trusted := NewAddresses([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	for _, row := range []struct {
		addresses    Addresses
		peer, header string
		want         string
	}{
		{trusted, "203.0.113.9:1", "198.51.100.1", "203.0.113.9"},                  // a client's own header
		{trusted, "10.0.0.1:1", "198.51.100.1", "198.51.100.1"},                    // through our proxy
		{trusted, "10.0.0.1:1", "1.2.3.4, 198.51.100.1, 10.0.0.2", "198.51.100.1"}, // what stands before is the client's own claim
		{trusted, "10.0.0.1:1", "rubbish", "10.0.0.1"},
		{NewAddresses(nil), "10.0.0.1:1", "198.51.100.1", "10.0.0.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = row.peer
		r.Header.Set("X-Forwarded-For", row.header)
		if got := row.addresses.Of(r); got != row.want {
			t.Errorf("from %s with %q: %s, want %s", row.peer, row.header, got, row.want)
		}
	}
}

func TestUserAgentIsOneLine(t *testing.T) { // ABUSE 38
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("User-Agent", "a\x1b[31m\u2028b\xff"+strings.Repeat("é", 1000))
	got := UserAgent(r)
	if strings.ContainsAny(got, "\x1b\u2028\r\n") || !utf8.ValidString(got) || len(got) > maxUserAgent || !strings.HasPrefix(got, "a[31mb") {
		t.Fatalf("%q", got)
	}
}
