package browser

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// ErrTwoCookies reports two cookies of one name: an attacker planted one (from a sub-domain, or over http), and it
// can't be told which. The request must be refused.
var ErrTwoCookies = errors.New("two cookies of one name")

// maxSignins bounds the sign-ins one browser has in flight: each has a cookie of its own, and headers have a limit.
const maxSignins = 8

const (
	signinPrefix  = "apsid_signin_"
	sessionPrefix = "apsid_session_"
	knownName     = "apsid_known"
	setupName     = "apsid_setup"
	againName     = "apsid_again"
)

// Cookies sets and reads the provider's cookies.
type Cookies struct {
	secure bool
}

// NewCookies returns the cookies of an issuer: https, or http on a loopback address; anything else is an error.
func NewCookies(issuer *url.URL) (Cookies, error) {
	switch {
	case issuer.Scheme == "https":
		return Cookies{secure: true}, nil
	case issuer.Scheme == "http" && idp.IsLoopback(issuer.Hostname()):
		return Cookies{secure: false}, nil
	default:
		return Cookies{}, fmt.Errorf("issuer %q: must be https (http only on a loopback address)", issuer)
	}
}

// SetSignin binds this browser to the sign-in tx. Past the bound of sign-ins in flight, others of this browser are dropped:
// their pages start again by themselves.
func (c Cookies) SetSignin(w http.ResponseWriter, r *http.Request, tx string, value idp.Secret, maxAge time.Duration) {
	name := c.signinName(tx)
	kept := 0
	for _, other := range r.Cookies() {
		if !strings.HasPrefix(other.Name, c.prefix(signinPrefix)) || other.Name == name {
			continue
		}
		if kept++; kept >= maxSignins {
			c.clear(w, other.Name)
		}
	}
	c.set(w, name, value, maxAge)
}

// Signin returns the cookie of the sign-in tx; zero if there is none; ErrTwoCookies if there are two.
func (c Cookies) Signin(r *http.Request, tx string) (idp.Secret, error) {
	return read(r, c.signinName(tx))
}

// ClearSignin removes the cookie of the sign-in tx.
func (c Cookies) ClearSignin(w http.ResponseWriter, tx string) { c.clear(w, c.signinName(tx)) }

// SetAgain keeps what begins the sign-in tx again when it is gone; nothing for a zero value. Only the pages of that sign-in get it. Its name
// has no prefix that binds it to the host, which forbids a path: a cookie that somebody planted begins a sign-in as a link would, and
// nothing more.
func (c Cookies) SetAgain(w http.ResponseWriter, client idp.ClientID, tx string, value idp.Secret, maxAge time.Duration) {
	if value.IsZero() {
		return
	}
	cookie := c.made(againName, value.Reveal(), max(int(maxAge/time.Second), 1)) // #nosec G124 -- see made
	cookie.Path = signinFolder(client, tx)
	http.SetCookie(w, cookie)
}

// Again returns what SetAgain kept; zero if there is none, or two.
func (c Cookies) Again(r *http.Request) idp.Secret {
	value, err := read(r, againName)
	if err != nil {
		return idp.Secret{}
	}
	return value
}

// ClearAgain removes what SetAgain kept of the sign-in tx.
func (c Cookies) ClearAgain(w http.ResponseWriter, client idp.ClientID, tx string) {
	cookie := c.made(againName, "", -1) // #nosec G124 -- see made
	cookie.Path = signinFolder(client, tx)
	http.SetCookie(w, cookie)
}

// SetSession sets the cookie of this browser's session at the app.
func (c Cookies) SetSession(w http.ResponseWriter, client idp.ClientID, value idp.Secret, maxAge time.Duration) {
	c.set(w, c.sessionName(client), value, maxAge)
}

// Session returns the cookie of this browser's session at the app; zero if there is none; ErrTwoCookies if there are two.
func (c Cookies) Session(r *http.Request, client idp.ClientID) (idp.Secret, error) {
	return read(r, c.sessionName(client))
}

// ClearSession removes the cookie of this browser's session at the app.
func (c Cookies) ClearSession(w http.ResponseWriter, client idp.ClientID) {
	c.clear(w, c.sessionName(client))
}

// SetKnown keeps which people have signed in with this browser.
func (c Cookies) SetKnown(w http.ResponseWriter, value idp.Secret, maxAge time.Duration) {
	c.set(w, c.prefix(knownName), value, maxAge)
}

// Known returns what SetKnown kept; zero if there is none, or two: it proves nothing, so two cookies are no reason to refuse the
// request.
func (c Cookies) Known(r *http.Request) idp.Secret {
	value, err := read(r, c.prefix(knownName))
	if err != nil {
		return idp.Secret{}
	}
	return value
}

// SetSetup keeps an authenticator that is being added.
func (c Cookies) SetSetup(w http.ResponseWriter, value idp.Secret, maxAge time.Duration) {
	c.set(w, c.prefix(setupName), value, maxAge)
}

// Setup returns what SetSetup kept; zero if there is none; ErrTwoCookies if there are two.
func (c Cookies) Setup(r *http.Request) (idp.Secret, error) { return read(r, c.prefix(setupName)) }

// ClearSetup removes what SetSetup kept.
func (c Cookies) ClearSetup(w http.ResponseWriter) { c.clear(w, c.prefix(setupName)) }

func (c Cookies) signinName(tx string) string { return c.prefix(signinPrefix) + short(tx) }

func (c Cookies) sessionName(client idp.ClientID) string {
	return c.prefix(sessionPrefix) + short(string(client))
}

func (c Cookies) prefix(name string) string {
	if c.secure {
		return "__Host-" + name
	}
	return name
}

// short turns any text into one that fits in a cookie's name. The result need not be secret, only different for different texts.
func short(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

func (c Cookies) set(w http.ResponseWriter, name string, value idp.Secret, maxAge time.Duration) {
	http.SetCookie(w, c.made(name, value.Reveal(), max(int(maxAge/time.Second), 1)))
}

func (c Cookies) clear(w http.ResponseWriter, name string) { http.SetCookie(w, c.made(name, "", -1)) }

// made is a cookie of this provider, for maxAge seconds; -1 removes it.
func (c Cookies) made(name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{ // #nosec G124 -- secure, but for http on a loopback address: see NewCookies
		Name: name, Value: value, Path: "/", MaxAge: maxAge, Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
}

func read(r *http.Request, name string) (idp.Secret, error) {
	switch found := r.CookiesNamed(name); len(found) {
	case 0:
		return idp.Secret{}, nil
	case 1:
		return idp.NewSecret(found[0].Value), nil
	default:
		return idp.Secret{}, ErrTwoCookies
	}
}
