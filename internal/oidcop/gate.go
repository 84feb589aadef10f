package oidcop

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
)

const basicChallenge = `Basic realm="APS ID", charset="UTF-8"`

// formGate runs before the library's router at the endpoints that take a form from a client, and refuses what RFC 6749 refuses
// and the library lets through: GET, parameters in the query or twice, anything but a form, and more than one way of client
// authentication. Its answers, and those behind it, are never stored.
func (s *Server) formGate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		private(w.Header())
		w = challenger{ResponseWriter: w, challenge: challengeFor(r)}
		r = r.WithContext(withCaller(r.Context(), s.callerOf(r)))
		form, err := formParams(w, r, maxForm)
		if err != nil {
			refusal := oidc.ErrInvalidRequest().WithDescription("Send one form of a sensible size in the body, and nothing in the query.")
			writeError(w, statusOfForm(err), s.refused(r.Context(), "", refusal))
			return
		}
		if r.URL.Path != pathIntrospect && !s.admitNamed(w, r, clientNamed(r, form)) {
			writeError(w, http.StatusBadRequest, s.refused(r.Context(), "", errForeignOrigin()))
			return
		}
		if err := checkForm(r, form); err != nil {
			client := clientNamed(r, form)
			if err.ErrorType == oidc.InvalidClient {
				s.rejectClient(r.Context(), client, idp.ReasonMalformed, callerFrom(r.Context()))
				err = err.WithParent(errRecorded)
			}
			writeError(w, statusOf(err), s.refused(r.Context(), s.existing(r.Context(), client), err))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// challengeFor is what a 401 asks of a client: the Basic scheme, if the client tried a header (RFC 6749, section 5.2). Who sent a form
// reads in the body what was wrong: a challenge makes some libraries look no further, and a browser ask the person for a password.
func challengeFor(r *http.Request) string {
	if len(r.Header.Values("Authorization")) == 0 {
		return ""
	}
	return basicChallenge
}

func statusOfForm(err error) int {
	if errors.Is(err, errTooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadRequest
}

// checkForm checks the parameters, and the header that goes with them, for formGate.
func checkForm(r *http.Request, form url.Values) *oidc.Error {
	may := ""
	if r.URL.Path == pathToken {
		may = "resource"
	}
	if twice := duplicated(form, may); twice != "" {
		return oidc.ErrInvalidRequest().WithDescription("%s came more than once.", the(twice))
	}
	for name, all := range form {
		if len(name) > maxValue || len(all[0]) > maxToken {
			return oidc.ErrInvalidRequest().WithDescription("%s is too long.", the(name))
		}
	}
	switch oidc.GrantType(form.Get("grant_type")) {
	case oidc.GrantTypeCode, oidc.GrantTypeRefreshToken, oidc.GrantTypeClientCredentials:
	case "":
		if r.URL.Path == pathToken {
			return oidc.ErrInvalidRequest().WithDescription("The grant_type is missing.")
		}
	default:
		return oidc.ErrUnsupportedGrantType().WithDescription("The grant_type must be authorization_code, refresh_token or client_credentials.")
	}
	if err := checkOneMethod(r, form); err != nil {
		return err
	}
	for _, name := range required(r.URL.Path, oidc.GrantType(form.Get("grant_type"))) {
		if !form.Has(name) {
			return oidc.ErrInvalidRequest().WithDescription("The %s is missing.", name)
		}
	}
	return nil
}

// required lists the parameters without which there is nothing to look at (RFC 6749, sections 4.1.3 and 6; RFC 7009, section 2.1; RFC
// 7662, section 2.1).
func required(path string, grant oidc.GrantType) []string {
	switch {
	case path != pathToken:
		return []string{"token"}
	case grant == oidc.GrantTypeCode:
		return []string{"code", "redirect_uri"}
	case grant == oidc.GrantTypeRefreshToken:
		return []string{"refresh_token"}
	default:
		return nil
	}
}

// checkOneMethod refuses a request that authenticates its client in two ways, under two names, or in a way that isn't offered
// (RFC 6749, sections 2.3 and 2.3.1).
func checkOneMethod(r *http.Request, form url.Values) *oidc.Error {
	headers := r.Header.Values("Authorization")
	name, basic := basicName(r)
	switch {
	case form.Has("client_assertion") || form.Has("client_assertion_type"):
		return checkOneAssertion(headers, form)
	case len(headers) == 0 && form.Get("client_id") == "", len(headers) == 0 && form.Get("client_secret") == "" && r.URL.Path == pathIntrospect:
		return oidc.ErrInvalidClient().WithDescription("No client authentication: send the client_id, and the secret or assertion of the client.")
	case len(headers) == 0:
		return nil
	case len(headers) > 1 || form.Has("client_secret"):
		return oidc.ErrInvalidClient().WithDescription("One way of client authentication only.")
	case !basic:
		return oidc.ErrInvalidClient().WithDescription("Clients authenticate by the Basic scheme or in the form.")
	case form.Has("client_id") && form.Get("client_id") != name:
		return oidc.ErrInvalidClient().WithDescription("Two clients are named.")
	default:
		return nil
	}
}

// checkOneAssertion does the same for a request with a client assertion (RFC 7521, section 4.2).
func checkOneAssertion(headers []string, form url.Values) *oidc.Error {
	switch {
	case len(headers) > 0 || form.Has("client_secret"):
		return oidc.ErrInvalidClient().WithDescription("One way of client authentication only.")
	case form.Get("client_assertion") == "" || form.Get("client_assertion_type") != oidc.ClientAssertionTypeJWTAssertion:
		return oidc.ErrInvalidClient().WithDescription("A client assertion is a JWT, and says so in its type.")
	default:
		return nil
	}
}

// basicName returns the name in a header of the Basic scheme that is well formed: both parts are encoded as in a form.
func basicName(r *http.Request) (string, bool) {
	name, secret, found := r.BasicAuth()
	if !found {
		return "", false
	}
	id, err := url.QueryUnescape(name)
	if err != nil || id == "" {
		return "", false
	}
	_, err = url.QueryUnescape(secret)
	return id, err == nil
}

func hasScheme(header, scheme string) bool {
	got, _, found := strings.Cut(header, " ")
	return found && strings.EqualFold(got, scheme)
}

// bearerGate runs before userinfo: it takes the token from the Authorization header or from a form, one of them, and never from the
// address, which is logged on the way (RFC 6750, sections 2.1, 2.2 and 5.3). Behind it the token is in the header.
func (s *Server) bearerGate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		private(w.Header())
		r = r.WithContext(withCaller(r.Context(), s.callerOf(r)))
		token, found := bearerToken(r)
		if r.Method == http.MethodPost && len(r.Header.Values("Authorization")) == 0 {
			token, found = postedToken(w, r)
		}
		if !found {
			w = challenger{ResponseWriter: w, challenge: `Bearer realm="APS ID"`}
			refusal := (&oidc.Error{ErrorType: codeInvalidToken}).WithDescription("Send the access token as a Bearer token in the Authorization header, or as access_token in a form.")
			writeError(w, http.StatusUnauthorized, s.refused(r.Context(), "", refusal))
			return
		}
		if !s.admitBearer(w, r, token) {
			writeError(w, http.StatusForbidden, s.refused(r.Context(), "", errForeignOrigin()))
			return
		}
		w = challenger{ResponseWriter: w, challenge: `Bearer realm="APS ID", error="invalid_token"`}
		inner := r.WithContext(r.Context())
		inner.Header = r.Header.Clone()
		inner.Header.Set("Authorization", "Bearer "+token)
		inner.Body, inner.ContentLength = http.NoBody, 0
		inner.URL = &url.URL{Path: r.URL.Path}
		next.ServeHTTP(w, inner)
	})
}

// bearerToken returns the token of the one Authorization header there is, if it is of that scheme and no other token came.
func bearerToken(r *http.Request) (token string, found bool) {
	headers := r.Header.Values("Authorization")
	if len(headers) != 1 || !hasScheme(headers[0], "Bearer") || r.URL.Query().Get("access_token") != "" {
		return "", false
	}
	_, token, found = strings.Cut(headers[0], " ")
	return token, found
}

// postedToken returns the token of a form that has it once.
func postedToken(w http.ResponseWriter, r *http.Request) (token string, found bool) {
	form, err := formParams(w, r, maxForm)
	if err != nil || len(form["access_token"]) != 1 {
		return "", false
	}
	token = form.Get("access_token")
	return token, len(token) <= maxToken && !strings.ContainsAny(token, " \r\n")
}

// caller is what the audit trail records of the sender of a request, and the name of the request.
type caller struct{ address, userAgent, reference string }

type callerKey struct{}

func (s *Server) callerOf(r *http.Request) caller {
	return caller{address: s.deps.Addresses.Of(r), userAgent: browser.UserAgent(r), reference: s.deps.Pages.Reference(r)}
}

// withCaller carries the caller past the library's router, which keeps only headers and parameters of a request.
func withCaller(ctx context.Context, c caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

func callerFrom(ctx context.Context) caller {
	c, _ := ctx.Value(callerKey{}).(caller)
	return c
}
