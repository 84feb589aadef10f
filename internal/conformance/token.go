package conformance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// askToken makes a request at the token endpoint, authenticated as the module's client.
func (r *run) askToken(ctx context.Context, form url.Values) (reply, error) {
	return r.askTokenAs(ctx, r.client, form)
}

func (r *run) askTokenAs(ctx context.Context, client Client, form url.Values) (reply, error) {
	form, header := maps.Clone(form), http.Header{}
	if r.post {
		form.Set("client_id", client.ID)
		form.Set("client_secret", client.Secret)
	} else {
		request := http.Request{Header: header}
		request.SetBasicAuth(url.QueryEscape(client.ID), url.QueryEscape(client.Secret)) // RFC 6749, section 2.3.1
	}
	return r.call(ctx, http.MethodPost, r.metadata.text("token_endpoint"), form, header)
}

// checkTokens holds what is true of every answer with tokens (RFC 6749, section 5.1).
func (r *run) checkTokens(a reply) error {
	if a.object == nil || a.text("error") != "" {
		return r.stop("CheckIfTokenEndpointResponseError", fmt.Errorf("status %d: %.200s", a.status, a.body))
	}
	if a.text("access_token") == "" {
		return r.stop("CheckForAccessTokenValue", errors.New("the answer has no access_token"))
	}
	r.fail("ValidateExpiresIn", expiry(a))
	return nil
}

// expiry holds that expires_in is a whole number of seconds, if it is there.
func expiry(a reply) error {
	given, found := a.object["expires_in"]
	if !found {
		return nil
	}
	seconds, isNumber := number(a.object, "expires_in")
	if !isNumber || seconds <= 0 || seconds != float64(int64(seconds)) {
		return fmt.Errorf("expires_in is %v, want a number of seconds", given)
	}
	return nil
}

// isUncached holds that no cache on the way keeps the answer.
func (a reply) isUncached() error {
	for name, want := range map[string]string{"Cache-Control": "no-store", "Pragma": "no-cache"} {
		given := a.header.Get(name)
		if given == "" && name == "Pragma" {
			continue
		}
		found := false
		for part := range strings.SplitSeq(given, ",") {
			found = found || strings.TrimSpace(part) == want
		}
		if !found {
			return fmt.Errorf("%s is %q, without %s", name, given, want)
		}
	}
	return nil
}

// checkRefused holds that a request at the token endpoint was refused as an invalid grant (RFC 6749, section 5.2).
func (r *run) checkRefused(a reply) {
	r.fail("CheckTokenEndpointHttpStatus400", a.isStatus(http.StatusBadRequest))
	r.fail("CheckTokenEndpointReturnedJsonContentType", a.isJSON())
	r.fail("CheckErrorFromTokenEndpointResponseErrorInvalidGrant", a.isRefusal("invalid_grant"))
	r.checkDescription(a.text("error_description"), "TokenEndpoint")
}

// hasCharacters holds that a token has no character but those that RFC 6749, appendix A, allows.
func hasCharacters(token string) error {
	if i := strings.IndexFunc(token, func(c rune) bool { return c < 0x20 || c > 0x7e }); i >= 0 {
		return fmt.Errorf("the token has the character %q", token[i])
	}
	return nil
}
