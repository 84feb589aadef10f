package conformance

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// signedOut is where a sign-out ended.
type signedOut struct {
	asked  url.Values // at the end session endpoint
	id     idToken    // of the sign-in before
	answer answer
}

// signOut signs in, and then goes to the end session endpoint with id_token_hint, post_logout_redirect_uri and state, as changed.
func (r *run) signOut(ctx context.Context, change func(q url.Values, id idToken) error) (signedOut, error) {
	endpoint := r.metadata.text("end_session_endpoint")
	if endpoint == "" {
		return signedOut{}, r.stop("BuildRedirectToEndSessionEndpoint", errors.New("end_session_endpoint is missing"))
	}
	s, err := r.signIn(ctx, with(r.request("openid"), "state", longState()))
	if err != nil {
		return signedOut{}, err
	}
	q := url.Values{"id_token_hint": {s.id.text}, "post_logout_redirect_uri": {r.config.postLogoutURI()}, "state": {longState()}}
	if err := change(q, s.id); err != nil {
		return signedOut{}, err
	}
	a, err := r.browser.open(ctx, endpoint+"?"+q.Encode())
	return signedOut{asked: q, id: s.id, answer: a}, err
}

func unchanged(url.Values, idToken) error { return nil }

// dropping leaves parameters out.
func dropping(names ...string) func(url.Values, idToken) error {
	return func(q url.Values, _ idToken) error {
		for _, name := range names {
			q.Del(name)
		}
		return nil
	}
}

// hasReturned holds that the browser is back at the app, with the state and nothing else.
func (r *run) hasReturned(out signedOut) error {
	a := out.answer
	if a.page != nil || a.at != r.config.postLogoutURI() {
		return r.stop("ExpectPostLogoutRedirect", fmt.Errorf("the browser ended at %s", a.at))
	}
	if out.asked.Has("state") {
		r.fail("CheckPostLogoutState", same("state", a.query.Get("state"), out.asked.Get("state")))
	} else if a.query.Has("state") {
		r.fail("CheckNoPostLogoutState", fmt.Errorf("there is the state %q, and none was sent", a.query.Get("state")))
	}
	for name := range a.query {
		if name != "state" {
			r.warn("CheckForUnexpectedParametersInPostLogoutRedirect", fmt.Errorf("%s is unexpected", name))
		}
	}
	return nil
}

// returns is a module whose sign-out leads back to the app, signed out.
func (r *run) returns(ctx context.Context, change func(url.Values, idToken) error) error {
	out, err := r.signOut(ctx, change)
	if err != nil {
		return err
	}
	if err := r.hasReturned(out); err != nil {
		return err
	}
	return r.isSignedOut(ctx)
}

// stays is a module whose sign-out leads nowhere: the provider says what is wrong, or asks the person.
func (r *run) stays(ctx context.Context, condition string, change func(url.Values, idToken) error) error {
	out, err := r.signOut(ctx, change)
	if err != nil {
		return err
	}
	if out.answer.page == nil {
		r.fail(condition, fmt.Errorf("the browser was sent to %s", out.answer.at))
	}
	return nil
}

// signsOut is a module whose sign-out ends at a page of the provider, signed out, once the person has confirmed it if they are asked.
func (r *run) signsOut(ctx context.Context, change func(url.Values, idToken) error) error {
	const condition = "ExpectSuccessfulLogoutPage"
	out, err := r.signOut(ctx, change)
	if err != nil {
		return err
	}
	a := out.answer
	if a.page != nil && a.page.status == http.StatusOK && len(a.page.forms) > 0 {
		if a, err = r.browser.press(ctx, a.page); err != nil {
			return err
		}
	}
	switch {
	case a.page == nil:
		return r.stop(condition, fmt.Errorf("the browser was sent to %s", a.at))
	case a.page.status != http.StatusOK:
		return r.stop(condition, fmt.Errorf("the page at %s has status %d", a.at, a.page.status))
	}
	return r.isSignedOut(ctx)
}

func logoutAsAsked(ctx context.Context, r *run) error { return r.returns(ctx, unchanged) }

func logoutWithoutState(ctx context.Context, r *run) error { return r.returns(ctx, dropping("state")) }

func logoutToBadURI(ctx context.Context, r *run) error {
	return r.staysFor(ctx, r.config.App+"/bad_post_logout_redirect_uri")
}

func logoutToURIWithQuery(ctx context.Context, r *run) error {
	return r.staysFor(ctx, r.config.postLogoutURI()+"?foo=bar")
}

// staysFor is a module whose sign-out asks for an address that is not registered.
func (r *run) staysFor(ctx context.Context, uri string) error {
	return r.stays(ctx, "ExpectPostLogoutRedirectUriNotRegisteredErrorPage", func(q url.Values, _ idToken) error {
		q.Set("post_logout_redirect_uri", uri)
		return nil
	})
}

// logoutWithModifiedHint sends the ID token as if it had never been signed.
func logoutWithModifiedHint(ctx context.Context, r *run) error {
	return r.stays(ctx, "ExpectInvalidIdTokenHintErrorPage", func(q url.Values, id idToken) error {
		parts := strings.Split(id.text, ".")
		q.Set("id_token_hint", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`))+"."+parts[1]+".")
		return nil
	})
}

// logoutWithBadHint sends an ID token that the client made itself, with its secret as key.
func logoutWithBadHint(ctx context.Context, r *run) error {
	return r.stays(ctx, "ExpectInvalidIdTokenHintErrorPage", func(q url.Values, _ idToken) error {
		key := make([]byte, max(32, len(r.client.Secret)))
		copy(key, r.client.Secret)
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: key}, nil)
		if err != nil {
			return err
		}
		forged, err := jwt.Signed(signer).Claims(map[string]any{
			"iss": r.client.ID, "sub": "SubjectID", "aud": r.metadata.text("issuer"), "nonce": "flibble",
			"iat": time.Now().Unix(), "exp": time.Now().Add(5 * time.Minute).Unix(),
		}).Serialize()
		q.Set("id_token_hint", forged)
		return err
	})
}

func logoutWithoutHint(ctx context.Context, r *run) error {
	return r.stays(ctx, "ExpectIdTokenHintRequiredErrorPage", dropping("id_token_hint"))
}

func logoutWithoutParameters(ctx context.Context, r *run) error {
	return r.signsOut(ctx, dropping("id_token_hint", "post_logout_redirect_uri", "state"))
}

func logoutToNowhere(ctx context.Context, r *run) error {
	return r.signsOut(ctx, dropping("post_logout_redirect_uri"))
}

func logoutWithStateOnly(ctx context.Context, r *run) error {
	return r.signsOut(ctx, dropping("id_token_hint", "post_logout_redirect_uri"))
}

// backchannelLogout is oidcc-backchannel-rp-initiated-logout.
func backchannelLogout(ctx context.Context, r *run) error {
	out, err := r.signOut(ctx, unchanged)
	if err != nil {
		return err
	}
	told, err := r.config.Received.await(ctx)
	if err != nil {
		return r.stop("ExpectBackchannelLogoutRequest", err)
	}
	if err := r.checkLogoutToken(told, out.id); err != nil {
		return err
	}
	if err := r.hasReturned(out); err != nil {
		return err
	}
	return r.isSignedOut(ctx)
}

// checkLogoutToken holds OpenID Connect Back-Channel Logout, sections 2.4 and 2.5.
func (r *run) checkLogoutToken(told received, id idToken) error {
	if !told.tls {
		r.warn("EnsureIncomingTls12WithSecureCipherOrTls13", errors.New("the request came without TLS"))
	}
	if told.method != http.MethodPost || told.kind != "application/x-www-form-urlencoded" {
		return r.stop("ExtractLogoutTokenFromBackchannelLogoutRequest", fmt.Errorf("%s of %q, want a posted form", told.method, told.kind))
	}
	token, err := parseJWT(told.form.Get("logout_token"))
	if err := r.stop("ExtractLogoutTokenFromBackchannelLogoutRequest", err); err != nil {
		return err
	}
	for name := range told.form {
		if name != "logout_token" {
			r.warn("CheckForUnexpectedParametersInBackchannelLogoutRequest", fmt.Errorf("%s is unexpected", name))
		}
	}
	r.fail("ValidateLogoutTokenSignature", token.isSignedBy(r.keys))
	r.fail("ValidateLogoutTokenClaims", errors.Join(
		same("iss", token.claims["iss"], any(r.metadata.text("issuer"))), isFor(token.claims, r.client.ID), notAhead(token.claims, "iat"),
		isNamed(token.claims, "jti"), isLogoutEvent(token.claims["events"])))
	_, hasSub := token.claims["sub"]
	_, hasSID := token.claims["sid"]
	if hasSub {
		r.fail("CheckIdTokenSubMatchesLogoutToken", same("sub", token.claims["sub"], id.claims["sub"]))
	}
	if hasSID {
		r.fail("CheckIdTokenSidMatchesLogoutToken", same("sid", token.claims["sid"], id.claims["sid"]))
	}
	r.fail("CheckLogoutTokenNoNonce", hasNot(token.claims, "nonce"))
	if !hasSub && !hasSID {
		r.fail("CheckLogoutTokenHasSubOrSid", errors.New("there is neither"))
	}
	return nil
}

func isNamed(claims map[string]any, name string) error {
	if text(claims, name) == "" {
		return fmt.Errorf("%s is %v", name, claims[name])
	}
	return nil
}

// isLogoutEvent holds that events has one member, of this name, whose value is an empty object.
func isLogoutEvent(events any) error {
	object, _ := events.(map[string]any)
	event, isObject := object["http://schemas.openid.net/event/backchannel-logout"].(map[string]any)
	if len(object) != 1 || !isObject || len(event) != 0 {
		return fmt.Errorf("events is %v", events)
	}
	return nil
}

// received is one request at the back-channel logout URI.
type received struct {
	method, kind string
	form         url.Values
	tls          bool
}

// Receiver is the back-channel logout URI of the clients: it accepts every request and keeps it.
type Receiver struct{ requests chan received }

// NewReceiver returns one that keeps up to 100 requests.
func NewReceiver() *Receiver { return &Receiver{requests: make(chan received, 100)} }

// ServeHTTP implements http.Handler.
func (c *Receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	request.Body = http.MaxBytesReader(w, request.Body, maxBody)
	if err := request.ParseForm(); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	kind, _, _ := strings.Cut(request.Header.Get("Content-Type"), ";")
	w.Header().Set("Cache-Control", "no-store")
	select {
	case c.requests <- received{method: request.Method, kind: kind, form: request.PostForm, tls: request.TLS != nil}:
	default: // nobody looks at them
	}
}

// await returns the next request.
func (c *Receiver) await(ctx context.Context) (received, error) {
	const longest = 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	select {
	case <-ctx.Done():
		return received{}, fmt.Errorf("no request within %s", longest)
	case one := <-c.requests:
		return one, nil
	}
}
