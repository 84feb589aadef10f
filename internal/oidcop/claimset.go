package oidcop

import (
	"slices"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// personClaims is what is said of a person, at userinfo and in ID tokens alike (OpenID Connect Core, section 5.1).
type personClaims struct {
	Name          string `json:"name,omitempty"`
	ZoneInfo      string `json:"zoneinfo,omitempty"`   // of the practice: an IANA name
	Locale        string `json:"locale,omitempty"`     // of the practice: the English of its country
	UpdatedAt     int64  `json:"updated_at,omitempty"` // seconds since 1970
	Email         string `json:"email,omitempty"`
	EmailVerified *bool  `json:"email_verified,omitempty"`
}

// covering is the scope that an app must be registered for to get a claim (OpenID Connect Core, section 5.4): openid for one about the
// sign-in itself or the practice. It is "" for a claim that there is not.
func covering(claim string) string {
	switch claim {
	case "name", "zoneinfo", "locale", "updated_at":
		return oidc.ScopeProfile
	case "email", "email_verified":
		return oidc.ScopeEmail
	case claimFactors:
		return scopeFactors
	case "acr", "amr", "auth_time", "sid", "practice_id":
		return oidc.ScopeOpenID
	default:
		return ""
	}
}

// giving says which claims are given to a client: those that the granted scopes cover, and those that it asked for one by one. The
// latter never reach beyond its registration: a claim is given only to a client that may ask for the scope that covers it.
type giving struct {
	client idp.Client
	scopes []string
	asked  []string
}

func (g giving) gives(claim string) bool {
	scope := covering(claim)
	switch {
	case scope == "":
		return false
	case scope != oidc.ScopeOpenID && slices.Contains(g.scopes, scope):
		return true
	case claim == "practice_id" && slices.Contains(g.scopes, oidc.ScopeProfile):
		return true
	default:
		return slices.Contains(g.asked, claim) && mayAsk(g.client, scope)
	}
}

// of returns the claims about the person. It is the one place where they are chosen, for userinfo as for ID tokens.
func (g giving) of(person idp.SignedIn) (claims personClaims) {
	user, practice := person.User, person.Practice
	if g.gives("name") {
		claims.Name = user.Name
	}
	if g.gives("zoneinfo") {
		claims.ZoneInfo = practice.TimeZone
	}
	if g.gives("locale") && practice.Region != "" {
		claims.Locale = practice.Place().Language()
	}
	if g.gives("updated_at") {
		claims.UpdatedAt = user.UpdatedAt.Unix()
	}
	if g.gives("email") {
		claims.Email = user.Username
	}
	if g.gives("email_verified") {
		// Until a link in an e-mail was used, no proof exists that the account's owner reads what is sent there: a practice's
		// administrator typed the address. An app that joins accounts by verified addresses must not join by such a one.
		verified := policy.MailboxProved(user)
		claims.EmailVerified = &verified
	}
	return claims
}
