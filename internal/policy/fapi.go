package policy

import (
	"github.com/apscloud/apsid/internal/idp"
)

// FAPI 2.0 Security Profile (Final), section 5.3.2: what a client that is registered for it may not leave out. It is one switch: a client
// keeps all of it, or has the usual rules.

// FAPI2 reports whether the client keeps the profile: its requests are pushed, its tokens are bound to a key or a certificate, its assertions name the
// issuer alone, and its refresh tokens stay as they are.
func FAPI2(client idp.Registration) bool { return client.SecurityProfile == idp.SecurityFAPI2 }

// MustPush reports whether the app may not send an authorization request through the browser.
func MustPush(app idp.Registration) bool { return app.PushRequired || FAPI2(app) }

// FAPI2Lacks lists, for the person who registers it, what a client would have to change to keep the profile; none: nothing.
func FAPI2Lacks(client idp.Registration) (lacks []string) {
	for _, rule := range []struct {
		broken bool
		says   string
	}{
		{client.Kind != idp.ClientWeb && client.Kind != idp.ClientMachine, "it is for apps with a server and for integrations (kind web or machine)"},
		{client.AuthMethod != idp.AuthKey && !client.AuthMethod.ByCertificate(), "auth_method must be private_key_jwt, tls_client_auth or self_signed_tls_client_auth: a secret is not enough"},
		{client.TokenEndpointAudience, "token_endpoint_audience must be off: assertions name the issuer alone"},
		{client.PKCEOptional, "pkce_optional must be off: PKCE is always sent"},
		{client.Kind == idp.ClientWeb && client.IDTokenAlg != "ES256", "id_token_alg must be ES256: RS256 is not taken"},
	} {
		if rule.broken {
			lacks = append(lacks, rule.says)
		}
	}
	return lacks
}
