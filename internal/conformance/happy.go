package conformance

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// server is oidcc-server.
func server(ctx context.Context, r *run) error {
	const scope = "openid"
	s, err := r.signIn(ctx, r.request(scope))
	if err != nil {
		return err
	}
	r.isHard(s.code)
	r.warn("EnsureIdTokenDoesNotContainName", hasNot(s.id.claims, "name"))
	if _, found := s.tokens.object["expires_in"]; !found {
		r.warn("ExtractExpiresInFromTokenEndpointResponse", errors.New("expires_in is missing"))
	}
	r.fail("ValidateAtHash", s.id.isHashOf("at_hash", s.tokens.text("access_token")))
	r.fail("ValidateCHash", s.id.isHashOf("c_hash", s.code))
	r.warn("EnsureIdTokenDoesNotContainNonRequestedClaims", onlyAsked(s.id.claims, scope))
	return nil
}

// clientSecretPost is oidcc-server-client-secret-post.
func clientSecretPost(ctx context.Context, r *run) error {
	r.client, r.post = r.config.Post, true
	return succeedsWith("", "")(ctx, r)
}

// succeedsWith is a sign-in with one more parameter, which must change nothing.
func succeedsWith(name, value string) func(context.Context, *run) error {
	return flow(func(ctx context.Context, r *run) error {
		q := r.request("openid")
		if name != "" {
			q.Set(name, value)
		}
		_, err := r.signIn(ctx, q)
		return err
	})
}

// loginHint is oidcc-login-hint, with the hint that the suite takes where none is configured.
func loginHint(ctx context.Context, r *run) error {
	issuer, err := url.Parse(r.metadata.text("issuer"))
	if err != nil {
		return err
	}
	_, err = r.signIn(ctx, with(r.request("openid"), "login_hint", "buffy@"+issuer.Host))
	return err
}

// idTokenSignature is oidcc-idtoken-signature: the algorithm of a client that has registered none.
func idTokenSignature(ctx context.Context, r *run) error {
	s, err := r.signIn(ctx, r.request("openid"))
	if err != nil {
		return err
	}
	if text(s.id.header, "kid") == "" {
		r.fail("EnsureIdTokenContainsKid", errors.New("the ID token names no key"))
	}
	r.fail("EnsureIdTokenSignatureIsRS256", same("alg", s.id.header["alg"], any("RS256")))
	return nil
}

// idTokenUnsigned is oidcc-idtoken-unsigned. A provider that lists none must sign nothing for a client registered so.
func idTokenUnsigned(ctx context.Context, r *run) error {
	if r.metadata.lists("id_token_signing_alg_values_supported", "none") != nil {
		return skipped{"id_token_signing_alg_values_supported lists no none"}
	}
	q := r.request("openid")
	a, err := r.authorize(ctx, q)
	if err != nil {
		return err
	}
	code, err := r.codeIn(q, a)
	if err != nil {
		return err
	}
	tokens, err := r.askToken(ctx, r.redeeming(code))
	if err != nil {
		return err
	}
	token, err := r.readIDToken(tokens)
	if err != nil {
		return err
	}
	r.fail("CheckIdTokenSignatureAlgorithm", same("alg", token.header["alg"], any("none")))
	return nil
}

// withoutNonce is oidcc-ensure-request-without-nonce-succeeds-for-code-flow, which ends with the code.
func withoutNonce(ctx context.Context, r *run) error {
	q := r.request("openid")
	q.Del("nonce")
	a, err := r.authorize(ctx, q)
	if err != nil {
		return err
	}
	_, err = r.codeIn(q, a)
	return err
}

// scopes is a module on what scopes bring.
func scopes(asked string) func(context.Context, *run) error {
	return flow(func(ctx context.Context, r *run) error {
		if !r.metadata.supports(strings.Fields(asked)...) {
			return skipped{"scopes_supported does not list " + asked}
		}
		s, err := r.signIn(ctx, r.request(asked))
		if err != nil {
			return err
		}
		a, err := r.askUserinfo(ctx, http.MethodGet, s.tokens.text("access_token"))
		if err != nil {
			return err
		}
		if err := r.checkUserinfo(a, s, asked); err != nil {
			return err
		}
		if asked == "openid email" || asked == "email openid" {
			r.warn("EnsureIdTokenDoesNotContainName", hasNot(s.id.claims, "name"))
			r.warn("EnsureIdTokenDoesNotContainEmailForScopeEmail", hasNot(s.id.claims, "email"))
			r.warn("EnsureUserInfoDoesNotContainName", hasNot(a.object, "name"))
		}
		return nil
	})
}

// claimsEssential is oidcc-claims-essential.
func claimsEssential(ctx context.Context, r *run) error {
	s, err := r.signIn(ctx, with(r.request("openid"), "claims", `{"userinfo":{"name":{"essential":true}}}`))
	if err != nil {
		return err
	}
	a, err := r.askUserinfo(ctx, http.MethodGet, s.tokens.text("access_token"))
	if err != nil {
		return err
	}
	if err := r.checkUserinfo(a, s, "openid"); err != nil {
		return err
	}
	if a.text("name") == "" {
		r.warn("EnsureUserInfoContainsName", errors.New("name is missing, which was asked for"))
	}
	r.warn("EnsureIdTokenDoesNotContainName", hasNot(s.id.claims, "name"))
	return nil
}

// acrValues is oidcc-ensure-request-with-acr-values-succeeds: with all that the provider lists, in its order.
func acrValues(ctx context.Context, r *run) error {
	values, err := list(r.metadata, "acr_values_supported")
	if err != nil || len(values) == 0 {
		values = []string{"1", "2"}
	}
	s, err := r.signIn(ctx, with(r.request("openid"), "acr_values", strings.Join(values, " ")))
	if err != nil {
		return err
	}
	r.warn("ValidateIdTokenACRClaimAgainstAcrValuesRequest", oneOf("acr", text(s.id.claims, "acr"), values...))
	return nil
}

// postRequest is oidcc-ensure-post-request-succeeds.
func postRequest(ctx context.Context, r *run) error {
	q := r.request("openid")
	a, err := r.browser.post(ctx, r.metadata.text("authorization_endpoint"), q)
	if err != nil {
		return err
	}
	_, err = r.complete(ctx, q, a, nil)
	return err
}

// validPKCE is oidcc-ensure-request-with-valid-pkce-succeeds.
func validPKCE(ctx context.Context, r *run) error {
	verifier := rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(verifier))
	q := r.request("openid")
	q.Set("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:]))
	q.Set("code_challenge_method", "S256")
	a, err := r.authorize(ctx, q)
	if err != nil {
		return err
	}
	_, err = r.complete(ctx, q, a, url.Values{"code_verifier": {verifier}})
	return err
}
