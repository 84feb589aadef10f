package directory

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// clientFields are what a client is registered with, but for its identifier and who may enter (Access), which never change.
func clientFields() fields[ClientEdit, idp.Client] {
	type (
		e = *ClientEdit
		c = *idp.Client
	)
	// An edit of the register of integrations is refused for apps, the provider's own among them, by the rules of their kind.
	const register = toPractice | ofOwnApps | ofMachines
	return fields[ClientEdit, idp.Client]{
		editable("name", ofOwnApps|ofMachines|ofAPIs, func(e e) **string { return &e.Name }, func(c c) *string { return &c.Name }, word),
		fixed[ClientEdit]("kind", ofMachines|ofAPIs, func(c idp.Client) idp.ClientKind { return c.Kind }, word),
		fixed[ClientEdit]("practice_id", ofMachines, func(c idp.Client) idp.PracticeID { return c.PracticeID }, word),
		editable("auth_method", ofMachines|ofAPIs, func(e e) **idp.AuthMethod { return &e.AuthMethod }, func(c c) *idp.AuthMethod { return &c.AuthMethod }, word).
			tidied(withoutOldSecrets),
		editable("public_keys", ofMachines|ofAPIs, func(e e) **string { return &e.PublicKeys }, func(c c) *string { return &c.PublicKeys }, fingerprint),
		editable("scopes", ofMachines|ofAPIs, func(e e) **[]string { return &e.Scopes }, func(c c) *[]string { return &c.Scopes }, list).
			tidied(func(c c) { c.Scopes = sorted(c.Scopes); c.RefreshTokens = policy.HasRefreshTokens(c.Scopes) }),
		editable("redirect_uris", 0, func(e e) **[]string { return &e.RedirectURIs }, func(c c) *[]string { return &c.RedirectURIs }, list),
		editable("post_logout_redirect_uris", 0, func(e e) **[]string { return &e.PostLogoutRedirectURIs },
			func(c c) *[]string { return &c.PostLogoutRedirectURIs }, list),
		editable("backchannel_logout_uri", 0, func(e e) **string { return &e.BackchannelLogoutURI },
			func(c c) *string { return &c.BackchannelLogoutURI }, word),
		editable("initiate_login_uri", 0, func(e e) **string { return &e.InitiateLoginURI }, func(c c) *string { return &c.InitiateLoginURI }, word),
		editable("refresh_tokens", 0, func(e e) **bool { return &e.RefreshTokens }, func(c c) *bool { return &c.RefreshTokens }, flag).saying("false"),
		editable("pkce_required", 0, func(e e) **bool { return &e.PKCERequired }, func(c c) *bool { return &c.PKCERequired }, flag).saying("false"),
		editable("pkce_optional", ofMachines, func(e e) **bool { return &e.PKCEOptional }, func(c c) *bool { return &c.PKCEOptional }, flag).saying("false"),
		editable("id_token_alg", ofMachines|ofAPIs, func(e e) **string { return &e.IDTokenAlg }, func(c c) *string { return &c.IDTokenAlg }, word),
		editable("reference_tokens", ofMachines, func(e e) **bool { return &e.ReferenceTokens }, func(c c) *bool { return &c.ReferenceTokens }, flag).saying("false"),
		editable("userinfo_only", 0, func(e e) **bool { return &e.UserinfoOnly }, func(c c) *bool { return &c.UserinfoOnly }, flag).saying("false"),
		editable("token_endpoint_audience", ofMachines|ofAPIs, func(e e) **bool { return &e.TokenEndpointAudience },
			func(c c) *bool { return &c.TokenEndpointAudience }, flag).saying("false"),
		editable("require_pushed_authorization_requests", 0, func(e e) **bool { return &e.PushRequired },
			func(c c) *bool { return &c.PushRequired }, flag).saying("false"),
		editable("security_profile", ofMachines, func(e e) **idp.SecurityProfile { return &e.SecurityProfile },
			func(c c) *idp.SecurityProfile { return &c.SecurityProfile }, word),
		editable("fapi2_from", ofMachines, func(e e) **time.Time { return &e.FAPI2From }, func(c c) *time.Time { return &c.FAPI2From }, instant),
		editable("jwks_uri", ofMachines|ofAPIs, func(e e) **string { return &e.JWKSURI }, func(c c) *string { return &c.JWKSURI }, word),
		editable("tls_client_auth_subject", ofMachines|ofAPIs, func(e e) **string { return &e.CertificateSubject },
			func(c c) *string { return &c.CertificateSubject }, word),
		editable("tls_client_certificate_bound_access_tokens", ofMachines, func(e e) **bool { return &e.CertificateBound },
			func(c c) *bool { return &c.CertificateBound }, flag).saying("false"),
		editable("allowed_origins", 0, func(e e) **[]string { return &e.AllowedOrigins }, func(c c) *[]string { return &c.AllowedOrigins }, list),
		editable("identifier", ofAPIs, func(e e) **string { return &e.Identifier }, func(c c) *string { return &c.Identifier }, word),
		editable("refresh_grace", 0, func(e e) **time.Duration { return &e.RefreshGrace }, func(c c) *time.Duration { return &c.RefreshGrace }, grace),
		editable("profile", ofMachines|ofAPIs, func(e e) **idp.SessionProfile { return &e.Profile }, func(c c) *idp.SessionProfile { return &c.Profile }, word),
		editable("session_lifetime", ofOwnApps, func(e e) **time.Duration { return &e.SessionLifetime },
			func(c c) *time.Duration { return &c.SessionLifetime }, span),
		editable("session_idle_timeout", ofOwnApps, func(e e) **time.Duration { return &e.SessionIdleTimeout },
			func(c c) *time.Duration { return &c.SessionIdleTimeout }, span),
		editable("sign_on_group", 0, func(e e) **string { return &e.SignOnGroup }, func(c c) *string { return &c.SignOnGroup }, word),
		editable("accent_colour", 0, func(e e) **string { return &e.Accent }, func(c c) *string { return &c.Accent }, word),
		editable("logo", 0, func(e e) **[]byte { return &e.Logo }, func(c c) *[]byte { return &c.Logo }, picture).
			tidied(func(c c) { c.Logo = drawn(c.Logo) }),
		editable("brings", 0, func(e e) **[]idp.ClientID { return &e.Brings }, func(c c) *[]idp.ClientID { return &c.Brings }, list).
			tidied(func(c c) { c.Brings = sorted(c.Brings) }),
		editable("mfa_required_from", ofOwnApps, func(e e) **time.Time { return &e.MFARequiredFrom },
			func(c c) *time.Time { return &c.MFARequiredFrom }, instant),
		editable("phishing_resistance_from", ofOwnApps, func(e e) **time.Time { return &e.PhishingResistanceFrom },
			func(c c) *time.Time { return &c.PhishingResistanceFrom }, instant),
		editable("owner", register, func(e e) **string { return &e.Owner }, func(c c) *string { return &c.Owner }, word),
		editable("purpose", register, func(e e) **string { return &e.Purpose }, func(c c) *string { return &c.Purpose }, word).
			tidied(func(c c) { c.Purpose = plainText(c.Purpose) }),
		editable("review_at", register, func(e e) **time.Time { return &e.ReviewAt }, func(c c) *time.Time { return &c.ReviewAt }, instant),
		editable("disabled", toPractice|ofMachines|ofAPIs, func(e e) **bool { return &e.Disabled }, func(c c) *bool { return &c.Disabled }, flag).saying("false"),
	}
}

// withoutOldSecrets takes the secrets from a client that authenticates by key from now on: they must not come back with the method.
func withoutOldSecrets(c *idp.Client) {
	if !c.AuthMethod.BySecret() {
		c.Secrets = nil
	}
}

// CompareClients returns what differs between two registrations, and the edit of the first that makes it like the second. What is
// given for good (kind, practice) is a change too, and in no edit.
func CompareClients(before, after idp.Client) (ClientEdit, []Change) {
	edit, changes := clientFields().compare(before, after)
	edit.Version = before.Version
	return edit, changes
}
