package oidcop

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// access is an access token that is good now, in either form.
type access struct {
	Reference
	id     string // jti; "" for an opaque one
	name   string // under which it is spent when it is revoked
	client idp.Client
	holder idp.SignedIn
}

// VerifyAccess returns what an access token stands for if it is good now, as inspect says, and idp.ErrNotFound otherwise. It is
// for the provider's own resources, which look at the audience themselves; all other resources use introspection. found is false for a
// request that has no token. Of a proof that is wrong the error is *Unproved, too.
func (s *Server) VerifyAccess(w http.ResponseWriter, r *http.Request, now time.Time) (of idp.Reference, found bool, err error) {
	came, found, err := s.presented(w, r, now)
	found = found && came.token != ""
	var wrong *oidc.Error
	if errors.As(err, &wrong) {
		err = &Unproved{challenge: challengeOf(r, string(wrong.ErrorType))}
	}
	if !found || err != nil {
		return idp.Reference{}, found, err
	}
	a, err := s.inspect(r.Context(), came.token, now)
	if err == nil && (!came.fits(a.Reference) || a.Subject != a.owner()) {
		err = idp.ErrNotFound
	}
	return a.Reference, true, err
}

// Unproved is the idp.ErrNotFound of a token that came with a proof that does not count.
type Unproved struct{ challenge string }

// Error implements error.
func (u *Unproved) Error() string { return "the proof does not count: " + u.challenge }

// Unwrap makes it an idp.ErrNotFound.
func (u *Unproved) Unwrap() error { return idp.ErrNotFound }

// Challenge is the WWW-Authenticate of the answer (RFC 9449, section 7.1).
func (u *Unproved) Challenge() string { return u.challenge }

// owner returns whom the token can belong to: the person of its session, or its client.
func (a access) owner() string {
	if a.SID == "" {
		return string(a.ClientID)
	}
	return string(a.holder.User.ID)
}

// inspect returns the access token if it is good now: of this provider, not expired, not revoked, its client enabled and, for a
// person's, its session alive. Otherwise it is idp.ErrNotFound, for any reason; other errors are those of the stores.
func (s *Server) inspect(ctx context.Context, token string, now time.Time) (access, error) {
	a, err := s.read(ctx, token, now)
	if err != nil {
		return access{}, err
	}
	client, err := s.findClient(ctx, a.ClientID)
	if err != nil {
		return access{}, err
	}
	if client.Disabled {
		return access{}, idp.ErrNotFound
	}
	a.client = client
	if a.SID == "" {
		return a, s.checkRevoked(ctx, a.name, now)
	}
	a.holder, err = s.deps.Sessions.CheckUnspent(ctx, a.SID, a.name, client, now)
	return a, err
}

// sufficient is inspect where the token opens something by itself: the strength of its session must still be enough at the app, from the
// moment on at which a rule asks for more. It is idp.ErrNotFound otherwise: the app refreshes, which ends the session.
func (s *Server) sufficient(ctx context.Context, token string, now time.Time) (access, error) {
	a, err := s.inspect(ctx, token, now)
	if err == nil && a.SID != "" && !suffices(a.holder, a.client, now) {
		err = idp.ErrNotFound
	}
	return a, err
}

func suffices(in idp.SignedIn, client idp.Client, now time.Time) bool {
	return policy.Suffices(in.Session.ACR, in.User, in.Practice, client, now) == policy.FallenNothing
}

// read returns the token's content if the token itself is good, or was until it was revoked.
func (s *Server) read(ctx context.Context, token string, now time.Time) (access, error) {
	if strings.Count(token, ".") == 2 {
		return s.readJWT(ctx, token, now)
	}
	content, err := s.readOpaque(ctx, token, now)
	if err != nil {
		return access{}, err
	}
	return access{Reference: content, name: tokenName(idp.HashToken(token))}, nil
}

// readOpaque is also for tokens that nodes of the previous release gave, which lie in Redis.
func (s *Server) readOpaque(ctx context.Context, token string, now time.Time) (Reference, error) {
	if signed, found := s.unsealed(token); found {
		claims, err := s.accessJWT(ctx, signed, now)
		if errors.Is(err, errNotOurs) {
			return Reference{}, idp.Wrap(idp.CodeNotFound, err)
		}
		return contentOf(claims), err
	}
	content, err := s.deps.References.FindReference(ctx, idp.HashToken(token))
	if err == nil && !now.Before(content.ExpiresAt) {
		err = idp.ErrNotFound
	}
	return content, err
}

func (s *Server) readJWT(ctx context.Context, token string, now time.Time) (access, error) {
	claims, err := s.accessJWT(ctx, token, now)
	if errors.Is(err, errNotOurs) {
		return access{}, idp.Wrap(idp.CodeNotFound, err)
	}
	if err != nil {
		return access{}, err
	}
	return access{Reference: contentOf(claims), id: claims.JWTID, name: tokenName(claims.JWTID)}, nil
}

// checkRevoked is idp.ErrNotFound for a token that was revoked, on whatever node.
func (s *Server) checkRevoked(ctx context.Context, name string, now time.Time) error {
	revoked, err := s.deps.Standing.IsSpent(ctx, name, now)
	if err != nil {
		return fmt.Errorf("revoked tokens: %w", err)
	}
	if revoked {
		return idp.ErrNotFound
	}
	return nil
}

func contentOf(c accessClaims) Reference {
	return Reference{
		ClientID: idp.ClientID(c.ClientID), Subject: c.Subject, PracticeID: c.PracticeID, Audience: c.Audience,
		Scopes: words(c.Scope), Claims: c.Asked, SID: c.SID, ACR: idp.ACR(c.AuthenticationContextClassReference), AMR: amrOf(c.AuthenticationMethodsReferences),
		AuthTime: c.GetAuthTime(), IssuedAt: c.GetIssuedAt(), ExpiresAt: c.GetExpiration(), JKT: c.Bound.jkt(), X5T: c.Bound.x5t(),
	}
}

func amrOf(methods []string) []idp.AMR {
	list := make([]idp.AMR, len(methods))
	for i, method := range methods {
		list[i] = idp.AMR(method)
	}
	return list
}
