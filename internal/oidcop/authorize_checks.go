package oidcop

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// requestCheck looks at a part of an authorization request.
type requestCheck func(url.Values, *authorization) error

// requestChecks are those that need nothing but the request and the registration.
func requestChecks() []requestCheck {
	return []requestCheck{
		checkOnce,
		checkPushed,
		checkSizes,
		checkRequestObject,
		checkResponseType,
		checkResponseMode,
		checkScope,
		checkChallenge,
		checkKey,
		checkPrompt,
		checkMaxAge,
		checkACR,
		checkClaims,
	}
}

// check runs the checks of an authorization request whose destination is known, in their order. The first that fails is the
// error that goes there.
func (s *Server) check(ctx context.Context, values url.Values, a *authorization) error {
	a.reachable = s.strengths()
	resources := func(values url.Values, a *authorization) error { return s.checkResources(ctx, values, a) }
	hint := func(values url.Values, a *authorization) error { return s.checkHint(ctx, values, a) }
	for _, step := range append(requestChecks(), hint, resources) {
		if err := step(values, a); err != nil {
			return err
		}
	}
	a.nonce = values.Get("nonce")
	if hint := values.Get("login_hint"); len(hint) <= idp.MaxUsername { // a longer one is no user name
		a.loginHint = hint
	}
	return nil
}

// checkOnce refuses a parameter that comes more than once (RFC 6749, section 3.1), but for resource, which may (RFC 8707, section 2).
func checkOnce(values url.Values, _ *authorization) error {
	if twice := duplicated(values, "resource"); twice != "" {
		return invalidRequest(the(twice) + " came more than once.")
	}
	return nil
}

// checkPushed refuses a request that came through the browser, of an app that has to push it (RFC 9126, section 5).
func checkPushed(_ url.Values, a *authorization) error {
	if !a.pushing && a.pushed == "" && policy.MustPush(a.client.Registration) {
		return invalidRequest("The app must push its authorization requests: see pushed_authorization_request_endpoint.")
	}
	return nil
}

// checkSizes bounds the values that are stored or sent back.
func checkSizes(values url.Values, _ *authorization) error {
	for name := range values {
		limit := maxValue
		switch name {
		case "id_token_hint":
			limit = maxToken
		case "nonce":
			limit = maxNonce
		}
		if len(values.Get(name)) > limit {
			return invalidRequest(the(name) + " is too long.")
		}
	}
	return nil
}

// checkRequestObject refuses requests by value, by reference, and registrations inside them: they are not supported (OpenID
// Connect Core, section 3.1.2.6).
func checkRequestObject(values url.Values, _ *authorization) error {
	switch {
	case values.Has("request"):
		return oidc.ErrRequestNotSupported().WithDescription("Request objects are not supported: send the parameters themselves.")
	case values.Has("request_uri"):
		return (&oidc.Error{ErrorType: codeRequestURINotSupported}).WithDescription("A request_uri is not supported: send the parameters themselves.")
	case values.Has("registration"):
		return (&oidc.Error{ErrorType: codeRegistrationNotSupport}).WithDescription("Apps are registered by APS: a registration parameter is not supported.")
	default:
		return nil
	}
}

// checkResponseType allows a code, and nothing that would put a token in an address (RFC 9700, section 2.1.2).
func checkResponseType(values url.Values, _ *authorization) error {
	switch values.Get("response_type") {
	case string(oidc.ResponseTypeCode):
		return nil
	case "":
		return invalidRequest("The response_type is missing.")
	default:
		return (&oidc.Error{ErrorType: codeUnsupportedResponse}).WithDescription("The response_type must be code.")
	}
}

// checkResponseMode refuses an unknown mode. The mode was taken from the request together with its destination.
func checkResponseMode(values url.Values, _ *authorization) error {
	switch values.Get("response_mode") {
	case "", modeQuery, modeFormPost:
		return nil
	default:
		return invalidRequest("The response_mode must be query or form_post.")
	}
}

// checkScope asks for openid, and grants what the client is registered for of the rest. A scope that is unknown or not registered is
// ignored (OpenID Connect Core, section 3.1.2.1): the answer of the token endpoint says what was granted.
func checkScope(values url.Values, a *authorization) error {
	asked := words(values.Get("scope"))
	if !slices.Contains(asked, oidc.ScopeOpenID) {
		return oidc.ErrInvalidScope().WithDescription("The scope must contain openid.")
	}
	a.scopes = slices.DeleteFunc(asked, func(scope string) bool { return !mayAsk(a.client, scope) })
	return nil
}

// checkChallenge asks for what ties the code to this sign-in: PKCE with S256 (RFC 7636), or a nonce where the app may send one in its
// place (policy.BindingOf). A challenge that is sent is checked whatever the app may leave out, and its verifier with it.
func checkChallenge(values url.Values, a *authorization) error {
	a.challenge = values.Get("code_challenge")
	switch {
	case values.Has("code_challenge_method") && values.Get("code_challenge_method") != string(oidc.CodeChallengeMethodS256):
		return invalidRequest("The code_challenge_method must be S256.")
	case values.Has("code_challenge_method") && a.challenge == "":
		return invalidRequest("The code_challenge is missing beside its code_challenge_method.")
	case values.Has("code_challenge") && !values.Has("code_challenge_method"):
		return invalidRequest("The code_challenge_method is missing: it must be S256.") // RFC 7636, section 4.3: without it, plain
	case values.Has("code_challenge") && !isChallenge(a.challenge):
		return invalidRequest("The code_challenge is not a SHA-256 in base64url.")
	}
	if binding := policy.BindingOf(a.client.Registration); !binding.Met(a.challenge, values.Get("nonce")) {
		return invalidRequest(unbound(a.client, binding))
	}
	return nil
}

// checkKey reads the thumbprint of the key that the code is to be bound to (RFC 9449, section 10).
func checkKey(values url.Values, a *authorization) error {
	if values.Has("dpop_jkt") && !isChallenge(values.Get("dpop_jkt")) {
		return invalidRequest("The dpop_jkt is not a SHA-256 in base64url.")
	}
	a.jkt = values.Get("dpop_jkt")
	return nil
}

// unbound says to the makers of an app what their request lacks, and where they change it: in their library, or in its registration.
func unbound(client idp.Client, lacks policy.CodeBinding) string {
	const where = " most libraries have a setting usePKCE or pkce."
	switch {
	case lacks == policy.BindByEither:
		return "Send a code_challenge (PKCE, S256) or a nonce:" + where + " An app that can do neither is registered with pkce_optional."
	case policy.FAPI2(client.Registration):
		return "Send a code_challenge (PKCE, S256):" + where + " The app is registered for fapi2, so a nonce is not enough."
	case client.PKCERequired:
		return "Send a code_challenge (PKCE, S256):" + where + " The app is registered with pkce_required, so a nonce is not enough."
	default:
		return "Send a code_challenge (PKCE, S256):" + where + " An app without a secret always needs it."
	}
}

// checkPrompt holds that none stands alone; see the package's documentation for the other values.
func checkPrompt(values url.Values, a *authorization) error {
	prompts := words(values.Get("prompt"))
	for _, prompt := range prompts {
		switch prompt {
		case oidc.PromptNone:
			a.silent = true
		case oidc.PromptLogin, oidc.PromptSelectAccount:
			a.fresh = true
		case oidc.PromptConsent:
		default:
			return invalidRequest("The prompt must be none, login, select_account or consent.")
		}
	}
	if a.silent && len(prompts) > 1 {
		return invalidRequest("The prompt none stands alone.")
	}
	return nil
}

// checkMaxAge reads max_age in seconds; 0 asks for a new sign-in, as prompt=login does.
func checkMaxAge(values url.Values, a *authorization) error {
	if !values.Has("max_age") {
		return nil
	}
	age, err := strconv.ParseUint(values.Get("max_age"), 10, 31)
	if err != nil {
		return invalidRequest("The max_age is not a number of seconds.")
	}
	limit := time.Duration(age) * time.Second
	a.maxAge = &limit
	return nil
}

// checkACR reads acr_values, which stand in order of preference (OpenID Connect Core, section 3.1.2.1). They are voluntary, so unknown
// ones are ignored; of the known ones the first counts.
func checkACR(values url.Values, a *authorization) error {
	a.want(words(values.Get("acr_values")))
	return nil
}

// checkHint: an ID token of this provider for this client names the person who must sign in.
func (s *Server) checkHint(ctx context.Context, values url.Values, a *authorization) error {
	if !values.Has("id_token_hint") {
		return nil
	}
	h, err := s.readHint(ctx, values.Get("id_token_hint"))
	if err != nil || h.client() != a.client.ID {
		return invalidRequest("The id_token_hint is not an ID token of this app.")
	}
	if a.subject != "" && a.subject != h.subject() {
		return invalidRequest("The id_token_hint and the claims name different people.")
	}
	a.subject = h.subject()
	return nil
}

// want keeps the strengths among these that can be reached here, each once.
func (a *authorization) want(values []string) {
	a.asked.ACR = nil
	for _, value := range values {
		if acr := idp.ACR(value); slices.Contains(a.reachable, acr) && !slices.Contains(a.asked.ACR, acr) {
			a.asked.ACR = append(a.asked.ACR, acr)
		}
	}
}

// acr is the strength that the app prefers; "" if it named none that can be reached.
func (a authorization) acr() idp.ACR {
	if len(a.asked.ACR) == 0 {
		return ""
	}
	return a.asked.ACR[0]
}

func invalidRequest(description string) error {
	return oidc.ErrInvalidRequest().WithDescription("%s", description)
}
