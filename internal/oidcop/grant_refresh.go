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

// A refresh token gives new tokens, and a new refresh token in its place (RFC 6749, section 6; RFC 9700, section 4.14.2). One that
// comes again is answered again for as long as its app allows (policy.RefreshGrace), because two tabs that refresh at once, and an app
// that lost the answer, are no thieves; after that it ends the session. Refreshing is no activity of a person and keeps no session alive.

// findRefreshToken reads what is stored of the token, used or not, with its session and person.
func (s *Server) findRefreshToken(ctx context.Context, r *tokenRequest) error {
	old, holder, err := s.deps.RefreshTokens.FindRefreshTokenHolder(ctx, r.token.Hash())
	if errors.Is(err, idp.ErrNotFound) {
		return s.goneRefresh(ctx, r.client, r.token, r.now)
	}
	if err != nil {
		return fmt.Errorf("find refresh token: %w", err)
	}
	r.old, r.holder = old, holder
	return nil
}

// goneRefresh refuses a refresh token that is not stored. Those of a session are deleted with it, so the session that the token
// names is asked why, if it is one of this client. If it is alive, and the token was used long ago, the token was stolen.
func (s *Server) goneRefresh(ctx context.Context, client idp.Client, text idp.Secret, now time.Time) error {
	sid, named := sessionNamed(text)
	if !named {
		return invalidGrant("The refresh token is unknown.")
	}
	alive, err := s.deps.Sessions.Check(ctx, sid, client, now)
	var ended *session.Ended
	switch {
	case errors.As(err, &ended):
		return sessionOver(err)
	case errors.Is(err, idp.ErrNotFound):
		return invalidGrant("The refresh token is unknown.")
	case err != nil:
		return fmt.Errorf("session of an unknown refresh token: %w", err)
	}
	used, err := s.wasUsed(ctx, text)
	if err != nil {
		return err
	}
	if !used {
		return invalidGrant("The refresh token is unknown.")
	}
	return s.endStolen(ctx, idp.EventRefreshReused, owner{client.ID, alive.User.ID, sid}, now)
}

// checkRefreshClient: the token is for the client that it was given to.
func checkRefreshClient(_ context.Context, r *tokenRequest) error {
	if r.old.ClientID != r.client.ID {
		return invalidGrant("The refresh token was issued to another client.")
	}
	return nil
}

// checkRefreshKey: a token that is bound to a key is for who has the key (RFC 9449, section 5).
func checkRefreshKey(_ context.Context, r *tokenRequest) error {
	if r.old.JKT != "" && r.old.JKT != r.jkt {
		return invalidGrant("The refresh token is bound to a key: send a DPoP proof of that key.")
	}
	return nil
}

// checkRefreshReuse: a token that was rotated before was stolen, then or now, unless that was a moment ago. What is asked of the first
// use is asked of the second too, in the steps that follow.
func (s *Server) checkRefreshReuse(ctx context.Context, r *tokenRequest) error {
	if r.old.UsedAt.IsZero() || policy.AnsweredAgain(r.old.UsedAt, r.now, policy.RefreshGrace(r.client.Registration)) {
		return nil
	}
	return s.endStolen(ctx, idp.EventRefreshReused, owner{r.old.ClientID, r.old.UserID, r.old.SID}, r.now)
}

// checkRefreshAge: the token ends with its session at the latest.
func checkRefreshAge(_ context.Context, r *tokenRequest) error {
	if !r.now.Before(r.old.ExpiresAt) {
		return invalidGrant("The refresh token is too old.")
	}
	return nil
}

// checkRefreshScope: scopes can be left out, and none can be added (RFC 6749, section 6).
func checkRefreshScope(_ context.Context, r *tokenRequest) error {
	if !within(r.scope, r.old.Scopes) {
		return oidc.ErrInvalidScope().WithDescription("A refresh can't widen the scope.")
	}
	return nil
}

// checkRefreshSession: the session is alive.
func (s *Server) checkRefreshSession(ctx context.Context, r *tokenRequest) error {
	alive, err := s.deps.Sessions.CheckFound(ctx, r.holder, r.client, r.now)
	if errors.Is(err, idp.ErrNotFound) {
		return sessionOver(err)
	}
	if err != nil {
		return fmt.Errorf("session of a token: %w", err)
	}
	r.holder = alive
	return nil
}

// confirmSession: the person may still be at this app, with the strength that the session has. It stands before the tokens of a code
// as before those of a refresh token: between a sign-in and its code too, much can change.
func (s *Server) confirmSession(ctx context.Context, r *tokenRequest) error {
	err := s.deps.Sessions.Confirm(ctx, r.holder, r.client, r.now)
	if errors.Is(err, idp.ErrNotFound) {
		return sessionOver(err)
	}
	if err != nil {
		return fmt.Errorf("confirm a session: %w", err)
	}
	return nil
}

// rotateTokens makes the new tokens, for what was asked for; the new refresh token keeps all scopes and APIs of the old one. An app of fapi2 keeps the old one itself. Tokens with
// fewer scopes have none of the claims that were asked for one by one: the app wants less of them.
func (s *Server) rotateTokens(ctx context.Context, r *tokenRequest) error {
	p := person{
		client: r.client, holder: r.holder, scopes: r.old.Scopes, asked: decodeAsked(r.old.Claims), resources: r.old.Resources, target: r.target, jkt: r.jkt, x5t: r.x5t,
	}
	text, next, err := s.refreshToken(p, r.old.Generation+1, r.now)
	if err != nil {
		return err
	}
	if len(r.scope) > 0 {
		p.scopes = r.scope
	}
	if !within(r.old.Scopes, p.scopes) {
		p.asked = asked{ACR: p.asked.ACR}
	}
	answer, err := s.mint(ctx, p, r.now)
	if err != nil {
		return err
	}
	if policy.FAPI2(r.client.Registration) { // who brings it is proved, so that it stays (FAPI 2.0, section 5.3.2.1, point 9)
		r.answer = answer
		return nil
	}
	again, err := s.deps.RefreshTokens.RotateRefreshToken(ctx, r.old.Hash, next, policy.RefreshGrace(r.client.Registration), r.now)
	switch {
	case errors.Is(err, idp.ErrUsed):
		return s.endStolen(ctx, idp.EventRefreshReused, owner{r.old.ClientID, r.old.UserID, r.old.SID}, r.now)
	case errors.Is(err, idp.ErrNotFound):
		return invalidGrant("The session is over.")
	case err != nil:
		return fmt.Errorf("rotate refresh token: %w", err)
	case again:
		s.repeated(ctx, r)
	}
	answer.RefreshToken = text.Reveal()
	r.answer = answer
	return nil
}

// repeated records that a refresh token was answered again. An app can cause that as often as it refreshes, so the trail has a line a
// minute for a person at an app, and the metrics count each.
func (s *Server) repeated(ctx context.Context, r *tokenRequest) {
	s.deps.Refusals.Refuse(ctx, s.event(idp.EventRefreshRepeated, callerFrom(ctx), func(e *idp.AuditEvent) {
		e.Actor = idp.Actor{Kind: idp.ActorClient, ID: string(r.client.ID)}
		e.PracticeID, e.UserID, e.ClientID, e.SID = r.holder.User.PracticeID, r.holder.User.ID, r.client.ID, r.holder.Session.ID
		e.Result = idp.ResultSuccess
	}))
}
