package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const wellKnown = "/.well-known/openid-configuration"

// metadata is a provider's (OpenID Connect Discovery, section 3).
type metadata map[string]any

func (m metadata) text(name string) string { return text(m, name) }

// has holds that these members are there, and texts.
func (m metadata) has(names ...string) error {
	for _, name := range names {
		if m.text(name) == "" {
			return fmt.Errorf("%s is %v, want a text", name, m[name])
		}
	}
	return nil
}

// lists holds that a member is an array which has all these values.
func (m metadata) lists(name string, wanted ...string) error {
	values, err := list(m, name)
	if err != nil {
		return err
	}
	for _, w := range wanted {
		if !slices.Contains(values, w) {
			return fmt.Errorf("%s is %q, without %q", name, values, w)
		}
	}
	return nil
}

// listsOneOf holds that a member is an array which has one of these values at least, and no other if only is true.
func (m metadata) listsOneOf(name string, only bool, known ...string) error {
	values, err := list(m, name)
	if err != nil {
		return err
	}
	isKnown := func(v string) bool { return slices.Contains(known, v) }
	if !slices.ContainsFunc(values, isKnown) || only && slices.ContainsFunc(values, func(v string) bool { return !isKnown(v) }) {
		return fmt.Errorf("%s is %q, want of %q", name, values, known)
	}
	return nil
}

// isHTTPS holds that a member is the address of an endpoint, by https.
func (m metadata) isHTTPS(name string) error {
	u, err := url.Parse(m.text(name))
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Fragment != "" {
		return fmt.Errorf("%s is %v, want an https address", name, m[name])
	}
	return nil
}

// isTrue holds that a member is true.
func (m metadata) isTrue(name string) error { return same(name, m[name], any(true)) }

// areHTTPS holds that for every endpoint there is.
func (m metadata) areHTTPS() error {
	var all []error
	for name := range m {
		if strings.HasSuffix(name, "_endpoint") {
			all = append(all, m.isHTTPS(name))
		}
	}
	return errors.Join(all...)
}

// supports reports whether the provider says that it knows all these scopes.
func (m metadata) supports(scopes ...string) bool {
	return m.lists("scopes_supported", scopes...) == nil
}

// readMetadata asks for the provider's metadata.
func (r *run) readMetadata(ctx context.Context) error {
	_, err := r.askMetadata(ctx)
	return err
}

func (r *run) askMetadata(ctx context.Context) (reply, error) {
	got, err := r.call(ctx, http.MethodGet, r.config.Issuer+wellKnown, nil, nil)
	if err != nil {
		return reply{}, err
	}
	if got.object == nil {
		return reply{}, r.stop("GetDynamicServerConfiguration", fmt.Errorf("no JSON object: %.200s", got.body))
	}
	r.metadata = got.object
	return got, nil
}

// discovery is oidcc-discovery-endpoint-verification.
func discovery(ctx context.Context, r *run) error {
	got, err := r.askMetadata(ctx)
	if err != nil {
		return err
	}
	m := r.metadata
	r.fail("EnsureDiscoveryEndpointResponseStatusCodeIs200", got.isStatus(http.StatusOK))
	r.fail("CheckDiscoveryEndpointReturnedJsonContentType", got.isJSON())
	r.fail("OIDCCCheckDiscEndpointResponseTypesSupported", m.listsOneOf("response_types_supported", false,
		"code", "id_token", "id_token token", "token id_token", "code id_token", "code token", "code id_token token"))
	r.fail("CheckDiscEndpointIssuer", same("issuer", m["issuer"], r.config.Issuer))
	r.fail("CheckDiscEndpointSubjectTypesSupported", m.listsOneOf("subject_types_supported", true, "public", "pairwise"))
	r.fail("OIDCCCheckDiscEndpointIdTokenSigningAlgValuesSupported", m.lists("id_token_signing_alg_values_supported", "RS256"))
	r.fail("CheckDiscEndpointAuthorizationEndpoint", m.isHTTPS("authorization_endpoint"))
	r.fail("CheckDiscEndpointTokenEndpoint", m.isHTTPS("token_endpoint"))
	if _, found := m["userinfo_endpoint"]; found {
		r.fail("CheckDiscEndpointUserinfoEndpoint", m.isHTTPS("userinfo_endpoint"))
	} else {
		r.warn("CheckDiscEndpointUserinfoEndpoint", errors.New("userinfo_endpoint is missing"))
	}
	if _, found := m["registration_endpoint"]; found {
		r.fail("CheckDiscEndpointRegistrationEndpoint", m.isHTTPS("registration_endpoint"))
	}
	r.fail("CheckJwksUri", m.isHTTPS("jwks_uri"))
	if err := r.readKeys(ctx); err != nil {
		return err
	}
	r.fail("EnsureServerJwksDoesNotContainPrivateOrSymmetricKeys", r.keys.arePublic())
	if _, found := m["request_object_signing_alg_values_supported"]; found {
		r.warn("CheckDiscEndpointRequestObjectSigningAlgValuesSupportedIncludesRS256",
			m.lists("request_object_signing_alg_values_supported", "RS256"))
	}
	_, err = list(m, "claims_supported")
	r.warn("OIDCCCheckDiscEndpointClaimsSupported", err)
	if _, found := m["grant_types_supported"]; found { // without it the values are authorization_code and implicit
		r.fail("OIDCCCheckDiscEndpointGrantTypesSupported", m.listsOneOf("grant_types_supported", false, "authorization_code", "implicit"))
	}
	if _, found := m["scopes_supported"]; found {
		r.fail("CheckDiscEndpointScopesSupportedContainsOpenId", m.lists("scopes_supported", "openid"))
	} else {
		r.warn("CheckDiscEndpointScopesSupportedContainsOpenId", errors.New("scopes_supported is missing"))
	}
	r.fail("CheckDiscEndpointAllEndpointsAreHttps", m.areHTTPS())
	r.warn("CheckForUnexpectedParametersInServerMetadata", m.areKnown(r.config.Extensions))
	return nil
}

// areKnown holds that every member is one of a specification, or allowed.
func (m metadata) areKnown(extensions []string) error {
	var others []string
	for name := range m {
		if !slices.Contains(registered(), name) && !slices.Contains(extensions, name) {
			others = append(others, name)
		}
	}
	if len(others) == 0 {
		return nil
	}
	slices.Sort(others)
	return fmt.Errorf("no specification knows %q", others)
}

// registered are the members that the specifications of OpenID Connect and OAuth define for what a provider with the authorization code
// flow may have (the registry OAuth Authorization Server Metadata).
func registered() []string {
	const names = `issuer authorization_endpoint token_endpoint jwks_uri registration_endpoint userinfo_endpoint end_session_endpoint
		check_session_iframe revocation_endpoint introspection_endpoint pushed_authorization_request_endpoint device_authorization_endpoint
		scopes_supported response_types_supported response_modes_supported grant_types_supported subject_types_supported acr_values_supported
		display_values_supported prompt_values_supported claim_types_supported claims_supported claims_locales_supported ui_locales_supported
		claims_parameter_supported request_parameter_supported request_uri_parameter_supported require_request_uri_registration
		require_signed_request_object require_pushed_authorization_requests
		token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported
		revocation_endpoint_auth_methods_supported revocation_endpoint_auth_signing_alg_values_supported
		introspection_endpoint_auth_methods_supported introspection_endpoint_auth_signing_alg_values_supported
		introspection_signing_alg_values_supported introspection_encryption_alg_values_supported introspection_encryption_enc_values_supported
		id_token_signing_alg_values_supported id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported
		userinfo_signing_alg_values_supported userinfo_encryption_alg_values_supported userinfo_encryption_enc_values_supported
		request_object_signing_alg_values_supported request_object_encryption_alg_values_supported
		request_object_encryption_enc_values_supported code_challenge_methods_supported dpop_signing_alg_values_supported
		authorization_response_iss_parameter_supported backchannel_logout_supported backchannel_logout_session_supported
		frontchannel_logout_supported frontchannel_logout_session_supported mtls_endpoint_aliases
		tls_client_certificate_bound_access_tokens authorization_details_types_supported protected_resources
		service_documentation op_policy_uri op_tos_uri signed_metadata`
	return strings.Fields(names)
}

// logoutDiscovery is oidcc-rp-initiated-logout-discovery-endpoint-verification.
func logoutDiscovery(ctx context.Context, r *run) error {
	if err := r.readMetadata(ctx); err != nil {
		return err
	}
	r.fail("CheckDiscEndpointAllEndpointsAreHttps", r.metadata.areHTTPS())
	r.fail("CheckDiscEndSessionEndpoint", r.metadata.isHTTPS("end_session_endpoint"))
	return nil
}

// backchannelDiscovery is oidcc-backchannel-logout-discovery-endpoint-verification.
func backchannelDiscovery(ctx context.Context, r *run) error {
	if err := logoutDiscovery(ctx, r); err != nil {
		return err
	}
	r.fail("CheckDiscEndpointBackchannelLogoutSupported", r.metadata.isTrue("backchannel_logout_supported"))
	r.fail("CheckDiscEndpointBackchannelLogoutSessionSupported", r.metadata.isTrue("backchannel_logout_session_supported"))
	return nil
}
