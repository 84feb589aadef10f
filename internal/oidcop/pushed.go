package oidcop

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/signin"
)

// An app may push its authorization request from its server, and send the browser here with a name for it (RFC 9126): then nobody on the
// way can read it or change it, and the client has authenticated before a person sees anything.

const (
	// pushedLifetime is how long an app has to send the browser here. FAPI 2.0, section 5.3.2.2, point 12, asks for less than ten minutes.
	pushedLifetime = time.Minute
	// requestURIPrefix begins the name of a pushed request (RFC 9126, section 2.2).
	requestURIPrefix = "urn:ietf:params:oauth:request_uri:"
)

// pushedAnswer is the answer of the endpoint (RFC 9126, section 2.2).
type pushedAnswer struct {
	RequestURI string `json:"request_uri"`
	ExpiresIn  int64  `json:"expires_in"` // seconds
}

// push checks an authorization request as the authorization endpoint would, and keeps it.
func (s *Server) push(ctx context.Context, asked formRequest) (any, error) {
	values := authorizationOf(asked)
	if values.Has("request_uri") {
		return nil, invalidRequest("A request_uri can't be pushed: send the parameters themselves.") // RFC 9126, section 2.1
	}
	if err := bindKey(values, asked.jkt); err != nil {
		return nil, err
	}
	a, reason, err := s.destination(ctx, values)
	a.pushing = true
	switch {
	case err != nil:
		return nil, err
	case reason == idp.ReasonMachineClient:
		return nil, oidc.ErrUnauthorizedClient().WithDescription("Nobody signs in to this client.")
	case reason != "":
		return nil, invalidRequest(detailOf(reason))
	}
	if err := s.check(ctx, values, &a); err != nil {
		return nil, err
	}
	if asked.client.AuthMethod == idp.AuthNone { // its name is known to everybody
		if err := s.deps.SignIns.Admit(ctx, asked.client.ID, callerFrom(ctx).address, asked.now); err != nil {
			return nil, fmt.Errorf("keep a pushed request: %w", err)
		}
	}
	name := idp.RandomSecret(32).Reveal()
	err = s.deps.Pushed.CreatePushed(ctx, idp.HashToken(name), idp.PushedRequest{ClientID: asked.client.ID, Query: values.Encode()}, pushedLifetime)
	if err != nil {
		return nil, fmt.Errorf("keep a pushed request: %w", err)
	}
	return pushedAnswer{RequestURI: requestURIPrefix + name, ExpiresIn: seconds(pushedLifetime)}, nil
}

// authorizationOf is the form without what the client authenticated with.
func authorizationOf(asked formRequest) url.Values {
	values := url.Values{}
	for name, all := range asked.form {
		switch name {
		case "client_secret", "client_assertion", "client_assertion_type":
		default:
			values[name] = all
		}
	}
	values.Set("client_id", string(asked.client.ID)) // it need not be in a form beside a header
	return values
}

// bindKey asks for a code that is bound to the key of the proof that came with the request (RFC 9449, section 10.1).
func bindKey(values url.Values, jkt string) error {
	if jkt == "" {
		return nil
	}
	if values.Has("dpop_jkt") && values.Get("dpop_jkt") != jkt {
		return invalidProof("its key is not that of dpop_jkt")
	}
	values.Set("dpop_jkt", jkt)
	return nil
}

// pulled puts a pushed request in the place of the parameters that name it, of which only the client counts besides (RFC 9126, section 4);
// name is its hash, "" for a request that was not pushed. It is idp.ErrNotFound for one that this client has not pushed, or too long ago.
func (s *Server) pulled(ctx context.Context, values url.Values) (_ url.Values, name string, err error) {
	uris := values["request_uri"]
	if len(uris) != 1 || !strings.HasPrefix(uris[0], requestURIPrefix) || len(uris[0]) > maxValue {
		return values, "", nil
	}
	name = idp.HashToken(strings.TrimPrefix(uris[0], requestURIPrefix))
	found, err := s.deps.Pushed.FindPushed(ctx, name)
	if err != nil {
		return nil, "", err
	}
	if clients := values["client_id"]; len(clients) != 1 || idp.ClientID(clients[0]) != found.ClientID {
		return nil, "", idp.ErrNotFound
	}
	values, err = url.ParseQuery(found.Query)
	return values, name, err
}

// spendPushed lets a pushed request have its one answer (RFC 9126, section 7.3): not before, because a person may load the page again. It is
// errAnswered for a second one.
func (s *Server) spendPushed(ctx context.Context, name string, now time.Time) error {
	if name == "" {
		return nil
	}
	// A sign-in that began with it may end so much later, where the browser keeps what begins it again.
	first, err := s.deps.Spent.Spend(ctx, "pushed/"+name, spentUntil(now.Add(signin.AgainLifetime+signin.Lifetime)))
	if err != nil {
		return fmt.Errorf("spend a pushed request: %w", err)
	}
	if !first {
		return errAnswered
	}
	return nil
}

var errAnswered = errors.New("the pushed request was answered before")

// refusePushed answers a browser that comes with the name of a pushed request that is not known.
func (s *Server) refusePushed(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, idp.ErrNotFound) {
		s.refuseHere(w, r, "", idp.ReasonRequestURI)
		return
	}
	s.failHere(w, r, err)
}
