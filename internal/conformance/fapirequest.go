package conformance

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// asked is a whole flow with a request that is changed.
func asked(change func(url.Values)) func(context.Context, *keyed) error {
	return func(ctx context.Context, k *keyed) error {
		q := k.ask()
		change(q)
		code, err := k.enter(ctx, q)
		if err != nil {
			return err
		}
		_, err = k.used(ctx, q, k.codeForm(code))
		return err
	}
}

func drop(names ...string) func(url.Values) {
	return func(q url.Values) {
		for _, name := range names {
			q.Del(name)
		}
	}
}

func put(name, value string) func(url.Values) {
	return func(q url.Values) { q.Set(name, value) }
}

// leavingOut is a flow without a parameter that may be left out.
func leavingOut(name string) func(context.Context, *keyed) error { return asked(drop(name)) }

// longer is a flow with a parameter of this length, which has to come back whole.
func longer(name string, length int) func(context.Context, *keyed) error {
	return asked(put(name, textOf(length)))
}

func textOf(length int) string {
	var text string
	for len(text) < length {
		text += rand.Text()
	}
	return text[:length]
}

// otherScopeOrder is ensure-other-scope-order-succeeds.
func otherScopeOrder(ctx context.Context, k *keyed) error {
	scopes := strings.Fields(k.as.Scope)
	for i, j := 0, len(scopes)-1; i < j; i, j = i+1, j-1 {
		scopes[i], scopes[j] = scopes[j], scopes[i]
	}
	return asked(put("scope", strings.Join(scopes, " ")))(ctx, k)
}

// claimsParameter asks for every standard claim that the provider lists, one by one.
func claimsParameter(ctx context.Context, k *keyed) error {
	if k.metadata["claims_parameter_supported"] != true {
		return skipped{"the provider does not say that it takes the parameter claims"}
	}
	listed, err := list(k.metadata, "claims_supported")
	if err != nil {
		return err
	}
	wanted := map[string]any{}
	for _, name := range listed {
		if isStandardClaim(name) && name != "sub" {
			wanted[name] = nil
		}
	}
	if len(wanted) == 0 {
		return skipped{"claims_supported has none of the standard claims"}
	}
	wanted["claim_"+rand.Text()[:8]] = map[string]any{"essential": true} // nobody knows it
	text, err := json.Marshal(map[string]any{"id_token": wanted, "userinfo": wanted})
	if err != nil {
		return err
	}
	q := k.ask()
	q.Set("claims", string(text))
	code, err := k.enter(ctx, q)
	if err != nil {
		return err
	}
	got, err := k.used(ctx, q, k.codeForm(code))
	if err != nil {
		return err
	}
	a, err := k.api(ctx, got.access(), k.holder)
	if err != nil {
		return err
	}
	k.fail("EnsureContentTypeJson", a.isJSON())
	if err := k.readUserinfo(a); err != nil {
		return err
	}
	k.fail("ValidateUserInfoStandardClaims", areStandard(a.object))
	k.fail("EnsureUserInfoUpdatedAtValid", isWhen(a.object, "updated_at"))
	k.fail("VerifyUserInfoAndIdTokenInTokenEndpointSameSub", same("sub", a.object["sub"], got.id.claims["sub"]))
	var missing []string
	for name := range wanted {
		_, there := a.object[name]
		_, too := got.id.claims[name]
		if isStandardClaim(name) && !there && !too {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		k.warn("EnsureIdentityClaimsContainRequestedClaims", fmt.Errorf("neither the ID token nor userinfo has %q", missing))
	}
	return nil
}

func isStandardClaim(name string) bool {
	return slices.Contains(slices.Concat(claimsOf("openid"), claimsOf("profile"), claimsOf("email"), claimsOf("phone"), claimsOf("address")), name)
}

// refusal is what a pushed request is refused with, and how the suite takes another error.
type refusal struct {
	condition string
	allowed   []string
	mild      bool // another error is a warning
}

func invalidRequest() refusal {
	return refusal{condition: "EnsurePARInvalidRequestError", allowed: []string{"invalid_request"}}
}

func invalidObject() refusal {
	return refusal{condition: "EnsurePARInvalidRequestOrInvalidRequestObjectError", allowed: []string{"invalid_request", "invalid_request_object"}}
}

func badResponseType() refusal {
	return refusal{
		condition: "EnsurePARUnsupportedResponseTypeOrInvalidRequestOrUnauthorizedClientError",
		allowed:   []string{"unsupported_response_type", "invalid_request", "unauthorized_client"}, mild: true,
	}
}

// pushFails is a request that is refused when it is pushed, or at the authorization endpoint.
func pushFails(change func(url.Values), by refusal) func(context.Context, *keyed) error {
	return func(ctx context.Context, k *keyed) error {
		q := k.ask()
		change(q)
		a, err := k.push(ctx, q, nobody{})
		if err != nil {
			return err
		}
		if a.status < 300 {
			return k.failsLater(ctx, q, a)
		}
		k.isPushRefused(a, by)
		return nil
	}
}

func (k *keyed) isPushRefused(a reply, by refusal) {
	k.fail("EnsureHttpStatusCodeIs400or401", a.isStatusOf(http.StatusBadRequest, http.StatusUnauthorized))
	k.add(by.condition, !by.mild, a.isRefusal(by.allowed...))
}

// failsLater holds that a request which was pushed is refused where the browser brings it.
func (k *keyed) failsLater(ctx context.Context, q url.Values, pushed reply) error {
	uri, err := k.named(pushed)
	if err != nil {
		return err
	}
	came, err := k.visit(ctx, q, uri)
	if err != nil {
		return err
	}
	return k.isRefusedThere(q, came, "invalid_request", "unsupported_response_type", "invalid_request_object")
}

// isRefusedThere holds that the browser ended at a page that says what is wrong, or at the app with one of these errors.
func (k *keyed) isRefusedThere(q url.Values, came answer, allowed ...string) error {
	if came.page != nil {
		k.isRefusedHere("ExpectAuthorizationRequestErrorPage", came)
		return nil
	}
	return k.errorIn(q, came, "EnsureInvalidRequestError", allowed...)
}

// otherOutside has another value in the address than in the pushed request: the one in the address counts for nothing, or is refused.
func otherOutside(name string) func(context.Context, *keyed) error {
	return func(ctx context.Context, k *keyed) error {
		q := k.ask()
		return k.outside(ctx, q, q, name)
	}
}

// stateOutside has a state in the address alone.
func stateOutside(ctx context.Context, k *keyed) error {
	q := k.ask()
	q.Del("state")
	return k.outside(ctx, q, q, "state")
}

// outside goes with a value of its own in the address; q was pushed.
func (k *keyed) outside(ctx context.Context, q, held url.Values, name string) error {
	a, err := k.push(ctx, q, nobody{})
	if err != nil {
		return err
	}
	uri, err := k.named(a)
	if err != nil {
		return err
	}
	came, err := k.authorize(ctx, url.Values{
		"client_id": {k.as.ID}, "request_uri": {uri}, "response_type": {"code"}, "scope": {k.as.Scope}, name: {"of-the-address-" + rand.Text()},
	})
	if err != nil {
		return err
	}
	if came.page != nil || came.query.Has("error") {
		return k.isRefusedThere(held, came, "invalid_request", "invalid_request_object", "access_denied")
	}
	code, err := k.arrived(held, came)
	if err != nil {
		return err
	}
	_, err = k.used(ctx, held, k.codeForm(code))
	return err
}

// mayBeTooLong has a parameter that the provider may refuse, but not shorten.
func mayBeTooLong(name string, length int) func(context.Context, *keyed) error {
	return func(ctx context.Context, k *keyed) error {
		q := k.ask()
		q.Set(name, textOf(length))
		a, err := k.push(ctx, q, nobody{})
		if err != nil {
			return err
		}
		if a.status >= 300 {
			k.isPushRefused(a, invalidRequest())
			return nil
		}
		code, err := k.enterWith(ctx, q, a)
		if err != nil {
			return err
		}
		_, err = k.used(ctx, q, k.codeForm(code))
		return err
	}
}

// unregistered names a redirect URI that is not registered. RFC 9126, section 2.4, lets a provider take it, because the client authenticates.
func unregistered(ctx context.Context, k *keyed) error {
	k.redirect += "/" + rand.Text()[:10]
	q := k.ask()
	a, err := k.push(ctx, q, nobody{})
	if err != nil {
		return err
	}
	if a.status >= 300 {
		k.isPushRefused(a, invalidObject())
		return nil
	}
	code, err := k.enterWith(ctx, q, a)
	if err != nil {
		return err
	}
	_, err = k.used(ctx, q, k.codeForm(code))
	return err
}

// unpushed sends all parameters through the browser.
func unpushed(ctx context.Context, k *keyed) error {
	q := k.ask()
	came, err := k.authorize(ctx, q)
	if err != nil {
		return err
	}
	return k.isRefusedThere(q, came, "invalid_request")
}

// personRejects has the person turn back at the sign-in page, at two apps.
func personRejects(ctx context.Context, k *keyed) error {
	for i, client := range []KeyedClient{k.config.Keyed, k.config.KeyedSecond} {
		if err := k.turnTo(client); err != nil {
			return err
		}
		if i > 0 {
			k.redirect += querySuffix
		}
		q := k.ask()
		q.Set("state", longState())
		a, err := k.push(ctx, q, nobody{})
		if err != nil {
			return err
		}
		uri, err := k.named(a)
		if err != nil {
			return err
		}
		k.browser.rejects = true
		came, err := k.visit(ctx, q, uri)
		if err != nil {
			return err
		}
		answered, err := k.parameters(came)
		if err != nil {
			return err
		}
		k.fail("CheckMatchingCallbackParameters", k.isAt(came))
		k.fail("CheckStateInAuthorizationResponse", same("state", answered.Get("state"), q.Get("state")))
		if !answered.Has("error") {
			k.fail("EnsureErrorFromAuthorizationEndpointResponse", errors.New("the answer is no error"))
		}
		k.fail("ExpectAccessDeniedErrorFromAuthorizationEndpointDueToUserRejectingRequest", same("error", answered.Get("error"), "access_denied"))
	}
	return nil
}
