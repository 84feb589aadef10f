package oidcop

import (
	"context"
	"fmt"
	"strings"

	"github.com/apscloud/apsid/internal/idp"
)

// A code, like a refresh token (refreshtext.go), is a secret, a dot, and the identifier of its session, which is no secret. With it the
// session is looked at before the code is consumed: so of many redemptions at once the one that consumes the code has seen its
// session alive, and the others cannot end it under its feet. A refresh token is gone with its session, and the identifier is
// then what the reason is known by. It is the whole text that is stored, as a hash: with another session's identifier in it, it
// is another code.
const sessionSeparator = "."

// issueCode makes a code for a session that answers a request.
func (s *Server) issueCode(ctx context.Context, g Grant) (idp.Secret, error) {
	code := idp.NewSecret(idp.RandomSecret(32).Reveal() + sessionSeparator + string(g.SID))
	if err := s.deps.Codes.CreateCode(ctx, code.Hash(), g, codeLifetime); err != nil {
		return idp.Secret{}, fmt.Errorf("keep authorization code: %w", err)
	}
	return code, nil
}

// sessionNamed returns the session that a code or refresh token claims to belong to.
func sessionNamed(token idp.Secret) (idp.SID, bool) {
	_, sid, found := strings.Cut(token.Reveal(), sessionSeparator)
	return idp.SID(sid), found && strings.HasPrefix(sid, "ses_") && len(sid) < 64
}
