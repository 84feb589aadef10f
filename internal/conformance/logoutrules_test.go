package conformance_test

import (
	"net/http"
	"net/url"
	"strings"
)

func discoveryRules() []rule {
	const plain = "http://id.example/x"
	return []rule{
		{"the document comes with 200", at(pathMetadata, always, func(e *exchange) {
			e.json(http.StatusAccepted, map[string]any{"issuer": "x", "jwks_uri": plain})
		}), "EnsureDiscoveryEndpointResponseStatusCodeIs200"},
		{"the document is JSON", func(*signer) *breach {
			return &breach{response: func(e *exchange) {
				if e.is(pathMetadata) {
					e.header.Set("Content-Type", "text/plain")
				}
			}}
		}, "CheckDiscoveryEndpointReturnedJsonContentType"},
		{"response types are listed", says("response_types_supported", nil), "OIDCCCheckDiscEndpointResponseTypesSupported"},
		{"the issuer is the one that was asked", says("issuer", "https://other.example"), "CheckDiscEndpointIssuer"},
		{"subject types are known ones", says("subject_types_supported", []string{"private"}),
			"CheckDiscEndpointSubjectTypesSupported"},
		{"RS256 is listed", says("id_token_signing_alg_values_supported", []string{"ES256"}),
			"OIDCCCheckDiscEndpointIdTokenSigningAlgValuesSupported"},
		{"the authorization endpoint is https", says("authorization_endpoint", plain), "CheckDiscEndpointAuthorizationEndpoint"},
		{"the token endpoint is https", says("token_endpoint", plain), "CheckDiscEndpointTokenEndpoint"},
		{"the userinfo endpoint is https", says("userinfo_endpoint", plain), "CheckDiscEndpointUserinfoEndpoint"},
		{"the registration endpoint is https", says("registration_endpoint", plain), "CheckDiscEndpointRegistrationEndpoint"},
		{"any endpoint is https", says("introspection_endpoint", plain), "CheckDiscEndpointAllEndpointsAreHttps"},
		{"the keys are there", says("jwks_uri", nil), "CheckJwksUri"},
		{"the keys can be read", keys(func(k map[string]any) { delete(k, "kty") }), "ValidateServerJWKs"},
		{"the keys are public", keys(func(k map[string]any) { k["d"] = "AQAB" }),
			"EnsureServerJwksDoesNotContainPrivateOrSymmetricKeys"},
		{"every member is one of a specification, or allowed", says("mood", "good"), "CheckForUnexpectedParametersInServerMetadata"},
		{"claims are listed", says("claims_supported", nil), "OIDCCCheckDiscEndpointClaimsSupported"},
		{"RS256 is listed for request objects", says("request_object_signing_alg_values_supported", []string{"ES256"}),
			"CheckDiscEndpointRequestObjectSigningAlgValuesSupportedIncludesRS256"},
		{"authorization_code is listed", says("grant_types_supported", []string{"client_credentials"}),
			"OIDCCCheckDiscEndpointGrantTypesSupported"},
		{"openid is listed", says("scopes_supported", []string{"email"}), "CheckDiscEndpointScopesSupportedContainsOpenId"},
	}
}

func logoutRules(module string) []rule {
	const (
		back   = suiteApp + "/post_logout_redirect"
		ended  = "ExpectSuccessfulLogoutPage"
		badURI = "ExpectPostLogoutRedirectUriNotRegisteredErrorPage"
		badID  = "ExpectInvalidIdTokenHintErrorPage"
	)
	saysSo := keepsSignedIn(func(e *exchange) { e.page(http.StatusOK, "You are signed out") })
	signsOut := []rule{
		{"the person is signed out", saysSo, noError},
		{"the browser goes nowhere unasked", keepsSignedIn(returnsTo(back)), ended},
		{"the sign-out is no error", keepsSignedIn(func(e *exchange) { e.page(http.StatusBadRequest, "No") }), ended},
	}
	return map[string][]rule{
		"oidcc-rp-initiated-logout-discovery-endpoint-verification": {
			{"the metadata names the endpoint", says("end_session_endpoint", nil), "CheckDiscEndSessionEndpoint"},
			{"any endpoint is https", says("end_session_endpoint", "http://id.example/x"), "CheckDiscEndpointAllEndpointsAreHttps"},
		},
		"oidcc-rp-initiated-logout": {
			{"state comes back", returned(func(q url.Values) { q.Set("state", "x") }), "CheckPostLogoutState"},
			{"nothing else comes back", returned(func(q url.Values) { q.Set("mood", "good") }),
				"CheckForUnexpectedParametersInPostLogoutRedirect"},
			{"the person is signed out", keepsSignedIn(returnsAsAsked), noError},
			{"the browser goes back to the app", keepsSignedIn(func(e *exchange) { e.page(http.StatusOK, "You are signed out") }),
				"ExpectPostLogoutRedirect"},
			{"the error afterwards is a usual one", at(pathAuthorize, func(e *exchange) bool { return e.query.Get("prompt") == "none" },
				func(e *exchange) { e.refuse("access_denied") }), otherError},
			{"the metadata names the endpoint", says("end_session_endpoint", nil), "BuildRedirectToEndSessionEndpoint"},
		},
		"oidcc-rp-initiated-logout-no-state": {
			{"no state comes back unsent", keepsSignedIn(func(e *exchange) { e.redirect(back, url.Values{"state": {"x"}}) }),
				"CheckNoPostLogoutState"},
			{"the person is signed out", keepsSignedIn(returnsAsAsked), noError},
		},
		"oidcc-rp-initiated-logout-bad-post-logout-redirect-uri": {{"the address must be registered", keepsSignedIn(returnsAsAsked),
			badURI}},
		"oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri": {{"it must be the registered one, letter by letter", keepsSignedIn(returnsAsAsked),
			badURI}},
		"oidcc-rp-initiated-logout-modified-id-token-hint": {{"the hint must be signed", keepsSignedIn(returnsAsAsked),
			badID}},
		"oidcc-rp-initiated-logout-bad-id-token-hint": {{"the provider must have issued the hint", keepsSignedIn(returnsAsAsked),
			badID}},
		"oidcc-rp-initiated-logout-no-id-token-hint": {{"without a hint the person is asked", keepsSignedIn(returnsAsAsked),
			"ExpectIdTokenHintRequiredErrorPage"}},
		"oidcc-rp-initiated-logout-no-params":                   signsOut,
		"oidcc-rp-initiated-logout-no-post-logout-redirect-uri": signsOut,
		"oidcc-rp-initiated-logout-only-state":                  signsOut,
	}[module]
}

func backchannelRules(module string) []rule {
	if module != "oidcc-backchannel-logout-discovery-endpoint-verification" {
		return []rule{
			{"the person is signed out", keepsSignedIn(returnsAsAsked), "ExpectBackchannelLogoutRequest"},
			{"state comes back", returned(func(q url.Values) { q.Set("state", "x") }), "CheckPostLogoutState"},
		}
	}
	return []rule{
		{"the metadata says that logout tokens are sent", says("backchannel_logout_supported", nil),
			"CheckDiscEndpointBackchannelLogoutSupported"},
		{"the metadata says that they name the session", says("backchannel_logout_session_supported", false),
			"CheckDiscEndpointBackchannelLogoutSessionSupported"},
		{"the metadata names the endpoint", says("end_session_endpoint", nil), "CheckDiscEndSessionEndpoint"},
		{"any endpoint is https", says("revocation_endpoint", "http://id.example/x"), "CheckDiscEndpointAllEndpointsAreHttps"},
	}
}

// logoutTokenRule is one on what goes to the back-channel logout URI.
type logoutTokenRule struct {
	broken    string
	by        logoutBreach
	condition string
}

func logoutTokenRules() []logoutTokenRule {
	set := func(name string, value any) logoutBreach {
		return logoutBreach{claims: func(claims map[string]any) {
			claims[name] = value
			if value == nil {
				delete(claims, name)
			}
		}}
	}
	const claimsOf, event = "ValidateLogoutTokenClaims", "http://schemas.openid.net/event/backchannel-logout"
	return []logoutTokenRule{
		{"a logout token is sent", logoutBreach{silent: true}, "ExpectBackchannelLogoutRequest"},
		{"it comes over TLS", logoutBreach{plain: true}, "EnsureIncomingTls12WithSecureCipherOrTls13"},
		{"it is a token", logoutBreach{token: func(string) string { return "bye" }},
			"ExtractLogoutTokenFromBackchannelLogoutRequest"},
		{"nothing else is sent", logoutBreach{form: map[string]string{"mood": "good"}},
			"CheckForUnexpectedParametersInBackchannelLogoutRequest"},
		{"it is signed", logoutBreach{token: func(token string) string { return token[:strings.LastIndex(token, ".")+1] }},
			"ValidateLogoutTokenSignature"},
		{"it is of this issuer", set("iss", "https://other.example"), claimsOf},
		{"it is for this client", set("aud", "another"), claimsOf},
		{"it was issued", set("iat", nil), claimsOf},
		{"it has an identifier", set("jti", nil), claimsOf},
		{"it is a logout token", set("events", nil), claimsOf},
		{"it is nothing else", set("events", map[string]any{event: map[string]any{}, "other": map[string]any{}}), claimsOf},
		{"it is of the person", set("sub", "another"), "CheckIdTokenSubMatchesLogoutToken"},
		{"it is of the session", set("sid", "another"), "CheckIdTokenSidMatchesLogoutToken"},
		{"it has no nonce", set("nonce", "x"), "CheckLogoutTokenNoNonce"},
		{"it names person or session", logoutBreach{claims: func(claims map[string]any) {
			delete(claims, "sub")
			delete(claims, "sid")
		}}, "CheckLogoutTokenHasSubOrSid"},
	}
}
