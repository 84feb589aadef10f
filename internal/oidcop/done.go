package oidcop

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
)

// done ends a sign-in: it consumes it, and gives this browser its session and the app its code. It does so only for the browser
// that signed in, and only once.
func (s *Server) done(w http.ResponseWriter, r *http.Request) {
	private(w.Header())
	now, from := s.deps.Clock(), s.callerOf(r)
	client, tx := idp.ClientID(r.PathValue("client")), r.PathValue("tx")
	cookie, err := s.deps.Cookies.Signin(r, tx)
	if err != nil {
		s.refuseHere(w, r, "", idp.ReasonTwoCookies)
		return
	}
	if _, err := s.findClient(r.Context(), client); err != nil && !errors.Is(err, idp.ErrNotFound) { // before the sign-in is used up
		s.failHere(w, r, err)
		return
	}
	finished, err := s.deps.SignIns.Finish(r.Context(), signin.Browser{
		Transaction: tx, Cookie: cookie, Address: from.address, UserAgent: from.userAgent,
	}, now)
	var restarted *signin.Restarted
	var unfinished *signin.Unfinished
	switch {
	case errors.As(err, &unfinished):
		seeOther(w, browser.SigninPath(client, tx, string(unfinished.State)))
	case errors.As(err, &restarted):
		s.sendToSignin(w, r, restarted.Begun, now)
	case errors.Is(err, idp.ErrNotFound):
		s.backToApp(w, r, client)
	case err != nil:
		s.failHere(w, r, err)
	default:
		s.complete(w, r, tx, cookie, finished, now)
	}
}

// complete sets the session's cookie in place of the sign-in's, and answers the app's request.
func (s *Server) complete(w http.ResponseWriter, r *http.Request, tx string, cookie idp.Secret, f signin.Finished, now time.Time) {
	client, err := s.findClient(r.Context(), f.Request.ClientID)
	if err != nil {
		s.failHere(w, r, err)
		return
	}
	s.endReplaced(r, client, f.Session, now)
	s.deps.Cookies.SetSession(w, client.ID, cookie, policy.LifetimeEnd(f.Session, client).Sub(now))
	s.deps.Cookies.ClearSignin(w, tx)
	s.deps.Cookies.ClearAgain(w, client.ID, tx)
	if client.Disabled || !mayRedirect(client, f.Request.RedirectURI) { // its registration changed meanwhile
		s.refuseHere(w, r, client.ID, idp.ReasonRedirectURI)
		return
	}
	a := authorization{
		client: client, redirectURI: f.Request.RedirectURI, mode: f.Request.ResponseMode, state: f.Request.State,
		scopes: f.Request.Scopes, resources: f.Request.Resources, nonce: f.Request.Nonce, challenge: f.Request.CodeChallenge,
		asked: decodeAsked(f.Request.Claims), jkt: f.Request.JKT, pushed: f.Request.Pushed, query: askedAgain(f.Request),
	}
	if !s.rightPerson(r.Context(), f) {
		s.respondError(w, r, a, oidc.ErrLoginRequired().WithDescription("Somebody else signed in."))
		return
	}
	s.respondCode(w, r, a, f.Session, now)
}

// endReplaced ends the session whose cookie is about to be overwritten: a browser has one session at an app, and the person
// could not sign out of the old one. Nothing depends on it, so a failure is logged and the sign-in goes on.
func (s *Server) endReplaced(r *http.Request, client idp.Client, by idp.Session, now time.Time) {
	cookie, err := s.deps.Cookies.Session(r, client.ID)
	if err != nil {
		return // two cookies: it can't be told which of them is this browser's
	}
	old, found, err := s.sessionHere(r.Context(), cookie, client, now)
	if found && old.Session.ID != by.ID {
		err = s.deps.Sessions.End(r.Context(), old.Session.ID, idp.EndRevoked, s.ended(s.callerOf(r), old.Session, idp.ReasonReplaced), now)
	}
	if err != nil {
		s.deps.Log.ErrorContext(r.Context(), "end the session that a sign-in replaced", "client", client.ID, "error", err)
	}
}

// rightPerson reports whether the person who signed in is the one whom the request named, if it named one: an app that asked for
// one person must not get another (OpenID Connect Core, sections 3.1.2.2 and 5.5.1).
func (s *Server) rightPerson(ctx context.Context, f signin.Finished) bool {
	values, err := url.ParseQuery(f.Request.Query)
	if err != nil {
		return false
	}
	named := authorization{client: idp.Client{Registration: idp.Registration{ID: f.Request.ClientID}}}
	if checkClaims(values, &named) != nil || s.checkHint(ctx, values, &named) != nil {
		return false
	}
	return named.subject == "" || named.subject == f.Session.UserID
}

// backToApp answers for a sign-in that is not known any more: the browser is sent to the app to start another (OpenID Connect Core,
// section 4). A browser that is signed in by then is not asked to sign in again.
func (s *Server) backToApp(w http.ResponseWriter, r *http.Request, id idp.ClientID) {
	client, err := s.findClient(r.Context(), id)
	if err == nil && !client.Disabled && client.InitiateLoginURI != "" {
		seeOther(w, withQuery(client.InitiateLoginURI, FormField{Name: "iss", Value: s.issuer}))
		return
	}
	s.deps.Pages.Error(w, r, http.StatusNotFound, "This sign-in is over", "Go back to the app and sign in again from there.")
}
