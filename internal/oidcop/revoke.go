package oidcop

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// revoke ends a token of the client's own (RFC 7009, section 2.1). A refresh token takes everything with it that came of the
// same sign-in, as the section recommends: its session ends. An access token dies alone. Nothing happens to another client's token, nor to an unknown one, and the answer does not tell (section
// 2.2); token_type_hint is not needed.
func (s *Server) revoke(ctx context.Context, asked formRequest) (any, error) {
	token, client, now := asked.form.Get("token"), asked.client, asked.now
	if strings.Count(token, ".") == 2 {
		return nothing{}, s.revokeJWT(ctx, client, token, now)
	}
	found, err := s.revokeOpaque(ctx, client, token, now)
	if found || err != nil {
		return nothing{}, err
	}
	return nothing{}, s.revokeRefresh(ctx, client, idp.NewSecret(token), now)
}

// nothing is the body of an answer that has nothing to report.
type nothing struct{}

func (s *Server) revokeJWT(ctx context.Context, client idp.Client, token string, now time.Time) error {
	claims, err := s.accessJWT(ctx, token, now)
	if err != nil || claims.ClientID != string(client.ID) {
		return nil // not a token of this client, or over: there is nothing to revoke
	}
	if err := s.deps.Spent.Revoke(ctx, tokenName(claims.JWTID), spentUntil(claims.GetExpiration())); err != nil {
		return fmt.Errorf("revoke access token: %w", err)
	}
	return nil
}

func (s *Server) revokeOpaque(ctx context.Context, client idp.Client, token string, now time.Time) (found bool, err error) {
	content, err := s.readOpaque(ctx, token, now)
	if errors.Is(err, idp.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("revoke opaque token: %w", err)
	}
	if content.ClientID != client.ID {
		return true, nil
	}
	hash := idp.HashToken(token)
	if err := s.deps.Spent.Revoke(ctx, tokenName(hash), spentUntil(content.ExpiresAt)); err != nil {
		return true, fmt.Errorf("revoke opaque token: %w", err)
	}
	if err := s.deps.References.DeleteReference(ctx, hash); err != nil {
		s.deps.Log.WarnContext(ctx, "a revoked token is still in Redis, and refused all the same", "error", err)
	}
	return true, nil
}

func (s *Server) revokeRefresh(ctx context.Context, client idp.Client, text idp.Secret, now time.Time) error {
	of, err := s.ownerOfRefresh(ctx, text)
	if errors.Is(err, idp.ErrNotFound) || (err == nil && of.client != client.ID) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("revoke refresh token: %w", err)
	}
	if err := s.endTokens(ctx, idp.EventSessionEnded, idp.ReasonTokenRevoked, idp.ResultSuccess, of, now); err != nil {
		return fmt.Errorf("revoke refresh token: %w", err)
	}
	return nil
}

// ownerOfRefresh returns whose a refresh token is or was; idp.ErrNotFound if nothing is known of it.
func (s *Server) ownerOfRefresh(ctx context.Context, text idp.Secret) (owner, error) {
	t, _, err := s.deps.RefreshTokens.FindRefreshTokenHolder(ctx, text.Hash())
	if !errors.Is(err, idp.ErrNotFound) {
		return owner{t.ClientID, t.UserID, t.SID}, err
	}
	sid, _, ours := s.generationOf(text)
	if !ours {
		return owner{}, idp.ErrNotFound
	}
	found, err := s.deps.Sessions.Find(ctx, sid)
	return owner{found.ClientID, found.UserID, sid}, err
}
