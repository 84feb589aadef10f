package oidcop

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/pkg/dpop"
)

// The types of the provider's JWTs, so that one type is never taken for another (RFC 9068, section 2.1; RFC 8725, section 3.11).
const (
	typAccessToken   = "at+jwt"
	typIDToken       = "JWT"
	typIntrospection = "token-introspection+jwt" // RFC 9701, section 5
)

// accessClaims is an access token (RFC 9068, section 2.2).
type accessClaims struct {
	oidc.TokenClaims
	Scope      string         `json:"scope,omitempty"`
	SID        idp.SID        `json:"sid,omitempty"`
	PracticeID idp.PracticeID `json:"practice_id,omitempty"`
	Asked      []string       `json:"userinfo_claims,omitempty"` // ours: what the app asked userinfo for, one by one
	Bound      *confirmation  `json:"cnf,omitempty"`
}

// confirmation names what a token is bound to: the key of proofs, or a certificate, or both (RFC 7800, section 3.1; RFC 9449, section 6; RFC
// 8705, section 3.1).
type confirmation struct {
	JKT string `json:"jkt,omitempty"`
	X5T string `json:"x5t#S256,omitempty"`
}

// boundTo is the confirmation of a key and a certificate, each "" if it is bound to none; nil if it is bound to neither.
func boundTo(jkt, x5t string) *confirmation {
	if jkt == "" && x5t == "" {
		return nil
	}
	return &confirmation{JKT: jkt, X5T: x5t}
}

func (c *confirmation) x5t() string {
	if c == nil {
		return ""
	}
	return c.X5T
}

func (c *confirmation) jkt() string {
	if c == nil {
		return ""
	}
	return c.JKT
}

// idClaims is an ID token (OpenID Connect Core, sections 2 and 3.1.3.6).
type idClaims struct {
	oidc.TokenClaims
	AccessTokenHash string         `json:"at_hash,omitempty"`
	SID             idp.SID        `json:"sid,omitempty"`
	PracticeID      idp.PracticeID `json:"practice_id,omitempty"` // with profile: the Foundation's suite warns of it beside openid alone
	personClaims
}

// tokens is the answer of the token endpoint: the library's, and how long the session may last (seconds).
type tokens struct {
	oidc.AccessTokenResponse
	SessionExpiresIn   *int64 `json:"session_expires_in,omitempty"`
	SessionIdleTimeout *int64 `json:"session_idle_timeout,omitempty"` // 0: the app has none
}

// person is the session, with its person and app, that tokens are made for.
type person struct {
	client    idp.Client
	holder    idp.SignedIn
	scopes    []string // all that was granted
	asked     asked
	resources []string // the APIs that tokens may be for
	target    target   // what the access token is for
	nonce     string
	jkt       string // the key that the access token is bound to; "": none
	x5t       string // the certificate likewise
}

// reference is the content of the access token, whatever its form.
func (s *Server) reference(p person, now time.Time) Reference {
	return Reference{
		ClientID: p.client.ID, Subject: string(p.holder.Session.UserID), PracticeID: p.holder.Session.PracticeID,
		Audience: p.target.audience, Scopes: p.target.scopes, Claims: s.userinfoClaims(p),
		SID: p.holder.Session.ID, ACR: p.holder.Session.ACR, AMR: p.holder.Session.AMR, AuthTime: p.holder.Session.AuthTime,
		IssuedAt: now, ExpiresAt: earlier(now.Add(s.config.PersonTokenLifetime), policy.LifetimeEnd(p.holder.Session, p.client)), JKT: p.jkt, X5T: p.x5t,
	}
}

// userinfoClaims are the claims that were asked for one by one, in a token that userinfo takes: to an API they say nothing.
func (s *Server) userinfoClaims(p person) []string {
	if !slices.Contains(p.target.audience, s.issuer) {
		return nil
	}
	return p.asked.Userinfo
}

// mint makes the access token and the ID token of a person.
func (s *Server) mint(ctx context.Context, p person, now time.Time) (tokens, error) {
	content := s.reference(p, now)
	access, err := s.accessToken(ctx, content, p.client.ReferenceTokens)
	if err != nil {
		return tokens{}, err
	}
	id, err := s.idToken(ctx, p, access, content.ExpiresAt, now)
	if err != nil {
		return tokens{}, err
	}
	expires, idle := seconds(policy.LifetimeEnd(p.holder.Session, p.client).Sub(now)), seconds(policy.IdleTimeout(p.client))
	answer := response(access, content)
	answer.IDToken, answer.SessionExpiresIn, answer.SessionIdleTimeout = id, &expires, &idle
	s.deps.Usage.Used(p.client.ID, now)
	return answer, nil
}

func response(access string, content Reference) tokens {
	return tokens{AccessTokenResponse: oidc.AccessTokenResponse{
		AccessToken: access, TokenType: tokenType(content.JKT), Scope: content.Scopes,
		ExpiresIn: uint64(seconds(content.ExpiresAt.Sub(content.IssuedAt))), // #nosec G115 -- it expires after it was issued
	}}
}

// tokenType says how the token is sent (RFC 9449, section 5).
func tokenType(jkt string) string {
	if jkt != "" {
		return dpop.Scheme
	}
	return oidc.BearerToken
}

// accessToken signs the content. An opaque token is the same, sealed, so that it is read without a store.
func (s *Server) accessToken(ctx context.Context, content Reference, opaque bool) (string, error) {
	signed, err := s.sign(ctx, algES256, typAccessToken, s.claimsOf(content))
	if err != nil || !opaque {
		return signed, err
	}
	token, err := s.sealed(signed)
	if err != nil {
		return "", fmt.Errorf("seal an opaque token: %w", err)
	}
	if err := s.deps.References.CreateReference(ctx, idp.HashToken(token), content); err != nil {
		s.deps.Log.WarnContext(ctx, "nodes of the previous release were not told of an opaque token", "error", err)
	}
	return token, nil
}

func (s *Server) claimsOf(c Reference) accessClaims {
	return accessClaims{
		TokenClaims: oidc.TokenClaims{
			Issuer: s.issuer, Subject: c.Subject, Audience: c.Audience, ClientID: string(c.ClientID), JWTID: idp.NewID("tok_"),
			IssuedAt: oidc.FromTime(c.IssuedAt), Expiration: oidc.FromTime(c.ExpiresAt), AuthTime: oidc.FromTime(c.AuthTime),
			AuthenticationContextClassReference: string(c.ACR), AuthenticationMethodsReferences: methods(c.AMR),
		},
		Scope: strings.Join(c.Scopes, " "), SID: c.SID, PracticeID: c.PracticeID, Asked: c.Claims, Bound: boundTo(c.JKT, c.X5T),
	}
}

func (s *Server) idToken(ctx context.Context, p person, access string, expires, now time.Time) (string, error) {
	alg := p.client.IDTokenAlg
	if alg == "" {
		alg = algES256
	}
	given := giving{client: p.client, scopes: p.scopes, asked: p.asked.IDToken}
	var about personClaims
	if !p.client.UserinfoOnly { // else the app takes them from userinfo only
		about = given.of(p.holder)
	}
	var practice idp.PracticeID
	if given.gives("practice_id") {
		practice = p.holder.Session.PracticeID
	}
	return s.sign(ctx, alg, typIDToken, idClaims{
		TokenClaims: oidc.TokenClaims{
			Issuer: s.issuer, Subject: string(p.holder.Session.UserID), Audience: []string{string(p.client.ID)}, Nonce: p.nonce,
			IssuedAt: oidc.FromTime(now), Expiration: oidc.FromTime(expires), AuthTime: oidc.FromTime(p.holder.Session.AuthTime),
			AuthenticationContextClassReference: string(p.asked.told(p.holder.Session.ACR)), AuthenticationMethodsReferences: methods(p.holder.Session.AMR),
		},
		AccessTokenHash: leftHash(access), SID: p.holder.Session.ID, PracticeID: practice, personClaims: about,
	})
}

func (s *Server) sign(ctx context.Context, alg, typ string, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("claims of %s: %w", typ, err)
	}
	token, err := s.deps.Keys.Sign(ctx, alg, typ, payload)
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", typ, err)
	}
	return token, nil
}

// leftHash is at_hash: the left half of the hash of the token, by the hash of ES256 and RS256 alike (OpenID Connect Core,
// section 3.1.3.6).
func leftHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:sha256.Size/2])
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func seconds(d time.Duration) int64 { return max(int64(d/time.Second), 0) }

func methods(amr []idp.AMR) []string {
	if len(amr) == 0 {
		return nil
	}
	list := make([]string, len(amr))
	for i, method := range amr {
		list[i] = string(method)
	}
	return list
}
