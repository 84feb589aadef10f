package oidcop

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// A refresh token is found by its hash. Its row goes some minutes after it was used, and from then on its text is what it is known by: like
// a code it is a secret, a dot and the identifier of its session, and its secret is random bytes, how many tokens stand before it in its
// chain (its generation), and a MAC over these and the session. So a token of ours whose row is gone was used, if the session has one of a
// later generation; if it has none, the database that knew it was lost. A made-up text shows nothing of either kind.
//
// Nodes of the previous release find it by its hash too. They make tokens without a generation, whose rows stay.

const (
	refreshPlace   = "refresh_tokens/generation"
	refreshRandom  = 32
	refreshProved  = refreshRandom + 4
	refreshSecrets = refreshProved + 16 // of the MAC
)

// newRefreshText draws the text of a token.
func (s *Server) newRefreshText(sid idp.SID, generation uint32) (idp.Secret, error) {
	secret, err := base64.RawURLEncoding.DecodeString(idp.RandomSecret(refreshRandom).Reveal())
	if err != nil {
		return idp.Secret{}, fmt.Errorf("draw refresh token: %w", err)
	}
	secret = binary.BigEndian.AppendUint32(secret, generation)
	secret = append(secret, s.deps.Proofs.MAC(secret, refreshOf(sid))...)
	return idp.NewSecret(base64.RawURLEncoding.EncodeToString(secret) + sessionSeparator + string(sid)), nil
}

// generationOf returns the session and the generation of a text that this installation made.
func (s *Server) generationOf(text idp.Secret) (sid idp.SID, generation uint32, ours bool) {
	sid, named := sessionNamed(text)
	if !named {
		return "", 0, false
	}
	encoded, _, _ := strings.Cut(text.Reveal(), sessionSeparator)
	secret, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || len(secret) != refreshSecrets || !s.deps.Proofs.VerifyMAC(secret[:refreshProved], refreshOf(sid), secret[refreshProved:]) {
		return "", 0, false
	}
	return sid, binary.BigEndian.Uint32(secret[refreshRandom:]), true
}

func refreshOf(sid idp.SID) string { return refreshPlace + "/" + string(sid) }

// wasUsed reports whether a token that is not stored is one that was used.
func (s *Server) wasUsed(ctx context.Context, text idp.Secret) (bool, error) {
	sid, generation, ours := s.generationOf(text)
	if !ours {
		return false, nil
	}
	used, err := s.deps.RefreshTokens.IsPassedRefresh(ctx, sid, generation)
	if err != nil {
		return false, fmt.Errorf("later refresh tokens: %w", err)
	}
	return used, nil
}
