package oidcop

import (
	"context"
	"strconv"
	"time"
)

// KeptTokens is the bound of FillKnown.
const KeptTokens = keptTokens

// FillKnown lets the server remember as many tokens more, and returns how many it remembers then.
func (s *Server) FillKnown(tokens int) int {
	for i := range tokens {
		s.known.keep("token "+strconv.Itoa(i), knownToken{})
	}
	return len(s.known.young) + len(s.known.old)
}

// Remembers reports whether the server takes the token, which it remembers then.
func (s *Server) Remembers(ctx context.Context, token string, now time.Time) bool {
	_, err := s.accessJWT(ctx, token, now)
	return err == nil
}
