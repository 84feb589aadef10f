package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// fapi is how the names of most modules of the FAPI 2.0 plans begin.
const fapi = "fapi2-security-profile-final-"

// appModules are those for apps: plain_fapi, openid_connect, unsigned requests, plain responses, private_key_jwt and DPoP. The modules on
// request objects and on grant management are no part of that.
func appModules() []Module {
	all := []Module{
		{Name: fapi + "discovery-end-point-verification", steps: appDiscovery},
		{Name: fapi + "happy-flow", steps: byDPoP(happyFlow)},
		{Name: fapi + "user-rejects-authentication", steps: byDPoP(personRejects)},
		{Name: fapi + "ensure-authorization-request-without-state-success", steps: byDPoP(leavingOut("state"))},
		{Name: fapi + "ensure-authorization-request-without-nonce-success", steps: byDPoP(leavingOut("nonce"))},
		{Name: fapi + "ensure-authorization-request-with-64-char-nonce-success", steps: byDPoP(longer("nonce", 64))},
		{Name: fapi + "ensure-other-scope-order-succeeds", steps: byDPoP(otherScopeOrder)},
		{Name: fapi + "test-claims-parameter-identity-claims", steps: byDPoP(claimsParameter)},
		{Name: fapi + "ensure-mismatched-dpop-jkt-fails", steps: byDPoP(otherKeyPushed)},
		{Name: fapi + "ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt", steps: byDPoP(otherKeyThanPushed)},
		{Name: fapi + "ensure-token-endpoint-fails-with-mismatched-dpop-jkt", steps: byDPoP(otherKeyThanNamed)},
		{Name: fapi + "ensure-dpopproof-at-par-endpoint-binding-success", steps: byDPoP(boundByProof)},
		{Name: fapi + "ensure-dpop-auth-code-binding-success", steps: byDPoP(boundByName)},
		{Name: fapi + "ensure-different-nonce-inside-and-outside-request-object", steps: byDPoP(otherOutside("nonce"))},
		{Name: fapi + "ensure-different-state-inside-and-outside-request-object", steps: byDPoP(otherOutside("state"))},
		{Name: fapi + "ensure-authorization-request-with-long-nonce", steps: byDPoP(mayBeTooLong("nonce", 384))},
		{Name: fapi + "ensure-authorization-request-with-long-state", steps: byDPoP(mayBeTooLong("state", 1000))},
		{Name: fapi + "state-only-outside-request-object-not-used", steps: byDPoP(stateOutside)},
		{Name: fapi + "ensure-request-object-without-redirect-uri-fails", steps: byDPoP(pushFails(drop("redirect_uri"), invalidObject()))},
		{Name: fapi + "plain-fapi-tolerate-unregistered-redirect-uri", steps: byDPoP(unregistered)},
		{Name: fapi + "ensure-unsigned-authorization-request-without-using-par-fails", steps: byDPoP(unpushed)},
		{Name: fapi + "ensure-redirect-uri-in-authorization-request", steps: byDPoP(pushFails(drop("redirect_uri"), invalidObject()))},
		{Name: fapi + "ensure-response-type-code-idtoken-fails", steps: byDPoP(pushFails(put("response_type", "code id_token"), badResponseType()))},
		{Name: fapi + "ensure-response-type-token-fails", steps: byDPoP(pushFails(put("response_type", "token"), badResponseType()))},
		{Name: fapi + "ensure-authorization-code-is-bound-to-client", steps: byDPoP(codeOfAnother)},
		{Name: fapi + "attempt-reuse-authorization-code-after-one-second", steps: byDPoP(codeTwice)},
		{Name: fapi + "ensure-token-endpoint-fails-with-expired-auth-code", steps: byDPoP(codeTooOld)},
		{Name: fapi + "refresh-token", steps: byDPoP(refreshing)},
		{Name: fapi + "par-ensure-reused-request-uri-prior-to-auth-completion-succeeds", steps: byDPoP(nameTwiceBefore)},
		{Name: fapi + "par-attempt-reuse-request_uri", steps: byDPoP(nameTwiceAfter)},
		{Name: fapi + "par-attempt-to-use-expired-request_uri", steps: byDPoP(nameTooOld)},
		{Name: fapi + "par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted", steps: byDPoP(assertionSoon)},
		{Name: fapi + "par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails", steps: byDPoP(assertionAtPush(ahead))},
		{Name: fapi + "par-attempt-to-use-request_uri-for-different-client", steps: byDPoP(nameOfAnother)},
		{Name: fapi + "par-authorization-request-containing-request_uri-form-param", steps: byDPoP(nameInside)},
		{Name: fapi + "par-attempt-invalid-http-method", steps: byDPoP(pushByPut)},
		{Name: fapi + "par-ensure-pkce-required", steps: byDPoP(pushFails(drop("code_challenge", "code_challenge_method"), invalidRequest()))},
		{Name: fapi + "ensure-pkce-code-verifier-required", steps: byDPoP(verifier(""))},
		{Name: fapi + "incorrect-pkce-code-verifier-rejected", steps: byDPoP(verifier(strings.Repeat("another-", 6)))},
		{Name: fapi + "par-plain-pkce-rejected", steps: byDPoP(pushFails(put("code_challenge_method", "plain"), invalidRequest()))},
		{Name: fapi + "par-without-duplicate-parameters", steps: byDPoP(nameAlone)},
		{Name: fapi + "par-test-array-as-audience-fails", steps: byDPoP(assertionAtPush(audience(func(k *keyed) any {
			return []string{k.metadata.text("issuer"), "https://other.example.com"}
		})))},
		{Name: fapi + "par-test-par-endpoint-url-as-audience-fails", steps: byDPoP(assertionAtPush(audience(func(k *keyed) any { return k.pushEndpoint() })))},
		{Name: fapi + "par-test-token-endpoint-url-as-audience-fails", steps: byDPoP(assertionAtPush(audience(func(k *keyed) any { return k.metadata.text("token_endpoint") })))},
	}
	return append(all, sharedModules()...)
}

// machineModules are those for integrations (fapi_client_credentials_grant, plain_oauth).
func machineModules() []Module {
	all := []Module{
		{Name: fapi + "discovery-end-point-verification", steps: machineDiscovery},
		{Name: fapi + "happy-flow", steps: byDPoP(happyFlow)},
	}
	return append(all, sharedModules()...)
}

// sharedModules are those of both plans.
func sharedModules() []Module {
	return []Module{
		{Name: fapi + "access-token-type-header-case-sensitivity", steps: byDPoP(otherCase)},
		{Name: fapi + "check-dpop-proof-nbf-exp", steps: byDPoP(proofsWith(false, limited))},
		{Name: fapi + "ensure-dpopproof-with-iat-10seconds-before-succeeds", steps: byDPoP(proofsWith(true, issuedIn(-10)))},
		{Name: fapi + "ensure-dpopproof-with-iat-10seconds-after-succeeds", steps: byDPoP(proofsWith(true, issuedIn(8)))},
		{Name: fapi + "ensure-client-id-in-token-endpoint", steps: byDPoP(keyOfAnother)},
		{Name: fapi + "ensure-holder-of-key-required", steps: byDPoP(unproved)},
		{Name: fapi + "ensure-signed-client-assertion-with-RS256-fails", steps: byDPoP(rs256)},
		{Name: fapi + "ensure-client-assertion-in-token-endpoint", steps: byDPoP(assertionAtToken(func(k *keyed, a *assertion) { a.without, a.client = true, k.as.ID }))},
		{Name: fapi + "ensure-client-assertion-with-exp-is-5-minutes-in-past-fails", steps: byDPoP(assertionAtToken(over))},
		{Name: fapi + "ensure-client-assertion-with-wrong-aud-fails", steps: byDPoP(assertionAtToken(audience(func(*keyed) any { return "https://www.other1.example.com/" })))},
		{Name: fapi + "ensure-client-assertion-with-no-sub-fails", steps: byDPoP(assertionAtToken(func(_ *keyed, a *assertion) { delete(a.claims, "sub") }))},
		{Name: fapi + "dpop-negative-tests", steps: byDPoP(proofs)},
	}
}

// appDiscovery is the module on what the metadata says to apps.
func appDiscovery(ctx context.Context, r *run) error {
	if err := r.readsMetadata(ctx); err != nil {
		return err
	}
	m := r.metadata
	r.fail("CheckDiscEndpointResponseTypeCodeSupported", m.lists("response_types_supported", "code"))
	r.fail("EnsureAuthorizationResponseIssParameterSupportedIsTrue", m.isTrue("authorization_response_iss_parameter_supported"))
	r.fail("CheckDiscEndpointPARSupported", m.isHTTPS("pushed_authorization_request_endpoint"))
	r.fail("FAPI2CheckDiscEndpointIdTokenSigningAlgValuesSupported", m.listsOneOf("id_token_signing_alg_values_supported", false, algorithms()...))
	r.fail("CheckJwksUri", m.isHTTPS("jwks_uri"))
	r.fail("EnsureServerConfigurationSupportsCodeChallengeMethodS256", m.lists("code_challenge_methods_supported", "S256"))
	r.fail("CheckDiscEndpointAuthorizationEndpoint", m.isHTTPS("authorization_endpoint"))
	if given, found := m["require_pushed_authorization_requests"]; found {
		if _, isBool := given.(bool); !isBool {
			r.fail("CheckDiscRequirePushedAuthorizationRequestsIsABoolean", fmt.Errorf("it is %v", given))
		}
	}
	r.fail("CheckDiscEndpointScopesSupportedContainsOpenId", m.lists("scopes_supported", "openid"))
	r.fail("CheckDiscEndpointSubjectTypesSupported", m.listsOneOf("subject_types_supported", true, "public", "pairwise"))
	return nil
}

// machineDiscovery is the module on what the metadata says to integrations.
func machineDiscovery(ctx context.Context, r *run) error {
	if err := r.readsMetadata(ctx); err != nil {
		return err
	}
	r.fail("FAPICheckDiscEndpointGrantTypesSupportedContainsClientCredentials", r.metadata.lists("grant_types_supported", "client_credentials"))
	return nil
}

// algorithms are those that FAPI 2.0, section 5.4.1, allows.
func algorithms() []string { return []string{"PS256", "ES256", "EdDSA"} }

// readsMetadata asks for the metadata and holds what both plans ask of it.
func (r *run) readsMetadata(ctx context.Context) error {
	got, err := r.askMetadata(ctx)
	if err != nil {
		return err
	}
	m := r.metadata
	r.fail("EnsureDiscoveryEndpointResponseStatusCodeIs200", got.isStatus(200))
	r.fail("CheckDiscoveryEndpointReturnedJsonContentType", got.isJSON())
	r.fail("CheckDiscEndpointIssuer", same("issuer", m["issuer"], r.config.Issuer))
	r.fail("FAPI2CheckDpopSigningAlgValuesSupported", m.listsOneOf("dpop_signing_alg_values_supported", false, algorithms()...))
	r.fail("CheckDiscEndpointTokenEndpointAuthMethodsSupportedContainsPrivateKeyOrTlsClient",
		m.listsOneOf("token_endpoint_auth_methods_supported", false, "private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"))
	r.fail("EnsureServerConfigurationSupportsPrivateKeyJwt", m.lists("token_endpoint_auth_methods_supported", "private_key_jwt"))
	r.fail("FAPI2CheckDiscEndpointTokenEndpointAuthSigningAlgValuesSupported",
		m.listsOneOf("token_endpoint_auth_signing_alg_values_supported", false, algorithms()...))
	r.fail("CheckDiscEndpointTokenEndpoint", m.isHTTPS("token_endpoint"))
	return nil
}

// happyFlow is two clients with a whole flow each, and the token of one with the key of the other.
func happyFlow(ctx context.Context, k *keyed) error {
	if _, listed := k.metadata["scopes_supported"]; listed && !k.machine {
		k.warn("CheckDiscEndpointScopesSupportedContainsRequestedScopes", k.metadata.lists("scopes_supported", strings.Fields(k.as.Scope)...))
	}
	first, err := k.signedIn(ctx)
	if err != nil {
		return err
	}
	if !k.machine {
		k.warn("EnsureIdTokenDoesNotContainNonRequestedClaims", onlyAsked(first.id.claims, k.as.Scope))
	}
	inAddress, err := k.call(ctx, "GET", k.resource()+"?access_token="+first.access(), nil, nil)
	if err != nil {
		return err
	}
	if inAddress.status < 400 {
		k.fail("DisallowAccessTokenInQuery", errors.New("an access token was taken from an address"))
	}
	for _, accept := range []string{"application/json; charset=utf-8", "application/json, application/*+json, */*"} {
		out := outgoing{method: "GET", address: k.resource(), header: map[string][]string{"Authorization": {k.holder.scheme() + " " + first.access()}, "Accept": {accept}}}
		if err := k.holder.prove(&out, first.access()); err != nil {
			return err
		}
		a, err := k.send(ctx, out)
		if err != nil {
			return err
		}
		k.isServed(a)
	}
	mine := k.holder
	if err := k.turnTo(k.config.KeyedSecond); err != nil {
		return err
	}
	second, err := k.secondFlow(ctx)
	if err != nil {
		return err
	}
	return k.isOthers(ctx, second.access(), mine)
}

// secondFlow is that of the second client: its redirect URI has a query, and its code is bound by dpop_jkt where the key can be named so.
func (k *keyed) secondFlow(ctx context.Context) (issued, error) {
	if k.machine {
		return k.signedIn(ctx)
	}
	k.redirect += querySuffix
	q := k.ask()
	q.Set("state", longState())
	if key, is := k.holder.(*dpopKey); is {
		thumbprint, err := key.thumbprint()
		if err != nil {
			return issued{}, err
		}
		q.Set("dpop_jkt", thumbprint)
	}
	code, err := k.enter(ctx, q)
	if err != nil {
		return issued{}, err
	}
	return k.used(ctx, q, k.codeForm(code))
}

// isOthers holds that a token is of no use to who has another key.
func (k *keyed) isOthers(ctx context.Context, token string, other holder) error {
	a, err := k.api(ctx, token, other)
	if err != nil {
		return err
	}
	if a.status < 400 || a.status >= 500 {
		k.fail("EnsureHttpStatusCodeIs4xx", fmt.Errorf("status %d to a token with the key of another client", a.status))
	}
	return nil
}
