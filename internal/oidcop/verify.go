package oidcop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/apscloud/apsid/internal/idp"
)

var errNotOurs = errors.New("not a token of ours")

// verified returns the payload of a JWT that this provider signed, of the given type, and the name of its key. The algorithm comes from the key, never
// from the token alone; a header that brings or points to a key, or that holds anything but alg, kid and typ, is refused (RFC
// 8725, sections 3.1, 3.9 and 3.11).
func (s *Server) verified(ctx context.Context, token, typ string, now time.Time) (payload []byte, kid string, err error) {
	if len(token) > maxToken {
		return nil, "", errNotOurs
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256, jose.RS256})
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", errNotOurs, err)
	}
	header := jws.Signatures[0].Protected
	if header.JSONWebKey != nil || len(header.ExtraHeaders) != 1 || header.ExtraHeaders[jose.HeaderType] != typ {
		return nil, "", errNotOurs
	}
	key, found := s.deps.Keys.Find(ctx, header.KeyID, now)
	if !found || key.Algorithm != header.Algorithm {
		return nil, "", errNotOurs
	}
	payload, err = jws.Verify(key.Key)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", errNotOurs, err)
	}
	return payload, header.KeyID, nil
}

// accessJWT reads an access token: of this provider, of that type, not expired. It does not ask whether its session is alive.
func (s *Server) accessJWT(ctx context.Context, token string, now time.Time) (accessClaims, error) {
	claims, err := s.issuedJWT(ctx, token, now)
	if err == nil && !now.Before(claims.GetExpiration()) {
		err = errNotOurs
	}
	return claims, err
}

// issuedJWT reads an access token that this provider issued: it may have expired.
func (s *Server) issuedJWT(ctx context.Context, token string, now time.Time) (accessClaims, error) {
	if known, found := s.known.find(token); found {
		if _, found := s.deps.Keys.Find(ctx, known.kid, now); !found {
			return accessClaims{}, errNotOurs
		}
		return known.claims, nil
	}
	payload, kid, err := s.verified(ctx, token, typAccessToken, now)
	if err != nil {
		return accessClaims{}, err
	}
	var claims accessClaims
	if err := json.Unmarshal(payload, &claims); err != nil {
		return accessClaims{}, fmt.Errorf("%w: %w", errNotOurs, err)
	}
	if claims.Issuer != s.issuer || claims.JWTID == "" {
		return accessClaims{}, errNotOurs
	}
	s.known.keep(token, knownToken{claims, kid})
	return claims, nil
}

// hint is the content of an ID token that an app sends back.
type hint struct{ claims idClaims }

// readHint reads an ID token that an app sends back (id_token_hint): of this provider, of that type, for one app. It may have
// expired (OpenID Connect RP-Initiated Logout 1.0, section 2); whether its session is alive is not asked.
func (s *Server) readHint(ctx context.Context, token string) (hint, error) {
	payload, _, err := s.verified(ctx, token, typIDToken, s.deps.Clock())
	if err != nil {
		return hint{}, err
	}
	var h hint
	if err := json.Unmarshal(payload, &h.claims); err != nil {
		return hint{}, fmt.Errorf("%w: %w", errNotOurs, err)
	}
	if h.claims.Issuer != s.issuer || h.claims.Subject == "" || len(h.claims.Audience) != 1 {
		return hint{}, errNotOurs
	}
	return h, nil
}

func (h hint) client() idp.ClientID { return idp.ClientID(h.claims.Audience[0]) }

func (h hint) subject() idp.UserID { return idp.UserID(h.claims.Subject) }

func (h hint) sid() idp.SID { return h.claims.SID }
