package rp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// maxAttempts is how many sign-ins of one browser may be in flight; starting one more forgets the others.
const maxAttempts = 4

// cookies writes and reads the app's cookies. Their names carry the client identifier, because cookies do not tell ports of
// one host apart (RFC 6265, section 8.5), and __Host- wherever that works: on https.
type cookies struct {
	prefix string
	secure bool
}

func newCookies(clientID string, secure bool) cookies {
	prefix := "aps-app-" + clientID
	if secure {
		prefix = "__Host-" + prefix
	}
	return cookies{prefix: prefix, secure: secure}
}

func (c cookies) sessionName() string { return c.prefix + "-session" }

// personName names the cookie that tells whose session this browser had last.
func (c cookies) personName() string { return c.prefix + "-person" }

// attemptName names the cookie of one sign-in by the start of its state, so that two tabs do not disturb each other.
func (c cookies) attemptName(state string) string {
	if len(state) > 8 {
		state = state[:8]
	}
	return c.prefix + "-login-" + hex.EncodeToString([]byte(state))
}

func (c cookies) set(w http.ResponseWriter, name, value string, maxAge time.Duration) {
	http.SetCookie(w, &http.Cookie{ // #nosec G124 -- secure, but for an app on http
		Name: name, Value: value, Path: "/", MaxAge: int(maxAge / time.Second),
		Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (c cookies) clear(w http.ResponseWriter, name string) {
	// #nosec G124 -- secure, but for an app on http
	http.SetCookie(w, &http.Cookie{Name: name, Path: "/", MaxAge: -1, Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// get returns "" for no cookie of the name, and for two of them: then an attacker may have planted one.
func (c cookies) get(r *http.Request, name string) string {
	found := r.CookiesNamed(name)
	if len(found) != 1 {
		return ""
	}
	return found[0].Value
}

// makeRoom clears the attempts in flight if there are as many as there may be.
func (c cookies) makeRoom(w http.ResponseWriter, r *http.Request) {
	var attempts []string
	for _, cookie := range r.Cookies() {
		if strings.HasPrefix(cookie.Name, c.prefix+"-login-") {
			attempts = append(attempts, cookie.Name)
		}
	}
	if len(attempts) < maxAttempts {
		return
	}
	for _, name := range attempts {
		c.clear(w, name)
	}
}

// randomValue returns 256 random bits in unpadded base64url.
func randomValue() string {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails (crypto/rand since Go 1.24)
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

// storeKey is what the Store sees instead of a cookie's value: reading the store yields no cookie.
func storeKey(cookie string) string {
	sum := sha256.Sum256([]byte(cookie))
	return hex.EncodeToString(sum[:])
}
