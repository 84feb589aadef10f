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

// userClaims is what userinfo says (OpenID Connect Core, section 5.3.2): of the person, and of the sign-in what was asked for.
type userClaims struct {
	Subject    idp.UserID     `json:"sub"`
	PracticeID idp.PracticeID `json:"practice_id"`
	ACR        idp.ACR        `json:"acr,omitempty"`
	AMR        []idp.AMR      `json:"amr,omitempty"`
	AuthTime   oidc.Time      `json:"auth_time,omitempty"`
	SID        idp.SID        `json:"sid,omitempty"`
	personClaims
}

// userinfo answers for an access token whose audience is the provider, while its session is alive.
func (s *Server) userinfo(ctx context.Context, came presented, now time.Time) (any, error) {
	a, err := s.sufficient(ctx, came.token, now)
	if err == nil && (!came.fits(a.Reference) || a.SID == "" || !slices.Contains(a.Audience, s.issuer)) {
		err = idp.ErrNotFound // without its proof, a machine's, or for another audience
	}
	if errors.Is(err, idp.ErrNotFound) {
		return nil, invalidToken(err)
	}
	if err != nil {
		return nil, fmt.Errorf("access token at userinfo: %w", err)
	}
	if !policy.MaySignIn(a.holder.User, a.holder.Practice) {
		return nil, invalidToken(nil)
	}
	return a.userClaims(), nil
}

func (a access) userClaims() userClaims {
	given := giving{client: a.client, scopes: a.Scopes, asked: a.Claims}
	claims := userClaims{Subject: a.holder.User.ID, PracticeID: a.holder.User.PracticeID, personClaims: given.of(a.holder)}
	if given.gives("acr") {
		claims.ACR = a.ACR
	}
	if given.gives("amr") {
		claims.AMR = a.AMR
	}
	if given.gives("auth_time") {
		claims.AuthTime = oidc.FromTime(a.AuthTime)
	}
	if given.gives("sid") {
		claims.SID = a.SID
	}
	return claims
}

func invalidToken(cause error) error {
	return (&oidc.Error{ErrorType: codeInvalidToken}).WithDescription("The access token is not valid here.").WithParent(cause)
}
