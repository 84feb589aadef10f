package conformance

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// again is a second sign-in of the same browser, with a parameter more.
func (r *run) again(ctx context.Context, name, value string) (signedIn, error) {
	return r.signIn(ctx, with(r.request("openid"), name, value))
}

// isSame holds that the second ID token is of the same person and the same sign-in.
func (r *run) isSame(first, second signedIn) {
	_, before := first.id.claims["auth_time"]
	_, after := second.id.claims["auth_time"]
	if before && after {
		r.fail("CheckIdTokenAuthTimeClaimsSameIfPresent", same("auth_time", second.id.claims["auth_time"], first.id.claims["auth_time"]))
	}
	r.fail("CheckIdTokenSubConsistentForSecondAuthorization", same("sub", second.id.claims["sub"], first.id.claims["sub"]))
}

// isLater holds that the second ID token is of a later sign-in.
func (r *run) isLater(first, second signedIn) {
	before, had := number(first.id.claims, "auth_time")
	after, has := number(second.id.claims, "auth_time")
	if had && has && after <= before {
		r.fail("CheckSecondIdTokenAuthTimeIsLaterIfPresent", fmt.Errorf("auth_time is %.0f after %.0f", after, before))
	}
}

// isSilent holds that the person was not asked to sign in.
func (r *run) isSilent(s signedIn) {
	if s.signIns > 0 {
		r.fail("ExpectNoSecondLoginPage", errors.New("the person was asked to sign in again"))
	}
}

// isAsked holds that the person was: the suite takes a picture of that page.
func (r *run) isAsked(s signedIn) {
	if s.signIns == 0 {
		r.fail("ExpectSecondLoginPage", errors.New("the person was not asked to sign in again"))
	}
}

// promptLogin is oidcc-prompt-login.
func promptLogin(ctx context.Context, r *run) error {
	first, err := r.signIn(ctx, r.request("openid"))
	if err != nil {
		return err
	}
	if err := r.config.pause(ctx, time.Second); err != nil {
		return err
	}
	second, err := r.again(ctx, "prompt", "login")
	if err != nil {
		return err
	}
	r.isAsked(second)
	r.isLater(first, second)
	return nil
}

// promptNoneNotLoggedIn is oidcc-prompt-none-not-logged-in, with a state of 128 characters.
func promptNoneNotLoggedIn(ctx context.Context, r *run) error {
	return r.isSignedOut(ctx)
}

// isSignedOut holds that a request with prompt=none is answered with an error, because nobody is signed in.
func (r *run) isSignedOut(ctx context.Context) error {
	q := with(r.request("openid"), "prompt", "none")
	q.Set("state", longState())
	a, err := r.authorize(ctx, q)
	if err != nil {
		return err
	}
	return r.errorIn(q, a, "CheckErrorFromAuthorizationEndpointIsOneThatRequiredAUserInterface",
		"interaction_required", "login_required", "account_selection_required", "consent_required")
}

func longState() string {
	const length = 128
	var state string
	for len(state) < length {
		state += rand.Text()
	}
	return state[:length]
}

// promptNoneLoggedIn is oidcc-prompt-none-logged-in.
func promptNoneLoggedIn(ctx context.Context, r *run) error {
	first, err := r.signIn(ctx, r.request("openid"))
	if err != nil {
		return err
	}
	second, err := r.again(ctx, "prompt", "none")
	if err != nil {
		return err
	}
	r.isSilent(second)
	r.isSame(first, second)
	return nil
}

// idTokenHint is oidcc-id-token-hint.
func idTokenHint(ctx context.Context, r *run) error {
	first, err := r.signIn(ctx, r.request("openid"))
	if err != nil {
		return err
	}
	q := with(r.request("openid"), "prompt", "none")
	second, err := r.signIn(ctx, with(q, "id_token_hint", first.id.text))
	if err != nil {
		return err
	}
	r.isSilent(second)
	r.isSame(first, second)
	return nil
}

// hasAuthTime holds that auth_time is there, because max_age was asked for.
func (r *run) hasAuthTime(s signedIn) {
	if _, found := number(s.id.claims, "auth_time"); !found {
		r.fail("CheckIdTokenAuthTimeClaimPresentDueToMaxAge", fmt.Errorf("auth_time is %v", s.id.claims["auth_time"]))
	}
}

// maxAge1 is oidcc-max-age-1.
func maxAge1(ctx context.Context, r *run) error {
	first, err := r.signIn(ctx, r.request("openid"))
	if err != nil {
		return err
	}
	if err := r.config.pause(ctx, 2*time.Second); err != nil {
		return err
	}
	second, err := r.again(ctx, "max_age", "1")
	if err != nil {
		return err
	}
	r.isAsked(second)
	r.hasAuthTime(second)
	r.isLater(first, second)
	if at, found := number(second.id.claims, "auth_time"); found && time.Since(time.Unix(int64(at), 0)) > skew+time.Second {
		r.fail("CheckIdTokenAuthTimeIsRecentIfPresent", fmt.Errorf("auth_time is %.0f", at))
	}
	return nil
}

// maxAge10000 is oidcc-max-age-10000.
func maxAge10000(ctx context.Context, r *run) error {
	first, err := r.again(ctx, "max_age", "15000")
	if err != nil {
		return err
	}
	r.hasAuthTime(first)
	second, err := r.again(ctx, "max_age", "10000")
	if err != nil {
		return err
	}
	r.hasAuthTime(second)
	r.isSilent(second)
	r.isSame(first, second)
	return nil
}

// codeReuse is oidcc-codereuse.
func codeReuse(ctx context.Context, r *run) error {
	s, err := r.signIn(ctx, r.request("openid"))
	if err != nil {
		return err
	}
	a, err := r.askToken(ctx, s.redeem)
	if err != nil {
		return err
	}
	if a.status == 200 {
		r.warn("ServerAllowedReusingAuthorisationCode", errors.New("a code was redeemed a second time"))
		return nil
	}
	r.checkRefused(a)
	return nil
}

// codeReuseAfter30Seconds is oidcc-codereuse-30seconds.
func codeReuseAfter30Seconds(ctx context.Context, r *run) error {
	s, err := r.signIn(ctx, r.request("openid"))
	if err != nil {
		return err
	}
	if err := r.config.pause(ctx, 30*time.Second); err != nil {
		return err
	}
	a, err := r.askToken(ctx, s.redeem)
	if err != nil {
		return err
	}
	r.checkRefused(a)
	used, err := r.askUserinfo(ctx, "GET", s.tokens.text("access_token"))
	if err != nil {
		return err
	}
	if used.status < 400 {
		r.warn("CallProtectedResourceWithBearerTokenExpectingError", errors.New("the access token of the code that came twice still works"))
	}
	return nil
}

// refreshToken is oidcc-refresh-token.
func refreshToken(ctx context.Context, r *run) error {
	if _, err := r.refreshes(ctx); err != nil {
		return err
	}
	first := r.client
	second := &run{
		config: r.config, client: r.config.Second, formPost: r.formPost, metadata: r.metadata, keys: r.keys, browser: r.browser,
	}
	token, err := second.refreshes(ctx)
	r.findings = append(r.findings, second.findings...)
	if err != nil {
		return err
	}
	a, err := r.askTokenAs(ctx, first, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
	if err != nil {
		return err
	}
	r.checkRefused(a)
	return nil
}

// refreshes holds that the client gets a refresh token and that it works, and returns the newest.
func (r *run) refreshes(ctx context.Context) (string, error) {
	q := r.request("openid")
	if r.metadata.supports("offline_access") {
		q.Set("scope", "openid offline_access")
		q.Set("prompt", "consent")
	}
	s, err := r.signIn(ctx, q)
	if err != nil {
		return "", err
	}
	token, listed := s.tokens.text("refresh_token"), r.metadata.lists("grant_types_supported", "refresh_token")
	if token == "" {
		if listed == nil {
			r.warn("EnsureServerConfigurationDoesNotSupportRefreshToken", errors.New("refresh_token is listed, and no token was issued"))
		}
		return "", skipped{"no refresh token was issued"}
	}
	r.warn("EnsureServerConfigurationSupportsRefreshToken", listed)
	r.fail("EnsureRefreshTokenContainsAllowedCharactersOnly", hasCharacters(token))
	if err := r.config.pause(ctx, time.Second); err != nil { // so that iat differs
		return "", err
	}
	a, err := r.askToken(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
	if err != nil {
		return "", err
	}
	if err := r.checkRefreshed(s, a); err != nil {
		return "", err
	}
	if newer := a.text("refresh_token"); newer != "" {
		token = newer
		r.isHardToken("RefreshToken", token)
	}
	used, err := r.askUserinfo(ctx, "GET", a.text("access_token"))
	if err != nil {
		return "", err
	}
	r.fail("EnsureHttpStatusCodeIs200", used.isStatus(200))
	return token, nil
}

// checkRefreshed holds what is true of the answer to a refresh.
func (r *run) checkRefreshed(s signedIn, a reply) error {
	r.fail("CheckTokenEndpointHttpStatus200", a.isStatus(200))
	r.fail("CheckTokenEndpointReturnedJsonContentType", a.isJSON())
	r.fail("CheckTokenEndpointCacheHeaders", a.isUncached())
	if err := r.checkTokens(a); err != nil {
		return err
	}
	r.fail("CheckTokenTypeIsBearer", isBearer(a))
	r.isHardToken("AccessToken", a.text("access_token"))
	r.fail("EnsureAccessTokenContainsAllowedCharactersOnly", hasCharacters(a.text("access_token")))
	if _, found := a.object["expires_in"]; !found {
		r.warn("ExtractExpiresInFromTokenEndpointResponse", errors.New("expires_in is missing"))
	}
	if a.text("id_token") == "" {
		return nil
	}
	refreshed, err := r.readIDToken(a)
	if err != nil {
		return err
	}
	r.fail("CompareIdTokenClaims", isRefreshed(s.id.claims, refreshed.claims))
	return nil
}

func (r *run) isHardToken(kind, token string) {
	if bits := entropy(token); bits < 96 {
		r.fail("EnsureMinimum"+kind+"Entropy", fmt.Errorf("the token has about %.0f bits of entropy, want 96", bits))
	}
}

// isRefreshed holds OpenID Connect Core, section 12.2.
func isRefreshed(first, second map[string]any) error {
	for _, name := range []string{"iss", "sub", "aud", "azp"} {
		if err := same(name, fmt.Sprint(second[name]), fmt.Sprint(first[name])); err != nil {
			return err
		}
	}
	if at, found := second["auth_time"]; found && at != first["auth_time"] {
		return same("auth_time", at, first["auth_time"])
	}
	if second["iat"] == first["iat"] {
		return fmt.Errorf("iat is %v again", second["iat"])
	}
	return nil
}
