package oidcop_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
)

// Nobody stands behind the gate who has not proved which client they are: a client without a secret learns nothing of tokens, and gets none
// of a machine (RFC 7662, section 2.1; RFC 6749, section 4.4), however it leaves its proof out.
func TestAClientWithoutAProofGetsNothing(t *testing.T) {
	h := newHouse(t)
	token := decode(t, h.machine())["access_token"].(string)
	for name, c := range map[string]struct {
		form  url.Values
		basic []string
	}{
		"an empty secret in the header":            {url.Values{}, []string{"timesheets", ""}},
		"a name in the header alone":               {url.Values{}, []string{"loopback", ""}},
		"a public client with somebody's secret":   {url.Values{}, []string{"loopback", secret}},
		"the same in the form":                     {url.Values{"client_id": {"loopback"}, "client_secret": {secret}}, nil},
		"an empty secret in the form":              {url.Values{"client_id": {"timesheets"}, "client_secret": {""}}, nil},
		"no name":                                  {url.Values{"client_secret": {secret}}, nil},
		"an assertion that is none":                {url.Values{"client_assertion": {"a.b.c"}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}, nil},
		"an assertion of another type":             {url.Values{"client_id": {"timesheets"}, "client_assertion": {"a.b.c"}, "client_assertion_type": {"saml"}}, nil},
		"the name of another client beside a name": {url.Values{"client_id": {"fusesign"}}, []string{"timesheets", secret}},
	} {
		for _, path := range []string{"/oauth/introspect", "/oauth/revoke"} {
			if w := h.post(path, with(c.form, "token", token), c.basic...); w.Code != http.StatusUnauthorized {
				t.Errorf("%s, %s: %d %s", path, name, w.Code, w.Body)
			}
		}
	}
	if got := decode(t, h.post("/oauth/introspect", url.Values{"token": {token}}, "fusesign", secret)); got["active"] != true {
		t.Errorf("somebody revoked it: %v", got)
	}

	h.change("greedy", func(c *idp.Client) { c.AuthMethod, c.Secrets = idp.AuthNone, nil }) // a registration gone wrong
	wantError(t, h.post("/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"greedy"}}), 400, "unauthorized_client")
}
