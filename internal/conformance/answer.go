package conformance

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// parameters are those of the answer, in the mode that was asked for. Unless it is at the app the module can't go on.
func (r *run) parameters(a answer) (url.Values, error) {
	if a.page != nil {
		return nil, r.stop("ExpectRedirectUriHasBeenCalled", fmt.Errorf("the browser ended at %s (%d), not at the app", a.at, a.page.status))
	}
	if !r.formPost {
		r.fail("ExpectCallbackByGet", same("the method", a.method, http.MethodGet))
		return a.query, nil
	}
	r.fail("CheckCallbackHttpMethodIsPost", same("the method", a.method, http.MethodPost))
	r.fail("RejectAuthCodeInUrlQuery", without("the address of the answer", a.query, "code"))
	r.fail("RejectErrorInUrlQuery", without("the address of the answer", a.query, "error"))
	return a.form, nil
}

func without(where string, values url.Values, name string) error {
	if values.Has(name) {
		return fmt.Errorf("%s has %s=%.40s", where, name, values.Get(name))
	}
	return nil
}

// issIn holds RFC 9207, section 2.4: iss is the provider's, and is there if the provider says so.
func (r *run) issIn(answered url.Values) error {
	if !answered.Has("iss") && r.metadata["authorization_response_iss_parameter_supported"] != true {
		return nil
	}
	return same("iss", answered.Get("iss"), r.metadata.text("issuer"))
}

// codeIn holds what is true of every successful answer, and returns its code.
func (r *run) codeIn(q url.Values, a answer) (string, error) {
	answered, err := r.parameters(a)
	if err != nil {
		return "", err
	}
	r.fail("CheckMatchingCallbackParameters", same("where the answer went", a.at, r.config.redirectURI()))
	r.fail("ValidateIssIfPresentInAuthorizationResponse", r.issIn(answered))
	if answered.Has("error") {
		said := fmt.Errorf("%s: %s", answered.Get("error"), answered.Get("error_description"))
		return "", r.stop("CheckIfAuthorizationEndpointError", said)
	}
	r.fail("CheckStateInAuthorizationResponse", same("state", answered.Get("state"), q.Get("state")))
	if answered.Get("code") == "" {
		return "", r.stop("ExtractAuthorizationCodeFromAuthorizationResponse", errors.New("the answer has no code"))
	}
	return answered.Get("code"), nil
}

// errorIn holds what is true of every answer that is an error, and that it is one of these.
func (r *run) errorIn(q url.Values, a answer, condition string, allowed ...string) error {
	answered, err := r.parameters(a)
	if err != nil {
		return err
	}
	r.fail("CheckStateInAuthorizationResponse", same("state", answered.Get("state"), q.Get("state")))
	r.fail("ValidateIssIfPresentInAuthorizationResponse", r.issIn(answered))
	if !answered.Has("error") {
		r.fail("EnsureErrorFromAuthorizationEndpointResponse", errors.New("the answer is no error"))
	}
	r.fail("RejectAuthCodeInAuthorizationEndpointResponse", without("the answer", answered, "code"))
	for name := range answered {
		if !slices.Contains([]string{"error", "error_description", "error_uri", "state", "session_state", "iss"}, name) {
			r.warn("CheckForUnexpectedParametersInErrorResponseFromAuthorizationEndpoint", fmt.Errorf("%s is unexpected", name))
		}
	}
	r.checkDescription(answered.Get("error_description"), "AuthorizationEndpoint")
	r.fail(condition, oneOf("error", answered.Get("error"), allowed...))
	return nil
}

// checkDescription holds the characters of an error_description (RFC 6749, section 4.1.2.1).
func (r *run) checkDescription(description, endpoint string) {
	if strings.ContainsAny(description, "\r\n\t") {
		r.warn("CheckErrorDescriptionFrom"+endpoint+"ResponseErrorContainsCRLFTAB", errors.New("error_description has more than one line"))
	}
	if i := strings.IndexFunc(description, func(c rune) bool { return c < 0x20 || c > 0x7e || c == '"' || c == '\\' }); i >= 0 {
		r.fail("ValidateErrorDescriptionFrom"+endpoint+"ResponseError", fmt.Errorf("error_description has the character %q", description[i]))
	}
}

// isHard holds that a code can't be guessed: 128 bits long, and not of too few characters.
func (r *run) isHard(code string) {
	if bits := len(code) * 8; bits < 128 {
		r.fail("EnsureMinimumAuthorizationCodeLength", fmt.Errorf("the code has %d bits, want 128", bits))
	}
	if bits := entropy(code); bits < 96 {
		r.fail("EnsureMinimumAuthorizationCodeEntropy", fmt.Errorf("the code has about %.0f bits of entropy, want 96", bits))
	}
}

// entropy is Shannon's, in bits, by how often each character stands in the text.
func entropy(text string) float64 {
	counts := map[rune]int{}
	for _, c := range text {
		counts[c]++
	}
	var each float64
	for _, n := range counts {
		share := float64(n) / float64(len(text))
		each -= share * math.Log2(share)
	}
	return each * float64(len(text))
}
