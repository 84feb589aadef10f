package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// FAPI 2.0 Security Profile (Final), section 5.3.2: what a client that is registered for it may not leave out. It is one switch: a client
// keeps all of it, or has the usual rules. An app that is connected to a government system may be given a day from which it is on.

// FAPI2 reports whether the client keeps the profile: its requests are pushed, its tokens are bound to a key or a certificate, its assertions
// name the issuer alone, and its refresh tokens stay as they are. The client is as InForce returns it.
func FAPI2(client idp.Registration) bool { return client.SecurityProfile == idp.SecurityFAPI2 }

// InForce is the client by the rules that hold now: from the day on that it was given, those of the profile. What it is registered for
// otherwise, and the profile does not allow, counts no more; a client that authenticates in another way can't, until it is registered anew.
func InForce(client idp.Client, now time.Time) idp.Client {
	if !isSince(client.FAPI2From, now) {
		return client
	}
	client.SecurityProfile = idp.SecurityFAPI2
	client.IDTokenAlg, client.PKCEOptional, client.TokenEndpointAudience = idTokenAlgFAPI2, false, false
	return client
}

// idTokenAlgFAPI2 signs ID tokens where RS256 is not taken (section 5.4.1).
const idTokenAlgFAPI2 = "ES256"

// FAPI2Takes reports whether a client that keeps the profile may authenticate so (section 5.3.2.1, point 6).
func FAPI2Takes(method idp.AuthMethod) bool { return method == idp.AuthKey || method.ByCertificate() }

// MustPush reports whether the app may not send an authorization request through the browser.
func MustPush(app idp.Registration) bool { return app.PushRequired || FAPI2(app) }

// FAPI2Concerns reports whether the profile is a matter of this client: it keeps it, it has to from a day on, or it is an app that is
// connected to a government system.
func FAPI2Concerns(client idp.Registration) bool {
	return FAPI2(client) || !client.FAPI2From.IsZero() || client.Profile == idp.ProfileGovernmentConnected
}

// MayKeepFAPI2 reports whether there is a profile for clients of this kind: for those that keep a key on a server.
func MayKeepFAPI2(kind idp.ClientKind) bool {
	return kind == idp.ClientWeb || kind == idp.ClientMachine
}

// FAPI2Lacks lists, for the person who registers it, what a client would have to change to keep the profile; none: nothing.
func FAPI2Lacks(client idp.Registration) (lacks []string) {
	for _, rule := range []struct {
		broken bool
		says   string
	}{
		{!MayKeepFAPI2(client.Kind), "kind must be web or machine: it is for apps with a server and for integrations"},
		{!FAPI2Takes(client.AuthMethod), "auth_method must be private_key_jwt, tls_client_auth or self_signed_tls_client_auth: a secret is not enough"},
		{client.TokenEndpointAudience, "token_endpoint_audience must be off: assertions name the issuer alone"},
		{client.PKCEOptional, "pkce_optional must be off: PKCE is always sent"},
		{client.Kind == idp.ClientWeb && client.IDTokenAlg != idTokenAlgFAPI2, "id_token_alg must be ES256: RS256 is not taken"},
	} {
		if rule.broken {
			lacks = append(lacks, rule.says)
		}
	}
	return lacks
}
