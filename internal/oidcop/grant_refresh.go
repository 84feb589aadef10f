package oidcop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/session"
)

// refresh gives new tokens for a refresh token, and a new refresh token in its place (RFC 6749, section 6; RFC 9700, section
// 4.14.2). One that comes again after that ends the session. The rotation is the last thing done: what fails before it can be
// tried again. Refreshing is no activity of a person and keeps no session alive.
func (s *Server) refresh(ctx context.Context, client idp.Client, secret idp.Secret, asked []string, now time.Time) (tokens, error) {
	old, err := s.deps.RefreshTokens.FindRefreshToken(ctx, secret.Hash())
	if errors.Is(err, idp.ErrNotFound) {
		return tokens{}, s.goneRefresh(ctx, client, secret, now)
	}
	if err != nil {
		return tokens{}, fmt.Errorf("find refresh token: %w", err)
	}
	if err := s.checkRefresh(ctx, old, client, asked, now); err != nil {
		return tokens{}, err
	}
	alive, err := s.checkPerson(ctx, old.SID, client, now)
	if err != nil {
		return tokens{}, err
	}
	return s.rotate(ctx, old, person{client: client, session: alive, scopes: old.Scopes}, asked, now)
}

// goneRefresh refuses a refresh token that is not known. Those of a session are deleted with it, so the session that the token
// names is asked why, if it is one of this client.
func (s *Server) goneRefresh(ctx context.Context, client idp.Client, secret idp.Secret, now time.Time) error {
	sid, named := sessionNamed(secret)
	if !named {
		return invalidGrant("The refresh token is unknown.")
	}
	_, err := s.deps.Sessions.Check(ctx, sid, client, now)
	var ended *session.Ended
	switch {
	case errors.As(err, &ended):
		return sessionOver(err)
	case err != nil && !errors.Is(err, idp.ErrNotFound):
		return fmt.Errorf("session of an unknown refresh token: %w", err)
	default:
		return invalidGrant("The refresh token is unknown.")
	}
}

// checkRefresh looks at the token alone.
func (s *Server) checkRefresh(ctx context.Context, old idp.RefreshToken, client idp.Client, asked []string, now time.Time) error {
	switch {
	case old.ClientID != client.ID:
		return invalidGrant("The refresh token was issued to another client.")
	case !old.UsedAt.IsZero():
		return s.endStolen(ctx, idp.EventRefreshReused, owner{old.ClientID, old.UserID, old.SID}, now)
	case !now.Before(old.ExpiresAt):
		return invalidGrant("The refresh token is too old.")
	case !within(asked, old.Scopes):
		return oidc.ErrInvalidScope().WithDescription("A refresh can't widen the scope.")
	default:
		return nil
	}
}

// checkPerson is whether the session is alive and its person may still be at this app.
func (s *Server) checkPerson(ctx context.Context, sid idp.SID, client idp.Client, now time.Time) (idp.Session, error) {
	alive, err := s.deps.Sessions.Check(ctx, sid, client, now)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Session{}, sessionOver(err)
	}
	if err != nil {
		return idp.Session{}, fmt.Errorf("session of a token: %w", err)
	}
	account, err := s.deps.Accounts.FindAccount(ctx, alive.UserID)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return idp.Session{}, fmt.Errorf("account of a token: %w", err)
	}
	if err != nil || policy.MayEnter(account.User, account.Practice, client) != policy.AccessGranted {
		return idp.Session{}, invalidGrant("The session is over.")
	}
	return alive, nil
}

// rotate makes the new tokens, with the scopes asked for; the new refresh token keeps all of the old one's.
func (s *Server) rotate(ctx context.Context, old idp.RefreshToken, p person, asked []string, now time.Time) (tokens, error) {
	secret := withSession(p.session.ID)
	next := refreshToken(secret, p, now)
	if len(asked) > 0 {
		p.scopes = asked
	}
	answer, err := s.mint(ctx, p, now)
	if err != nil {
		return tokens{}, err
	}
	err = s.deps.RefreshTokens.RotateRefreshToken(ctx, old.Hash, next, now)
	switch {
	case errors.Is(err, idp.ErrUsed):
		return tokens{}, s.endStolen(ctx, idp.EventRefreshReused, owner{old.ClientID, old.UserID, old.SID}, now)
	case errors.Is(err, idp.ErrNotFound):
		return tokens{}, invalidGrant("The session is over.")
	case err != nil:
		return tokens{}, fmt.Errorf("rotate refresh token: %w", err)
	}
	answer.RefreshToken = secret.Reveal()
	return answer, nil
}
