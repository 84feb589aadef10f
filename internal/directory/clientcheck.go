package directory

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Bounds of what a client may register.
const (
	maxURIs     = 20
	maxURI      = 2000
	maxScopes   = 50
	maxLifetime = 24 * time.Hour // NIST SP 800-63B-4, section 2.2.3
)

// scopePattern is scope-token of RFC 6749, section 3.3, without what could confuse a log or a shell.
var scopePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9:._/-]{0,99}$`)

// groupPattern is a word of ours: the name of a sign-on group.
var groupPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// check holds what every client must meet, and then what its kind must.
func (s *Service) check(n NewClient) error {
	if err := checkName("name", n.Name); err != nil {
		return err
	}
	switch {
	case !clientIDPattern.MatchString(string(n.ID)):
		return idp.Invalid("client_id", "must be 2 to 63 small letters, digits, dots and dashes")
	case n.IDTokenAlg != "ES256" && n.IDTokenAlg != "RS256":
		return idp.Invalid("id_token_alg", "must be ES256 or RS256")
	case n.Profile != idp.ProfileDefault && n.Profile != idp.ProfileGovernmentConnected:
		return idp.Invalid("profile", "there is no such profile")
	case n.SessionLifetime < 0 || n.SessionLifetime > maxLifetime:
		return idp.Invalid("session_lifetime", "must not be more than 24 hours")
	case n.SessionIdleTimeout < 0 || n.SessionIdleTimeout > maxLifetime:
		return idp.Invalid("session_idle_timeout", "must not be more than 24 hours")
	case n.AuthMethod == idp.AuthNone && !n.Secret.IsZero():
		return idp.Invalid("secret", "a public client has none")
	case n.AuthMethod != idp.AuthNone && len(n.Secret.Reveal()) < minSecret:
		return idp.Invalid("secret", "must have at least %d characters", minSecret)
	case len(n.Scopes) > maxScopes || slices.ContainsFunc(n.Scopes, func(scope string) bool { return !scopePattern.MatchString(scope) }):
		return idp.Invalid("scopes", "must be at most %d scopes of letters, digits and :._/-", maxScopes)
	}
	return s.checkKind(n)
}

func (s *Service) checkKind(n NewClient) error {
	confidential := n.AuthMethod == idp.AuthBasic || n.AuthMethod == idp.AuthPost
	switch n.Kind {
	case idp.ClientWeb:
		if !confidential {
			return idp.Invalid("auth_method", "an app with a server keeps a secret")
		}
		return s.checkApp(n)
	case idp.ClientNative:
		if n.AuthMethod != idp.AuthNone || n.PKCEOptional {
			return idp.Invalid("auth_method", "an app on a device keeps no secret and always uses PKCE")
		}
		return s.checkApp(n)
	case idp.ClientMachine:
		if !confidential {
			return idp.Invalid("auth_method", "an integration keeps a secret")
		}
		return n.checkMachine()
	default:
		return idp.Invalid("kind", "must be web, native or machine")
	}
}

// checkApp holds the rules of an app for people.
func (s *Service) checkApp(n NewClient) error {
	switch {
	case n.PracticeID != "":
		return idp.Invalid("practice_id", "only an integration is bound to a practice")
	case len(n.RedirectURIs) == 0:
		return idp.Invalid("redirect_uris", "an app needs one")
	case !slices.Contains(n.Scopes, "openid"):
		return idp.Invalid("scopes", "an app needs openid")
	case n.RefreshTokens != slices.Contains(n.Scopes, "offline_access"):
		return idp.Invalid("scopes", "offline_access and refresh tokens go together")
	case n.SignOnGroup != "" && !groupPattern.MatchString(n.SignOnGroup):
		return idp.Invalid("sign_on_group", "must be at most 63 small letters, digits and dashes")
	}
	return firstOf(
		s.checkURIs("redirect_uris", n.Kind, n.RedirectURIs),
		s.checkURIs("post_logout_redirect_uris", n.Kind, n.PostLogoutRedirectURIs),
		s.checkInitiateLogin(n),
		s.checkBackchannelLogout(n),
	)
}

// checkBackchannelLogout holds what can be known of the address before it is called (ABUSE 13): see package backchannel.
func (s *Service) checkBackchannelLogout(n NewClient) error {
	switch {
	case n.BackchannelLogoutURI == "":
		return nil
	case n.Kind != idp.ClientWeb:
		return idp.Invalid("backchannel_logout_uri", "only an app with a server can be told")
	default:
		return s.checkURIs("backchannel_logout_uri", idp.ClientWeb, []string{n.BackchannelLogoutURI})
	}
}

func (s *Service) checkInitiateLogin(n NewClient) error {
	if n.InitiateLoginURI == "" {
		return nil
	}
	return s.checkURIs("initiate_login_uri", idp.ClientWeb, []string{n.InitiateLoginURI})
}

// checkMachine holds that an integration can never come near a person's session (ABUSE 36).
func (n NewClient) checkMachine() error {
	switch {
	case n.PracticeID == "":
		return idp.Invalid("practice_id", "an integration is bound to a practice")
	case len(n.RedirectURIs) > 0 || len(n.PostLogoutRedirectURIs) > 0 || n.InitiateLoginURI != "" || n.BackchannelLogoutURI != "":
		return idp.Invalid("redirect_uris", "an integration has none: people never sign in to it")
	case n.SignOnGroup != "":
		return idp.Invalid("sign_on_group", "an integration is in none: people never sign in to it")
	case n.RefreshTokens || slices.Contains(n.Scopes, "openid") || slices.Contains(n.Scopes, "offline_access"):
		return idp.Invalid("scopes", "an integration has neither openid nor refresh tokens")
	}
	return nil
}

func (s *Service) checkURIs(field string, kind idp.ClientKind, uris []string) error {
	if len(uris) > maxURIs {
		return idp.Invalid(field, "must not be more than %d", maxURIs)
	}
	for _, text := range uris {
		if problem := s.uriProblem(kind, text); problem != "" {
			return idp.Invalid(field, "%q: %s", text, problem)
		}
	}
	return nil
}

// uriProblem says why people's browsers must not be sent there; "" if they may.
func (s *Service) uriProblem(kind idp.ClientKind, text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil || !u.IsAbs() || u.Opaque != "" || len(text) > maxURI:
		return "must be an absolute URL"
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`\<>"{}|^*`+"`", r) }):
		return "must be written with printable ASCII only, without wildcards"
	case strings.Contains(text, "#"):
		return "must not have a fragment"
	case u.User != nil:
		return "must not hold a user name"
	case strings.Contains(u.EscapedPath(), "/../") || strings.HasSuffix(u.EscapedPath(), "/..") || strings.Contains(strings.ToLower(u.EscapedPath()), "%2e"):
		return "must not have dot segments"
	default:
		return s.schemeProblem(kind, u)
	}
}

func (s *Service) schemeProblem(kind idp.ClientKind, u *url.URL) string {
	switch u.Scheme {
	case "https":
		if u.Hostname() != "" {
			return ""
		}
		return "must name a host"
	case "http":
		if isLoopback(u.Hostname()) && (kind == idp.ClientNative || s.config.PlainLoopback) {
			return ""
		}
		return "must be https"
	default:
		// A private-use scheme is a domain name of the app's owner, backwards (RFC 8252, section 7.1).
		if kind == idp.ClientNative && strings.Contains(u.Scheme, ".") && u.Host == "" {
			return ""
		}
		return "must be https"
	}
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
