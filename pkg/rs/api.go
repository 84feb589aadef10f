package rs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/pkg/dpop"
	"github.com/apscloud/apsid/pkg/jwks"
	"github.com/apscloud/apsid/pkg/mtls"
)

// API checks the requests of one API.
type API struct {
	config   Config
	provider *provider
}

// New returns it. It asks nobody yet: the API may start before its provider.
func New(c Config) (*API, error) {
	c, err := c.complete()
	if err != nil {
		return nil, err
	}
	return &API{config: c, provider: &provider{config: c}}, nil
}

// Needs is what an operation needs of a token, beside that it is good here.
type Needs struct {
	Scope  string        // one, or several with spaces between them; "": none
	ACR    string        // the least strength of the person's sign-in, one of those of package apsid; "": any
	MaxAge time.Duration // how long ago the person may have signed in; 0: any time
	// Live asks the provider whether the token and the person's session are good at this moment (RFC 7662). It costs a request.
	Live bool
	// Bound refuses bearer tokens: the token has to be bound to a key or a certificate of its client.
	Bound bool
}

type contextKey struct{}

// TokenFrom returns the token of a request that Require has let through.
func TokenFrom(ctx context.Context) (Token, bool) {
	t, found := ctx.Value(contextKey{}).(Token)
	return t, found
}

// Require lets requests through whose token is good here and has what is needed. Others get 401 or 403 with a challenge that says what is
// missing (RFC 6750, section 3; RFC 9449, section 7.1; RFC 9470, section 3), and 503 while it can't be said.
func (a *API) Require(needs Needs, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := a.Verify(r, needs)
		var refused *Refusal
		switch {
		case errors.As(err, &refused):
			refused.write(w)
		case err != nil:
			a.config.Logger.ErrorContext(r.Context(), "access token", "error", err)
			w.Header().Set("Retry-After", "2")
			http.Error(w, "The service is not available just now.", http.StatusServiceUnavailable)
		default:
			next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, token)))
		}
	})
}

// Verify returns the token of a request, if it is good here and has what is needed. A *Refusal says what to answer otherwise; any other
// error, that it can't be said now.
func (a *API) Verify(r *http.Request, needs Needs) (Token, error) {
	now := a.config.Now()
	raw, scheme, err := presented(r)
	if err != nil {
		return Token{}, err
	}
	token, err := a.good(r.Context(), raw, now)
	if errors.Is(err, errNotGood) {
		return Token{}, &Refusal{status: http.StatusUnauthorized, scheme: scheme, code: "invalid_token"}
	}
	if err != nil {
		return Token{}, err
	}
	if err := a.held(r, raw, scheme, token, needs, now); err != nil {
		return Token{}, err
	}
	for _, scope := range strings.Fields(needs.Scope) {
		if !slices.Contains(token.Scopes, scope) {
			return Token{}, &Refusal{status: http.StatusForbidden, scheme: scheme, code: "insufficient_scope", needs: Needs{Scope: needs.Scope}}
		}
	}
	if !token.satisfies(needs, now) {
		return Token{}, &Refusal{status: http.StatusUnauthorized, scheme: scheme, code: "insufficient_user_authentication", needs: Needs{ACR: needs.ACR, MaxAge: needs.MaxAge}}
	}
	if !needs.Live {
		return token, nil
	}
	said, err := a.provider.standing(r.Context(), raw, token.ID)
	if err == nil && !said.active {
		err = &Refusal{status: http.StatusUnauthorized, scheme: scheme, code: "invalid_token"}
	}
	if err != nil {
		return Token{}, err
	}
	token.Answer = said.signed
	return token, nil
}

// presented returns the token of the one Authorization header there is, and its scheme. A token in the address or in a form is not looked
// at (RFC 9700, section 4.3.2).
func presented(r *http.Request) (token, scheme string, err error) {
	headers := r.Header.Values("Authorization")
	if len(headers) == 1 {
		given, text, found := strings.Cut(headers[0], " ")
		for _, known := range []string{"Bearer", dpop.Scheme} {
			if found && text != "" && strings.EqualFold(given, known) {
				return text, known, nil
			}
		}
	}
	return "", "", &Refusal{status: http.StatusUnauthorized}
}

// good checks the token itself.
func (a *API) good(ctx context.Context, raw string, now time.Time) (Token, error) {
	if err := checkType(raw); err != nil {
		return Token{}, err
	}
	keys, err := a.provider.keys(ctx)
	if err != nil {
		return Token{}, err
	}
	payload, err := keys.VerifySignature(ctx, raw)
	if errors.Is(err, jwks.ErrNoKeys) {
		return Token{}, err
	}
	if err != nil {
		return Token{}, errNotGood
	}
	return read(payload, a.config.Issuer, a.config.Audience, now)
}

// held refuses a token that is bound to a certificate and comes on a connection without it (RFC 8705, section 3), one that is bound to a key
// and comes without the proof of that key, and one that is bound to none and comes as if it were (RFC 9449, section 7.2).
func (a *API) held(r *http.Request, raw, scheme string, token Token, needs Needs, now time.Time) error {
	unbound := &Refusal{status: http.StatusUnauthorized, scheme: dpop.Scheme, code: "invalid_token"}
	if token.Certificate != "" && !a.shows(r, token.Certificate) {
		return &Refusal{status: http.StatusUnauthorized, scheme: scheme, code: "invalid_token"}
	}
	if scheme != dpop.Scheme {
		if token.Thumbprint != "" || needs.Bound && token.Certificate == "" {
			return unbound
		}
		return nil
	}
	proof, err := dpop.Verify(r.Header.Values(dpop.Header), dpop.Request{Method: r.Method, URL: a.config.URL + r.URL.EscapedPath(), AccessToken: raw}, now)
	if err != nil {
		return &Refusal{status: http.StatusUnauthorized, scheme: scheme, code: "invalid_dpop_proof"}
	}
	if proof.Thumbprint != token.Thumbprint {
		return unbound
	}
	first, err := a.config.Seen(r.Context(), proof.Key(), proof.Until())
	if err != nil {
		return fmt.Errorf("rs: whether a proof was seen before: %w", err)
	}
	if !first {
		return &Refusal{status: http.StatusUnauthorized, scheme: scheme, code: "invalid_dpop_proof"}
	}
	return nil
}

// shows reports whether the request came on a connection with this certificate. One that can't be read is not it.
func (a *API) shows(r *http.Request, thumbprint string) bool {
	certificate, err := a.config.Certificate(r)
	return err == nil && certificate != nil && mtls.Thumbprint(certificate) == thumbprint
}
