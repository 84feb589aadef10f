package oidcop

import (
	"context"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// How long a client assertion may live, and how far a client's clock may be ahead of ours and behind it.
const (
	assertionLifetime = 5 * time.Minute
	assertionAhead    = time.Minute
	assertionBehind   = 30 * time.Second
	maxJWTID          = 200
)

// assertion is a JWT with which a client authenticates (RFC 7523, section 3; OpenID Connect Core, section 9).
type assertion struct {
	Issuer    string           `json:"iss"`
	Subject   string           `json:"sub"`
	Audience  recipient        `json:"aud"`
	ExpiresAt *jwt.NumericDate `json:"exp"`
	IssuedAt  *jwt.NumericDate `json:"iat"`
	NotBefore *jwt.NumericDate `json:"nbf"`
	ID        string           `json:"jti"`
}

// recipient is an audience of one: a text, or a list of one text, as libraries write it (RFC 7519, section 4.1.3). A longer list is
// refused: what was meant for another recipient too could have been sent to them before.
type recipient struct {
	name   string
	listed bool // it stood in a list
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *recipient) UnmarshalJSON(text []byte) error {
	var list []string
	if json.Unmarshal(text, &list) != nil {
		return json.Unmarshal(text, &r.name)
	}
	if len(list) != 1 {
		return errNotOurs
	}
	r.name, r.listed = list[0], true
	return nil
}

// checkAssertion says why the assertion does not authenticate the client; "" if it does, and then it can't be used again. An error
// beside a reason is what stands behind it; any other is of the stores.
func (s *Server) checkAssertion(ctx context.Context, client idp.Client, token idp.Secret, now time.Time) (reason idp.Reason, err error) {
	a, reason, err := openAssertion(client.Registration, s.issuer, token.Reveal(), now, func(fits func(jose.JSONWebKeySet) bool) (jose.JSONWebKeySet, error) {
		return s.deps.ClientKeys.Find(ctx, client.Registration, fits)
	})
	if reason != "" {
		return reason, err
	}
	if a.mayBeOlder(s.deps.Epoch()) {
		return idp.ReasonAssertionExpired, nil
	}
	first, err := s.deps.Spent.Spend(ctx, assertionName(client.ID, a.ID), spentUntil(a.ExpiresAt.Time()))
	if err == nil && !first {
		return idp.ReasonAssertionReplayed, nil
	}
	return "", err
}

// openAssertion reads an assertion of the client, of whatever text. find returns the client's keys, of which one should fit; an error of it
// stands beside its reason.
func openAssertion(client idp.Registration, issuer, token string, now time.Time, find func(fits func(jose.JSONWebKeySet) bool) (jose.JSONWebKeySet, error)) (a assertion, reason idp.Reason, err error) {
	signed, err := parseAssertion(token)
	if err != nil || policy.FAPI2(client) && signed.Signatures[0].Protected.Algorithm == string(jose.RS256) {
		return a, idp.ReasonAssertionForm, nil
	}
	header := signed.Signatures[0].Protected
	keys, err := find(func(keys jose.JSONWebKeySet) bool {
		_, found := authenticator.FindClientKey(keys, header.KeyID, header.Algorithm)
		return found
	})
	if err != nil {
		return a, idp.ReasonAssertionKeys, err
	}
	key, found := authenticator.FindClientKey(keys, header.KeyID, header.Algorithm)
	if !found {
		return a, idp.ReasonAssertionKey, nil
	}
	payload, err := signed.Verify(key.Key)
	if err != nil {
		return a, idp.ReasonAssertionSignature, nil
	}
	if json.Unmarshal(payload, &a) != nil || policy.FAPI2(client) && a.Audience.listed {
		return a, idp.ReasonAssertionClaims, nil
	}
	audiences := []string{issuer}
	if client.TokenEndpointAudience {
		audiences = append(audiences, issuer+pathToken)
	}
	return a, a.problem(client.ID, audiences, now), nil
}

// problem looks at the claims: an assertion is made for one of the audiences (RFC 7523, section 3, point 3; OpenID Connect Core,
// section 9). It is pure.
func (a assertion) problem(client idp.ClientID, audiences []string, now time.Time) idp.Reason {
	switch {
	case a.Issuer != string(client) || a.Subject != string(client):
		return idp.ReasonAssertionSubject
	case !slices.Contains(audiences, a.Audience.name):
		return idp.ReasonAssertionAudience
	case a.ID == "" || len(a.ID) > maxJWTID:
		return idp.ReasonAssertionID
	case a.ExpiresAt == nil || !now.Before(a.ExpiresAt.Time().Add(assertionBehind)):
		return idp.ReasonAssertionExpired
	case a.ExpiresAt.Time().After(now.Add(assertionLifetime + assertionAhead)):
		return idp.ReasonAssertionLifetime
	case a.IssuedAt != nil && a.IssuedAt.Time().After(now.Add(assertionAhead)), a.NotBefore != nil && a.NotBefore.Time().After(now.Add(assertionAhead)):
		return idp.ReasonAssertionEarly
	case a.IssuedAt != nil && a.ExpiresAt.Time().Sub(a.IssuedAt.Time()) > assertionLifetime:
		return idp.ReasonAssertionLifetime
	default:
		return ""
	}
}

// mayBeOlder reports whether the assertion could have been used before the epoch: that it was used is not known then, because a backup
// took the place of the database that knew it. An integration has to wait for as long as its clock may be ahead of ours.
func (a assertion) mayBeOlder(epoch idp.Epoch) bool {
	if epoch.Since.IsZero() {
		return false
	}
	made := a.ExpiresAt.Time().Add(-assertionLifetime)
	if a.IssuedAt != nil {
		made = a.IssuedAt.Time()
	}
	return !made.After(epoch.Since.Add(assertionAhead))
}

// parseAssertion reads what a client has signed. The header names the algorithm, and may name one of the client's keys; one that brings
// or points to a key, or says anything else, is refused (RFC 8725, sections 3.1 and 3.10).
func parseAssertion(token string) (*jose.JSONWebSignature, error) {
	if len(token) > maxToken {
		return nil, errNotOurs
	}
	signed, err := jose.ParseSignedCompact(token, authenticator.ClientKeyAlgs())
	if err != nil {
		return nil, err
	}
	header := signed.Signatures[0].Protected
	typ, typed := header.ExtraHeaders[jose.HeaderType]
	switch {
	case header.JSONWebKey != nil || len(header.ExtraHeaders) > 1 || len(header.ExtraHeaders) == 1 && !typed:
		return nil, errNotOurs
	case typed && typ != "JWT" && typ != "client-authentication+jwt":
		return nil, errNotOurs
	default:
		return signed, nil
	}
}

// assertedName returns the client that an assertion claims to be from; the claim is not proved yet.
func assertedName(token string) string {
	signed, err := parseAssertion(token)
	if err != nil {
		return ""
	}
	var name struct {
		Subject string `json:"sub"`
	}
	if json.Unmarshal(signed.UnsafePayloadWithoutVerification(), &name) != nil {
		return ""
	}
	return name.Subject
}

func assertionAlgs() (algs []string) {
	for _, alg := range authenticator.ClientKeyAlgs() {
		algs = append(algs, string(alg))
	}
	return algs
}
