package oidcop

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/session"
)

// An app, or an API that was called for a person, exchanges the person's access token for one for the API of another app (RFC 8693): that
// and nothing else. The new token is of the same session and says the same of the sign-in; its scope is no wider, and it lasts no longer.
// It names who acts for the person, and is good while each of them may (links.go).

// typeAccessToken is the one type of token that is exchanged, and given (RFC 8693, section 3).
const typeAccessToken = "urn:ietf:params:oauth:token-type:access_token" // #nosec G101 -- a name

// behalf is an exchange on its way.
type behalf struct {
	subject access     // what is exchanged
	origin  idp.Client // the app whose session it is of
	api     idp.Client // whose token is wanted
	app     idp.Client // that the API is part of
	pair    idp.Exchange
}

// checkExchangeForm refuses what RFC 8693 offers, and this provider does not: other types of tokens, and an actor that is not the client.
func checkExchangeForm(_ context.Context, r *tokenRequest) error {
	wanted := r.form.Get("requested_token_type")
	switch {
	case r.form.Has("actor_token") || r.form.Has("actor_token_type"):
		return badExchange("There is no actor_token: the client that authenticates is the one that acts.")
	case r.form.Get("subject_token_type") != typeAccessToken:
		return badExchange("The subject_token_type must be %s: only access tokens are exchanged.", typeAccessToken)
	case wanted != "" && wanted != typeAccessToken:
		return badExchange("The requested_token_type must be %s: only access tokens are given.", typeAccessToken)
	default:
		return nil
	}
}

// readSubject reads the token itself: an access token of this provider that has not expired, of a person.
func (s *Server) readSubject(ctx context.Context, r *tokenRequest) error {
	subject, err := s.read(ctx, r.form.Get("subject_token"), r.now)
	if errors.Is(err, idp.ErrNotFound) {
		return badSubject()
	}
	if err != nil {
		return fmt.Errorf("subject token: %w", err)
	}
	if subject.SID == "" {
		return badExchange("The subject_token is an integration's: only a person's is exchanged.")
	}
	r.behalf.subject = subject
	return nil
}

// checkSubjectClient: the token was given to the client, or is meant for it as the API that it is.
func (s *Server) checkSubjectClient(_ context.Context, r *tokenRequest) error {
	if !s.concerns(r.behalf.subject, r.client) {
		return badExchange("The subject_token was neither issued to this client nor is meant for it.")
	}
	return nil
}

// checkSubjectHolder: a token that is bound is exchanged by who has the key (RFC 9449, section 5), or the certificate (RFC 8705, section 3).
func checkSubjectHolder(_ context.Context, r *tokenRequest) error {
	if !holds(r, r.behalf.subject.Reference) {
		return badExchange("The subject_token is bound to a key or a certificate: send a DPoP proof of that key, or come with that certificate.")
	}
	return nil
}

// holds reports whether the request shows what the token is bound to, if it is bound to anything.
func holds(r *tokenRequest, token Reference) bool {
	return (token.JKT == "" || token.JKT == r.jkt) && (token.X5T == "" || token.X5T == r.x5t)
}

// chooseExchangeTarget finds the one API that is named, by its identifier or that of its registration, and the pair that the client is with
// it.
func (s *Server) chooseExchangeTarget(ctx context.Context, r *tokenRequest) error {
	resource, err := oneResource(r.form)
	if err != nil {
		return err
	}
	audience := r.form.Get("audience")
	if resource == "" && audience == "" {
		return badExchange("Name the API, as resource by its identifier or as audience by its client_id.")
	}
	api, app, err := s.findTarget(ctx, resource, audience)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return fmt.Errorf("API of an exchange: %w", err)
	}
	pair, found := policy.Pair(r.client, api)
	if err != nil || !found || app.Disabled {
		return invalidTarget("The client is not registered to call this API for a person, or the two names are not of one API.")
	}
	r.behalf.api, r.behalf.app, r.behalf.pair = api, app, pair
	return nil
}

// findTarget returns the API of these names, one of which may be "", and the app that it is part of; idp.ErrNotFound if there is none.
func (s *Server) findTarget(ctx context.Context, resource, audience string) (api, app idp.Client, err error) {
	switch {
	case resource != "":
		api, err = s.findAPI(ctx, resource)
	case strings.Contains(audience, ":"):
		api, err = s.findAPI(ctx, audience)
	default:
		api, err = s.findOther(ctx, idp.ClientID(audience))
	}
	if err != nil {
		return idp.Client{}, idp.Client{}, err
	}
	another := audience != "" && audience != string(api.ID) && audience != api.Identifier
	if another || s.isOwnAudience(api.Identifier) {
		return idp.Client{}, idp.Client{}, idp.ErrNotFound
	}
	app, err = s.findOther(ctx, api.PartOf)
	return api, app, err
}

// checkSubjectSession: the session is alive and strong enough at its own app, the token was not revoked, and who exchanged it before may
// still.
func (s *Server) checkSubjectSession(ctx context.Context, r *tokenRequest) error {
	subject := r.behalf.subject
	err := s.checkNew(ctx, &subject, r)
	if errors.Is(err, idp.ErrNotFound) {
		return badSubject()
	}
	if err != nil {
		return fmt.Errorf("session of a subject token: %w", err)
	}
	r.behalf.subject, r.behalf.origin, r.holder = subject, subject.client, subject.holder
	return nil
}

func (s *Server) checkNew(ctx context.Context, subject *access, r *tokenRequest) error {
	stored, err := s.deps.Sessions.Find(ctx, subject.SID)
	if err != nil {
		return err
	}
	origin, err := s.findOther(ctx, stored.ClientID)
	if err != nil {
		return err
	}
	holder, err := s.deps.Sessions.Check(ctx, subject.SID, origin, r.now)
	if err != nil {
		return err
	}
	subject.client, subject.holder = origin, holder
	spent, err := s.deps.Spent.IsSpent(ctx, subject.name, r.now)
	if err == nil && (spent || subject.Subject != subject.owner() || !suffices(holder, origin, r.now)) {
		err = idp.ErrNotFound
	}
	if err == nil && len(subject.Actors) > 0 {
		err = s.checkLinks(ctx, *subject, r.now)
	}
	return err
}

// checkExchangeChain: the chain neither comes back to who is in it already, nor becomes longer than anybody could follow.
func checkExchangeChain(_ context.Context, r *tokenRequest) error {
	b := r.behalf
	switch (policy.Exchange{Origin: b.origin.ID, Actors: b.subject.Actors, Caller: r.client, API: b.api}).Fault() {
	case policy.ExchangeGranted:
		return nil
	case policy.ExchangeLoop:
		return invalidTarget("The call comes back to an app or an API that it came from.")
	default:
		return invalidTarget("More than %d would act for one another.", policy.MostActors)
	}
}

// chooseExchangeScope: what is asked for must be within the token that is exchanged and within the pair; all of that, if nothing is.
func chooseExchangeScope(_ context.Context, r *tokenRequest) error {
	b := r.behalf
	scopes := policy.ExchangedScopes(b.pair, b.api, b.subject.Scopes)
	if asked := words(r.form.Get("scope")); len(asked) > 0 {
		if !within(asked, scopes) {
			return oidc.ErrInvalidScope().WithDescription("The scope is wider than the subject_token's, or than what the client is registered for at this API.")
		}
		scopes = policy.ExchangedScopes(b.pair, b.api, asked)
	}
	if !policy.HasOwnScope(b.api, scopes) {
		return oidc.ErrInvalidScope().WithDescription("Nothing that this API takes is both in the scope of the subject_token and registered for the client.")
	}
	r.target = target{audience: []string{b.api.Identifier}, scopes: scopes}
	return nil
}

// checkElsewhere: the person could be at the app of the API by this sign-in.
func (s *Server) checkElsewhere(ctx context.Context, r *tokenRequest) error {
	b := r.behalf
	switch policy.Suffices(b.subject.ACR, r.holder.User, r.holder.Practice, b.app, r.now) {
	case policy.FallenNothing:
	case policy.FallenMFA:
		required := policy.RequireMFA(r.holder.User, r.holder.Practice, b.app, "", r.now)
		return invalidTarget("The app of this API asks for a stronger sign-in: let the person sign in with acr_values=%s.", required.ACR)
	default:
		return invalidTarget("The person has no access to the app of this API.")
	}
	var ended *session.Ended
	err := s.deps.Sessions.CheckElsewhere(ctx, r.holder, b.app, r.now)
	if errors.As(err, &ended) {
		return invalidTarget("The sign-in is too old for the app of this API, or the person was away for too long (%s): let the person sign in again.", ended.Reason)
	}
	return err
}

// exchangedToken makes the token. No refresh token comes with it: the client exchanges again.
func (s *Server) exchangedToken(ctx context.Context, r *tokenRequest) error {
	b, subject := r.behalf, r.behalf.subject
	content := Reference{
		ClientID: r.client.ID, Subject: subject.Subject, PracticeID: subject.PracticeID, Audience: r.target.audience, Scopes: r.target.scopes,
		SID: subject.SID, ACR: subject.ACR, AMR: subject.AMR, AuthTime: subject.AuthTime,
		IssuedAt: r.now, ExpiresAt: earlier(subject.ExpiresAt, policy.LifetimeEnd(r.holder.Session, b.app)), JKT: r.jkt, X5T: r.x5t,
		Actors: append([]idp.ClientID{r.client.ID}, subject.Actors...),
	}
	token, err := s.accessToken(ctx, content, r.client.ReferenceTokens)
	if err != nil {
		return err
	}
	s.deps.Usage.Used(r.client.ID, r.now)
	s.exchanged(ctx, r)
	r.answer = response(token, content)
	r.answer.IssuedTokenType = typeAccessToken
	return nil
}

// exchanged records it. An app causes that as often as its person clicks, so the trail has a line a minute for a person, an app and an
// API, and the metrics count each.
func (s *Server) exchanged(ctx context.Context, r *tokenRequest) {
	s.deps.Refusals.Refuse(ctx, s.event(idp.EventTokenExchanged, callerFrom(ctx), func(e *idp.AuditEvent) {
		e.Actor = idp.Actor{Kind: idp.ActorClient, ID: string(r.client.ID)}
		e.PracticeID, e.UserID, e.ClientID, e.SID = r.holder.User.PracticeID, r.holder.User.ID, r.client.ID, r.holder.Session.ID
		e.Result = idp.ResultSuccess
		e.Details = map[string]string{"api": string(r.behalf.api.ID), "scope": strings.Join(r.target.scopes, " ")}
	}))
}

// badExchange is the error of a request that is wrong, or of a token that is not taken (RFC 8693, section 2.2.2).
func badExchange(format string, args ...any) error {
	return oidc.ErrInvalidRequest().WithDescription(format, args...)
}

func badSubject() error {
	return badExchange("The subject_token is no access token that is good now: unknown, expired, revoked, or of a session that is over.")
}
