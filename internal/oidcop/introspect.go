package oidcop

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
)

// introspection is the answer about a token (RFC 7662, section 2.2). For one that isn't active it holds nothing else.
type introspection struct {
	Active     bool           `json:"active"`
	TokenType  string         `json:"token_type,omitempty"`
	Issuer     string         `json:"iss,omitempty"`
	Subject    string         `json:"sub,omitempty"`
	Audience   []string       `json:"aud,omitempty"`
	ClientID   idp.ClientID   `json:"client_id,omitempty"`
	Scope      string         `json:"scope,omitempty"`
	PracticeID idp.PracticeID `json:"practice_id,omitempty"`
	SID        idp.SID        `json:"sid,omitempty"`
	ACR        idp.ACR        `json:"acr,omitempty"`
	AMR        []idp.AMR      `json:"amr,omitempty"`
	AuthTime   oidc.Time      `json:"auth_time,omitempty"`
	IssuedAt   oidc.Time      `json:"iat,omitempty"`
	ExpiresAt  oidc.Time      `json:"exp,omitempty"`
	JWTID      string         `json:"jti,omitempty"`
	Bound      *confirmation  `json:"cnf,omitempty"` // RFC 9449, section 6.2
}

// introspect says what an access token or refresh token is, to a confidential client (the gate sees to that) it was issued to or
// for, and to the API it is meant for. For any other client, and for a token that is no longer good, the answer is the same: not active (section 4).
func (s *Server) introspect(ctx context.Context, asked formRequest) (any, error) {
	answer, err := s.introspection(ctx, asked)
	if err != nil || !asked.signed {
		return answer, err
	}
	text, err := s.sign(ctx, algES256, typIntrospection, signedIntrospection{
		Issuer: s.issuer, Audience: asked.client.ID, IssuedAt: oidc.FromTime(asked.now), Answer: answer,
	})
	return signedAnswer{text: text, media: mediaIntrospection}, err
}

// signedIntrospection is the answer as the provider signs it (RFC 9701, section 5).
type signedIntrospection struct {
	Issuer   string        `json:"iss"`
	Audience idp.ClientID  `json:"aud"`
	IssuedAt oidc.Time     `json:"iat"`
	Answer   introspection `json:"token_introspection"`
}

// mediaIntrospection is what a client that wants a signed answer accepts, and nothing beside it.
const mediaIntrospection = "application/token-introspection+jwt"

func wantsSigned(r *http.Request) bool {
	media, _, _ := strings.Cut(r.Header.Get("Accept"), ";")
	return r.URL.Path == pathIntrospect && strings.EqualFold(strings.TrimSpace(media), mediaIntrospection)
}

func (s *Server) introspection(ctx context.Context, asked formRequest) (introspection, error) {
	token, client, now := asked.form.Get("token"), asked.client, asked.now
	a, err := s.sufficient(ctx, token, now)
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return s.introspectRefresh(ctx, client, token, now)
	case err != nil:
		return introspection{}, fmt.Errorf("introspect: %w", err)
	case !s.concerns(a, client):
		return introspection{}, nil
	}
	return introspection{
		Active: true, TokenType: tokenType(a.JKT), Bound: boundTo(a.JKT, a.X5T), Issuer: s.issuer, Subject: a.Subject, Audience: a.Audience,
		ClientID: a.ClientID, Scope: strings.Join(a.Scopes, " "), PracticeID: a.PracticeID, SID: a.SID, ACR: a.ACR, AMR: a.AMR,
		AuthTime: oidc.FromTime(a.AuthTime), IssuedAt: oidc.FromTime(a.IssuedAt), ExpiresAt: oidc.FromTime(a.ExpiresAt), JWTID: a.id,
	}, nil
}

// concerns reports whether the client may know what the token is: a client what was issued to it or for it, and an API what is meant for
// it.
func (s *Server) concerns(a access, client idp.Client) bool {
	if client.Kind == idp.ClientAPI {
		return !s.isOwnAudience(client.Identifier) && slices.Contains(a.Audience, client.Identifier)
	}
	return a.ClientID == client.ID || slices.Contains(a.Audience, string(client.ID))
}

func (s *Server) introspectRefresh(ctx context.Context, client idp.Client, token string, now time.Time) (introspection, error) {
	if !client.RefreshTokens || strings.Count(token, ".") == 2 {
		return introspection{}, nil
	}
	t, holder, err := s.deps.RefreshTokens.FindRefreshTokenHolder(ctx, idp.HashToken(token))
	if errors.Is(err, idp.ErrNotFound) {
		return introspection{}, nil
	}
	if err != nil {
		return introspection{}, fmt.Errorf("introspect refresh token: %w", err)
	}
	if t.ClientID != client.ID || !t.UsedAt.IsZero() || !now.Before(t.ExpiresAt) {
		return introspection{}, nil
	}
	holder, err = s.deps.Sessions.CheckFound(ctx, holder, client, now)
	if errors.Is(err, idp.ErrNotFound) || err == nil && !suffices(holder, client, now) {
		return introspection{}, nil
	}
	if err != nil {
		return introspection{}, fmt.Errorf("introspect refresh token: %w", err)
	}
	session := holder.Session
	return introspection{
		Active: true, Bound: boundTo(t.JKT, ""), Issuer: s.issuer, Subject: string(session.UserID), ClientID: t.ClientID, Scope: strings.Join(t.Scopes, " "),
		PracticeID: session.PracticeID, SID: session.ID, ACR: session.ACR, AMR: session.AMR,
		AuthTime: oidc.FromTime(t.AuthTime), IssuedAt: oidc.FromTime(t.CreatedAt), ExpiresAt: oidc.FromTime(t.ExpiresAt),
	}, nil
}
