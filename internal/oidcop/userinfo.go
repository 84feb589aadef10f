package oidcop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// userClaims is what userinfo says of a person (OpenID Connect Core, section 5.1).
type userClaims struct {
	Subject       idp.UserID     `json:"sub"`
	PracticeID    idp.PracticeID `json:"practice_id"`
	Name          string         `json:"name,omitempty"`
	ZoneInfo      string         `json:"zoneinfo,omitempty"`   // of the practice: an IANA name
	Locale        string         `json:"locale,omitempty"`     // of the practice: the English of its country
	UpdatedAt     int64          `json:"updated_at,omitempty"` // seconds since 1970
	Email         string         `json:"email,omitempty"`
	EmailVerified *bool          `json:"email_verified,omitempty"`
}

// userinfo answers for an access token whose audience is the provider, while its session is alive.
func (s *Server) userinfo(ctx context.Context, token string, now time.Time) (userClaims, error) {
	a, err := s.inspect(ctx, token, now)
	if err == nil && (a.SID == "" || !slices.Contains(a.Audience, s.issuer)) {
		err = idp.ErrNotFound // a machine's, or for another audience
	}
	if errors.Is(err, idp.ErrNotFound) {
		return userClaims{}, invalidToken(err)
	}
	if err != nil {
		return userClaims{}, fmt.Errorf("access token at userinfo: %w", err)
	}
	account, err := s.deps.Accounts.FindAccount(ctx, a.session.UserID)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return userClaims{}, fmt.Errorf("account at userinfo: %w", err)
	}
	if err != nil || !policy.MaySignIn(account.User, account.Practice) {
		return userClaims{}, invalidToken(err)
	}
	return claimsFor(account, a.Scopes), nil
}

func claimsFor(account idp.Account, scopes []string) userClaims {
	user := account.User
	claims := userClaims{Subject: user.ID, PracticeID: user.PracticeID}
	if slices.Contains(scopes, oidc.ScopeProfile) {
		claims.Name, claims.ZoneInfo, claims.UpdatedAt = user.Name, account.Practice.TimeZone, user.UpdatedAt.Unix()
		if account.Practice.Region != "" {
			claims.Locale = "en-" + string(account.Practice.Region)
		}
	}
	if slices.Contains(scopes, oidc.ScopeEmail) {
		// Until a link in an e-mail was used, no proof exists that the account's owner reads what is sent there: a practice's
		// administrator typed the address. An app that joins accounts by verified addresses must not join by such a one.
		verified := policy.MailboxProved(user)
		claims.Email, claims.EmailVerified = user.Username, &verified
	}
	return claims
}

func invalidToken(cause error) error {
	return (&oidc.Error{ErrorType: codeInvalidToken}).WithDescription("The access token is not valid here.").WithParent(cause)
}
