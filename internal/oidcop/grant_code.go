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
	"github.com/apscloud/apsid/internal/session"
)

// exchangeCode redeems a code, once (RFC 6749, section 4.1.3). Whatever is wrong with it is the same invalid_grant, and the
// code is spent all the same. A code that comes twice was stolen by one of the two who brought it: its session ends, and with
// it every token that came of it (section 4.1.2).
func (s *Server) exchangeCode(ctx context.Context, client idp.Client, r oidc.AccessTokenRequest, now time.Time) (tokens, error) {
	code := idp.NewSecret(r.Code)
	live, over, err := s.codeSession(ctx, client, code, now)
	if err != nil {
		return tokens{}, err
	}
	grant, err := s.deps.Codes.ConsumeCode(ctx, code.Hash())
	switch {
	case errors.Is(err, idp.ErrUsed):
		return tokens{}, s.endStolen(ctx, idp.EventCodeReused, owner{grant.ClientID, grant.UserID, grant.SID}, now)
	case errors.Is(err, idp.ErrNotFound):
		return tokens{}, invalidGrant("The code is unknown or too old.")
	case err != nil:
		return tokens{}, fmt.Errorf("consume authorization code: %w", err)
	}
	if err := checkGrant(grant, client, r, now); err != nil {
		return tokens{}, err
	}
	if over != nil || live.ID != grant.SID {
		return tokens{}, sessionOver(over)
	}
	return s.tokensOf(ctx, person{client: client, session: live, scopes: grant.Scopes, nonce: grant.Nonce}, now)
}

// codeSession looks at the session before the code is spent; see issueCode. over says that the session is not alive: the code is
// consumed still, so that a second redemption can be told from an unknown code.
func (s *Server) codeSession(ctx context.Context, client idp.Client, code idp.Secret, now time.Time) (alive idp.Session, over, err error) {
	sid, ok := sessionNamed(code)
	if !ok {
		return idp.Session{}, nil, invalidGrant("The code is unknown or too old.")
	}
	alive, err = s.deps.Sessions.Check(ctx, sid, client, now)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Session{}, err, nil
	}
	if err != nil {
		return idp.Session{}, nil, fmt.Errorf("session of a code: %w", err)
	}
	return alive, nil, nil
}

// checkGrant compares the redemption with the request the code answered (RFC 6749, section 4.1.3; RFC 7636, section 4.6).
func checkGrant(g Grant, client idp.Client, r oidc.AccessTokenRequest, now time.Time) error {
	switch {
	case codeExpired(g, now):
		return invalidGrant("The code is unknown or too old.")
	case g.ClientID != client.ID:
		return invalidGrant("The code was issued to another client.")
	case g.RedirectURI != r.RedirectURI:
		return invalidGrant("The redirect_uri is not that of the authorization request.")
	default:
		return checkVerifier(g.CodeChallenge, r.CodeVerifier)
	}
}

// tokensOf makes the first tokens of a session; a refresh token among them where the client asked for one and has the right.
func (s *Server) tokensOf(ctx context.Context, p person, now time.Time) (tokens, error) {
	answer, err := s.mint(ctx, p, now)
	if err != nil {
		return tokens{}, err
	}
	if !p.client.RefreshTokens || !slices.Contains(p.scopes, oidc.ScopeOfflineAccess) {
		return answer, nil
	}
	secret := withSession(p.session.ID)
	err = s.deps.RefreshTokens.CreateRefreshToken(ctx, refreshToken(secret, p, now))
	switch {
	case errors.Is(err, idp.ErrNotFound): // the session ended since it was looked at: what was made is worth nothing by now
	case err != nil:
		return tokens{}, fmt.Errorf("keep refresh token: %w", err)
	default:
		answer.RefreshToken = secret.Reveal()
	}
	return answer, nil
}

// refreshToken ends with its session, however often it is rotated.
func refreshToken(secret idp.Secret, p person, now time.Time) idp.RefreshToken {
	return idp.RefreshToken{
		Hash: secret.Hash(), SID: p.session.ID, ClientID: p.client.ID, UserID: p.session.UserID, Scopes: p.scopes,
		AuthTime: p.session.AuthTime, CreatedAt: now, ExpiresAt: policy.LifetimeEnd(p.session, p.client),
	}
}

// owner is whose a token was.
type owner struct {
	client idp.ClientID
	user   idp.UserID
	sid    idp.SID
}

// endStolen ends the session of a code or refresh token that came twice, and is the refusal of the second. If the session
// cannot be ended, that is the error: then the caller tries again, and so do we.
func (s *Server) endStolen(ctx context.Context, kind string, of owner, now time.Time) error {
	if err := s.endTokens(ctx, kind, "reused", idp.ResultFailure, of, now); err != nil {
		return fmt.Errorf("end session after reuse: %w", err)
	}
	return invalidGrant("It was used before; the session has ended.")
}

// endTokens ends a session, and with it every token that came of it, because of what was done with one of them. Whether it is
// alive is not asked: one that has lapsed by inactivity, and could still be told of an earlier activity, must not be.
func (s *Server) endTokens(ctx context.Context, kind, reason string, result idp.Result, of owner, now time.Time) error {
	account, err := s.deps.Accounts.FindAccount(ctx, of.user)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return err
	}
	event := s.event(kind, callerFrom(ctx), func(e *idp.AuditEvent) {
		e.Actor = idp.Actor{Kind: idp.ActorClient, ID: string(of.client)}
		e.PracticeID, e.UserID, e.ClientID, e.SID = account.User.PracticeID, of.user, of.client, of.sid
		e.Result, e.Reason = result, reason
	})
	return s.deps.Sessions.End(ctx, of.sid, idp.EndRevoked, event, now)
}

func invalidGrant(description string) error {
	return oidc.ErrInvalidGrant().WithDescription("%s", description)
}

// sessionOver refuses a code or refresh token whose session is not alive, and names what ended it, if that is known.
func sessionOver(over error) error {
	var ended *session.Ended
	if errors.As(over, &ended) {
		return invalidGrant("The session is over: " + string(ended.Reason) + ".")
	}
	return invalidGrant("The session is over.")
}
