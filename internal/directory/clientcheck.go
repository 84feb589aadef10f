package directory

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Bounds of what a client may register.
const (
	maxScopes   = 50
	maxLifetime = 24 * time.Hour // NIST SP 800-63B-4, section 2.2.3
)

// scopePattern is scope-token of RFC 6749, section 3.3, without what could confuse a log or a shell.
var scopePattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9:._/-]{0,99}$`)

// groupPattern is a word of ours: the name of a sign-on group.
var groupPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// check holds what every client must meet, and then what its kind must. stored is what is registered already, if anything is.
func (s *Clients) check(n NewClient, stored idp.Registration) error {
	return idp.AllInvalid(
		checkName("name", stored.Name, n.Name),
		n.checkWords(stored),
		broken(!clientIDPattern.MatchString(string(n.ID)), "client_id", "must be 2 to 63 small letters, digits, dots and dashes"),
		broken(n.IDTokenAlg != "ES256" && n.IDTokenAlg != "RS256", "id_token_alg", "must be ES256 or RS256"),
		broken(n.Profile != idp.ProfileDefault && n.Profile != idp.ProfileGovernmentConnected, "profile", "there is no such profile"),
		broken(n.SessionLifetime < 0 || n.SessionLifetime > maxLifetime, "session_lifetime", "must not be more than 24 hours"),
		broken(n.SessionIdleTimeout < 0 || n.SessionIdleTimeout > maxLifetime, "session_idle_timeout", "must not be more than 24 hours"),
		broken(n.PKCERequired && (n.PKCEOptional || n.Kind != idp.ClientWeb), "pkce_required", "is for an app with a server, and not together with pkce_optional"),
		broken(n.TokenEndpointAudience && n.AuthMethod != idp.AuthKey, "token_endpoint_audience", "only a client that authenticates by private_key_jwt sends assertions"),
		n.checkSecurityProfile(),
		broken(!n.FAPI2From.IsZero() && !policy.MayKeepFAPI2(n.Kind), "fapi2_from", "is for apps with a server and for integrations: others keep no key"),
		broken(len(n.AllowedOrigins) > 0 && n.Kind != idp.ClientBrowser, "allowed_origins", "only an app of kind browser has them"),
		broken(n.Identifier != "" && n.Kind != idp.ClientAPI, "identifier", "only an API has one"),
		broken(n.RefreshGrace > policy.MaxRefreshGrace || n.RefreshGrace < 0 && n.RefreshGrace != idp.NoRefreshGrace, "refresh_grace", "must be between 0 and 60 seconds"),
		broken(n.RefreshGrace > 0 && n.Profile == idp.ProfileGovernmentConnected, "refresh_grace", "must be 0 for an app that is connected to a government system"),
		broken(n.SessionIdleTimeout != stored.SessionIdleTimeout && n.SessionIdleTimeout != 0 && n.SessionIdleTimeout < s.leastIdle(), "session_idle_timeout", "must be at least %d seconds, or 0 for no limit", s.leastIdle()/time.Second),
		broken(len(n.Scopes) > maxScopes || slices.ContainsFunc(n.Scopes, func(scope string) bool { return !scopePattern.MatchString(scope) }), "scopes", "must be at most %d scopes of letters, digits and -_:/.", maxScopes),
		broken(s.unmeetable(n.PhishingResistanceFrom, stored.PhishingResistanceFrom), "phishing_resistance_from", noPasskeys),
		n.checkLooks(),
		s.checkKeys(n),
		n.checkCertificate(),
		s.checkKind(n),
	)
}

func (s *Clients) leastIdle() time.Duration { return policy.LeastIdle(s.config.PlainLoopback) }

// checkSecurityProfile holds that a client can keep the rules of its profile.
func (n NewClient) checkSecurityProfile() error {
	switch n.SecurityProfile {
	case idp.SecurityUsual:
		return nil
	case idp.SecurityFAPI2:
		if lacks := policy.FAPI2Lacks(n.Registration); len(lacks) > 0 {
			return idp.Invalid("security_profile", "fapi2 can't be kept yet: %s", strings.Join(lacks, "; "))
		}
		return nil
	default:
		return idp.Invalid("security_profile", "must be fapi2, or nothing")
	}
}

func (s *Clients) checkKind(n NewClient) error {
	confidential := n.AuthMethod.Confidential()
	switch n.Kind {
	case idp.ClientWeb:
		return idp.AllInvalid(broken(!confidential, "auth_method", "an app with a server keeps a secret or a key"), s.checkApp(n))
	case idp.ClientNative:
		return idp.AllInvalid(
			broken(n.AuthMethod != idp.AuthNone, "auth_method", "an app on a device keeps no secret"),
			broken(n.PKCEOptional, "pkce_optional", "an app on a device always uses PKCE"),
			s.checkApp(n),
		)
	case idp.ClientBrowser:
		return idp.AllInvalid(
			broken(n.AuthMethod != idp.AuthNone, "auth_method", "an app in a page keeps no secret"),
			broken(n.PKCEOptional, "pkce_optional", "an app in a page always uses PKCE"),
			s.checkApp(n),
			s.checkOrigins(n.AllowedOrigins),
		)
	case idp.ClientMachine:
		return idp.AllInvalid(broken(!confidential, "auth_method", "an integration keeps a secret or a key"), n.checkMachine())
	case idp.ClientAPI:
		return idp.AllInvalid(broken(!confidential, "auth_method", "an API keeps a secret or a key, to introspect tokens with"), s.checkAPI(n))
	default:
		return idp.Invalid("kind", "must be web, native, browser, machine or api")
	}
}

// checkApp holds the rules of an app for people.
func (s *Clients) checkApp(n NewClient) error {
	return idp.AllInvalid(
		broken(n.PracticeID != "", "practice_id", "only an integration is bound to a practice"),
		broken(n.Owner != "" || n.Purpose != "" || !n.ReviewAt.IsZero(), "owner", "only an integration has an owner, a purpose and a review date"),
		broken(!isAccess(n.Access), "access", "there is no such access"),
		broken(slices.ContainsFunc(n.Brings, func(id idp.ClientID) bool { return id == n.ID || !clientIDPattern.MatchString(string(id)) }), "brings", "must be identifiers of other apps"),
		broken(len(n.RedirectURIs) == 0, "redirect_uris", "an app needs one"),
		broken(!slices.Contains(n.Scopes, "openid"), "scopes", "an app needs openid"),
		broken(n.RefreshTokens != slices.Contains(n.Scopes, "offline_access"), "scopes", "offline_access and refresh tokens go together"),
		broken(n.SignOnGroup != "" && !groupPattern.MatchString(n.SignOnGroup), "sign_on_group", "must be at most 63 small letters, digits and dashes"),
		s.checkURIs("redirect_uris", n.Kind, n.RedirectURIs),
		s.checkURIs("post_logout_redirect_uris", n.Kind, n.PostLogoutRedirectURIs),
		s.checkInitiateLogin(n),
		s.checkBackchannelLogout(n),
	)
}

// checkBackchannelLogout holds what can be known of the address before it is called (ABUSE 13): see package backchannel.
func (s *Clients) checkBackchannelLogout(n NewClient) error {
	switch {
	case n.BackchannelLogoutURI == "":
		return nil
	case n.Kind != idp.ClientWeb:
		return idp.Invalid("backchannel_logout_uri", "only an app with a server can be told")
	default:
		return s.checkURI("backchannel_logout_uri", idp.ClientWeb, n.BackchannelLogoutURI)
	}
}

func (s *Clients) checkInitiateLogin(n NewClient) error {
	if n.InitiateLoginURI == "" {
		return nil
	}
	return s.checkURI("initiate_login_uri", idp.ClientWeb, n.InitiateLoginURI)
}

// checkMachine holds that an integration can never come near a person's session (ABUSE 36).
func (n NewClient) checkMachine() error {
	field := clientFields().unexpected(ofMachines, idp.Client{Registration: n.Registration})
	return idp.AllInvalid(
		broken(n.PracticeID == "", "practice_id", "an integration is bound to a practice"),
		broken(len(n.RedirectURIs) > 0 || len(n.PostLogoutRedirectURIs) > 0 || n.InitiateLoginURI != "" || n.BackchannelLogoutURI != "", "redirect_uris", "an integration has none: people never sign in to it"),
		broken(n.Accent != "", "accent_colour", "an integration has none: people never sign in to it"),
		broken(len(n.Logo) > 0, "logo", "an integration has none: people never sign in to it"),
		broken(n.SignOnGroup != "", "sign_on_group", "an integration is in none: people never sign in to it"),
		broken(n.SessionLifetime != 0 || n.SessionIdleTimeout != 0 || n.Profile != idp.ProfileDefault, "session_lifetime", "an integration has no sessions: people never sign in to it"),
		broken(!n.MFARequiredFrom.IsZero(), "mfa_required_from", "an integration never uses MFA"),
		broken(!n.PhishingResistanceFrom.IsZero(), "phishing_resistance_from", "an integration never uses MFA"),
		broken(n.Access != idp.AccessPractice || len(n.Brings) > 0, "access", "an integration has none: people never sign in to it"),
		broken(n.RefreshTokens || slices.Contains(n.Scopes, "openid") || slices.Contains(n.Scopes, "offline_access"), "scopes", "an integration has neither openid nor refresh tokens"),
		broken(field != "", field, "an integration has none"),
	)
}

func isAccess(access idp.ClientAccess) bool {
	switch access {
	case idp.AccessPractice, idp.AccessEveryone, idp.AccessManagers, idp.AccessStaff:
		return true
	default:
		return false
	}
}

// broken is the mistake of a field if its rule is broken.
func broken(is bool, field, format string, args ...any) error {
	if !is {
		return nil
	}
	return idp.Invalid(field, format, args...)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
