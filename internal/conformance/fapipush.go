package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"time"
)

const pageOfBadName = "ExpectInvalidRequestUriErrorPage"

// pushed is a pushed request's name.
func (k *keyed) pushed(ctx context.Context, q url.Values) (requestURI string, err error) {
	a, err := k.push(ctx, q, nobody{})
	if err != nil {
		return "", err
	}
	return k.named(a)
}

// isNameRefused holds that the name of a pushed request was refused, at a page or at the app.
func (k *keyed) isNameRefused(came answer, condition string, allowed ...string) error {
	if came.page != nil {
		k.isRefusedHere(pageOfBadName, came)
		return nil
	}
	answered, err := k.parameters(came)
	if err != nil {
		return err
	}
	k.fail(condition, oneOf("error", answered.Get("error"), allowed...))
	return nil
}

// nameTwiceBefore opens the sign-in page twice before anybody signs in (FAPI 2.0, section 5.3.2.2, note 3).
func nameTwiceBefore(ctx context.Context, k *keyed) error {
	q := k.ask()
	uri, err := k.pushed(ctx, q)
	if err != nil {
		return err
	}
	k.browser.idles = true
	looked, err := k.visit(ctx, q, uri)
	if err != nil {
		return err
	}
	if looked.page == nil {
		k.fail("ExpectLoginPage", errors.New("the person was not asked to sign in"))
	}
	k.browser.idles = false
	came, err := k.visit(ctx, q, uri)
	if err != nil {
		return err
	}
	if came.page != nil || came.query.Has("error") {
		k.warn("WarningAboutRequestUriError", fmt.Errorf("a request_uri can't be opened again before the sign-in: %s %s", came.at, came.query.Get("error")))
		return nil
	}
	code, err := k.arrived(q, came)
	if err != nil {
		return err
	}
	_, err = k.used(ctx, q, k.codeForm(code))
	return err
}

// nameTwiceAfter opens it again once it was answered (RFC 9126, section 7.3).
func nameTwiceAfter(ctx context.Context, k *keyed) error {
	q := k.ask()
	uri, err := k.pushed(ctx, q)
	if err != nil {
		return err
	}
	came, err := k.visit(ctx, q, uri)
	if err != nil {
		return err
	}
	code, err := k.arrived(q, came)
	if err != nil {
		return err
	}
	if _, err := k.used(ctx, q, k.codeForm(code)); err != nil {
		return err
	}
	if came, err = k.visit(ctx, q, uri); err != nil {
		return err
	}
	if came.page == nil && !came.query.Has("error") {
		k.warn("EnsureErrorFromAuthorizationEndpointResponse", errors.New("a request_uri was answered twice"))
		return nil
	}
	return k.isNameRefused(came, "EnsureInvalidRequestUriError", "invalid_request_uri")
}

// nameTooOld opens it when its time is over (RFC 9126, section 2.2).
func nameTooOld(ctx context.Context, k *keyed) error {
	q := k.ask()
	a, err := k.push(ctx, q, nobody{})
	if err != nil {
		return err
	}
	uri, err := k.named(a)
	if err != nil {
		return err
	}
	seconds, _ := number(a.object, "expires_in")
	if seconds > 30*60 {
		return skipped{"the request_uri is good for more than 30 minutes"}
	}
	if err := k.config.pause(ctx, time.Duration(seconds+1)*time.Second); err != nil {
		return err
	}
	came, err := k.visit(ctx, q, uri)
	if err != nil {
		return err
	}
	return k.isNameRefused(came, "EnsureInvalidRequestUriError", "invalid_request_uri")
}

// nameOfAnother opens it as another client (RFC 9126, section 2.2).
func nameOfAnother(ctx context.Context, k *keyed) error {
	q := k.ask()
	uri, err := k.pushed(ctx, q)
	if err != nil {
		return err
	}
	if err := k.turnTo(k.config.KeyedSecond); err != nil {
		return err
	}
	came, err := k.visit(ctx, q, uri)
	if err != nil {
		return err
	}
	return k.isNameRefused(came, "EnsureInvalidRequestInvalidRequestObjectOrInvalidRequestUriError", "invalid_request", "invalid_request_object", "invalid_request_uri")
}

// nameAlone opens it with nothing in the address but who asks, and the name.
func nameAlone(ctx context.Context, k *keyed) error {
	q := k.ask()
	uri, err := k.pushed(ctx, q)
	if err != nil {
		return err
	}
	came, err := k.visit(ctx, url.Values{}, uri)
	if err != nil {
		return err
	}
	code, err := k.arrived(q, came)
	if err != nil {
		return err
	}
	_, err = k.used(ctx, q, k.codeForm(code))
	return err
}

// nameInside pushes a request that is itself one by reference (RFC 9126, section 2.1).
func nameInside(ctx context.Context, k *keyed) error {
	q := k.ask()
	q.Set("request_uri", "urn:ietf:params:oauth:request_uri:"+textOf(32))
	a, err := k.push(ctx, q, nobody{})
	if err != nil {
		return err
	}
	k.isPushRefused(a, refusal{
		condition: "EnsurePARInvalidRequestOrInvalidRequestObjectOrRequestUriNotSupportedError",
		allowed:   []string{"invalid_request", "invalid_request_object", "request_uri_not_supported"},
	})
	return nil
}

// pushByPut pushes by another method than POST (RFC 9126, section 2.3).
func pushByPut(ctx context.Context, k *keyed) error {
	form, err := k.authenticated(k.ask())
	if err != nil {
		return err
	}
	a, err := k.send(ctx, outgoing{method: http.MethodPut, address: k.pushEndpoint(), form: form}.clone())
	if err != nil {
		return err
	}
	if a.status < 400 {
		k.fail("EnsureParHTTPError", fmt.Errorf("status %d to PUT", a.status))
	}
	return nil
}

// changed is how a module's assertion differs.
type changed func(*keyed, *assertion)

// audience is an assertion for somebody else.
func audience(of func(*keyed) any) changed {
	return func(k *keyed, a *assertion) { a.claims["aud"] = of(k) }
}

// ahead is an assertion of a client whose clock is more than a minute fast (FAPI 2.0, section 5.3.2.1, point 13).
func ahead(_ *keyed, a *assertion) {
	soon := time.Now().Add(2 * time.Minute)
	maps.Copy(a.claims, map[string]any{"iat": soon.Unix(), "nbf": soon.Unix(), "exp": soon.Add(time.Minute).Unix()})
}

// over is an assertion that ended five minutes ago.
func over(_ *keyed, a *assertion) {
	a.claims["exp"] = time.Now().Add(-5 * time.Minute).Unix()
	a.claims["iat"] = time.Now().Add(-6 * time.Minute).Unix()
}

// assertionAtPush pushes with an assertion that is refused.
func assertionAtPush(change changed) func(context.Context, *keyed) error {
	return func(ctx context.Context, k *keyed) error {
		a, err := k.push(ctx, k.ask(), nobody{}, func(a *assertion) { change(k, a) })
		if err != nil {
			return err
		}
		k.isPushRefused(a, refusal{
			condition: "CheckErrorFromParEndpointResponseErrorInvalidClientOrInvalidRequest", allowed: []string{"invalid_client", "invalid_request"},
		})
		return nil
	}
}

// assertionSoon pushes with an assertion of a client whose clock is eight seconds fast, which is near enough (point 13).
func assertionSoon(ctx context.Context, k *keyed) error {
	soon := time.Now().Add(8 * time.Second).Unix()
	q := k.ask()
	a, err := k.push(ctx, q, nobody{}, claims(map[string]any{"iat": soon, "nbf": soon}))
	if err != nil {
		return err
	}
	if a.status != http.StatusCreated {
		k.warn("CheckPAREndpointResponse201WithNoError", a.isStatus(http.StatusCreated))
		return nil
	}
	code, err := k.enterWith(ctx, q, a)
	if err != nil {
		return err
	}
	_, err = k.used(ctx, q, k.codeForm(code))
	return err
}
