package oidcop

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
)

const (
	basicChallenge  = `Basic realm="APS ID", charset="UTF-8"`
	bearerChallenge = `Bearer realm="APS ID"`
)

// formRequest is what a client asks for in a form.
type formRequest struct {
	client      idp.Client // authenticated
	form        url.Values
	certificate *x509.Certificate // that came with it; nil: none
	jkt         string            // the key of the DPoP proof that came with it; "": none came
	signed      bool              // the client wants to be able to show what it was told (RFC 9701, section 4)
	now         time.Time
}

// formEndpoint answers such a request.
type formEndpoint func(ctx context.Context, asked formRequest) (any, error)

// formGate stands before the endpoints that take a form from a client. It refuses what RFC 6749 refuses: GET, parameters in the query or
// twice, anything but a form, and more than one way of client authentication; then it authenticates the client. No answer is ever stored.
func (s *Server) formGate(answer formEndpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		private(w.Header())
		ctx := s.withCaller(r)
		form, status, err := s.checkedForm(ctx, w, r)
		if err != nil {
			s.refuse(ctx, w, challengeFor(r), status, err)
			return
		}
		now := s.deps.Clock()
		shown, wrong := s.certificateOf(r)
		var client idp.Client
		if wrong == nil {
			client, wrong = s.authenticate(ctx, credentialsOf(r, form).with(shown), now)
		}
		asked := formRequest{client: client, form: form, certificate: shown, signed: wantsSigned(r), now: now}
		if wrong == nil {
			wrong = withoutAuthentication(r, client)
		}
		if wrong == nil {
			asked.jkt, wrong = s.proved(w, r, "", now)
		}
		var body any
		if wrong == nil {
			body, wrong = answer(ctx, asked)
		}
		if wrong != nil {
			err := s.refused(ctx, client.ID, wrong)
			s.refuse(ctx, w, challengeFor(r), statusOf(err), err)
			return
		}
		answered := http.StatusOK
		if r.URL.Path == pathPush {
			answered = http.StatusCreated // RFC 9126, section 2.2
		}
		writeAnswer(w, answered, body)
	})
}

// checkedForm returns the form of a request, or what to refuse it with.
func (s *Server) checkedForm(ctx context.Context, w http.ResponseWriter, r *http.Request) (form url.Values, status int, _ *oidc.Error) {
	form, err := formParams(w, r, maxForm)
	if err != nil {
		refusal := oidc.ErrInvalidRequest().WithDescription("Send one form of a sensible size in the body, and nothing in the query.")
		return nil, statusOfForm(err), s.refused(ctx, "", refusal)
	}
	if r.URL.Path != pathIntrospect && !s.admitNamed(w, r, clientNamed(r, form)) {
		return nil, http.StatusBadRequest, s.refused(ctx, "", errForeignOrigin())
	}
	if err := checkForm(r, form); err != nil {
		client := clientNamed(r, form)
		if err.ErrorType == oidc.InvalidClient {
			s.rejectClient(ctx, client, idp.ReasonMalformed, callerFrom(ctx), nil)
			err = err.WithParent(errRecorded)
		}
		return nil, statusOf(err), s.refused(ctx, s.existing(ctx, client), err)
	}
	return form, 0, nil
}

// withoutAuthentication refuses a client that anybody can say to be, where what is told is for that client alone (RFC 7662, section 2.1).
func withoutAuthentication(r *http.Request, client idp.Client) error {
	if r.URL.Path != pathIntrospect || client.AuthMethod.Confidential() {
		return nil
	}
	return oidc.ErrInvalidClient().WithDescription("A client without authentication does not introspect.")
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
	if r.URL.Path == pathToken || r.URL.Path == pathPush {
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
	case path == pathPush:
		return nil // what it lacks is said as at the authorization endpoint
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
	case len(headers) == 0 && form.Get("client_id") == "":
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

// bearerGate stands before userinfo: it takes the token from the Authorization header or from a form, one of them, and never from the
// address, which is logged on the way (RFC 6750, sections 2.1, 2.2 and 5.3).
func (s *Server) bearerGate(answer func(ctx context.Context, came presented, now time.Time) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		private(w.Header())
		ctx, now := s.withCaller(r), s.deps.Clock()
		came, found, err := s.presented(w, r, now)
		if r.Method == http.MethodPost && len(r.Header.Values("Authorization")) == 0 {
			came.token, found = postedToken(w, r)
		}
		if !found {
			refusal := (&oidc.Error{ErrorType: codeInvalidToken}).WithDescription("Send the access token as a Bearer or DPoP token in the Authorization header, or as access_token in a form.")
			s.refuse(ctx, w, bearerChallenge, http.StatusUnauthorized, s.refused(ctx, "", refusal))
			return
		}
		if !s.admitBearer(w, r, came.token) {
			s.refuse(ctx, w, "", http.StatusForbidden, s.refused(ctx, "", errForeignOrigin()))
			return
		}
		var body any
		if err == nil {
			body, err = answer(ctx, came, now)
		}
		if err != nil {
			refusal := s.refused(ctx, "", err)
			s.refuse(ctx, w, challengeOf(r, string(refusal.ErrorType)), statusAtResource(refusal), refusal)
			return
		}
		writeJSON(w, http.StatusOK, body)
	})
}

// statusAtResource is statusOf where a wrong proof is a wrong way to bring a token (RFC 9449, section 7.1).
func statusAtResource(e *oidc.Error) int {
	if e.ErrorType == codeInvalidProof || e.ErrorType == codeUseNonce {
		return http.StatusUnauthorized
	}
	return statusOf(e)
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

// withCaller is the context of a request with its caller, who is looked at when there is something to record.
func (s *Server) withCaller(r *http.Request) context.Context {
	return context.WithValue(r.Context(), callerKey{}, func() caller { return s.callerOf(r) })
}

func callerFrom(ctx context.Context) caller {
	if of, ok := ctx.Value(callerKey{}).(func() caller); ok {
		return of()
	}
	return caller{}
}
