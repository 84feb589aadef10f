package oidcop

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
)

// The ways in which an answer reaches the app (OAuth 2.0 Multiple Response Type Encoding Practices; OAuth 2.0 Form Post Response
// Mode).
const (
	modeQuery    = "query"
	modeFormPost = "form_post"
)

// respondCode answers with a code for the session.
func (s *Server) respondCode(w http.ResponseWriter, r *http.Request, a authorization, session idp.Session, now time.Time) {
	code, err := s.issueCode(r.Context(), Grant{
		ClientID: a.client.ID, RedirectURI: a.redirectURI, Scopes: a.scopes, Resources: a.resources, Nonce: a.nonce, CodeChallenge: a.challenge,
		Claims: a.asked.encode(),
		SID:    session.ID, UserID: session.UserID, IssuedAt: now, JKT: a.jkt,
	})
	if err == nil {
		err = s.spendPushed(r.Context(), a.pushed, now) // after the code: what fails before can be tried again
	}
	if errors.Is(err, errAnswered) {
		s.refuseHere(w, r, a.client.ID, idp.ReasonRequestURI)
		return
	}
	if err != nil {
		s.respondError(w, r, a, err)
		return
	}
	s.respond(w, r, a, FormField{Name: "code", Value: code.Reveal()})
}

// respondError answers with an error (RFC 6749, section 4.1.2.1), in the mode that was asked for. That a store does not answer is said to
// the person here, with a way to try again: the app could only show that the sign-in failed. An app that wants no page shown is told.
func (s *Server) respondError(w http.ResponseWriter, r *http.Request, a authorization, err error) {
	e := s.refused(s.withCaller(r), a.client.ID, err)
	if e.ErrorType == oidc.ServerError || e.ErrorType == codeTemporarilyUnavailable {
		s.deps.Log.ErrorContext(r.Context(), "authorization failed", "client", a.client.ID, "error", err)
	}
	if e.ErrorType == codeTemporarilyUnavailable && !a.silent {
		s.unavailableHere(w, r, a.again())
		return
	}
	fields := []FormField{{Name: "error", Value: string(e.ErrorType)}}
	if e.Description != "" {
		fields = append(fields, FormField{Name: "error_description", Value: e.Description})
	}
	s.respond(w, r, a, fields...)
}

// again is the address that asks for this again; "" if only the app can.
func (a authorization) again() string {
	if a.query == "" {
		return ""
	}
	return pathAuthorize + "?" + a.query
}

// respond completes the answer with state and iss (RFC 9207, section 2: errors too) and sends it.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, a authorization, fields ...FormField) {
	if a.state != "" {
		fields = append(fields, FormField{Name: "state", Value: a.state})
	}
	fields = append(fields, FormField{Name: "iss", Value: s.issuer})
	private(w.Header())
	if a.mode == modeFormPost {
		s.deps.Pages.FormPost(w, r, a.redirectURI, fields)
		return
	}
	seeOther(w, withQuery(a.redirectURI, fields...))
}

// withQuery adds the fields to a registered URI, which may have a query and has no fragment; it stays as it is registered.
func withQuery(uri string, fields ...FormField) string {
	values := make(url.Values, len(fields))
	for _, f := range fields {
		values.Set(f.Name, f.Value)
	}
	separator := "?"
	if strings.Contains(uri, "?") {
		separator = "&"
	}
	return uri + separator + values.Encode()
}
