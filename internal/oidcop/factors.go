package oidcop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
)

// Apps that file with a tax authority have to tell it how the person signed in: HMRC asks for it in the header Gov-Client-Multi-Factor, for
// each factor with its type, the time and a reference that stays the same. An app that is registered for the scope learns it, in the ID
// token and here; all of it is of the sign-in, so that no refresh changes it.

const (
	scopeFactors = "mfa_factors"
	claimFactors = "mfa_factors"
)

// factor is a second factor that was proved, in HMRC's words and forms.
type factor struct {
	Type      string `json:"type"`             // TOTP, AUTH_CODE or OTHER
	Timestamp string `json:"timestamp"`        // UTC, to the minute
	Reference string `json:"unique_reference"` // of this factor at this app
}

// factorTime is HMRC's yyyy-MM-ddThh:mmZ.
const factorTime = "2006-01-02T15:04Z"

// factors are those of a session, as its app may know them: an empty list for a sign-in by password alone, and nil if it is not known which
// they were, as of a session that a node of the previous release began.
func (s *Server) factors(app idp.ClientID, of idp.Session) *[]factor {
	if len(of.Factors) == 0 && of.ACR.Satisfies(idp.ACRMFA) {
		return nil
	}
	list := make([]factor, 0, len(of.Factors))
	for _, f := range of.Factors {
		list = append(list, factor{Type: factorType(f.Kind), Timestamp: f.At.UTC().Format(factorTime), Reference: s.factorReference(app, f.ID)})
	}
	return &list
}

// factorReference names an authenticator to one app. Two apps can't find out that they were told of the same, and none learns which it is.
func (s *Server) factorReference(app idp.ClientID, id idp.AuthenticatorID) string {
	return s.deps.Proofs.Blind(string(id), "mfa-factor/"+string(app))
}

func factorType(kind idp.Kind) string {
	switch kind {
	case idp.KindTOTP:
		return "TOTP"
	case idp.KindSMS:
		return "AUTH_CODE"
	default:
		return "OTHER"
	}
}

// sessionFactorsAnswer is what the endpoint says.
type sessionFactorsAnswer struct {
	Subject  idp.UserID `json:"sub"`
	SID      idp.SID    `json:"sid"`
	AuthTime oidc.Time  `json:"auth_time"`
	Factors  *[]factor  `json:"mfa_factors,omitempty"`
}

// sessionFactors answers for an access token of the app whose session it is: a person's, for this provider, with the scope. An
// integration's is refused, as is one that was exchanged: they are for other audiences.
func (s *Server) sessionFactors(ctx context.Context, came presented, now time.Time) (any, error) {
	a, err := s.sufficient(ctx, came.token, now)
	if err == nil && (!came.fits(a.Reference) || a.SID == "" || !slices.Contains(a.Audience, s.issuer)) {
		err = idp.ErrNotFound
	}
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return nil, invalidToken(err)
	case err != nil:
		return nil, fmt.Errorf("access token at the factors of a session: %w", err)
	case !slices.Contains(a.Scopes, scopeFactors) || !mayAsk(a.client, scopeFactors):
		return nil, (&oidc.Error{ErrorType: codeInsufficientScope}).WithDescription("The access token lacks the scope %s.", scopeFactors)
	}
	return sessionFactorsAnswer{
		Subject: a.holder.User.ID, SID: a.SID, AuthTime: oidc.FromTime(a.AuthTime), Factors: s.factors(a.client.ID, a.holder.Session),
	}, nil
}
