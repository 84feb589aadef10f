package oidcop

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
)

// authorization is an authorization request (OpenID Connect Core, section 3.1.2.1), as far as it was checked: client and
// redirect URI always, the rest once every check passed.
type authorization struct {
	client      idp.Client
	redirectURI string
	mode        string
	state       string

	scopes    []string
	resources []string // the APIs that the app will ask tokens for, and the issuer where it named it
	nonce     string
	challenge string
	loginHint string
	silent    bool           // prompt=none
	fresh     bool           // prompt=login
	maxAge    *time.Duration // nil: any age
	asked     asked
	reachable []idp.ACR  // the strengths that a sign-in can reach here
	subject   idp.UserID // the person who must sign in; "": any person
	jkt       string     // the thumbprint of the key that the code is bound to; "": any or none
	pushing   bool       // it is being pushed
	pushed    string     // the hash of the name of a pushed request; "": it was not pushed
	query     string     // what asks for this again; "": nothing does
}

// authorize answers an authorization request: with a page of ours, if it is not known where an answer may go; otherwise at the
// app's redirect URI, at once or after a sign-in.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	private(w.Header())
	values, err := browserParams(w, r)
	if err != nil {
		s.refuseHere(w, r, "", idp.ReasonMalformed)
		return
	}
	named := values.Encode()
	values, pushed, err := s.pulled(r.Context(), values)
	if err != nil {
		s.refusePushed(w, r, err)
		return
	}
	a, reason, err := s.destination(r.Context(), values)
	if err != nil {
		s.failHere(w, r, err)
		return
	}
	a.pushed, a.query = pushed, named
	if reason != "" {
		s.refuseHere(w, r, a.client.ID, reason)
		return
	}
	if err := s.check(r.Context(), values, &a); err != nil {
		s.respondError(w, r, a, err)
		return
	}
	s.decide(w, r, a, s.deps.Clock())
}

// authorizePosted turns a POST, which OpenID Connect Core, section 3.1.2.1, asks for, into a GET. A form posted by an app on
// another site comes without our cookies (SameSite=Lax); the GET it is sent on to comes with them.
func (s *Server) authorizePosted(w http.ResponseWriter, r *http.Request) {
	private(w.Header())
	values, err := browserParams(w, r)
	if err != nil {
		s.refuseHere(w, r, "", idp.ReasonMalformed)
		return
	}
	seeOther(w, pathAuthorize+"?"+values.Encode())
}

// decide answers a good request: with a code, if this browser's session at the app still satisfies policy and the request;
// else with a sign-in, or with an error if the app wants no page shown.
func (s *Server) decide(w http.ResponseWriter, r *http.Request, a authorization, now time.Time) {
	here, need, err := s.standing(w, r, a, now)
	switch {
	case errors.Is(err, errJoinAgain): // at most once: the sign-in has a session here now, and is not joined a second time
		seeOther(w, a.again())
	case errors.Is(err, browser.ErrTwoCookies):
		s.refuseHere(w, r, a.client.ID, idp.ReasonTwoCookies)
	case err != nil:
		s.respondError(w, r, a, err)
	case need == needNothing:
		s.respondCode(w, r, a, here.Session, now)
	case a.silent:
		s.respondError(w, r, a, need.silently())
	default:
		s.begin(w, r, a, now)
	}
}

// begin starts a sign-in bound to this browser and sends it to the first page.
func (s *Server) begin(w http.ResponseWriter, r *http.Request, a authorization, now time.Time) {
	begun, err := s.deps.SignIns.Begin(r.Context(), a.request(), s.callerOf(r).address, now)
	switch {
	case errors.Is(err, idp.ErrBusy):
		s.tooManyHere(w, r, err)
	case err != nil:
		s.respondError(w, r, a, err)
	default:
		s.sendToSignin(w, r, begun, now)
	}
}

// tooManyHere says to a person whose network has begun too many sign-ins when to try again. The app is not told: it could only send
// the browser here again.
func (s *Server) tooManyHere(w http.ResponseWriter, r *http.Request, err error) {
	var busy *idp.Error
	wait := retryAfter
	if errors.As(err, &busy) && busy.RetryAfter > 0 {
		wait = busy.RetryAfter
	}
	minutes := int((wait + time.Minute - 1) / time.Minute)
	w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	s.deps.Pages.Error(w, r, http.StatusTooManyRequests, "Too many sign-ins from your network",
		fmt.Sprintf("Please try again in %d minutes. If your whole office sees this page, tell APS support.", max(minutes, 2)))
}

func (s *Server) sendToSignin(w http.ResponseWriter, r *http.Request, begun signin.Begun, now time.Time) {
	s.deps.Cookies.SetSignin(w, r, begun.Transaction, begun.Cookie, begun.ExpiresAt.Sub(now))
	s.deps.Cookies.SetAgain(w, begun.Client, begun.Transaction, begun.Again, signin.AgainLifetime)
	seeOther(w, browser.SigninPath(begun.Client, begun.Transaction, string(begun.State)))
}

func (a authorization) request() signin.Request {
	return signin.Request{
		ClientID: a.client.ID, RedirectURI: a.redirectURI, ResponseMode: a.mode, Scopes: a.scopes, Resources: a.resources, State: a.state,
		Nonce: a.nonce, CodeChallenge: a.challenge, Claims: a.asked.encode(), LoginHint: a.loginHint, RequestedACR: a.acr(), Query: a.named(),
		JKT: a.jkt, Pushed: a.pushed,
	}
}

// named is the only part of the request that is looked at again as it came, when the sign-in is done: the person who must sign in. The
// rest of the query, which any caller may fill, is not stored.
func (a authorization) named() string {
	if a.subject == "" {
		return ""
	}
	claims, err := json.Marshal(map[string]any{"id_token": map[string]any{"sub": map[string]any{"value": a.subject}}})
	if err != nil {
		claims = []byte("?") // can't be read again: then no person is the right one
	}
	return url.Values{"claims": {string(claims)}}.Encode()
}

// destination finds out where the answer may go: to a redirect URI that is registered for a client that exists. Until both
// are known nothing is sent anywhere (RFC 6749, section 3.1.2.4), and reason says why.
func (s *Server) destination(ctx context.Context, values url.Values) (a authorization, reason idp.Reason, err error) {
	ids, uris := values["client_id"], values["redirect_uri"]
	if len(ids) != 1 || len(uris) != 1 {
		return a, idp.ReasonMalformed, nil
	}
	a.client, err = s.findClient(ctx, idp.ClientID(ids[0]))
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return a, idp.ReasonUnknownClient, nil
	case err != nil:
		return a, "", err
	case a.client.Disabled:
		return a, policy.AccessClientDisabled.Reason(), nil
	case !a.client.Kind.ForPeople():
		return a, idp.ReasonMachineClient, nil
	case !mayRedirect(a.client, uris[0]):
		return a, idp.ReasonRedirectURI, nil
	}
	state, mode := single(values["state"]), single(values["response_mode"])
	if object := values["request"]; len(object) == 1 {
		inner := inObject(object[0])
		state, mode = cmp.Or(state, inner.State), cmp.Or(mode, inner.ResponseMode)
	}
	a.redirectURI, a.mode, a.state = uris[0], modeQuery, state
	if mode == modeFormPost {
		a.mode = modeFormPost
	}
	return a, "", nil
}

// answered is how an app wants to be answered.
type answered struct {
	State        string `json:"state"`
	ResponseMode string `json:"response_mode"`
}

// inObject reads from a request object how to answer that request objects are not supported (OpenID Connect Core, section 6.1): its
// signature is not checked, and nothing else of it is used.
func inObject(object string) (inner answered) {
	parts := strings.Split(object, ".")
	if len(parts) != 3 || len(object) > maxToken {
		return answered{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &inner) != nil || len(inner.State) > maxValue {
		return answered{}
	}
	return inner
}

// refuseHere shows that the request cannot be answered to the app. Nothing of the request is on the page. client is "" unless there
// is such a client.
func (s *Server) refuseHere(w http.ResponseWriter, r *http.Request, client idp.ClientID, reason idp.Reason) {
	s.recordRefusal(r, client, reason)
	s.deps.Pages.Refused(w, r, "This link can’t be used",
		"The app sent something that we can’t accept. Go back to the app and try again. If it happens again, tell the people who support the app.",
		detailOf(reason))
}

func (s *Server) recordRefusal(r *http.Request, client idp.ClientID, reason idp.Reason) {
	s.deps.Refusals.Refuse(r.Context(), s.event(idp.EventRequestRefused, s.callerOf(r), func(e *idp.AuditEvent) {
		e.ClientID, e.Reason = client, reason
		e.Details = map[string]string{"reference": s.deps.Pages.Reference(r)}
	}))
}

// detailOf says to the makers of an app what is wrong with its request, where no answer can go to the app. It shows nothing of the
// request, which anybody may have made.
func detailOf(reason idp.Reason) string {
	switch reason {
	case idp.ReasonUnknownClient:
		return "No app is registered here under this client_id."
	case idp.ReasonMachineClient:
		return "The client_id is that of an integration or an API, at which nobody signs in."
	case policy.AccessClientDisabled.Reason():
		return "The app is disabled in its registration."
	case idp.ReasonRedirectURI:
		return "The address to go back to is not registered for this client_id. Both must be the same, letter by letter."
	case idp.ReasonRequestURI:
		return "The request_uri is not one that this client_id has pushed within the last minute, or it was answered already."
	case idp.ReasonTwoCookies:
		return "The browser sent a cookie of ours twice: one was set by another site of this domain."
	default:
		return "The client_id or the redirect_uri is missing, a parameter came twice, or the request is too large, or not a form."
	}
}

// failHere shows a page that says that we failed, where it is not known where an answer may go.
func (s *Server) failHere(w http.ResponseWriter, r *http.Request, err error) {
	e := protocolError(err)
	s.deps.Log.ErrorContext(r.Context(), "request failed", "path", r.URL.Path, "error", err)
	if e.ErrorType == oidc.ServerError {
		s.deps.Pages.Error(w, r, http.StatusInternalServerError, "Something went wrong", "It’s our fault, not yours. Go back to the app and try again.")
		return
	}
	again := "" // what a form holds is not on the page: who sent one goes back to it
	if r.Method == http.MethodGet {
		again = r.URL.RequestURI()
	}
	s.unavailableHere(w, r, again)
}

// unavailableHere shows a page that says that a store does not answer, and leads to again; "" for nowhere.
func (s *Server) unavailableHere(w http.ResponseWriter, r *http.Request, again string) {
	private(w.Header())
	w.Header().Set("Retry-After", retryAfterHeader())
	s.deps.Pages.Unavailable(w, r, again)
}
