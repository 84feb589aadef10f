package conformance

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

func isBearer(a reply) error {
	if !strings.EqualFold(a.text("token_type"), "bearer") {
		return fmt.Errorf("token_type is %q", a.text("token_type"))
	}
	return nil
}

// isRefusedHere holds that the browser ended at a page that says what is wrong; the suite takes a picture of it.
func (r *run) isRefusedHere(condition string, a answer) {
	switch {
	case a.page == nil:
		r.fail(condition, fmt.Errorf("the browser was sent to %s", a.at))
	case a.signIns > 0:
		r.fail(condition, errors.New("the person was asked to sign in"))
	case !a.page.isError():
		r.fail(condition, fmt.Errorf("the page at %s (%d) is not an error's", a.at, a.page.status))
	}
}

// responseTypeMissing is oidcc-response-type-missing: an error at the app, or a page that says so.
func responseTypeMissing(ctx context.Context, r *run) error {
	q := r.request("openid")
	q.Del("response_type")
	a, err := r.authorize(ctx, q)
	if err != nil {
		return err
	}
	if a.page != nil {
		r.isRefusedHere("ExpectResponseTypeMissingErrorPage", a)
		return nil
	}
	return r.errorIn(q, a, "CheckErrorFromAuthorizationEndpointErrorInvalidRequestOrUnsupportedResponseType",
		"invalid_request", "unsupported_response_type")
}

// registeredRedirectURI is oidcc-ensure-registered-redirect-uri.
func registeredRedirectURI(ctx context.Context, r *run) error {
	a, err := r.authorize(ctx, with(r.request("openid"), "redirect_uri", r.config.App+"/"+rand.Text()[:10]))
	if err != nil {
		return err
	}
	r.isRefusedHere("ExpectRedirectUriErrorPage", a)
	return nil
}

// unsigned is a request as a request object without a signature (OpenID Connect Core, section 6.1).
func unsigned(q url.Values) (string, error) {
	object := map[string]string{}
	for name := range q {
		object[name] = q.Get(name)
	}
	claims, err := json.Marshal(object)
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode(claims) + ".", nil
}

// beside are the parameters that must stand beside a request object too, and the object.
func beside(q url.Values, name, value string) url.Values {
	outer := url.Values{name: {value}}
	for _, also := range []string{"response_type", "client_id", "scope", "redirect_uri"} {
		outer.Set(also, q.Get(also))
	}
	return outer
}

// knowsNone reports whether the provider may take request objects without a signature, so far as it says.
func (r *run) knowsNone() bool {
	_, found := r.metadata["request_object_signing_alg_values_supported"]
	return !found || r.metadata.lists("request_object_signing_alg_values_supported", "none") == nil
}

// objectTaken holds that the request q, which was sent as a request object, was processed, or refused as not supported.
func (r *run) objectTaken(ctx context.Context, q url.Values, a answer, feature, condition, refusal string) error {
	answered, err := r.parameters(a)
	if err != nil {
		return err
	}
	if answered.Get("error") == refusal { // its state is not looked at: it stood in the object only
		return skipped{"the provider answers " + refusal}
	}
	r.warn(condition, r.metadata.isTrue(feature))
	_, err = r.complete(ctx, q, a, nil)
	return err
}

// requestObjectUnsigned is oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported.
func requestObjectUnsigned(ctx context.Context, r *run) error {
	if !r.knowsNone() {
		return skipped{"request_object_signing_alg_values_supported lists no none"}
	}
	q := r.request("openid")
	object, err := unsigned(q)
	if err != nil {
		return err
	}
	a, err := r.authorize(ctx, beside(q, "request", object))
	if err != nil {
		return err
	}
	const feature, condition = "request_parameter_supported", "CheckDiscEndpointRequestParameterSupported"
	return r.objectTaken(ctx, q, a, feature, condition, "request_not_supported")
}

// requestURIUnsigned is oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported. No object stands at the address: a
// provider that takes such requests has nothing to take here, and fails. One that does not can't know of the response_mode there, so
// its refusal may come by query also where a form was asked for.
func requestURIUnsigned(ctx context.Context, r *run) error {
	if !r.knowsNone() {
		return skipped{"request_object_signing_alg_values_supported lists no none"}
	}
	const refusal = "request_uri_not_supported"
	q := r.request("openid")
	a, err := r.authorize(ctx, beside(q, "request_uri", r.config.App+"/requesturi/"+rand.Text()))
	if err != nil {
		return err
	}
	if a.query.Get("error") == refusal {
		return skipped{"the provider answers " + refusal}
	}
	return r.objectTaken(ctx, q, a, "request_uri_parameter_supported", "CheckDiscEndpointRequestUriParameterSupported", refusal)
}

// requestObjectWithRedirectURI is oidcc-ensure-request-object-with-redirect-uri: the address beside the object is a wrong one.
func requestObjectWithRedirectURI(ctx context.Context, r *run) error {
	if !r.knowsNone() {
		return skipped{"request_object_signing_alg_values_supported lists no none"}
	}
	q := r.request("openid")
	object, err := unsigned(q)
	if err != nil {
		return err
	}
	outer := with(beside(q, "request", object), "redirect_uri", r.config.redirectURI()+rand.Text())
	a, err := r.authorize(ctx, outer)
	if err != nil {
		return err
	}
	if a.page != nil || a.at != r.config.redirectURI() {
		r.isRefusedHere("ExpectRedirectUriErrorPage", a)
		return nil
	}
	answered, err := r.parameters(a)
	if err != nil {
		return err
	}
	if answered.Get("error") == "request_not_supported" {
		return r.stop("EnsureOPDoesNotUseDefaultRedirectUriInCaseOfInvalidRedirectUri",
			errors.New("the object was not read, and the answer went to an address that stood in it only"))
	}
	r.warn("CheckDiscEndpointRequestParameterSupported", r.metadata.isTrue("request_parameter_supported"))
	_, err = r.complete(ctx, q, a, nil)
	return err
}
