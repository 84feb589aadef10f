package rp

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
)

// Config says which app this is and where its provider is.
type Config struct {
	Issuer       string // the provider, as in its discovery document
	ClientID     string
	ClientSecret string // as registered for client_secret_basic; required without a ClientKey
	// ClientKey signs for an app that is registered for private_key_jwt and so has no ClientSecret.
	ClientKey ClientKey
	// CookieSecret makes the app's cookies of sign-ins under way and the keys of people's drafts; "": the ClientSecret does. An app
	// with a ClientKey and a Store that processes share needs one: 32 random characters or more, the same in all of them.
	CookieSecret string
	// RedirectURL is the absolute URL of the callback, exactly as registered: https, or http on loopback. The other paths stand
	// beside it: with https://app/auth/callback they are /auth/login, /auth/logout and so on.
	RedirectURL string
	// Prefix is the path under which browsers find the app where a proxy takes it off before the app sees the request: "/app" for an
	// app at https://host/app/ whose handlers serve "/". The RedirectURL begins with it. "": handlers see the paths that browsers see.
	Prefix string
	// Home is the path, as handlers see it, of the app's first page, where a person lands who signs in on a page that another was on; "": "/".
	Home string
	// PostLogoutURL is where people land after signing out, as registered. "" leaves them on the provider's page.
	PostLogoutURL string
	Scopes        []string // beside openid; nil: profile, email and offline_access (ignored for an app without refresh tokens)
	ACR           string   // the least strength asked for and accepted; "" leaves it to the provider's policy

	Store  Store            // of sessions; nil: in memory
	Client *http.Client     // for calls to the provider, which follow no redirects; nil: one with a 10 s time-out
	Now    func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: slog.Default
	// Failed answers a sign-in that can't be completed; nil: a plain page with a link to start again.
	Failed func(w http.ResponseWriter, r *http.Request, f Failure)
}

// Failure is a sign-in that can't be completed.
type Failure struct {
	Status int    // of the answer
	Code   string // of the provider ("access_denied") or one of those of this package
	Retry  string // the path that starts a sign-in again
}

// Codes of this package in a Failure.
const (
	CodeStale       = "stale"       // the sign-in took too long, or was begun in another browser
	CodeMismatch    = "mismatch"    // the answer is not one that an honest provider gives
	CodeUnverified  = "unverified"  // a token did not pass its checks, or could not be had
	CodeUnreachable = "unreachable" // the provider does not answer: no one can sign in just now
	CodeStore       = "store"       // the app's own store of sessions does not answer
)

// minCookieSecret is the least length of a CookieSecret.
const minCookieSecret = 32

// callTimeout bounds one call to the provider.
const callTimeout = 10 * time.Second

var (
	clientIDPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	prefixPattern   = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)
)

// complete checks the configuration and fills in what was left out.
func (c Config) complete() (Config, *url.URL, error) {
	callback, err := url.Parse(c.RedirectURL)
	switch {
	case err != nil:
		return c, nil, fmt.Errorf("rp: RedirectURL: %w", err)
	case !secureOrLoopback(callback) || callback.Fragment != "" || path.Base(callback.Path) == "/" || callback.Path == "":
		return c, nil, fmt.Errorf("rp: RedirectURL %q: must be https (http only on loopback), with a path", c.RedirectURL)
	case !clientIDPattern.MatchString(c.ClientID):
		return c, nil, fmt.Errorf("rp: ClientID %q: letters, digits, dot, dash and underscore only", c.ClientID)
	}
	if err := c.checkCredentials(); err != nil {
		return c, nil, err
	}
	issuer, err := url.Parse(c.Issuer)
	if err != nil || !secureOrLoopback(issuer) {
		return c, nil, fmt.Errorf("rp: Issuer %q: must be https (http only on loopback)", c.Issuer)
	}
	if c.ACR != "" && !apsid.Satisfies(c.ACR, c.ACR) {
		return c, nil, fmt.Errorf("rp: ACR %q: must be one of those of package apsid", c.ACR)
	}
	if c.Prefix = strings.TrimSuffix(c.Prefix, "/"); c.Prefix != "" && (!prefixPattern.MatchString(c.Prefix) || path.Clean(c.Prefix) != c.Prefix) {
		return c, nil, fmt.Errorf("rp: Prefix %q: must be a path such as /app", c.Prefix)
	}
	if !strings.HasPrefix(callback.Path, c.Prefix+"/") {
		return c, nil, fmt.Errorf("rp: RedirectURL %q: must be below the Prefix %q", c.RedirectURL, c.Prefix)
	}
	if c.Home != "" && returnPath(c.Home) != c.Home {
		return c, nil, fmt.Errorf("rp: Home %q: must be a path of the app", c.Home)
	}
	if c.ClientKey.Signer != nil {
		if c.ClientKey, err = c.ClientKey.complete(); err != nil {
			return c, nil, err
		}
	}
	return c.withDefaults(), callback, nil
}

// checkCredentials holds that there is one way to prove who the app is, and a secret for what its browsers keep.
func (c Config) checkCredentials() error {
	byKey := c.ClientKey.Signer != nil
	switch {
	case !byKey && c.ClientSecret == "":
		return errors.New("rp: ClientSecret is missing, and there is no ClientKey")
	case byKey && c.ClientSecret != "":
		return errors.New("rp: ClientSecret: an app with a ClientKey has none")
	case c.CookieSecret != "" && len(c.CookieSecret) < minCookieSecret:
		return fmt.Errorf("rp: CookieSecret: must be at least %d characters", minCookieSecret)
	case byKey && c.CookieSecret == "" && c.Store != nil:
		return errors.New("rp: CookieSecret is missing: processes that share a Store need the same one, and an app with a ClientKey has no ClientSecret to take for it")
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.Scopes == nil {
		c.Scopes = []string{"profile", "email", apsid.ScopeOfflineAccess}
	}
	if !slices.Contains(c.Scopes, "openid") {
		c.Scopes = append([]string{"openid"}, c.Scopes...)
	}
	if c.Home == "" {
		c.Home = "/"
	}
	c.Home = c.Prefix + c.Home
	if c.CookieSecret == "" {
		c.CookieSecret = c.ClientSecret
	}
	if c.CookieSecret == "" { // sessions end with this process, and so may sign-ins that are under way
		c.CookieSecret = randomValue()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Store == nil {
		c.Store = newMemoryStore(c.Now)
	}
	c.Client = careful(c.Client)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Failed == nil {
		c.Failed = plainFailure
	}
	return c
}

// secureOrLoopback reports whether people's credentials may travel to u.
func secureOrLoopback(u *url.URL) bool {
	host := u.Hostname()
	if u.User != nil || host == "" {
		return false
	}
	ip := net.ParseIP(host)
	loopback := strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && loopback
}
