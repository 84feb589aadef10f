package conformance

import (
	"context"
	"net/http"
)

// Plan is a certification plan of the suite, by its name there.
type Plan string

// The plans.
const (
	Basic             Plan = "oidcc-basic-certification-test-plan"
	FormPostBasic     Plan = "oidcc-formpost-basic-certification-test-plan"
	ConfigOP          Plan = "oidcc-config-certification-test-plan"
	RPInitiatedLogout Plan = "oidcc-rp-initiated-logout-certification-test-plan"
	BackchannelLogout Plan = "oidcc-backchannel-rp-initiated-logout-certification-test-plan"
	FAPI2             Plan = "fapi2-security-profile-final-test-plan"
	FAPI2Machine      Plan = "fapi2-security-profile-final-client-credentials-grant-test-plan"
)

// Module is one of a plan.
type Module struct {
	Plan Plan
	Name string // in the suite
	// Dynamic: the suite leaves it out where clients are registered by hand. It is held here as far as such a client can be.
	Dynamic bool

	steps func(context.Context, *run) error
}

// Modules are those of the plans, in their order.
func Modules() []Module {
	var all []Module
	for _, plan := range []Plan{Basic, FormPostBasic} {
		for _, m := range basicModules() {
			m.Plan = plan
			all = append(all, m)
		}
	}
	all = append(all, Module{Plan: ConfigOP, Name: "oidcc-discovery-endpoint-verification", steps: discovery})
	for _, m := range logoutModules() {
		m.Plan = RPInitiatedLogout
		all = append(all, m)
	}
	for _, m := range appModules() {
		m.Plan = FAPI2
		all = append(all, m)
	}
	for _, m := range machineModules() {
		m.Plan = FAPI2Machine
		all = append(all, m)
	}
	return append(all,
		Module{Plan: BackchannelLogout, Name: "oidcc-backchannel-logout-discovery-endpoint-verification", steps: backchannelDiscovery},
		Module{Plan: BackchannelLogout, Name: "oidcc-backchannel-rp-initiated-logout", steps: flow(backchannelLogout)})
}

func basicModules() []Module {
	return []Module{
		{Name: "oidcc-server", steps: flow(server)},
		{Name: "oidcc-response-type-missing", steps: flow(responseTypeMissing)},
		{Name: "oidcc-idtoken-signature", Dynamic: true, steps: flow(idTokenSignature)},
		{Name: "oidcc-idtoken-unsigned", Dynamic: true, steps: flow(idTokenUnsigned)},
		{Name: "oidcc-userinfo-get", steps: userinfoBy(http.MethodGet)},
		{Name: "oidcc-userinfo-post-header", steps: userinfoBy(http.MethodPost)},
		{Name: "oidcc-userinfo-post-body", steps: flow(userinfoPostBody)},
		{Name: "oidcc-ensure-request-without-nonce-succeeds-for-code-flow", steps: flow(withoutNonce)},
		{Name: "oidcc-scope-profile", steps: scopes("openid profile")},
		{Name: "oidcc-scope-email", steps: scopes("openid email")},
		{Name: "oidcc-scope-address", steps: scopes("openid address")},
		{Name: "oidcc-scope-phone", steps: scopes("openid phone")},
		{Name: "oidcc-scope-all", steps: scopes("openid email phone address profile")},
		{Name: "oidcc-ensure-other-scope-order-succeeds", steps: scopes("email openid")},
		{Name: "oidcc-display-page", steps: succeedsWith("display", "page")},
		{Name: "oidcc-display-popup", steps: succeedsWith("display", "popup")},
		{Name: "oidcc-prompt-login", steps: flow(promptLogin)},
		{Name: "oidcc-prompt-none-not-logged-in", steps: flow(promptNoneNotLoggedIn)},
		{Name: "oidcc-prompt-none-logged-in", steps: flow(promptNoneLoggedIn)},
		{Name: "oidcc-max-age-1", steps: flow(maxAge1)},
		{Name: "oidcc-max-age-10000", steps: flow(maxAge10000)},
		{Name: "oidcc-ensure-request-with-unknown-parameter-succeeds", steps: succeedsWith("extra", "foobar")},
		{Name: "oidcc-id-token-hint", steps: flow(idTokenHint)},
		{Name: "oidcc-login-hint", steps: flow(loginHint)},
		{Name: "oidcc-ui-locales", steps: succeedsWith("ui_locales", "se")},
		{Name: "oidcc-claims-locales", steps: succeedsWith("claims_locales", "se")},
		{Name: "oidcc-ensure-request-with-acr-values-succeeds", steps: flow(acrValues)},
		{Name: "oidcc-codereuse", steps: flow(codeReuse)},
		{Name: "oidcc-codereuse-30seconds", steps: flow(codeReuseAfter30Seconds)},
		{Name: "oidcc-ensure-registered-redirect-uri", steps: flow(registeredRedirectURI)},
		{Name: "oidcc-ensure-post-request-succeeds", steps: flow(postRequest)},
		{Name: "oidcc-server-client-secret-post", steps: clientSecretPost},
		{Name: "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported", Dynamic: true, steps: flow(requestURIUnsigned)},
		{Name: "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported", steps: flow(requestObjectUnsigned)},
		{Name: "oidcc-claims-essential", steps: flow(claimsEssential)},
		{Name: "oidcc-ensure-request-object-with-redirect-uri", steps: flow(requestObjectWithRedirectURI)},
		{Name: "oidcc-refresh-token", steps: flow(refreshToken)},
		{Name: "oidcc-ensure-request-with-valid-pkce-succeeds", steps: flow(validPKCE)},
	}
}

func logoutModules() []Module {
	return []Module{
		{Name: "oidcc-rp-initiated-logout-discovery-endpoint-verification", steps: logoutDiscovery},
		{Name: "oidcc-rp-initiated-logout", steps: flow(logoutAsAsked)},
		{Name: "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri", steps: flow(logoutToBadURI)},
		{Name: "oidcc-rp-initiated-logout-modified-id-token-hint", steps: flow(logoutWithModifiedHint)},
		{Name: "oidcc-rp-initiated-logout-no-id-token-hint", steps: flow(logoutWithoutHint)},
		{Name: "oidcc-rp-initiated-logout-no-params", steps: flow(logoutWithoutParameters)},
		{Name: "oidcc-rp-initiated-logout-no-post-logout-redirect-uri", steps: flow(logoutToNowhere)},
		{Name: "oidcc-rp-initiated-logout-no-state", steps: flow(logoutWithoutState)},
		{Name: "oidcc-rp-initiated-logout-only-state", steps: flow(logoutWithStateOnly)},
		{Name: "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri", steps: flow(logoutToURIWithQuery)},
		{Name: "oidcc-rp-initiated-logout-bad-id-token-hint", steps: flow(logoutWithBadHint)},
	}
}
