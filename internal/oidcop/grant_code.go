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

// A code is redeemed once (RFC 6749, section 4.1.3). Whatever is wrong with it is the same invalid_grant, and the code is spent
// all the same. A code that comes twice was stolen by one of the two who brought it: its session ends, and with it every token
// that came of it (section 4.1.2).

// findCodeSession looks at the session before the code is spent. One that is not alive is remembered, and the code is consumed
// still, so that a second redemption can be told from an unknown code.
func (s *Server) findCodeSession(ctx context.Context, r *tokenRequest) error {
	sid, ok := sessionNamed(idp.NewSecret(r.code.Code))
	if !ok {
		return invalidGrant("The code is unknown or too old.")
	}
	alive, err := s.deps.Sessions.Check(ctx, sid, r.client, r.now)
	if errors.Is(err, idp.ErrNotFound) {
		r.over = err
		return nil
	}
	if err != nil {
		return fmt.Errorf("session of a code: %w", err)
	}
	r.holder = alive
	return nil
}

// consumeCode takes the code out of the store: of any number of redemptions one gets it.
func (s *Server) consumeCode(ctx context.Context, r *tokenRequest) error {
	grant, err := s.deps.Codes.ConsumeCode(ctx, idp.HashToken(r.code.Code))
	switch {
	case errors.Is(err, idp.ErrUsed):
		return s.endStolen(ctx, idp.EventCodeReused, owner{grant.ClientID, grant.UserID, grant.SID}, r.now)
	case errors.Is(err, idp.ErrNotFound):
		return s.findSpentCode(ctx, r)
	case err != nil:
		return fmt.Errorf("consume authorization code: %w", err)
	}
	r.grant = grant
	return nil
}

// spendCode records in SQL that the code is spent, after the steps whatever came of them, and stores the refresh token that they made, both
// at once. Redis may have forgotten that the code was used before: then nothing that the steps made leaves.
func (s *Server) spendCode(steps ...grantStep) grantStep {
	return func(ctx context.Context, r *tokenRequest) error {
		refused := take(ctx, r, steps)
		first, err := s.spend(ctx, r)
		if err != nil {
			return fmt.Errorf("consume authorization code: %w", err)
		}
		if !first {
			return s.endStolen(ctx, idp.EventCodeReused, owner{r.grant.ClientID, r.grant.UserID, r.grant.SID}, r.now)
		}
		return refused
	}
}

func (s *Server) spend(ctx context.Context, r *tokenRequest) (first bool, err error) {
	name, until := codeName(r.code.Code), r.grant.IssuedAt.Add(codeRemembered)
	if r.first == nil {
		return s.deps.Spent.Spend(ctx, name, until)
	}
	first, kept, err := s.deps.RefreshTokens.SpendFor(ctx, name, until, *r.first)
	if !kept { // the session ended since it was looked at: what was made is worth nothing by now
		r.answer.RefreshToken = ""
	}
	return first, err
}

// findSpentCode looks at a code that Redis does not know, or does not know any more. That it was used once shows that its text, the
// name of its session included, was ours.
func (s *Server) findSpentCode(ctx context.Context, r *tokenRequest) error {
	used, err := s.deps.Spent.IsSpent(ctx, codeName(r.code.Code), r.now)
	if err != nil {
		return fmt.Errorf("used authorization codes: %w", err)
	}
	if !used {
		return invalidGrant("The code is unknown or too old.")
	}
	sid, _ := sessionNamed(idp.NewSecret(r.code.Code))
	stored, err := s.deps.Sessions.Find(ctx, sid)
	if err != nil {
		return fmt.Errorf("session of a used code: %w", err)
	}
	return s.endStolen(ctx, idp.EventCodeReused, owner{stored.ClientID, stored.UserID, stored.ID}, r.now)
}

// checkCodeAge: the store forgets a code after codeLifetime. Should it have an older one still, this ends it by the nodes' clocks, one of
// which may have made the code and another one looks at it.
func checkCodeAge(_ context.Context, r *tokenRequest) error {
	if r.now.Sub(r.grant.IssuedAt) > codeLifetime+clocksApart {
		return invalidGrant("The code is unknown or too old.")
	}
	return nil
}

// checkCodeClient: the code is for the client that asked for it (RFC 6749, section 4.1.3).
func checkCodeClient(_ context.Context, r *tokenRequest) error {
	if r.grant.ClientID != r.client.ID {
		return invalidGrant("The code was issued to another client.")
	}
	return nil
}

// checkCodeRedirect: the redirect URI is the one the code was sent to (RFC 6749, section 4.1.3).
func checkCodeRedirect(_ context.Context, r *tokenRequest) error {
	if r.grant.RedirectURI != r.code.RedirectURI {
		return invalidGrant("The redirect_uri is not that of the authorization request.")
	}
	return nil
}

// checkCodeVerifier: the verifier fits the challenge (RFC 7636, section 4.6).
func checkCodeVerifier(_ context.Context, r *tokenRequest) error {
	return checkVerifier(r.grant.CodeChallenge, r.code.CodeVerifier)
}

// checkCodeKey: a code that the app bound to a key when it asked for it is for who has the key (RFC 9449, section 10).
func checkCodeKey(_ context.Context, r *tokenRequest) error {
	if r.grant.JKT != "" && r.grant.JKT != r.jkt {
		return invalidGrant("The code is bound to a key (dpop_jkt): send a DPoP proof of that key.")
	}
	return nil
}

// checkCodeSession: the session that was looked at was alive, and is the code's own.
func checkCodeSession(_ context.Context, r *tokenRequest) error {
	if r.over != nil || r.holder.Session.ID != r.grant.SID {
		return sessionOver(r.over)
	}
	return nil
}

// firstTokens makes the first tokens of a session; a refresh token among them where the client asked for one and has the right.
func (s *Server) firstTokens(ctx context.Context, r *tokenRequest) error {
	p := person{
		client: r.client, holder: r.holder, scopes: r.grant.Scopes, asked: decodeAsked(r.grant.Claims), resources: r.grant.Resources,
		target: r.target, nonce: r.grant.Nonce, jkt: r.jkt, x5t: r.x5t,
	}
	answer, err := s.mint(ctx, p, r.now)
	if err != nil {
		return err
	}
	r.answer = answer
	if r.grant.CodeChallenge == "" {
		s.deps.Usage.UsedWithoutPKCE(r.client.ID, r.now)
	}
	if !p.client.RefreshTokens || !slices.Contains(p.scopes, oidc.ScopeOfflineAccess) {
		return nil
	}
	text, first, err := s.refreshToken(p, 1, r.now)
	if err != nil {
		return err
	}
	r.first, r.answer.RefreshToken = &first, text.Reveal()
	return nil
}

// refreshToken makes one, and its text. It ends with its session, however often it is rotated.
func (s *Server) refreshToken(p person, generation uint32, now time.Time) (idp.Secret, idp.RefreshToken, error) {
	session := p.holder.Session
	text, err := s.newRefreshText(session.ID, generation)
	return text, idp.RefreshToken{
		Hash: text.Hash(), SID: session.ID, ClientID: p.client.ID, UserID: session.UserID, Scopes: p.scopes, Claims: p.asked.encode(),
		Resources: p.resources, Generation: generation, JKT: refreshKey(p),
		AuthTime: session.AuthTime, CreatedAt: now, ExpiresAt: policy.LifetimeEnd(session, p.client),
	}, err
}

// refreshKey is the key that a refresh token is bound to. That of a public client is: nothing else says who brings it. A confidential
// client authenticates, and may change its key (RFC 9449, section 5).
func refreshKey(p person) string {
	if p.client.AuthMethod != idp.AuthNone {
		return ""
	}
	return p.jkt
}

// owner is whose a token was.
type owner struct {
	client idp.ClientID
	user   idp.UserID
	sid    idp.SID
}

// endStolen ends the session of a code or refresh token that came twice, and is the refusal of the second. If the session
// cannot be ended, that is the error: then the caller tries again, and so do we.
func (s *Server) endStolen(ctx context.Context, kind idp.EventType, of owner, now time.Time) error {
	if err := s.endTokens(ctx, kind, idp.ReasonReused, idp.ResultFailure, of, now); err != nil {
		return fmt.Errorf("end session after reuse: %w", err)
	}
	return oidc.ErrInvalidGrant().WithDescription("It was used before; the session has ended.").WithParent(errRecorded)
}

// endTokens ends a session, and with it every token that came of it, because of what was done with one of them. Whether it is
// alive is not asked: one that has lapsed by inactivity, and could still be told of an earlier activity, must not be.
func (s *Server) endTokens(ctx context.Context, kind idp.EventType, reason idp.Reason, result idp.Result, of owner, now time.Time) error {
	over, err := s.deps.Sessions.Find(ctx, of.sid)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return err
	}
	event := s.event(kind, callerFrom(ctx), func(e *idp.AuditEvent) {
		e.Actor = idp.Actor{Kind: idp.ActorClient, ID: string(of.client)}
		e.PracticeID, e.UserID, e.ClientID, e.SID = over.PracticeID, of.user, of.client, of.sid
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
