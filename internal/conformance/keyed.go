package conformance

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// keyed is a module of FAPI 2.0 while it runs.
type keyed struct {
	*run
	as       KeyedClient // whose requests are made
	holder   holder      // of the client's tokens
	redirect string
	verifier string // of the request that was made last (RFC 7636)

	newHolder func() (holder, error)
	machine   bool // client credentials: nobody signs in
}

// byDPoP is a module with tokens that are bound by DPoP.
func byDPoP(steps func(context.Context, *keyed) error) func(context.Context, *run) error {
	return withHolder(func() (holder, error) { return newDPoPKey() }, steps)
}

func withHolder(make func() (holder, error), steps func(context.Context, *keyed) error) func(context.Context, *run) error {
	return func(ctx context.Context, r *run) error {
		k := &keyed{run: r, newHolder: make, machine: r.plan == FAPI2Machine}
		if err := k.readServer(ctx); err != nil {
			return err
		}
		if err := k.turnTo(r.config.Keyed); err != nil {
			return err
		}
		return steps(ctx, k)
	}
}

// readServer reads metadata and keys, and holds what every module of these plans holds of them.
func (k *keyed) readServer(ctx context.Context) error {
	if err := k.readMetadata(ctx); err != nil {
		return err
	}
	if k.machine {
		return k.stop("CheckClientCredentialsOnlyServerConfiguration", k.metadata.has("token_endpoint", "issuer"))
	}
	if err := k.stop("CheckServerConfiguration", k.metadata.has("authorization_endpoint", "token_endpoint", "issuer")); err != nil {
		return err
	}
	if err := k.readKeys(ctx); err != nil {
		return err
	}
	k.fail("CheckForKeyIdInServerJWKs", k.keys.areNamed())
	k.fail("EnsureServerJwksDoesNotContainPrivateOrSymmetricKeys", k.keys.arePublic())
	return nil
}

// turnTo goes on as another client, with a new key for its tokens.
func (k *keyed) turnTo(client KeyedClient) (err error) {
	k.as, k.client, k.redirect = client, Client{ID: client.ID}, k.config.redirectURI()
	k.holder, err = k.newHolder()
	return err
}

// dpop is the key of a module that is on DPoP alone.
func (k *keyed) dpop() *dpopKey { return k.holder.(*dpopKey) }

// assertion is one with which the client authenticates (RFC 7523; FAPI 2.0, section 5.3.2.1, point 8), before it is signed.
type assertion struct {
	claims    map[string]any
	algorithm string
	key       crypto.Signer
	keyID     string
	client    string // the client_id beside it; "": none
	without   bool   // it is left out
}

func (k *keyed) authenticated(form url.Values, change ...func(*assertion)) (url.Values, error) {
	signer, isSigner := k.as.Key.Key.(crypto.Signer)
	if !isSigner {
		return nil, errors.New("the client has no private key")
	}
	now := time.Now()
	a := assertion{
		claims: map[string]any{
			"iss": k.as.ID, "sub": k.as.ID, "aud": k.metadata.text("issuer"), "jti": rand.Text(), "iat": now.Unix(), "exp": now.Add(time.Minute).Unix(),
		},
		algorithm: k.as.Key.Algorithm, key: signer, keyID: k.as.Key.KeyID,
	}
	for _, each := range change {
		each(&a)
	}
	form = maps.Clone(form)
	if a.client != "" {
		form.Set("client_id", a.client)
	}
	if a.without {
		return form, nil
	}
	signed, err := compact(map[string]any{"alg": a.algorithm, "kid": a.keyID}, a.claims, a.key, a.algorithm)
	form.Set("client_assertion", signed)
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	return form, err
}

// claims changes claims of an assertion.
func claims(more map[string]any) func(*assertion) {
	return func(a *assertion) { maps.Copy(a.claims, more) }
}

// ask is an authorization request, which is to be pushed.
func (k *keyed) ask() url.Values {
	k.verifier = rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(k.verifier))
	return url.Values{
		"client_id": {k.as.ID}, "redirect_uri": {k.redirect}, "scope": {k.as.Scope}, "response_type": {"code"}, "state": {rand.Text()}, "nonce": {rand.Text()},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(sum[:])}, "code_challenge_method": {"S256"},
	}
}

func (k *keyed) pushEndpoint() string {
	return k.metadata.text("pushed_authorization_request_endpoint")
}

// push sends a request to the pushed authorization request endpoint (RFC 9126); by shows a key.
func (k *keyed) push(ctx context.Context, q url.Values, by holder, change ...func(*assertion)) (reply, error) {
	form, err := k.authenticated(q, change...)
	if err != nil {
		return reply{}, err
	}
	out := outgoing{method: http.MethodPost, address: k.pushEndpoint(), form: form}.clone()
	if err := by.prove(&out, ""); err != nil {
		return reply{}, err
	}
	return k.send(ctx, out)
}

// named holds what is true of every answer to a pushed request (RFC 9126, section 2.2), and returns the request's name.
func (k *keyed) named(a reply) (requestURI string, err error) {
	if a.status != http.StatusCreated || a.text("error") != "" {
		return "", k.stop("CheckPAREndpointResponse201WithNoError", fmt.Errorf("status %d: %.200s", a.status, a.body))
	}
	if requestURI = a.text("request_uri"); requestURI == "" {
		return "", k.stop("CheckForRequestUriValue", errors.New("the answer has no request_uri"))
	}
	k.fail("CheckForPARResponseExpiresIn", expiresSoon(a))
	k.fail("EnsureContentTypeJson", a.isJSON())
	if bits := entropy(requestURI); bits < 96 {
		k.fail("EnsureMinimumRequestUriEntropy", fmt.Errorf("the request_uri has about %.0f bits of entropy, want 96", bits))
	}
	return requestURI, nil
}

// expiresSoon holds that a pushed request has an end, in less than ten minutes (FAPI 2.0, section 5.3.2.2, point 12).
func expiresSoon(a reply) error {
	seconds, isNumber := number(a.object, "expires_in")
	if !isNumber || seconds <= 0 || seconds >= 600 || seconds != float64(int64(seconds)) {
		return fmt.Errorf("expires_in is %v, want a number of seconds below 600", a.object["expires_in"])
	}
	return nil
}

// visit sends the browser to the authorization endpoint with the name of a pushed request, and what else stands in the address.
func (k *keyed) visit(ctx context.Context, q url.Values, requestURI string) (answer, error) {
	outer := url.Values{"client_id": {k.as.ID}, "request_uri": {requestURI}}
	for _, also := range []string{"response_type", "scope", "redirect_uri"} { // which most clients repeat
		if q.Has(also) {
			outer.Set(also, q.Get(also))
		}
	}
	return k.authorize(ctx, outer)
}

// enter pushes a request and signs in; the answer is at the app.
func (k *keyed) enter(ctx context.Context, q url.Values) (code string, err error) {
	a, err := k.push(ctx, q, nobody{})
	if err != nil {
		return "", err
	}
	return k.enterWith(ctx, q, a)
}

// enterWith goes on with the answer to a pushed request.
func (k *keyed) enterWith(ctx context.Context, q url.Values, pushed reply) (code string, err error) {
	uri, err := k.named(pushed)
	if err != nil {
		return "", err
	}
	came, err := k.visit(ctx, q, uri)
	if err != nil {
		return "", err
	}
	return k.arrived(q, came)
}

// arrived holds what is true of every answer of the authorization endpoint with a code.
func (k *keyed) arrived(q url.Values, came answer) (code string, err error) {
	answered, err := k.parameters(came)
	if err != nil {
		return "", err
	}
	k.fail("CheckMatchingCallbackParameters", k.isAt(came))
	k.fail("RequireIssInAuthorizationResponse", same("iss", answered.Get("iss"), k.metadata.text("issuer")))
	if came.resent {
		k.fail("ExpectNoRedirectThatRepeatsTheRequest", errors.New("a form was answered with a redirect by 307 or 308, which has a browser send the password on"))
	}
	if answered.Has("error") {
		return "", k.stop("CheckIfAuthorizationEndpointError", fmt.Errorf("%s: %s", answered.Get("error"), answered.Get("error_description")))
	}
	if q.Has("state") {
		k.fail("CheckStateInAuthorizationResponse", same("state", answered.Get("state"), q.Get("state")))
	} else if answered.Has("state") {
		k.fail("VerifyNoStateInAuthorizationResponse", fmt.Errorf("there is a state %.40q, and none was sent", answered.Get("state")))
	}
	if answered.Get("code") == "" {
		return "", k.stop("ExtractAuthorizationCodeFromAuthorizationResponse", errors.New("the answer has no code"))
	}
	k.isHard(answered.Get("code"))
	return answered.Get("code"), nil
}

// isAt holds that the answer is at the redirect URI, with the query that it was registered with.
func (k *keyed) isAt(came answer) error {
	want, err := url.Parse(k.redirect)
	if err != nil {
		return err
	}
	for name, value := range want.Query() {
		if came.query.Get(name) != value[0] {
			return fmt.Errorf("%s is %q, want %q", name, came.query.Get(name), value[0])
		}
	}
	return same("where the answer went", came.at, bare(want))
}

// redeem asks for the tokens of a code.
func (k *keyed) redeem(ctx context.Context, code string, change ...func(*assertion)) (reply, error) {
	return k.token(ctx, k.codeForm(code), k.holder, change...)
}

func (k *keyed) codeForm(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {k.redirect}, "code_verifier": {k.verifier}}
}

// token makes a request at the token endpoint.
func (k *keyed) token(ctx context.Context, form url.Values, by holder, change ...func(*assertion)) (reply, error) {
	form, err := k.authenticated(form, change...)
	if err != nil {
		return reply{}, err
	}
	out := outgoing{method: http.MethodPost, address: k.metadata.text("token_endpoint"), form: form}.clone()
	if err := by.prove(&out, ""); err != nil {
		return reply{}, err
	}
	return k.send(ctx, out)
}

// grant is the request for tokens with which a module begins that is about the token endpoint: with a code, or by client credentials.
func (k *keyed) grant(ctx context.Context) (form url.Values, q url.Values, err error) {
	if k.machine {
		return url.Values{"grant_type": {"client_credentials"}, "scope": {k.as.Scope}}, nil, nil
	}
	q = k.ask()
	code, err := k.enter(ctx, q)
	return k.codeForm(code), q, err
}

// signedIn is the whole way to tokens, and a request at the API.
func (k *keyed) signedIn(ctx context.Context) (issued, error) {
	form, q, err := k.grant(ctx)
	if err != nil {
		return issued{}, err
	}
	return k.used(ctx, q, form)
}

// issued is what a client has got.
type issued struct {
	tokens reply
	id     idToken
}

func (i issued) access() string { return i.tokens.text("access_token") }

// used asks for tokens with a form, holds what is true of them, and uses them.
func (k *keyed) used(ctx context.Context, q url.Values, form url.Values) (got issued, err error) {
	if got.tokens, err = k.token(ctx, form, k.holder); err != nil {
		return got, err
	}
	if got.id, err = k.areIssued(q, got.tokens); err != nil {
		return got, err
	}
	a, err := k.api(ctx, got.access(), k.holder)
	if err != nil {
		return got, err
	}
	k.isServed(a)
	return got, nil
}

// areIssued holds what is true of every answer with tokens.
func (k *keyed) areIssued(q url.Values, a reply) (id idToken, err error) {
	if err := k.checkTokens(a); err != nil {
		return id, err
	}
	if _, found := a.object["expires_in"]; !found {
		k.warn("ExtractExpiresInFromTokenEndpointResponse", errors.New("expires_in is missing"))
	}
	if !strings.EqualFold(a.text("token_type"), k.holder.scheme()) {
		k.fail("CheckTokenTypeIs"+k.holder.scheme(), fmt.Errorf("token_type is %q", a.text("token_type")))
	}
	k.isHardToken("AccessToken", a.text("access_token"))
	refresh := a.text("refresh_token")
	if refresh != "" {
		k.isHardToken("RefreshToken", refresh)
	}
	if k.machine {
		if refresh != "" {
			k.warn("EnsureNoRefreshTokenInTokenResponse", errors.New("there is a refresh_token"))
		}
		if a.text("id_token") != "" {
			return id, k.stop("ExpectNoIdTokenInTokenResponse", errors.New("there is an id_token, and nobody signed in"))
		}
		return id, nil
	}
	if id, err = k.readIDToken(a); err != nil {
		return id, err
	}
	k.checkIDToken(q, id)
	if text(id.header, "kid") == "" {
		k.fail("EnsureIdTokenContainsKid", errors.New("the ID token names no key"))
	}
	k.fail("FAPI2ValidateIdTokenSigningAlg", oneOf("alg", text(id.header, "alg"), string(jose.ES256), string(jose.PS256), string(jose.EdDSA)))
	k.fail("ValidateAtHash", id.isHashOf("at_hash", a.text("access_token")))
	return id, nil
}

// resource is what the tokens are for.
func (k *keyed) resource() string {
	if k.machine {
		return k.config.API
	}
	return k.metadata.text("userinfo_endpoint")
}

// api asks the resource with an access token.
func (k *keyed) api(ctx context.Context, token string, by holder) (reply, error) {
	return k.apiBy(ctx, token, by.scheme(), by)
}

// apiBy does so under a scheme of the module's own.
func (k *keyed) apiBy(ctx context.Context, token, scheme string, by holder) (reply, error) {
	out := outgoing{method: http.MethodGet, address: k.resource(), header: http.Header{"Authorization": {scheme + " " + token}}}
	if err := by.prove(&out, token); err != nil {
		return reply{}, err
	}
	return k.send(ctx, out)
}

// isServed holds that the resource took the token.
func (k *keyed) isServed(a reply) {
	k.fail("EnsureHttpStatusCodeIs200or201", a.isStatusOf(http.StatusOK, http.StatusCreated))
	if _, err := http.ParseTime(a.header.Get("Date")); err != nil {
		k.fail("CheckForDateHeaderInResourceResponse", fmt.Errorf("Date is %q", a.header.Get("Date")))
	}
}

// isStatusOf holds that the status is one of these.
func (a reply) isStatusOf(allowed ...int) error {
	for _, status := range allowed {
		if a.status == status {
			return nil
		}
	}
	return fmt.Errorf("status %d, want of %v: %.200s", a.status, allowed, a.body)
}

// isRefused holds that the token endpoint refused a request with one of these errors (RFC 6749, section 5.2).
func (k *keyed) isRefused(a reply, condition string, allowed ...string) {
	k.fail("CheckTokenEndpointReturnedJsonContentType", a.isJSON())
	k.checkDescription(a.text("error_description"), "TokenEndpoint")
	status := a.isStatus(http.StatusBadRequest)
	if a.text("error") == "invalid_client" {
		status = a.isStatusOf(http.StatusBadRequest, http.StatusUnauthorized)
	}
	k.fail("CheckTokenEndpointHttpStatusIs400Allowing401ForInvalidClientError", status)
	k.fail(condition, a.isRefusal(allowed...))
}
