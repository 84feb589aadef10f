package oidcop

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
)

// credentials are what a client brought, and how.
type credentials struct {
	id        idp.ClientID
	secret    idp.Secret
	assertion idp.Secret // a JWT
	method    idp.AuthMethod
}

// credentialsOf tells the method from where the secret stood; id and secret are decoded already (RFC 6749, section 2.3.1).
func credentialsOf(id, secret string, header http.Header, form url.Values) credentials {
	method := idp.AuthNone
	switch {
	case header.Get("Authorization") != "":
		method = idp.AuthBasic
	case form.Has("client_secret"):
		method = idp.AuthPost
	case form.Has("client_assertion"):
		method = idp.AuthKey
		if id == "" {
			id = assertedName(form.Get("client_assertion"))
		}
	}
	return credentials{
		id: idp.ClientID(id), secret: idp.NewSecret(secret), assertion: idp.NewSecret(form.Get("client_assertion")), method: method,
	}
}

// authenticate returns the client whose credentials these are: by the method it is registered for and no other, with one of
// its live secrets or an assertion signed with one of its keys. Every refusal is the same invalid_client; the audit trail has the reason.
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
	case !client.AuthMethod.Takes(c.method):
		reason = idp.ReasonMethod
	case c.method == idp.AuthKey:
		reason, err = s.checkAssertion(ctx, client, c.assertion, now)
		if err != nil {
			return idp.Client{}, err
		}
	case c.method != idp.AuthNone && !anySecret(client.Secrets, c.secret, now):
		reason = idp.ReasonSecret
	}
	if reason == "" {
		return client, nil
	}
	s.rejectClient(ctx, c.id, reason, callerFrom(ctx))
	return idp.Client{}, oidc.ErrInvalidClient().WithDescription("Client authentication failed.")
}

// findClient refuses impossible names before they reach any memory.
func (s *Server) findClient(ctx context.Context, id idp.ClientID) (idp.Client, error) {
	if id == "" || len(id) > maxClientID {
		return idp.Client{}, idp.ErrNotFound
	}
	return s.deps.Clients.FindClient(ctx, id)
}

// anySecret compares with every secret, whichever fits, so that time says nothing. An empty one fits none.
func anySecret(stored []idp.ClientSecret, secret idp.Secret, now time.Time) bool {
	hash := []byte(secret.Hash())
	fits := 0
	for _, candidate := range stored {
		live := candidate.ExpiresAt.IsZero() || now.Before(candidate.ExpiresAt)
		if equal := subtle.ConstantTimeCompare(hash, []byte(candidate.Hash)); live {
			fits |= equal
		}
	}
	return fits == 1 && !secret.IsZero()
}

// rejectClient records a failed client authentication.
func (s *Server) rejectClient(ctx context.Context, id idp.ClientID, reason idp.Reason, from caller) {
	if _, err := s.findClient(ctx, id); err != nil {
		id = "" // events share lines by client, and names that an attacker makes up must not have lines of their own
	}
	s.deps.Refusals.Refuse(ctx, s.event(idp.EventClientRejected, from, func(e *idp.AuditEvent) {
		e.Actor, e.ClientID, e.Reason = idp.Actor{Kind: idp.ActorClient}, id, reason
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
