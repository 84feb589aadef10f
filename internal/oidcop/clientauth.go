package oidcop

import (
	"context"
	"crypto/subtle"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// credentials are what a client brought, and how.
type credentials struct {
	id        idp.ClientID
	secret    idp.Secret
	raw       idp.Secret // the secret as it stood in the header: many libraries do not encode it as RFC 6749, section 2.3.1, asks
	assertion idp.Secret // a JWT
	method    idp.AuthMethod

	certificate *x509.Certificate // of the connection; nil: none
}

// with are the credentials of a request that came with this certificate.
func (c credentials) with(shown *x509.Certificate) credentials {
	c.certificate = shown
	return c
}

// credentialsOf tells the method from where the secret stood. The gate saw that there is one, and that a header can be decoded.
func credentialsOf(r *http.Request, form url.Values) credentials {
	name, raw, basic := r.BasicAuth()
	switch {
	case basic:
		id, _ := url.QueryUnescape(name) // both are encoded as in a form (RFC 6749, section 2.3.1)
		secret, _ := url.QueryUnescape(raw)
		return credentials{id: idp.ClientID(id), secret: idp.NewSecret(secret), raw: idp.NewSecret(raw), method: idp.AuthBasic}
	case form.Has("client_secret"):
		return credentials{id: idp.ClientID(form.Get("client_id")), secret: idp.NewSecret(form.Get("client_secret")), method: idp.AuthPost}
	case form.Has("client_assertion"):
		return credentials{id: clientNamed(r, form), assertion: idp.NewSecret(form.Get("client_assertion")), method: idp.AuthKey}
	default:
		return credentials{id: idp.ClientID(form.Get("client_id")), method: idp.AuthNone}
	}
}

// authenticate returns the client whose credentials these are: by the method it is registered for and no other, with one of
// its live secrets or an assertion signed with one of its keys. Every refusal is invalid_client; the audit trail has the reason.
func (s *Server) authenticate(ctx context.Context, c credentials, now time.Time) (idp.Client, error) {
	client, err := s.findClient(ctx, c.id)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return idp.Client{}, err
	}
	var reason idp.Reason
	switch {
	case err != nil:
		reason = idp.ReasonUnknownClient
	case client.Disabled:
		reason = idp.ReasonDisabled
	case policy.FAPI2(client.Registration) && !policy.FAPI2Takes(client.AuthMethod):
		reason = idp.ReasonMethod
	case client.AuthMethod.ByCertificate() && c.method == idp.AuthNone: // the form names the client alone (RFC 8705, section 2)
		reason, err = s.checkCertificate(ctx, client, c.certificate, now)
	case !client.AuthMethod.Takes(c.method):
		reason = idp.ReasonMethod
	case c.method == idp.AuthKey:
		reason, err = s.checkAssertion(ctx, client, c.assertion, now)
	case c.method != idp.AuthNone && !anySecret(client.Secrets, now, c.secret, c.raw):
		reason = idp.ReasonSecret
	}
	if reason == "" {
		return client, err
	}
	s.rejectClient(ctx, c.id, reason, callerFrom(ctx), err)
	return idp.Client{}, oidc.ErrInvalidClient().WithDescription("%s", mistakeOf(reason, client.AuthMethod, c.method)).WithParent(errRecorded)
}

// mistakeOf says to the makers of a client what is wrong with how it authenticates. A client that does not exist, one that is disabled,
// a wrong secret and a wrong signature are one answer: what differs between them is for the audit trail. The others give nothing away:
// the method is no secret, and what an assertion claims is looked at after its signature was found good.
func mistakeOf(reason idp.Reason, registered, used idp.AuthMethod) string {
	switch reason {
	case idp.ReasonMethod:
		if registered.Takes(used) {
			return "Client authentication failed: the client must keep FAPI 2.0 by now, where a secret is not enough. Register keys (private_key_jwt) or a certificate."
		}
		return fmt.Sprintf("Client authentication failed: the client is registered for %s, and the request used %s.", methodWords(registered), methodWords(used))
	case idp.ReasonCertificateMissing:
		return "Client authentication failed: no certificate came with the request. Call the endpoints of mtls_endpoint_aliases, with the certificate of the client."
	case idp.ReasonCertificateExpired:
		return "Client authentication failed: the certificate is not valid yet, or not any more."
	case idp.ReasonCertificateAuthority:
		return "Client authentication failed: the certificate is not for clients, or of no authority that counts here."
	case idp.ReasonCertificateSubject:
		return "Client authentication failed: the certificate is not that of tls_client_auth_subject."
	case idp.ReasonCertificateKey:
		return "Client authentication failed: the client has no such certificate or key registered."
	case idp.ReasonAssertionKeys:
		return "Client authentication failed: the client's keys can't be had. Is its jwks_uri reachable, and does it answer with a JWK Set?"
	case idp.ReasonAssertionForm:
		return "Client authentication failed: the client_assertion must be a signed JWT with nothing in its header but alg (not RS256 where FAPI 2.0 is kept), kid and typ (JWT)."
	case idp.ReasonAssertionKey:
		return "Client authentication failed: no registered key, or more than one, has the kid and alg of the client_assertion."
	case idp.ReasonAssertionClaims:
		return "Client authentication failed: a claim of the client_assertion has the wrong type, or its aud names more than one audience (or is a list, where FAPI 2.0 is kept)."
	case idp.ReasonAssertionReplayed:
		return "Client authentication failed: the jti of the client_assertion was used before. Sign a new one for each request."
	case idp.ReasonAssertionSubject:
		return "Client authentication failed: iss and sub of the client_assertion must both be the client_id."
	case idp.ReasonAssertionAudience:
		return "Client authentication failed: aud of the client_assertion must be the issuer (or the token endpoint, where token_endpoint_audience is registered)."
	case idp.ReasonAssertionID:
		return "Client authentication failed: the client_assertion needs a jti of at most 200 bytes."
	case idp.ReasonAssertionExpired:
		return "Client authentication failed: exp of the client_assertion is missing or past."
	case idp.ReasonAssertionLifetime:
		return "Client authentication failed: exp of the client_assertion must be at most 5 minutes after its iat, and after now."
	case idp.ReasonAssertionEarly:
		return "Client authentication failed: iat or nbf of the client_assertion is in the future."
	default:
		return uniform
	}
}

// methodWords names a method as discovery does.
func methodWords(m idp.AuthMethod) string {
	switch m {
	case idp.AuthSecret:
		return "client_secret_basic or client_secret_post"
	case idp.AuthNone:
		return "none (a public client, without a secret)"
	default:
		return string(m)
	}
}

// findClient returns a client by the rules that hold for it now. It refuses impossible names before they reach any memory.
func (s *Server) findClient(ctx context.Context, id idp.ClientID) (idp.Client, error) {
	if id == "" || len(id) > maxClientID {
		return idp.Client{}, idp.ErrNotFound
	}
	client, err := s.deps.Clients.FindClient(ctx, id)
	if err == nil {
		browser.RequestOf(ctx).SetClient(id)
	}
	return policy.InForce(client, s.deps.Clock()), err
}

// anySecret compares each reading of the secret with every stored one, whichever fits, so that time says nothing. An empty one fits none.
func anySecret(stored []idp.ClientSecret, now time.Time, readings ...idp.Secret) bool {
	fits := 0
	for _, secret := range readings {
		hash, given := []byte(secret.Hash()), !secret.IsZero()
		for _, candidate := range stored {
			live := candidate.ExpiresAt.IsZero() || now.Before(candidate.ExpiresAt)
			if equal := subtle.ConstantTimeCompare(hash, []byte(candidate.Hash)); live && given {
				fits |= equal
			}
		}
	}
	return fits == 1
}

// existing returns the client that a request names; "" if there is none: events share lines by client, and names that an attacker makes
// up must not have lines of their own.
func (s *Server) existing(ctx context.Context, id idp.ClientID) idp.ClientID {
	if _, err := s.findClient(ctx, id); err != nil {
		return ""
	}
	return id
}

// rejectClient records a failed client authentication. Why a client's keys can't be had is for those who read the trail: a stranger would
// learn from it what our network reaches.
func (s *Server) rejectClient(ctx context.Context, id idp.ClientID, reason idp.Reason, from caller, cause error) {
	id = s.existing(ctx, id)
	s.deps.Refusals.Refuse(ctx, s.event(idp.EventClientRejected, from, func(e *idp.AuditEvent) {
		e.Actor, e.ClientID, e.Reason = idp.Actor{Kind: idp.ActorClient}, id, reason
		e.Details = map[string]string{"reference": from.reference}
		if reason == idp.ReasonAssertionKeys && cause != nil {
			e.Details["keys"] = cause.Error()
		}
	}))
}

// clientNamed is the client that a malformed request names, as far as one can tell.
func clientNamed(r *http.Request, form url.Values) idp.ClientID {
	if id, found := basicName(r); found {
		return idp.ClientID(id)
	}
	if form.Has("client_id") || !form.Has("client_assertion") {
		return idp.ClientID(form.Get("client_id"))
	}
	return idp.ClientID(assertedName(form.Get("client_assertion")))
}

// event returns a failure event of this moment, completed by fill.
func (s *Server) event(kind idp.EventType, from caller, fill func(*idp.AuditEvent)) idp.AuditEvent {
	now := s.deps.Clock()
	e := idp.AuditEvent{
		ID: idp.NewEventID(now), At: now, Type: kind, Result: idp.ResultFailure,
		Actor: idp.Actor{Kind: idp.ActorSystem}, Address: from.address, UserAgent: from.userAgent,
	}
	fill(&e)
	return e
}
