package conformance_test

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/conformance"
)

const (
	notPushed   = "CheckPAREndpointResponse201WithNoError"
	notRefused  = "EnsureHttpStatusCodeIs400or401"
	notServed   = "EnsureHttpStatusCodeIs200or201"
	badAtPush   = "CheckErrorFromParEndpointResponseErrorInvalidClientOrInvalidRequest"
	badObject   = "EnsurePARInvalidRequestOrInvalidRequestObjectError"
	badType     = "EnsurePARUnsupportedResponseTypeOrInvalidRequestOrUnauthorizedClientError"
	badProof    = "CheckTokenEndpointReturnedInvalidRequestGrantOrDPopProofError"
	badGrant    = "CheckErrorFromTokenEndpointResponseErrorInvalidGrant"
	badClient   = "CheckErrorFromTokenEndpointResponseErrorInvalidClientOrInvalidRequest"
	badStatus   = "CheckTokenEndpointHttpStatusIs400Allowing401ForInvalidClientError"
	noCallback  = "ExpectRedirectUriHasBeenCalled"
	badRequest  = "EnsurePARInvalidRequestError"
	badNameHere = "EnsureInvalidRequestUriError"
)

// fapiRules are those that are broken for a module of a FAPI 2.0 plan.
func fapiRules(plan conformance.Plan, module string) []rule {
	name := strings.TrimPrefix(module, "fapi2-security-profile-final-")
	resource := pathUserinfo
	if plan == conformance.FAPI2Machine {
		resource = pathAPI
		switch name {
		case "discovery-end-point-verification":
			return []rule{{"client credentials are listed", says("grant_types_supported", []string{"authorization_code"}),
				"FAPICheckDiscEndpointGrantTypesSupportedContainsClientCredentials"}}
		case "happy-flow":
			return machineFlowRules()
		}
	}
	switch name {
	case "discovery-end-point-verification":
		return appDiscoveryRules()
	case "happy-flow":
		return appFlowRules()
	case "dpop-negative-tests":
		return proofRules(resource)
	}
	for _, all := range []map[string][]rule{requestedRules(), pushRules(), assertedRules(), codeRules(), boundRules(resource)} {
		if found := all[name]; found != nil {
			return found
		}
	}
	return nil
}

func appDiscoveryRules() []rule {
	const plain = "http://id.example/x"
	return []rule{
		{"requests can be pushed", says("pushed_authorization_request_endpoint", nil), "CheckDiscEndpointPARSupported"},
		{"the response type code is listed", says("response_types_supported", []string{"token"}), "CheckDiscEndpointResponseTypeCodeSupported"},
		{"iss in responses is listed", says("authorization_response_iss_parameter_supported", nil), "EnsureAuthorizationResponseIssParameterSupportedIsTrue"},
		{"a good algorithm of ID tokens is listed", says("id_token_signing_alg_values_supported", []string{"RS256"}),
			"FAPI2CheckDiscEndpointIdTokenSigningAlgValuesSupported"},
		{"PKCE by S256 is listed", says("code_challenge_methods_supported", []string{"plain"}), "EnsureServerConfigurationSupportsCodeChallengeMethodS256"},
		{"whether requests must be pushed is a boolean", says("require_pushed_authorization_requests", "false"),
			"CheckDiscRequirePushedAuthorizationRequestsIsABoolean"},
		{"a good algorithm of proofs is listed", says("dpop_signing_alg_values_supported", []string{"RS256"}), "FAPI2CheckDpopSigningAlgValuesSupported"},
		{"a good authentication is listed", says("token_endpoint_auth_methods_supported", []string{"client_secret_basic"}),
			"CheckDiscEndpointTokenEndpointAuthMethodsSupportedContainsPrivateKeyOrTlsClient"},
		{"private_key_jwt is listed", says("token_endpoint_auth_methods_supported", []string{"tls_client_auth"}), "EnsureServerConfigurationSupportsPrivateKeyJwt"},
		{"a good algorithm of assertions is listed", says("token_endpoint_auth_signing_alg_values_supported", []string{"RS256"}),
			"FAPI2CheckDiscEndpointTokenEndpointAuthSigningAlgValuesSupported"},
		{"the token endpoint is https", says("token_endpoint", plain), "CheckDiscEndpointTokenEndpoint"},
		{"the authorization endpoint is https", says("authorization_endpoint", plain), "CheckDiscEndpointAuthorizationEndpoint"},
		{"the keys are there", says("jwks_uri", nil), "CheckJwksUri"},
		{"openid is listed", says("scopes_supported", []string{"email"}), "CheckDiscEndpointScopesSupportedContainsOpenId"},
		{"the issuer is the one that was asked", says("issuer", "https://other.example"), "CheckDiscEndpointIssuer"},
	}
}

func appFlowRules() []rule {
	return []rule{
		{"a token of one client is of no use with the key of another", takes(pathUserinfo), "EnsureHttpStatusCodeIs4xx"},
		{"iss is in the answer", returned(func(q url.Values) { q.Del("iss") }), "RequireIssInAuthorizationResponse"},
		{"iss is the provider's", returned(func(q url.Values) { q.Set("iss", "https://other.example") }), "RequireIssInAuthorizationResponse"},
		{"the password is not sent on", resends, "ExpectNoRedirectThatRepeatsTheRequest"},
		{"a pushed request is answered by 201", func(*signer) *breach {
			return &breach{response: func(e *exchange) {
				if e.is(pathPush) {
					e.status = http.StatusOK
				}
			}}
		}, notPushed},
		{"a pushed request gets a name", pushedHave("request_uri", nil), "CheckForRequestUriValue"},
		{"its name can't be guessed", pushedHave("request_uri", "urn:ietf:params:oauth:request_uri:1"[:12]), "EnsureMinimumRequestUriEntropy"},
		{"its name has an end", pushedHave("expires_in", nil), "CheckForPARResponseExpiresIn"},
		{"its name ends within ten minutes", pushedHave("expires_in", 600), "CheckForPARResponseExpiresIn"},
		{"its answer is JSON", answersWith(pathPush, "Content-Type", "text/plain"), "EnsureContentTypeJson"},
		{"tokens are bound", tokensHave("token_type", "Bearer"), "CheckTokenTypeIsDPoP"},
		{"the ID token names its key", claimsSigned(how{nameless: true}, func(map[string]any) {}), "EnsureIdTokenContainsKid"},
		{"RS256 signs no ID token", claimsSigned(how{}, func(map[string]any) {}), "FAPI2ValidateIdTokenSigningAlg"},
		{"at_hash is of the access token", claimsSigned(how{es256: true}, func(c map[string]any) { c["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA" }), "ValidateAtHash"},
		{"no claim is there that nobody asked for", claim("shoe_size", "44"), "EnsureIdTokenDoesNotContainNonRequestedClaims"},
		{"userinfo takes the access token", rejects(pathUserinfo, always), notServed},
		{"an answer has a date", answersWith(pathUserinfo, "Date", "today"), "CheckForDateHeaderInResourceResponse"},
		{"no token is taken from an address", takesIf(pathUserinfo, func(e *exchange) bool { return e.query.Has("access_token") }), "DisallowAccessTokenInQuery"},
		{"the scopes are listed", says("scopes_supported", []string{"openid"}), "CheckDiscEndpointScopesSupportedContainsRequestedScopes"},
		{"the redirect URI keeps its query", returned(func(q url.Values) { q.Del("dummy1") }), "CheckMatchingCallbackParameters"},
		{"a code can't be guessed", codes(strings.Repeat("ab", 30)), "EnsureMinimumAuthorizationCodeEntropy"},
		{"an access token can't be guessed", tokensHave("access_token", "aaaa"), "EnsureMinimumAccessTokenEntropy"},
	}
}

func machineFlowRules() []rule {
	return []rule{
		{"a token of one client is of no use with the key of another", takes(pathAPI), "EnsureHttpStatusCodeIs4xx"},
		{"the metadata names the token endpoint", says("token_endpoint", nil), "CheckClientCredentialsOnlyServerConfiguration"},
		{"no refresh token comes", tokensHave("refresh_token", strings.Repeat("abcdefgh", 8)), "EnsureNoRefreshTokenInTokenResponse"},
		{"no ID token comes", tokensHave("id_token", "x.y.z"), "ExpectNoIdTokenInTokenResponse"},
		{"tokens are bound", tokensHave("token_type", "Bearer"), "CheckTokenTypeIsDPoP"},
		{"the API takes the token", rejects(pathAPI, always), notServed},
		{"no token is taken from an address", takesIf(pathAPI, func(e *exchange) bool { return e.query.Has("access_token") }), "DisallowAccessTokenInQuery"},
	}
}

// requestedRules are those on what a request may say.
func requestedRules() map[string][]rule {
	long := func(name string) func(*exchange) bool {
		return func(e *exchange) bool { return len(e.form.Get(name)) > 60 }
	}
	return map[string][]rule{
		"user-rejects-authentication": {
			{"the error is access_denied", cancels(url.Values{"error": {"login_required"}}), "ExpectAccessDeniedErrorFromAuthorizationEndpointDueToUserRejectingRequest"},
			{"no code comes", cancels(url.Values{"code": {"x"}}), noError},
			{"state comes back", cancels(url.Values{"error": {"access_denied"}}), otherState},
		},
		"ensure-authorization-request-without-state-success": {
			{"a state may be left out", rejects(pathPush, lacks("state")), notPushed},
			{"no state comes back unsent", returned(func(q url.Values) { q.Set("state", "x") }), "VerifyNoStateInAuthorizationResponse"},
		},
		"ensure-authorization-request-without-nonce-success": {
			{"a nonce may be left out", rejects(pathPush, lacks("nonce")), notPushed},
			{"no nonce comes unsent", claim("nonce", "x"), "ValidateIdTokenNonce"},
		},
		"ensure-authorization-request-with-64-char-nonce-success": {
			{"a nonce may have 64 characters", rejects(pathPush, long("nonce")), notPushed},
			{"it comes back whole", claims(func(c map[string]any) { c["nonce"] = c["nonce"].(string)[:43] }), "ValidateIdTokenNonce"},
		},
		"ensure-other-scope-order-succeeds": {
			{"scopes have no order", rejects(pathPush, func(e *exchange) bool { return !strings.HasPrefix(e.form.Get("scope"), "openid") }), notPushed},
		},
		"test-claims-parameter-identity-claims": {
			{"claims that are listed come", metadata(func(m map[string]any) { lists(m, "claims_supported", "gender") }), "EnsureIdentityClaimsContainRequestedClaims"},
			{"claims is taken", rejects(pathPush, asksFor("claims")), notPushed},
			{"claims have their types", personHas("name", 7), badClaims},
			{"userinfo is JSON", answersWith(pathUserinfo, "Content-Type", "text/plain"), "EnsureContentTypeJson"},
		},
		"ensure-different-nonce-inside-and-outside-request-object": {
			{"the nonce in the address counts for nothing", claim("nonce", "of-the-address"), "ValidateIdTokenNonce"},
		},
		"ensure-different-state-inside-and-outside-request-object": {
			{"the state in the address counts for nothing", returned(func(q url.Values) { q.Set("state", "of-the-address") }), otherState},
		},
		"state-only-outside-request-object-not-used": {
			{"the state in the address counts for nothing", returned(func(q url.Values) { q.Set("state", "of-the-address") }), "VerifyNoStateInAuthorizationResponse"},
		},
		"ensure-authorization-request-with-long-nonce": {
			{"a long nonce is not shortened", claims(func(c map[string]any) { c["nonce"] = c["nonce"].(string)[:64] }), "ValidateIdTokenNonce"},
			{"it is refused by invalid_request", at(pathPush, long("nonce"), func(e *exchange) { e.json(http.StatusBadRequest, map[string]any{"error": "x"}) }), badRequest},
		},
		"ensure-authorization-request-with-long-state": {
			{"a long state is not shortened", returned(func(q url.Values) { q.Set("state", q.Get("state")[:64]) }), otherState},
		},
	}
}

// pushRules are those on requests that are pushed, and on their names.
func pushRules() map[string][]rule {
	registered := asks(pathPush, func(q url.Values) { q.Set("redirect_uri", suiteApp+"/callback") })
	byCode := asks(pathPush, func(q url.Values) { q.Set("response_type", "code") })
	missing := []rule{{"a redirect_uri is asked for", registered, noError}, {"the error is invalid_request", errsWith(pathPush, "server_error"), badObject}}
	types := []rule{
		{"only codes are given", byCode, noError}, {"the error says so", errsWith(pathPush, "server_error"), badType},
	}
	challenged := asks(pathPush, func(q url.Values) {
		q.Set("code_challenge", strings.Repeat("A", 43))
		q.Set("code_challenge_method", "S256")
	})
	return map[string][]rule{
		"ensure-request-object-without-redirect-uri-fails": missing,
		"ensure-redirect-uri-in-authorization-request":     missing,
		"plain-fapi-tolerate-unregistered-redirect-uri":    missing[1:],
		"ensure-response-type-code-idtoken-fails":          types,
		"ensure-response-type-token-fails":                 types,
		"ensure-unsigned-authorization-request-without-using-par-fails": {
			{"a request must be pushed", sendsBack(1, aCode()), noError},
		},
		"par-ensure-reused-request-uri-prior-to-auth-completion-succeeds": {
			{"a page may be loaded again", opensOnce, "WarningAboutRequestUriError"},
			{"the person signs in", sendsBack(1, aCode()), "ExpectLoginPage"},
		},
		"par-attempt-reuse-request_uri": {
			{"a request has one answer", sendsBack(2, aCode()), noError},
			{"the error is invalid_request_uri", sendsBack(2, url.Values{"error": {"server_error"}}), badNameHere},
		},
		"par-attempt-to-use-expired-request_uri": {{"a name has an end", nothing, badNameHere}},
		"par-attempt-to-use-request_uri-for-different-client": {
			{"a name is of one client", sendsBack(1, aCode()), "EnsureInvalidRequestInvalidRequestObjectOrInvalidRequestUriError"},
		},
		"par-authorization-request-containing-request_uri-form-param": {
			{"a name is not pushed", takes(pathPush), notRefused},
			{"the error says so", errsWith(pathPush, "server_error"), "EnsurePARInvalidRequestOrInvalidRequestObjectOrRequestUriNotSupportedError"},
		},
		"par-attempt-invalid-http-method": {
			{"requests are pushed by POST", at(pathPush, func(e *exchange) bool { return e.method == http.MethodPut }, (*exchange).take), "EnsureParHTTPError"},
		},
		"par-ensure-pkce-required": {{"PKCE is asked for", challenged, noError}, {"the error is invalid_request", errsWith(pathPush, "server_error"), badRequest}},
		"par-plain-pkce-rejected":  {{"PKCE is by S256", challenged, noError}, {"the error is invalid_request", errsWith(pathPush, "server_error"), badRequest}},
		"par-without-duplicate-parameters": {
			{"a name is enough", at(pathAuthorize, func(e *exchange) bool { return !e.query.Has("scope") }, func(e *exchange) {
				e.page(http.StatusBadRequest, "No scope")
			}), noCallback},
		},
	}
}

// assertedRules are those on how a client authenticates.
func assertedRules() map[string][]rule {
	atPush := []rule{{"it is refused", takes(pathPush), notRefused}, {"the error is invalid_client", errsWith(pathPush, "server_error"), badAtPush}}
	atToken := []rule{{"it is refused", takes(pathToken), badClient}, {"the error is invalid_client", errsWith(pathToken, "server_error"), badClient}}
	return map[string][]rule{
		"par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted": {
			{"clocks may differ by seconds", rejects(pathPush, always), notPushed},
			{"iss is in the answer", returned(func(q url.Values) { q.Del("iss") }), "RequireIssInAuthorizationResponse"},
		},
		"par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails": atPush,
		"par-test-array-as-audience-fails":                                         atPush,
		"par-test-par-endpoint-url-as-audience-fails":                              atPush,
		"par-test-token-endpoint-url-as-audience-fails":                            atPush,
		"ensure-client-assertion-in-token-endpoint":                                atToken,
		"ensure-client-assertion-with-exp-is-5-minutes-in-past-fails":              atToken,
		"ensure-client-assertion-with-wrong-aud-fails":                             atToken,
		"ensure-client-assertion-with-no-sub-fails":                                atToken,
		"ensure-signed-client-assertion-with-RS256-fails": {
			{"RS256 is refused", takes(pathToken), "CheckErrorFromTokenEndpointResponseErrorInvalidClient"},
		},
		"ensure-client-id-in-token-endpoint": {
			{"the key is the client's", takes(pathToken), "CheckErrorFromTokenEndpointResponseErrorInvalidClientOrInvalidGrant"},
			{"the status is 400 or 401", refusal(func(e *exchange) { e.status = http.StatusForbidden }), badStatus},
		},
	}
}

// codeRules are those on codes and refresh tokens.
func codeRules() map[string][]rule {
	taken := []rule{{"it is refused", takes(pathToken), badGrant}, {"the error is invalid_grant", errsWith(pathToken, "invalid_request"), badGrant}}
	refreshes := func(e *exchange) bool { return e.form.Get("grant_type") == "refresh_token" }
	return map[string][]rule{
		"ensure-authorization-code-is-bound-to-client": taken,
		"ensure-pkce-code-verifier-required":           taken,
		"incorrect-pkce-code-verifier-rejected":        taken,
		"attempt-reuse-authorization-code-after-one-second": {
			{"a code is good once", redeemsTwice, "ServerAllowedReusingAuthorizationCode"},
			{"its tokens end when it comes again", redeemsTwice, "EnsureHttpStatusCodeIs4xx"},
			{"the error is invalid_grant", errsWith(pathToken, "invalid_request"), badGrant},
		},
		"ensure-token-endpoint-fails-with-expired-auth-code": {{"a code has an end", nothing, "ServerAllowedExpiredAuthorizationCode"}},
		"refresh-token": {
			{"a key is shown", takes(pathToken), "CheckTokenEndpointReturnedInvalidClientGrantOrRequestError"},
			{"refresh tokens stay", tokens("refresh_token", func(o map[string]any) { o["refresh_token"] = strings.Repeat("abcdefgh", 8) }), "ValidateRefreshTokenNotRotated"},
			{"a refresh token works", at(pathToken, refreshes, func(e *exchange) {
				e.json(http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
			}), noTokens},
			{"a refresh token is of one client", takesIf(pathToken, func(e *exchange) bool { return refreshes(e) && len(e.from["Dpop"]) > 0 }), badGrant},
			{"the token it gives is of one key", takes(pathUserinfo), "EnsureHttpStatusCodeIs4xx"},
			{"the grant that is listed is there", tokensHave("refresh_token", nil), "FAPIEnsureServerConfigurationDoesNotSupportRefreshToken"},
			{"the grant is listed", says("grant_types_supported", []string{"authorization_code"}), "EnsureServerConfigurationSupportsRefreshToken"},
			{"a refreshed ID token is of the same person", secondClaim("sub", "another"), "CompareIdTokenClaims"},
			{"tokens come with 200", func(*signer) *breach {
				return &breach{response: func(e *exchange) {
					if e.is(pathToken) && refreshes(e) && e.status == http.StatusOK {
						e.status = http.StatusCreated
					}
				}}
			}, "CheckTokenEndpointHttpStatus200"},
			{"a refresh token can't be guessed", tokens("authorization_code", func(o map[string]any) { o["refresh_token"] = "aaaa" }), "EnsureMinimumRefreshTokenEntropy"},
		},
	}
}

// boundRules are those on how tokens and codes are bound to a key.
func boundRules(resource string) map[string][]rule {
	bound := []rule{{"it is refused", takes(pathToken), badProof}, {"the error says so", errsWith(pathToken, "server_error"), badProof}}
	proved := func(e *exchange) bool { return len(e.from["Dpop"]) > 0 }
	return map[string][]rule{
		"ensure-mismatched-dpop-jkt-fails": {
			{"it is refused", takes(pathPush), notRefused},
			{"the error says so", errsWith(pathPush, "server_error"), "EnsurePARInvalidRequestOrInvalidDpopProof"},
		},
		"ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt": bound,
		"ensure-token-endpoint-fails-with-mismatched-dpop-jkt":       bound,
		"ensure-dpopproof-at-par-endpoint-binding-success":           {{"a pushed request may show a key", rejects(pathPush, proved), notPushed}},
		"ensure-dpop-auth-code-binding-success":                      {{"a pushed request may name its key", rejects(pathPush, asksFor("dpop_jkt")), notPushed}},
		"access-token-type-header-case-sensitivity": {
			{"a scheme has no case", rejects(resource, func(e *exchange) bool { return strings.HasPrefix(e.from.Get("Authorization"), "dpOp ") }), notServed},
		},
		"check-dpop-proof-nbf-exp": {
			{"a proof may have nbf and exp", rejects(pathToken, proofOf(func(s seen) bool { return s.claims["exp"] != nil })), noTokens},
		},
		"ensure-dpopproof-with-iat-10seconds-before-succeeds": {
			{"clocks may differ by seconds", rejects(pathToken, proofOf(issuedIn(-time.Minute, -5*time.Second))), noTokens},
			{"clocks may differ by seconds, at the API", rejects(resource, proofOf(issuedIn(-time.Minute, -5*time.Second))), notServed},
		},
		"ensure-dpopproof-with-iat-10seconds-after-succeeds": {
			{"clocks may differ by seconds", rejects(pathToken, proofOf(issuedIn(3*time.Second, time.Minute))), noTokens},
			{"clocks may differ by seconds, at the API", rejects(resource, proofOf(issuedIn(3*time.Second, time.Minute))), notServed},
		},
		"ensure-holder-of-key-required": {
			{"a key must be shown", takes(pathToken), "EnsureHttpStatusCodeIs4xx"},
			{"the error says so", errsWith(pathToken, "server_error"), badProof},
			{"the error is JSON", refusal(func(e *exchange) { e.header.Set("Content-Type", "text/plain") }), "CheckTokenEndpointReturnedJsonContentType"},
		},
	}
}

// proofRules are those on single proofs at a resource.
func proofRules(resource string) []rule {
	wrong := func(name string, kind func(seen) bool) rule {
		return rule{name, takesIf(resource, proofOf(kind)), notRefused}
	}
	right := func(name string, kind func(seen) bool) rule {
		return rule{name, rejects(resource, proofOf(kind)), notServed}
	}
	is := func(part func(seen) map[string]any, name string, value any) func(seen) bool {
		return func(s seen) bool { return part(s)[name] == value }
	}
	htu := func(kind func(string) bool) func(seen) bool {
		return func(s seen) bool {
			at, is := s.claims["htu"].(string)
			return is && kind(at)
		}
	}
	return []rule{
		wrong("a proof must come", func(s seen) bool { return len(s.headers) == 0 }),
		wrong("one proof comes", func(s seen) bool { return len(s.headers) == 2 }),
		wrong("a proof has three parts", func(s seen) bool { return len(s.headers) == 1 && strings.Count(s.headers[0], ".") == 1 }),
		wrong("a proof has a typ", hasNo(inHeader, "typ")),
		wrong("a proof has an alg", hasNo(inHeader, "alg")),
		wrong("a proof has a jwk", hasNo(inHeader, "jwk")),
		wrong("a proof has a jti", hasNo(inClaims, "jti")),
		wrong("a proof has an htm", hasNo(inClaims, "htm")),
		wrong("a proof has an htu", hasNo(inClaims, "htu")),
		wrong("a proof has an iat", hasNo(inClaims, "iat")),
		wrong("a proof has an ath", hasNo(inClaims, "ath")),
		wrong("its typ is dpop+jwt", is(inHeader, "typ", "dpop+jwt+wrongyousee")),
		wrong("it is signed", is(inHeader, "alg", "none")),
		wrong("its signature is right", func(s seen) bool {
			return len(s.headers) == 1 && strings.HasSuffix(s.headers[0], strings.Repeat("A", 60))
		}),
		wrong("its key is public", func(s seen) bool {
			key, _ := s.header["jwk"].(map[string]any)
			return key["d"] != nil
		}),
		wrong("it is for this method", is(inClaims, "htm", http.MethodPut)),
		wrong("it is for this address", htu(func(at string) bool { return strings.HasSuffix(at, "ohnonotagain") })),
		wrong("it is not of the future", issuedIn(30*time.Minute, 2*time.Hour)),
		wrong("it is not of the past", issuedIn(-2*time.Hour, -30*time.Minute)),
		wrong("it is for this token", is(inClaims, "ath", strings.Repeat("A", 43))),
		{"it is good once", forgetsProofs(resource), notRefused},
		{"it is of the token's key", func(s *signer) *breach {
			first := ""
			return takesIf(resource, proofOf(func(p seen) bool {
				key, _ := p.header["jwk"].(map[string]any)
				x, _ := key["x"].(string)
				if first == "" {
					first = x
				}
				_, isWhole := p.claims["ath"]
				return isWhole && x != "" && x != first
			}))(s)
		}, notRefused},
		right("the case of the header's name counts for nothing", func(s seen) bool { return true }),
		right("a query and a fragment count for nothing", htu(func(at string) bool { return strings.Contains(at, "?") })),
		right("a proof may have more", func(s seen) bool { return s.claims["tx_id_key"] != nil }),
		right("the case of scheme and host counts for nothing", htu(func(at string) bool { return strings.HasPrefix(at, "HTTPS") })),
	}
}
