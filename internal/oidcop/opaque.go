package oidcop

import "encoding/base64"

// opaquePlace binds what is sealed to its use.
const opaquePlace = "access-token"

// sealed makes an opaque token of a JWT: only the provider's nodes can read it.
func (s *Server) sealed(jwt string) (string, error) {
	bytes, err := s.deps.Sealer.Seal([]byte(jwt), opaquePlace)
	return base64.RawURLEncoding.EncodeToString(bytes), err
}

// unsealed returns the JWT in an opaque token. A token is revoked by its text, so each has one text only: the decoder would pass over
// line breaks, and over bits behind the last byte.
func (s *Server) unsealed(token string) (jwt string, found bool) {
	if len(token) > maxToken {
		return "", false
	}
	bytes, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || base64.RawURLEncoding.EncodeToString(bytes) != token {
		return "", false
	}
	plain, err := s.deps.Sealer.Open(bytes, opaquePlace)
	return string(plain), err == nil
}
