package main

import (
	"os"
	"time"

	"github.com/apscloud/apsid/internal/brand"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/pkg/adminclient"
)

// clientSettings are the settings of a registration that creating and editing share: every one that a file of apply knows. nil and
// empty ones are not given.
type clientSettings struct {
	AuthMethod            *string  `help:"client_secret (by header or form), client_secret_basic, client_secret_post, private_key_jwt, tls_client_auth, self_signed_tls_client_auth or none." group:"Settings"`
	PublicKeysFile        string   `type:"existingfile" placeholder:"FILE" help:"The JWK Set of a client that authenticates by its keys." group:"Settings"`
	JWKSURI               *string  `name:"jwks-uri" placeholder:"URL" help:"Where it publishes its keys instead; \"\" for nowhere." group:"Settings"`
	CertificateSubject    *string  `name:"tls-client-auth-subject" placeholder:"NAME" help:"Of its certificate, for tls_client_auth: dn:CN=fusesign,O=FuseSign, or dns:, uri:, ip: or email: and a name." group:"Settings"`
	CertificateBound      *bool    `name:"tls-client-certificate-bound-access-tokens" negatable:"" help:"Its access tokens are bound to its certificate (RFC 8705)." group:"Settings"`
	TokenEndpointAudience *bool    `negatable:"" help:"Its assertions may name the token endpoint as their audience." group:"Settings"`
	PushRequired          *bool    `name:"require-pushed-authorization-requests" negatable:"" help:"It must push its authorization requests (RFC 9126)." group:"Settings"`
	SecurityProfile       *string  `placeholder:"PROFILE" help:"fapi2: it keeps the FAPI 2.0 Security Profile; \"\" for the usual rules." group:"Settings"`
	RequireFAPI2          string   `name:"require-fapi2" placeholder:"DAY" help:"From when it keeps the FAPI 2.0 Security Profile, or none." group:"Settings"`
	Scope                 []string `help:"What it may ask for; offline_access brings refresh tokens. May be given again; none for no scope." group:"Settings"`
	RedirectURI           []string `name:"redirect-uri" help:"Where people come back to. May be given again." group:"Settings"`
	PostLogoutRedirectURI []string `name:"post-logout-redirect-uri" help:"Where people may come back to after a sign-out. May be given again; none for none." group:"Settings"`
	BackchannelLogoutURI  *string  `name:"backchannel-logout-uri" placeholder:"URL" help:"Where the app is told of a sign-out." group:"Settings"`
	InitiateLoginURI      *string  `name:"initiate-login-uri" placeholder:"URL" help:"Where the app starts a sign-in." group:"Settings"`
	AllowedOrigin         []string `help:"An origin that an app in the browser calls from, if its redirect URIs do not say. May be given again; none for none." group:"Settings"`
	PKCE                  string   `help:"required; nonce: PKCE or a nonce, the default; optional: neither." placeholder:"WHAT" group:"Settings"`
	IDTokenAlg            *string  `name:"id-token-alg" placeholder:"ALG" help:"RS256 or ES256." group:"Settings"`
	ReferenceTokens       *bool    `negatable:"" help:"Its access tokens are opaque." group:"Settings"`
	UserinfoOnly          *bool    `negatable:"" help:"Name and mail address are not in its ID tokens." group:"Settings"`
	RefreshGrace          string   `placeholder:"TIME" help:"How long a refresh token is answered again after it was rotated: 0s to 60s." group:"Settings"`
	Profile               *string  `help:"default, or government_connected: 15 minutes without activity end a session." group:"Settings"`
	SessionLifetime       string   `placeholder:"TIME" help:"Like 8h; 24h at most." group:"Settings"`
	SessionIdleTimeout    string   `placeholder:"TIME" help:"Without activity for so long a session ends, like 15m; 0s for never." group:"Settings"`
	SignOnGroup           *string  `placeholder:"WORD" help:"Apps of one group share a sign-in." group:"Settings"`
	RequireMFA            string   `name:"require-mfa" placeholder:"DAY" help:"From when the app makes MFA mandatory, or none." group:"Settings"`
	RequirePasskeys       string   `placeholder:"DAY" help:"From when the app needs everybody to use a passkey, or none." group:"Settings"`
	AccentColour          *string  `placeholder:"COLOUR" help:"The colour of its sign-in pages and mails, like #0b5761; \"\" for none." group:"Settings"`
	LogoFile              *string  `placeholder:"FILE" help:"Its logo, a PNG or JPEG; none for none." group:"Settings"`
	Brings                []string `help:"An app that a practice gets together with it. May be given again; none for none." group:"Settings"`
	Identifier            *string  `placeholder:"URI" help:"Of an API: the audience of the tokens meant for it." group:"Settings"`
	PartOf                *string  `placeholder:"APP" help:"Of an API: the app that it belongs to, whose rules hold for who calls it on a person's behalf; \"\" for none." group:"Settings"`
	Exchange              []string `sep:"none" placeholder:"API=SCOPE,SCOPE" help:"An API of another app that it may call for the person who is signed in. May be given again; none for none." group:"Settings"`
	Owner                 *string  `help:"Who answers for an integration." group:"Settings"`
	Purpose               *string  `help:"Why an integration is needed, and so exempt from MFA." group:"Settings"`
	ReviewAt              string   `placeholder:"DAY" help:"When somebody looks whether an integration is still needed." group:"Settings"`
}

// edit is what the settings say as an edit. Its errors are of type *config.Problem.
func (s clientSettings) edit() (adminclient.RegistrationEdit, error) {
	e := adminclient.RegistrationEdit{
		AuthMethod: s.AuthMethod, TokenEndpointAudience: s.TokenEndpointAudience, PushRequired: s.PushRequired, SecurityProfile: s.SecurityProfile,
		JWKSURI: s.JWKSURI, CertificateSubject: s.CertificateSubject, CertificateBound: s.CertificateBound, Scopes: listed(s.Scope), RedirectURIs: listed(s.RedirectURI),
		PostLogoutRedirectURIs: listed(s.PostLogoutRedirectURI), BackchannelLogoutURI: s.BackchannelLogoutURI,
		InitiateLoginURI: s.InitiateLoginURI, AllowedOrigins: listed(s.AllowedOrigin), IDTokenAlg: s.IDTokenAlg,
		ReferenceTokens: s.ReferenceTokens, UserinfoOnly: s.UserinfoOnly, Profile: s.Profile, SignOnGroup: s.SignOnGroup,
		AccentColour: s.AccentColour, Brings: listed(s.Brings), Identifier: s.Identifier, PartOf: s.PartOf, Owner: s.Owner, Purpose: s.Purpose,
	}
	var found mistakes
	into(&e.PublicKeys, &found)(s.keys())
	none := ""
	switch { // keys stand in one place: naming one gives up the other
	case s.JWKSURI != nil && *s.JWKSURI != "" && e.PublicKeys == nil:
		e.PublicKeys = &none
	case e.PublicKeys != nil && s.JWKSURI == nil:
		e.JWKSURI = &none
	}
	var err error
	e.PKCERequired, e.PKCEOptional, err = s.pkce()
	found = append(found, err)
	into(&e.RefreshGrace, &found)(wholeSeconds("refresh-grace", s.RefreshGrace))
	into(&e.SessionLifetime, &found)(wholeSeconds("session-lifetime", s.SessionLifetime))
	into(&e.SessionIdleTimeout, &found)(wholeSeconds("session-idle-timeout", s.SessionIdleTimeout))
	into(&e.MFARequiredFrom, &found)(momentAt("require-mfa", s.RequireMFA))
	into(&e.PhishingResistanceFrom, &found)(momentAt("require-passkeys", s.RequirePasskeys))
	into(&e.FAPI2From, &found)(momentAt("require-fapi2", s.RequireFAPI2))
	into(&e.ReviewAt, &found)(momentAt("review-at", s.ReviewAt))
	into(&e.Logo, &found)(s.logo())
	into(&e.Exchanges, &found)(exchanges(s.Exchange))
	return e, found.first()
}

// mistakes are what was wrong with one setting each, nil where nothing was.
type mistakes []error

func (m mistakes) first() error {
	for _, err := range m {
		if err != nil {
			return err
		}
	}
	return nil
}

// into keeps what a setting says, and its mistake beside those of the others.
func into[T any](to *T, found *mistakes) func(T, error) {
	return func(value T, err error) {
		*to = value
		*found = append(*found, err)
	}
}

func (s clientSettings) keys() (*string, error) {
	if s.PublicKeysFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(s.PublicKeysFile)
	if err != nil {
		return nil, &config.Problem{Key: "public-keys-file", Value: s.PublicKeysFile, Text: "can't be read: " + err.Error()}
	}
	set := string(text)
	return &set, nil
}

func (s clientSettings) logo() (*[]byte, error) {
	if s.LogoFile == nil {
		return nil, nil
	}
	if *s.LogoFile == "none" {
		return &[]byte{}, nil
	}
	data, err := os.ReadFile(*s.LogoFile)
	if err == nil {
		data, err = brand.Logo(data)
	}
	if err != nil {
		return nil, &config.Problem{Key: "logo-file", Value: *s.LogoFile, Text: err.Error()}
	}
	return &data, nil
}

func (s clientSettings) pkce() (required, optional *bool, err error) {
	yes, no := true, false
	switch s.PKCE {
	case "":
		return nil, nil, nil
	case "required":
		return &yes, &no, nil
	case "nonce":
		return &no, &no, nil
	case "optional":
		return &no, &yes, nil
	default:
		return nil, nil, &config.Problem{Key: "pkce", Value: s.PKCE, Text: "must be required, nonce or optional"}
	}
}

// listed is a list as an edit has it: nil if no flag was given, and empty if the only one says none.
func listed(flags []string) *[]string {
	switch {
	case len(flags) == 0:
		return nil
	case len(flags) == 1 && flags[0] == "none":
		return &[]string{}
	default:
		return &flags
	}
}

// wholeSeconds reads a time like 15m; "" is none.
func wholeSeconds(flag, text string) (*int64, error) {
	if text == "" {
		return nil, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d%time.Second != 0 {
		return nil, &config.Problem{Key: flag, Value: text, Text: "must be a time in whole seconds, like 8h, 15m or 10s"}
	}
	seconds := int64(d / time.Second)
	return &seconds, nil
}

// pasted are the settings that an app needs, in the names that most libraries have for them.
func pasted(issuer string, r adminclient.Registered) [][2]string {
	lines := [][2]string{
		{"issuer", issuer}, {"discovery", issuer + "/.well-known/openid-configuration"}, {"client_id", r.ID}, {"client_secret", r.ClientSecret},
	}
	switch {
	case r.Kind == "machine":
		return append(lines, [2]string{"grant_type", "client_credentials"}, [2]string{"scope", words(r.Scopes)})
	case len(r.RedirectURIs) > 0:
		return append(lines, [2]string{"redirect_uri", r.RedirectURIs[0]}, [2]string{"scope", words(r.Scopes)}, [2]string{"id_token_signed_response_alg", r.IDTokenAlg})
	default:
		return lines
	}
}
