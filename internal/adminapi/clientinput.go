package adminapi

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// onceSecret is the member of an answer that holds a client's secret.
const onceSecret = "client_secret"

// RegisteredClient is a client together with its secret.
type RegisteredClient struct {
	Client
	ClientSecret string `json:"client_secret,omitempty" doc:"Shown once. Absent for a client without one, and in a replay."`
}

type registerClientInput struct {
	Body struct {
		ID                     idp.ClientID        `json:"id" pattern:"^[a-z0-9][a-z0-9.-]{1,62}$" patternDescription:"2 to 63 small letters, digits, dots and dashes" doc:"2 to 63 small letters, digits, dots and dashes. It stays."`
		Name                   string              `json:"name" minLength:"1" maxLength:"80"`
		Kind                   idp.ClientKind      `json:"kind" enum:"web,native,browser,machine,api"`
		AuthMethod             idp.AuthMethod      `json:"auth_method,omitempty" enum:"client_secret,client_secret_basic,client_secret_post,none,private_key_jwt,tls_client_auth,self_signed_tls_client_auth" doc:"client_secret: by header or form. Absent: client_secret, private_key_jwt with public_keys or jwks_uri, or none for native and browser."`
		RedirectURIs           []string            `json:"redirect_uris,omitempty" maxLength:"2000" pattern:"^[A-Za-z][A-Za-z0-9+.-]*:.+$" patternDescription:"an absolute URI" nullable:"false" maxItems:"20"`
		PostLogoutRedirectURIs []string            `json:"post_logout_redirect_uris,omitempty" maxLength:"2000" pattern:"^[A-Za-z][A-Za-z0-9+.-]*:.+$" patternDescription:"an absolute URI" nullable:"false" maxItems:"20"`
		BackchannelLogoutURI   string              `json:"backchannel_logout_uri,omitempty" pattern:"^(https?://.+)?$" patternDescription:"an address of the web" maxLength:"2000"`
		InitiateLoginURI       string              `json:"initiate_login_uri,omitempty" pattern:"^(https?://.+)?$" patternDescription:"an address of the web" maxLength:"2000"`
		Scopes                 []string            `json:"scopes,omitempty" pattern:"^[A-Za-z0-9][A-Za-z0-9:._/-]{0,99}$" patternDescription:"at most 100 letters, digits and :._/-" nullable:"false" maxItems:"50"`
		RefreshTokens          bool                `json:"refresh_tokens,omitempty"`
		PKCERequired           bool                `json:"pkce_required,omitempty" doc:"It must send PKCE, though it sends a nonce."`
		PKCEOptional           bool                `json:"pkce_optional,omitempty" doc:"It may leave out PKCE and nonce."`
		IDTokenAlg             string              `json:"id_token_alg,omitempty" enum:"ES256,RS256"`
		ReferenceTokens        bool                `json:"reference_tokens,omitempty"`
		UserinfoOnly           bool                `json:"userinfo_only,omitempty" doc:"Name and mail address are not in its ID tokens."`
		TokenEndpointAudience  bool                `json:"token_endpoint_audience,omitempty" doc:"Its assertions may name the token endpoint as their audience."`
		PushRequired           bool                `json:"require_pushed_authorization_requests,omitempty" doc:"It must push its authorization requests (RFC 9126)."`
		SecurityProfile        idp.SecurityProfile `json:"security_profile,omitempty" enum:"fapi2" doc:"fapi2: it keeps the FAPI 2.0 Security Profile."`
		AllowedOrigins         []string            `json:"allowed_origins,omitempty" maxLength:"2000" pattern:"^https?://[^/?#]+$" patternDescription:"an origin, like https://app.example" nullable:"false" maxItems:"20" doc:"browser: the origins that it calls from. Absent: those of its redirect URIs."`
		Identifier             string              `json:"identifier,omitempty" maxLength:"2000" doc:"api: its URI, the audience of the tokens meant for it."`
		PracticeID             idp.PracticeID      `json:"practice_id,omitempty" maxLength:"100"`
		Profile                idp.SessionProfile  `json:"profile,omitempty" enum:"default,government_connected"`
		SessionLifetime        int64               `json:"session_lifetime,omitempty" minimum:"0" maximum:"86400"`
		SessionIdleTimeout     int64               `json:"session_idle_timeout,omitempty" minimum:"0" maximum:"86400"`
		RefreshGrace           *int64              `json:"refresh_grace,omitempty" minimum:"0" maximum:"60" doc:"Seconds for which a rotated refresh token is answered again. Absent: 10, and 0 for government_connected."`
		SignOnGroup            string              `json:"sign_on_group,omitempty" pattern:"^([a-z0-9][a-z0-9-]*)?$" patternDescription:"small letters, digits and dashes" maxLength:"63"`
		MFARequiredFrom        time.Time           `json:"mfa_required_from,omitzero"`
		FAPI2From              time.Time           `json:"fapi2_from,omitzero" doc:"From when it keeps the FAPI 2.0 Security Profile; absent: as security_profile says."`
		PhishingResistanceFrom time.Time           `json:"phishing_resistance_from,omitzero"`
		AccentColour           string              `json:"accent_colour,omitempty" pattern:"^(#[0-9a-f]{6})?$" patternDescription:"a colour like #0b5761, in small letters" doc:"White text stands on it: a contrast of 4.5:1 at least."`
		Logo                   string              `json:"logo,omitempty" pattern:"^[A-Za-z0-9+/]*={0,2}$" patternDescription:"base64" maxLength:"60000" contentEncoding:"base64" doc:"A PNG or JPEG of at most 45 kB. It is drawn anew with at most 96 pixels a side."`
		Brings                 []idp.ClientID      `json:"brings,omitempty" pattern:"^[a-z0-9][a-z0-9.-]{1,62}$" patternDescription:"2 to 63 small letters, digits, dots and dashes" nullable:"false" maxItems:"20"`
		Owner                  string              `json:"owner,omitempty" maxLength:"80"`
		Purpose                string              `json:"purpose,omitempty" maxLength:"500"`
		ReviewAt               time.Time           `json:"review_at,omitzero"`
		PublicKeys             string              `json:"public_keys,omitempty" pattern:"^(\\s*\\{[\\s\\S]*)?$" patternDescription:"a JSON object" maxLength:"20000" doc:"A JWK Set, on one line."`
		JWKSURI                string              `json:"jwks_uri,omitempty" pattern:"^(https?://.+)?$" patternDescription:"an address of the web" maxLength:"2000" doc:"Where it publishes its keys instead."`
		CertificateSubject     string              `json:"tls_client_auth_subject,omitempty" pattern:"^((dn|dns|uri|ip|email):.+)?$" patternDescription:"dn:, dns:, uri:, ip: or email:, and a name" maxLength:"1000" doc:"Of its certificate, for tls_client_auth."`
		CertificateBound       bool                `json:"tls_client_certificate_bound_access_tokens,omitempty" doc:"Its access tokens are bound to its certificate (RFC 8705)."`
		SecretExpiresAt        time.Time           `json:"secret_expires_at,omitzero" doc:"Absent: never."`
	}
}

func (in *registerClientInput) client() directory.NewClient {
	b := in.Body
	return directory.NewClient{
		Registration: idp.Registration{
			ID: b.ID, Name: b.Name, Kind: b.Kind, AuthMethod: b.AuthMethod, RedirectURIs: b.RedirectURIs,
			PostLogoutRedirectURIs: b.PostLogoutRedirectURIs, BackchannelLogoutURI: b.BackchannelLogoutURI,
			InitiateLoginURI: b.InitiateLoginURI, Scopes: b.Scopes, RefreshTokens: b.RefreshTokens, PKCERequired: b.PKCERequired,
			PKCEOptional: b.PKCEOptional, IDTokenAlg: b.IDTokenAlg, ReferenceTokens: b.ReferenceTokens, UserinfoOnly: b.UserinfoOnly,
			TokenEndpointAudience: b.TokenEndpointAudience, PushRequired: b.PushRequired, SecurityProfile: b.SecurityProfile, FAPI2From: b.FAPI2From, AllowedOrigins: b.AllowedOrigins, Identifier: b.Identifier, RefreshGrace: grace(b.RefreshGrace),
			PracticeID: b.PracticeID, Profile: b.Profile,
			SessionLifetime: duration(b.SessionLifetime), SessionIdleTimeout: duration(b.SessionIdleTimeout), SignOnGroup: b.SignOnGroup,
			MFARequiredFrom: b.MFARequiredFrom, PhishingResistanceFrom: b.PhishingResistanceFrom, Accent: b.AccentColour, Logo: pictureOf(b.Logo), Brings: b.Brings, Owner: b.Owner, Purpose: b.Purpose, ReviewAt: b.ReviewAt,
			PublicKeys: b.PublicKeys, JWKSURI: b.JWKSURI, CertificateSubject: b.CertificateSubject, CertificateBound: b.CertificateBound,
		},
		SecretExpires: b.SecretExpiresAt,
	}
}

type editClientInput struct {
	ClientPath
	Editing
	Body struct {
		Name                   *string              `json:"name,omitempty" minLength:"1" maxLength:"80"`
		AuthMethod             *idp.AuthMethod      `json:"auth_method,omitempty" enum:"client_secret,client_secret_basic,client_secret_post,none,private_key_jwt,tls_client_auth,self_signed_tls_client_auth" doc:"private_key_jwt and self_signed_tls_client_auth need public_keys or jwks_uri, tls_client_auth needs tls_client_auth_subject. All three end the secrets."`
		RefreshTokens          *bool                `json:"refresh_tokens,omitempty"`
		PKCERequired           *bool                `json:"pkce_required,omitempty"`
		PKCEOptional           *bool                `json:"pkce_optional,omitempty"`
		IDTokenAlg             *string              `json:"id_token_alg,omitempty" enum:"ES256,RS256"`
		ReferenceTokens        *bool                `json:"reference_tokens,omitempty"`
		UserinfoOnly           *bool                `json:"userinfo_only,omitempty"`
		TokenEndpointAudience  *bool                `json:"token_endpoint_audience,omitempty"`
		PushRequired           *bool                `json:"require_pushed_authorization_requests,omitempty"`
		SecurityProfile        *idp.SecurityProfile `json:"security_profile,omitempty" pattern:"^(fapi2)?$" patternDescription:"fapi2, or nothing" maxLength:"20" doc:"Empty: the usual rules."`
		AllowedOrigins         *[]string            `json:"allowed_origins,omitempty" maxLength:"2000" pattern:"^https?://[^/?#]+$" patternDescription:"an origin, like https://app.example" nullable:"false" maxItems:"20"`
		Identifier             *string              `json:"identifier,omitempty" maxLength:"2000"`
		RefreshGrace           *int64               `json:"refresh_grace,omitempty" minimum:"0" maximum:"60" doc:"Seconds; 0: none."`
		Profile                *idp.SessionProfile  `json:"profile,omitempty" enum:"default,government_connected"`
		AccentColour           *string              `json:"accent_colour,omitempty" pattern:"^(#[0-9a-f]{6})?$" patternDescription:"a colour like #0b5761, in small letters"`
		Logo                   *string              `json:"logo,omitempty" pattern:"^[A-Za-z0-9+/]*={0,2}$" patternDescription:"base64" maxLength:"60000" contentEncoding:"base64" doc:"A PNG or JPEG of at most 45 kB; empty: none."`
		Brings                 *[]idp.ClientID      `json:"brings,omitempty" pattern:"^[a-z0-9][a-z0-9.-]{1,62}$" patternDescription:"2 to 63 small letters, digits, dots and dashes" nullable:"false" maxItems:"20"`
		RedirectURIs           *[]string            `json:"redirect_uris,omitempty" maxLength:"2000" pattern:"^[A-Za-z][A-Za-z0-9+.-]*:.+$" patternDescription:"an absolute URI" nullable:"false" maxItems:"20"`
		PostLogoutRedirectURIs *[]string            `json:"post_logout_redirect_uris,omitempty" maxLength:"2000" pattern:"^[A-Za-z][A-Za-z0-9+.-]*:.+$" patternDescription:"an absolute URI" nullable:"false" maxItems:"20"`
		BackchannelLogoutURI   *string              `json:"backchannel_logout_uri,omitempty" pattern:"^(https?://.+)?$" patternDescription:"an address of the web" maxLength:"2000"`
		InitiateLoginURI       *string              `json:"initiate_login_uri,omitempty" pattern:"^(https?://.+)?$" patternDescription:"an address of the web" maxLength:"2000"`
		Scopes                 *[]string            `json:"scopes,omitempty" pattern:"^[A-Za-z0-9][A-Za-z0-9:._/-]{0,99}$" patternDescription:"at most 100 letters, digits and :._/-" nullable:"false" maxItems:"50"`
		SessionLifetime        *int64               `json:"session_lifetime,omitempty" minimum:"0" maximum:"86400"`
		SessionIdleTimeout     *int64               `json:"session_idle_timeout,omitempty" minimum:"0" maximum:"86400"`
		SignOnGroup            *string              `json:"sign_on_group,omitempty" pattern:"^([a-z0-9][a-z0-9-]*)?$" patternDescription:"small letters, digits and dashes" maxLength:"63"`
		MFARequiredFrom        Moment               `json:"mfa_required_from,omitzero"`
		FAPI2From              Moment               `json:"fapi2_from,omitzero"`
		PhishingResistanceFrom Moment               `json:"phishing_resistance_from,omitzero"`
		Owner                  *string              `json:"owner,omitempty" maxLength:"80"`
		Purpose                *string              `json:"purpose,omitempty" maxLength:"500"`
		ReviewAt               Moment               `json:"review_at,omitzero"`
		PublicKeys             *string              `json:"public_keys,omitempty" pattern:"^(\\s*\\{[\\s\\S]*)?$" patternDescription:"a JSON object" maxLength:"20000"`
		JWKSURI                *string              `json:"jwks_uri,omitempty" pattern:"^(https?://.+)?$" patternDescription:"an address of the web" maxLength:"2000" doc:"Empty: none."`
		CertificateSubject     *string              `json:"tls_client_auth_subject,omitempty" pattern:"^((dn|dns|uri|ip|email):.+)?$" patternDescription:"dn:, dns:, uri:, ip: or email:, and a name" maxLength:"1000" doc:"Empty: none."`
		CertificateBound       *bool                `json:"tls_client_certificate_bound_access_tokens,omitempty"`
		Disabled               *bool                `json:"disabled,omitempty"`
	}
}

func (in *editClientInput) edit(version int64) directory.ClientEdit {
	b := in.Body
	return directory.ClientEdit{
		Version: version, Name: b.Name, AuthMethod: b.AuthMethod, RedirectURIs: b.RedirectURIs, PostLogoutRedirectURIs: b.PostLogoutRedirectURIs,
		BackchannelLogoutURI: b.BackchannelLogoutURI, InitiateLoginURI: b.InitiateLoginURI, Scopes: b.Scopes,
		SessionLifetime: durationAt(b.SessionLifetime), SessionIdleTimeout: durationAt(b.SessionIdleTimeout), SignOnGroup: b.SignOnGroup,
		MFARequiredFrom: b.MFARequiredFrom.at, PhishingResistanceFrom: b.PhishingResistanceFrom.at, Owner: b.Owner, Purpose: b.Purpose, ReviewAt: b.ReviewAt.at, PublicKeys: b.PublicKeys,
		JWKSURI: b.JWKSURI, CertificateSubject: b.CertificateSubject, CertificateBound: b.CertificateBound,
		Disabled: b.Disabled, RefreshTokens: b.RefreshTokens, PKCERequired: b.PKCERequired, PKCEOptional: b.PKCEOptional, IDTokenAlg: b.IDTokenAlg,
		ReferenceTokens: b.ReferenceTokens, UserinfoOnly: b.UserinfoOnly, TokenEndpointAudience: b.TokenEndpointAudience,
		PushRequired: b.PushRequired, SecurityProfile: b.SecurityProfile, FAPI2From: b.FAPI2From.at,
		AllowedOrigins: b.AllowedOrigins, Identifier: b.Identifier, Profile: b.Profile, Accent: b.AccentColour, Logo: pictureAt(b.Logo),
		Brings: b.Brings, RefreshGrace: graceAt(b.RefreshGrace),
	}
}

// grace is the RefreshGrace of so many seconds; nil leaves it to the profile.
func grace(seconds *int64) time.Duration {
	switch {
	case seconds == nil:
		return 0
	case *seconds == 0:
		return idp.NoRefreshGrace
	default:
		return duration(*seconds)
	}
}

func graceAt(seconds *int64) *time.Duration {
	if seconds == nil {
		return nil
	}
	d := grace(seconds)
	return &d
}

// pictureOf decodes base64. A text that is none is passed on as it is: it is no picture either, and refused as such.
func pictureOf(text string) []byte {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return []byte(text)
	}
	return data
}

func pictureAt(text *string) *[]byte {
	if text == nil {
		return nil
	}
	data := pictureOf(*text)
	return &data
}

func duration(seconds int64) time.Duration { return time.Duration(seconds) * time.Second }

func durationAt(seconds *int64) *time.Duration {
	if seconds == nil {
		return nil
	}
	d := duration(*seconds)
	return &d
}

// Moment is a time in an edit: left out it stays as it is, null takes it away.
type Moment struct{ at *time.Time }

// UnmarshalJSON reads null too.
func (m *Moment) UnmarshalJSON(text []byte) error {
	m.at = &time.Time{}
	return json.Unmarshal(text, m.at) // null leaves it zero
}

// IsZero reports whether it was left out.
func (m Moment) IsZero() bool { return m.at == nil }

// Schema implements huma.SchemaProvider.
func (Moment) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time", Nullable: true}
}
