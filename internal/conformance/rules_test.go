package conformance_test

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/apscloud/apsid/internal/conformance"
)

// rule is one that a provider breaks, and the condition that must say so.
type rule struct {
	broken    string
	by        func(*signer) *breach
	condition string
}

// The conditions that several rules lead to.
const (
	noAnswer   = "CheckIfAuthorizationEndpointError"
	noError    = "EnsureErrorFromAuthorizationEndpointResponse"
	noTokens   = "CheckIfTokenEndpointResponseError"
	otherState = "CheckStateInAuthorizationResponse"
	otherError = "CheckErrorFromAuthorizationEndpointIsOneThatRequiredAUserInterface"
	badClaims  = "ValidateUserInfoStandardClaims"
	noPost     = "CheckCallbackHttpMethodIsPost"
	notOK      = "EnsureHttpStatusCodeIs200"
)

// rules are those that are broken for a module.
func rules(m conformance.Module) []rule {
	switch m.Plan {
	case conformance.FAPI2, conformance.FAPI2Machine:
		return fapiRules(m.Plan, m.Name)
	case conformance.FormPostBasic:
		return formPostRules(m.Name)
	case conformance.ConfigOP:
		return discoveryRules()
	case conformance.RPInitiatedLogout:
		return logoutRules(m.Name)
	case conformance.BackchannelLogout:
		return backchannelRules(m.Name)
	default:
		return basicRules(m.Name)
	}
}

// formPostRules: every answer of this plan must come as a form. Where there is none to come, the rules of the other plan are broken.
func formPostRules(module string) []rule {
	switch module {
	case "oidcc-idtoken-unsigned", "oidcc-scope-address", "oidcc-scope-phone", "oidcc-scope-all", "oidcc-ensure-registered-redirect-uri":
		return basicRules(module)
	case "oidcc-ensure-request-object-with-redirect-uri":
		return basicRules(module)[1:] // the first is on an answer by query
	case "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported":
		return []rule{{"a request_uri that is not supported is refused", ignores(pathAuthorize, "request_uri"), noPost}}
	case "oidcc-server":
		return []rule{
			{"the answer comes as a form (OAuth 2.0 Form Post Response Mode, section 2)", byQuery, noPost},
			{"no code stands in an address", byQuery, "RejectAuthCodeInUrlQuery"},
		}
	case "oidcc-response-type-missing":
		return []rule{
			{"an error comes as a form too", byQuery, noPost},
			{"no error stands in an address", byQuery, "RejectErrorInUrlQuery"},
		}
	default:
		return []rule{{"the answer comes as a form (OAuth 2.0 Form Post Response Mode, section 2)", byQuery, noPost}}
	}
}

func basicRules(module string) []rule {
	for _, all := range []map[string][]rule{serverRules(), requestRules(), claimsRules(), againRules()} {
		if found := all[module]; found != nil {
			return found
		}
	}
	return nil
}

func serverRules() map[string][]rule {
	return map[string][]rule{
		"oidcc-server": {
			{"state comes back", returned(func(q url.Values) { q.Del("state") }), otherState},
			{"state comes back as it was", returned(func(q url.Values) { q.Set("state", strings.ToLower(q.Get("state"))) }),
				otherState},
			{"iss is the provider's", returned(func(q url.Values) { q.Set("iss", "https://other.example") }),
				"ValidateIssIfPresentInAuthorizationResponse"},
			{"iss is there, as the metadata says", returned(func(q url.Values) { q.Del("iss") }),
				"ValidateIssIfPresentInAuthorizationResponse"},
			{"the answer comes by query", asks(pathAuthorize, func(q url.Values) { q.Set("response_mode", "form_post") }), "ExpectCallbackByGet"},
			{"a request is answered", at(pathToken, always, func(*exchange) { panic(http.ErrAbortHandler) }), "ExpectAnAnswer"},
			{"a code comes back", returned(func(q url.Values) { q.Del("code") }),
				"ExtractAuthorizationCodeFromAuthorizationResponse"},
			{"a code has 128 bits", codes("short-code"), "EnsureMinimumAuthorizationCodeLength"},
			{"a code can't be guessed", codes(strings.Repeat("ab", 30)), "EnsureMinimumAuthorizationCodeEntropy"},
			{"the answer goes to the redirect URI", at(pathAuthorize, always, func(e *exchange) {
				e.redirect(suiteApp+"/other", url.Values{"error": {"server_error"}})
			}), "CheckMatchingCallbackParameters"},
			{"the ID token is of this issuer", claim("iss", "https://other.example"), "ValidateIdToken"},
			{"the ID token is for this client", claim("aud", "another"), "ValidateIdToken"},
			{"the ID token is for this client, among others", claim("aud", []string{"another"}), "ValidateIdToken"},
			{"the ID token is not over", claim("exp", longAgo()), "ValidateIdToken"},
			{"the ID token has exp", claim("exp", nil), "ValidateIdToken"},
			{"the ID token was not issued tomorrow", claim("iat", soon()), "ValidateIdToken"},
			{"the ID token has the nonce", claim("nonce", nil), "ValidateIdTokenNonce"},
			{"the nonce is that of the request", claim("nonce", "another"), "ValidateIdTokenNonce"},
			{"the ID token has a subject", claim("sub", nil), "CheckForSubjectInIdToken"},
			{"a key of the provider signs", claimsSigned(how{secretly: true}, func(map[string]any) {}),
				"ValidateIdTokenSignatureUsingKid"},
			{"at_hash is of the access token", claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"), "ValidateAtHash"},
			{"c_hash is of the code", claim("c_hash", "AAAAAAAAAAAAAAAAAAAAAA"), "ValidateCHash"},
			{"claims have their types", claim("name", 7), "ValidateIdTokenStandardClaims"},
			{"updated_at is a time that has come", claim("updated_at", soon()), "EnsureIdTokenUpdatedAtValid"},
			{"no claim is there that nobody asked for", claim("shoe_size", "44"), "EnsureIdTokenDoesNotContainNonRequestedClaims"},
			{"name is not there unasked", claim("name", "Sam"), "EnsureIdTokenDoesNotContainName"},
			{"every key has a kid", keys(func(k map[string]any) { delete(k, "kid") }), "CheckForKeyIdInServerJWKs"},
			{"every key has a kid of its own", keys(func(k map[string]any) { k["kid"] = "one" }),
				"CheckDistinctKeyIdValueInServerJWKs"},
			{"keys are public", keys(func(k map[string]any) { k["d"] = "AQAB" }),
				"EnsureServerJwksDoesNotContainPrivateOrSymmetricKeys"},
			{"keys can be read", keys(func(k map[string]any) { k["kty"] = "RSA"; delete(k, "n") }), "ValidateServerJWKs"},
			{"there are keys", at(pathKeys, always, func(e *exchange) { e.json(http.StatusOK, map[string]any{}) }),
				"FetchServerKeys"},
			{"the metadata names the token endpoint", says("token_endpoint", nil), "CheckServerConfiguration"},
			{"the metadata lists client_secret_basic", says("token_endpoint_auth_methods_supported", []string{"private_key_jwt"}),
				"EnsureServerConfigurationSupportsClientSecretBasic"},
			{"the metadata is an object", at(pathMetadata, always, func(e *exchange) { e.page(http.StatusOK, "Hello") }),
				"GetDynamicServerConfiguration"},
			{"a code is redeemed", at(pathToken, always, func(e *exchange) { e.json(http.StatusBadRequest, map[string]any{"error": "invalid_grant"}) }),
				noTokens},
			{"the answer has an access token", tokensHave("access_token", nil), "CheckForAccessTokenValue"},
			{"the answer has an ID token", tokensHave("id_token", nil), "ExtractIdTokenFromTokenResponse"},
			{"expires_in is a number", tokensHave("expires_in", "300"), "ValidateExpiresIn"},
			{"expires_in is there", tokensHave("expires_in", nil), "ExtractExpiresInFromTokenEndpointResponse"},
			{"userinfo takes the access token", at(pathUserinfo, always, func(e *exchange) { e.status = http.StatusUnauthorized }),
				notOK},
		},
		"oidcc-server-client-secret-post": {
			{"the metadata lists client_secret_post", says("token_endpoint_auth_methods_supported", []string{"client_secret_basic"}),
				"EnsureServerConfigurationSupportsClientSecretPost"},
			{"a secret in the form is taken", ignores(pathToken, "client_secret"), noTokens},
		},
		"oidcc-idtoken-signature": {
			{"the ID token names its key", claimsSigned(how{nameless: true}, func(map[string]any) {}), "EnsureIdTokenContainsKid"},
			{"RS256 signs unless registered otherwise", claimsSigned(how{es256: true}, func(map[string]any) {}), "EnsureIdTokenSignatureIsRS256"},
		},
		"oidcc-idtoken-unsigned": {
			{"none is done if it is listed", metadata(func(m map[string]any) { lists(m, "id_token_signing_alg_values_supported", "none") }),
				"CheckIdTokenSignatureAlgorithm"},
		},
		"oidcc-codereuse": {
			{"the error is invalid_grant", refusal(func(e *exchange) { e.object(func(o map[string]any) { o["error"] = "invalid_request" }) }),
				"CheckErrorFromTokenEndpointResponseErrorInvalidGrant"},
			{"the status is 400", refusal(func(e *exchange) { e.status = http.StatusUnauthorized }), "CheckTokenEndpointHttpStatus400"},
			{"the error is JSON", refusal(func(e *exchange) { e.header.Set("Content-Type", "text/plain") }),
				"CheckTokenEndpointReturnedJsonContentType"},
			{"the description has usual characters", refusal(func(e *exchange) {
				e.object(func(o map[string]any) { o["error_description"] = `not "good"` })
			}), "ValidateErrorDescriptionFromTokenEndpointResponseError"},
			{"the description has one line", refusal(func(e *exchange) {
				e.object(func(o map[string]any) { o["error_description"] = "one\nanother" })
			}), "CheckErrorDescriptionFromTokenEndpointResponseErrorContainsCRLFTAB"},
			{"a code is good once", redeemsTwice, "ServerAllowedReusingAuthorisationCode"},
		},
		"oidcc-codereuse-30seconds": {
			{"a code is good once", redeemsTwice, "CheckTokenEndpointHttpStatus400"},
			{"its tokens end when it comes again", redeemsTwice, "CallProtectedResourceWithBearerTokenExpectingError"},
		},
		"oidcc-refresh-token": {
			{"a refresh token works", at(pathToken, func(e *exchange) bool { return e.form.Get("grant_type") == "refresh_token" }, func(e *exchange) {
				e.json(http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
			}), noTokens},
			{"a refresh token is of one client", refreshesForAnybody, "CheckTokenEndpointHttpStatus400"},
			{"no cache keeps tokens", func(*signer) *breach {
				return &breach{response: func(e *exchange) {
					if e.is(pathToken) {
						e.header.Del("Cache-Control")
					}
				}}
			}, "CheckTokenEndpointCacheHeaders"},
			{"tokens are JSON", func(*signer) *breach {
				return &breach{response: func(e *exchange) {
					if e.is(pathToken) {
						e.header.Set("Content-Type", "text/html")
					}
				}}
			}, "CheckTokenEndpointReturnedJsonContentType"},
			{"tokens come with 200", func(*signer) *breach {
				return &breach{response: func(e *exchange) {
					if e.is(pathToken) && e.form.Get("grant_type") == "refresh_token" && e.status == http.StatusOK {
						e.status = http.StatusCreated
					}
				}}
			}, "CheckTokenEndpointHttpStatus200"},
			{"the grant is listed", says("grant_types_supported", []string{"authorization_code"}), "EnsureServerConfigurationSupportsRefreshToken"},
			{"the grant that is listed is there", tokensHave("refresh_token", nil), "EnsureServerConfigurationDoesNotSupportRefreshToken"},
			{"the token type is Bearer", tokensHave("token_type", "mac"), "CheckTokenTypeIsBearer"},
			{"a refreshed ID token is of the same person", secondClaim("sub", "another"), "CompareIdTokenClaims"},
			{"a refreshed ID token is of the same sign-in", secondClaim("auth_time", longAgo()), "CompareIdTokenClaims"},
			{"a refreshed ID token is a new one", claim("iat", longAgo()), "CompareIdTokenClaims"},
			{"an access token can't be guessed", tokens("refresh_token", func(o map[string]any) { o["access_token"] = "aaaa" }),
				"EnsureMinimumAccessTokenEntropy"},
			{"a refresh token can't be guessed", tokens("refresh_token", func(o map[string]any) { o["refresh_token"] = "aaaa" }),
				"EnsureMinimumRefreshTokenEntropy"},
			{"an access token has usual characters", tokens("refresh_token", func(o map[string]any) { o["access_token"] = "käse-" + strings.Repeat("abcdefgh", 8) }),
				"EnsureAccessTokenContainsAllowedCharactersOnly"},
			{"a refresh token has usual characters", tokens("authorization_code", func(o map[string]any) { o["refresh_token"] = "käse" }),
				"EnsureRefreshTokenContainsAllowedCharactersOnly"},
		},
	}
}

func requestRules() map[string][]rule {
	answersAtRegistered := at(pathAuthorize, func(e *exchange) bool { return e.query.Get("redirect_uri") != suiteApp+"/callback" }, func(e *exchange) {
		e.redirect(suiteApp+"/callback", url.Values{"error": {"request_not_supported"}})
	})
	answersAnywhere := at(pathAuthorize, always, func(e *exchange) { e.refuse("invalid_request") })
	signsInAnyway := asks(pathAuthorize, func(q url.Values) {
		q.Set("redirect_uri", suiteApp+"/callback")
		q.Del("request")
	})
	return map[string][]rule{
		"oidcc-response-type-missing": {
			{"a response_type is asked for", asks(pathAuthorize, func(q url.Values) { q.Set("response_type", "code") }), noError},
			{"no code comes without one", asks(pathAuthorize, func(q url.Values) { q.Set("response_type", "code") }),
				"RejectAuthCodeInAuthorizationEndpointResponse"},
			{"the error says what is wrong", returned(func(q url.Values) { q.Set("error", "server_error") }),
				"CheckErrorFromAuthorizationEndpointErrorInvalidRequestOrUnsupportedResponseType"},
			{"state comes back with an error", returned(func(q url.Values) { q.Del("state") }), otherState},
			{"iss comes back with an error", returned(func(q url.Values) { q.Del("iss") }),
				"ValidateIssIfPresentInAuthorizationResponse"},
			{"the description has usual characters", returned(func(q url.Values) { q.Set("error_description", `"no"`) }),
				"ValidateErrorDescriptionFromAuthorizationEndpointResponseError"},
			{"the description has one line", returned(func(q url.Values) { q.Set("error_description", "one\nanother") }),
				"CheckErrorDescriptionFromAuthorizationEndpointResponseErrorContainsCRLFTAB"},
			{"an error has no other parameters", returned(func(q url.Values) { q.Set("mood", "bad") }),
				"CheckForUnexpectedParametersInErrorResponseFromAuthorizationEndpoint"},
			{"a page instead is an error's", at(pathAuthorize, always, func(e *exchange) { e.page(http.StatusOK, "Hello") }),
				"ExpectResponseTypeMissingErrorPage"},
		},
		"oidcc-ensure-request-without-nonce-succeeds-for-code-flow": {
			{"a nonce may be left out", refuses(func(q url.Values) bool { return !q.Has("nonce") }), noAnswer},
		},
		"oidcc-ensure-other-scope-order-succeeds": {
			{"scopes have no order", refuses(func(q url.Values) bool { return !strings.HasPrefix(q.Get("scope"), "openid") }),
				noAnswer},
		},
		"oidcc-display-page": {{"display is taken", refusesParameter("display"), noAnswer}},
		"oidcc-display-popup": {{"display=popup is taken", refuses(func(q url.Values) bool { return q.Get("display") == "popup" }),
			noAnswer}},
		"oidcc-ensure-request-with-unknown-parameter-succeeds": {{"unknown parameters are ignored", refusesParameter("extra"),
			noAnswer}},
		"oidcc-login-hint":     {{"login_hint is taken", refusesParameter("login_hint"), noAnswer}},
		"oidcc-ui-locales":     {{"ui_locales is taken", refusesParameter("ui_locales"), noAnswer}},
		"oidcc-claims-locales": {{"claims_locales is taken", refusesParameter("claims_locales"), noAnswer}},
		"oidcc-ensure-request-with-acr-values-succeeds": {
			{"acr_values is taken", refusesParameter("acr_values"), noAnswer},
			{"a list with what the person has asks for no more", at(pathAuthorize, func(e *exchange) bool { return e.query.Has("acr_values") }, func(e *exchange) {
				e.page(http.StatusOK, "Set up MFA")
			}), "ExpectRedirectUriHasBeenCalled"},
			{"acr is one of those", claim("acr", "another"), "ValidateIdTokenACRClaimAgainstAcrValuesRequest"},
		},
		"oidcc-ensure-request-with-valid-pkce-succeeds": {
			{"a code_challenge is taken", refusesParameter("code_challenge"), noAnswer},
			{"its verifier redeems the code", ignores(pathToken, "code_verifier"), noTokens},
		},
		"oidcc-ensure-post-request-succeeds": {
			{"a request may be posted", at(pathAuthorize, isPost, func(e *exchange) { e.page(http.StatusMethodNotAllowed, "No") }),
				"ExpectRedirectUriHasBeenCalled"},
			{"a posted request is taken", at(pathAuthorize, isPost, func(e *exchange) { e.refuse("invalid_request") }), noAnswer},
		},
		"oidcc-ensure-registered-redirect-uri": {
			{"no error goes to an address that is not registered", answersAnywhere, "ExpectRedirectUriErrorPage"},
			{"nobody signs in for one", signsInAnyway, "ExpectRedirectUriErrorPage"},
			{"the page says that something is wrong", at(pathAuthorize, always, func(e *exchange) { e.page(http.StatusOK, "Hello") }),
				"ExpectRedirectUriErrorPage"},
		},
		"oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported": {
			{"a request_uri that is not supported is refused", ignores(pathAuthorize, "request_uri"), otherState},
			{"what is taken is listed", ignores(pathAuthorize, "request_uri"), "CheckDiscEndpointRequestUriParameterSupported"},
		},
		"oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported": {
			{"a request object that is not supported is refused", ignores(pathAuthorize, "request"), otherState},
			{"what is taken is listed", ignores(pathAuthorize, "request"), "CheckDiscEndpointRequestParameterSupported"},
			{"it is refused by its own error", returned(func(q url.Values) { q.Set("error", "invalid_request") }), noAnswer},
		},
		"oidcc-ensure-request-object-with-redirect-uri": {
			{"no answer goes to an address in an object that is not read", answersAtRegistered,
				"EnsureOPDoesNotUseDefaultRedirectUriInCaseOfInvalidRedirectUri"},
			{"no error goes to an address that is not registered", answersAnywhere, "ExpectRedirectUriErrorPage"},
			{"an object is not passed over", signsInAnyway, otherState},
		},
	}
}

func claimsRules() map[string][]rule {
	address := map[string]any{"formatted": 7}
	return map[string][]rule{
		"oidcc-userinfo-get": {
			{"userinfo has sub", personHas("sub", nil), "EnsureUserInfoContainsSub"},
			{"userinfo is an object", at(pathUserinfo, always, func(e *exchange) { e.page(http.StatusOK, "Hello") }),
				"ExtractUserInfoFromUserInfoEndpointResponse"},
		},
		"oidcc-userinfo-post-header": {
			{"userinfo may be posted to", at(pathUserinfo, isPost, func(e *exchange) { e.status = http.StatusMethodNotAllowed }),
				notOK},
		},
		"oidcc-userinfo-post-body": {
			{"userinfo has sub", personHas("sub", nil), "EnsureUserInfoContainsSub"},
			{"the token may stand in the form", at(pathUserinfo, isPost, func(e *exchange) { e.status = http.StatusBadRequest }),
				"UserInfoEndpointWithAccessTokenInBodyNotSupported"},
		},
		"oidcc-scope-profile": {
			{"name is a text", personHas("name", 7), badClaims},
			{"updated_at is a number", personHas("updated_at", "2027-01-31"), badClaims},
			{"updated_at is after 1990", personHas("updated_at", 2), "EnsureUserInfoUpdatedAtValid"},
			{"userinfo is of the person of the ID token", personHas("sub", "another"),
				"VerifyUserInfoAndIdTokenInTokenEndpointSameSub"},
		},
		"oidcc-scope-email": {
			{"email_verified is true or false", personHas("email_verified", "true"), badClaims},
			{"email is there", personHas("email", nil), "VerifyScopesReturnedInUserInfoClaims"},
			{"name is not there unasked", personHas("name", "Sam"), "EnsureUserInfoDoesNotContainName"},
			{"email is at userinfo only", claim("email", "suite@conformance.example"),
				"EnsureIdTokenDoesNotContainEmailForScopeEmail"},
		},
		"oidcc-scope-address": {
			{"address is an object", offers("address", "1 Main Street", "address"), badClaims},
			{"the parts of an address are texts", offers("address", address, "address"), badClaims},
			{"a scope that is listed brings its claims", offers("shoe_size", "44", "address"),
				"VerifyScopesReturnedInUserInfoClaims"},
		},
		"oidcc-scope-phone": {{"phone_number is a text", offers("phone_number", 7, "phone"), badClaims}},
		"oidcc-scope-all": {{"phone_number_verified is true or false", offers("phone_number_verified", "yes", "phone", "address"),
			badClaims}},
		"oidcc-claims-essential": {
			{"claims is taken", refusesParameter("claims"), noAnswer},
			{"name is there", personHas("name", nil), "EnsureUserInfoContainsName"},
		},
	}
}

func againRules() map[string][]rule {
	return map[string][]rule{
		"oidcc-prompt-login": {
			{"prompt=login asks again", ignores(pathAuthorize, "prompt"), "ExpectSecondLoginPage"},
			{"auth_time is of the later sign-in", secondClaim("auth_time", longAgo()), "CheckSecondIdTokenAuthTimeIsLaterIfPresent"},
		},
		"oidcc-prompt-none-not-logged-in": {
			{"prompt=none shows no page", ignores(pathAuthorize, "prompt"), noError},
			{"the error says that a page is needed", returned(func(q url.Values) { q.Set("error", "access_denied") }), otherError},
			{"a long state comes back whole", returned(func(q url.Values) { q.Set("state", q.Get("state")[:64]) }), otherState},
			{"no page stands in its place", at(pathAuthorize, always, func(e *exchange) { e.page(http.StatusBadRequest, "Sign in first") }),
				"ExpectRedirectUriHasBeenCalled"},
		},
		"oidcc-prompt-none-logged-in": {
			{"who is signed in is not asked", func(*signer) *breach {
				return &breach{request: func(e *exchange) {
					if e.is(pathAuthorize) && e.query.Get("prompt") == "none" {
						e.from.Del("Cookie")
					}
				}}
			}, noAnswer},
			{"it is the same person", secondClaim("sub", "another"), "CheckIdTokenSubConsistentForSecondAuthorization"},
			{"it is the same sign-in", secondClaim("auth_time", longAgo()), "CheckIdTokenAuthTimeClaimsSameIfPresent"},
		},
		"oidcc-id-token-hint": {
			{"id_token_hint is taken", refusesParameter("id_token_hint"), noAnswer},
			{"it is the same person", secondClaim("sub", "another"), "CheckIdTokenSubConsistentForSecondAuthorization"},
		},
		"oidcc-max-age-1": {
			{"max_age asks again", ignores(pathAuthorize, "max_age"), "ExpectSecondLoginPage"},
			{"auth_time is there with max_age", claim("auth_time", nil), "CheckIdTokenAuthTimeClaimPresentDueToMaxAge"},
			{"auth_time is of the later sign-in", secondClaim("auth_time", longAgo()), "CheckSecondIdTokenAuthTimeIsLaterIfPresent"},
			{"auth_time is of just now", claim("auth_time", longAgo()), "CheckIdTokenAuthTimeIsRecentIfPresent"},
		},
		"oidcc-max-age-10000": {
			{"auth_time is there with max_age", claim("auth_time", nil), "CheckIdTokenAuthTimeClaimPresentDueToMaxAge"},
			{"who signed in just now is not asked", asks(pathAuthorize, func(q url.Values) { q.Set("prompt", "login") }),
				"ExpectNoSecondLoginPage"},
			{"it is the same sign-in", secondClaim("auth_time", longAgo()), "CheckIdTokenAuthTimeClaimsSameIfPresent"},
		},
	}
}
