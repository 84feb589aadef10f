package conformance

import (
	"context"
	"crypto/rand"
	"maps"
	"net/http"
	"net/url"
)

// run is one module while it runs.
type run struct {
	record
	plan     Plan
	config   Config
	client   Client
	post     bool // the client sends its secret by client_secret_post
	formPost bool // the answer is asked for by form_post
	metadata metadata
	keys     keys
	browser  *browser
}

// Run runs a module. It never fails: what is in the way of the module is in the result.
func (m Module) Run(ctx context.Context, config Config) Result {
	r := &run{plan: m.Plan, config: config, client: config.Client, formPost: m.Plan == FormPostBasic}
	b, err := newBrowser(config)
	if err == nil {
		r.browser = b
		err = m.steps(ctx, r)
	}
	return r.result(err)
}

// flow is what a module with a sign-in begins with: the provider's metadata and keys.
func flow(steps func(context.Context, *run) error) func(context.Context, *run) error {
	return func(ctx context.Context, r *run) error {
		if err := r.readProvider(ctx); err != nil {
			return err
		}
		return steps(ctx, r)
	}
}

// readProvider reads metadata and keys, and holds what every module with a sign-in holds of them.
func (r *run) readProvider(ctx context.Context) error {
	if err := r.readMetadata(ctx); err != nil {
		return err
	}
	if err := r.stop("CheckServerConfiguration", r.metadata.has("authorization_endpoint", "token_endpoint", "issuer")); err != nil {
		return err
	}
	if err := r.readKeys(ctx); err != nil {
		return err
	}
	r.fail("CheckForKeyIdInServerJWKs", r.keys.areNamed())
	r.fail("CheckDistinctKeyIdValueInServerJWKs", r.keys.areDistinct())
	r.fail("EnsureServerJwksDoesNotContainPrivateOrSymmetricKeys", r.keys.arePublic())
	const methods = "token_endpoint_auth_methods_supported"
	if r.post {
		r.fail("EnsureServerConfigurationSupportsClientSecretPost", r.metadata.lists(methods, "client_secret_post"))
		return nil
	}
	if _, found := r.metadata[methods]; found { // without it the value is client_secret_basic
		r.fail("EnsureServerConfigurationSupportsClientSecretBasic", r.metadata.lists(methods, "client_secret_basic"))
	}
	return nil
}

// request is an authorization request as the modules send it, with a new state and nonce.
func (r *run) request(scopes string) url.Values {
	q := url.Values{
		"client_id": {r.client.ID}, "redirect_uri": {r.config.redirectURI()}, "scope": {scopes}, "response_type": {"code"},
		"state": {rand.Text()}, "nonce": {rand.Text()},
	}
	if r.formPost {
		q.Set("response_mode", "form_post")
	}
	return q
}

// with adds a parameter to a request.
func with(q url.Values, name, value string) url.Values {
	q.Set(name, value)
	return q
}

// authorize sends the browser to the authorization endpoint.
func (r *run) authorize(ctx context.Context, q url.Values) (answer, error) {
	return r.browser.open(ctx, r.metadata.text("authorization_endpoint")+"?"+q.Encode())
}

// signIn is a whole sign-in: the request, the answer, the tokens and userinfo, each held to what the suite holds always.
func (r *run) signIn(ctx context.Context, q url.Values) (signedIn, error) {
	a, err := r.authorize(ctx, q)
	if err != nil {
		return signedIn{}, err
	}
	return r.complete(ctx, q, a, nil)
}

// signedIn is what a sign-in came to.
type signedIn struct {
	code    string
	redeem  url.Values // the request at the token endpoint
	tokens  reply
	id      idToken
	signIns int
}

// redeeming is the request at the token endpoint for a code.
func (r *run) redeeming(code string) url.Values {
	return url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {r.config.redirectURI()}}
}

// complete goes on where the browser ended after the request q; more is added to the request at the token endpoint.
func (r *run) complete(ctx context.Context, q url.Values, a answer, more url.Values) (signedIn, error) {
	code, err := r.codeIn(q, a)
	if err != nil {
		return signedIn{}, err
	}
	s := signedIn{code: code, signIns: a.signIns, redeem: r.redeeming(code)}
	maps.Copy(s.redeem, more)
	if s.tokens, err = r.askToken(ctx, s.redeem); err != nil {
		return signedIn{}, err
	}
	if err := r.checkTokens(s.tokens); err != nil {
		return signedIn{}, err
	}
	if s.id, err = r.readIDToken(s.tokens); err != nil {
		return signedIn{}, err
	}
	r.checkIDToken(q, s.id)
	used, err := r.askUserinfo(ctx, http.MethodGet, s.tokens.text("access_token"))
	if err != nil {
		return signedIn{}, err
	}
	r.fail("EnsureHttpStatusCodeIs200", used.isStatus(http.StatusOK))
	return s, nil
}
