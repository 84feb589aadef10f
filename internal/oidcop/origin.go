package oidcop

import (
	"context"
	"net/http"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// ownOrigins opens an endpoint that takes a client's tokens to browser apps, each from its own origins (Fetch standard, section 3.2).
// It never allows credentials: no endpoint behind it reads a cookie.
//
// A preflight names no client. It is answered for an origin that any enabled app has, which is known from memory; the request that
// follows is asked for the origins of the client that it names (admit), before anything is done for it.
func (s *Server) ownOrigins(next http.Handler, methods ...string) http.Handler {
	inner := only(next, methods...)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin")
		origins := r.Header.Values("Origin")
		if r.Method != http.MethodOptions || len(origins) != 1 || r.Header.Get("Access-Control-Request-Method") == "" {
			inner.ServeHTTP(w, r)
			return
		}
		known, err := s.deps.Clients.HasOrigin(r.Context(), origins[0])
		switch {
		case err != nil:
			private(w.Header())
			w.Header().Set("Retry-After", retryAfterHeader())
			w.WriteHeader(http.StatusServiceUnavailable)
		case !known:
			private(w.Header())
			w.WriteHeader(http.StatusForbidden)
		default:
			w.Header().Set("Access-Control-Allow-Origin", origins[0])
			preflight(w, methods)
		}
	})
}

// admit decides about a request by where it says it comes from, and lets the page there read the answer if it is a page of the
// client. It returns false for a request that must not be answered, and records it. client is the one that the request names; the
// zero client if it names none that exists.
func (s *Server) admit(w http.ResponseWriter, r *http.Request, client idp.Client) bool {
	origins := r.Header.Values("Origin")
	switch policy.CrossingOf(client, origins) {
	case policy.CrossingRefused:
		s.rejectClient(r.Context(), client.ID, idp.ReasonOrigin, s.callerOf(r), nil)
		return false
	case policy.CrossingOpen:
		w.Header().Set("Access-Control-Allow-Origin", origins[0])
		w.Header().Set("Access-Control-Expose-Headers", "WWW-Authenticate, Retry-After, DPoP-Nonce")
	case policy.CrossingClosed:
	}
	return true
}

// admitNamed does so for the client that a form names. Who may not be that client is told so later, by a text that the client's page
// can read.
func (s *Server) admitNamed(w http.ResponseWriter, r *http.Request, name idp.ClientID) bool {
	if len(r.Header.Values("Origin")) == 0 {
		return true
	}
	client, _ := s.findClient(r.Context(), name) // one that is unknown, or not known now, is refused where it authenticates
	return s.admit(w, r, client)
}

// admitBearer does so for the client of an access token, expired or not.
func (s *Server) admitBearer(w http.ResponseWriter, r *http.Request, token string) bool {
	if len(r.Header.Values("Origin")) == 0 {
		return true
	}
	return s.admit(w, r, s.holder(r.Context(), token))
}

// holder is the client that the access token was given to; the zero client if that can't be said.
func (s *Server) holder(ctx context.Context, token string) idp.Client {
	content, err := s.reportToken(ctx, token)
	if err != nil {
		return idp.Client{}
	}
	client, _ := s.findClient(ctx, content.ClientID)
	return client
}

const foreignOrigin = "The Origin of this request is not registered for the client: see its allowed_origins."

// errForeignOrigin is an error of which admit has left an event.
func errForeignOrigin() *oidc.Error {
	return oidc.ErrInvalidRequest().WithDescription(foreignOrigin).WithParent(errRecorded)
}
