package oidcop

import "strconv"

// KeptTokens is the bound of FillKnown.
const KeptTokens = keptTokens

// FillKnown lets the server remember as many tokens more, and returns how many it remembers then.
func (s *Server) FillKnown(tokens int) int {
	for i := range tokens {
		s.known.keep("token "+strconv.Itoa(i), knownToken{})
	}
	return len(s.known.young) + len(s.known.old)
}
