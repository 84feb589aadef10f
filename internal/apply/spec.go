package apply

// What a file may say. A field that is nil is not in it, and stays as it is.

// practiceSpec is an item of "practices".
type practiceSpec struct {
	ID       *string   `yaml:"id"`
	Name     *string   `yaml:"name"`
	Kind     *string   `yaml:"kind"` // customer or aps; at its creation only
	Region   *string   `yaml:"region"`
	TimeZone *string   `yaml:"time_zone"`
	Phone    *string   `yaml:"phone"`
	State    *string   `yaml:"state"` // active or suspended
	Apps     *[]string `yaml:"apps"`

	PhishingResistanceFrom               *string   `yaml:"phishing_resistance_from"` // like 2027-03-31; "": not needed
	PhishingResistanceAdministratorsFrom *string   `yaml:"phishing_resistance_administrators_from"`
	PasskeyModels                        *[]string `yaml:"passkey_models"` // AAGUIDs
}

// clientSpec is an item of "apps" or of "integrations".
type clientSpec struct {
	ID                    *string   `yaml:"id"`
	Name                  *string   `yaml:"name"`
	Kind                  *string   `yaml:"kind"`     // apps: web, native, browser or api
	Practice              *string   `yaml:"practice"` // integrations
	AuthMethod            *string   `yaml:"auth_method"`
	SecretFile            *string   `yaml:"secret_file"` // relative to the file that names it
	SecretEnv             *string   `yaml:"secret_env"`
	PublicKeysFile        *string   `yaml:"public_keys_file"`
	JWKSURI               *string   `yaml:"jwks_uri"`
	CertificateSubject    *string   `yaml:"tls_client_auth_subject"` // like dn:CN=fusesign,O=FuseSign
	CertificateBound      *bool     `yaml:"tls_client_certificate_bound_access_tokens"`
	Scopes                *[]string `yaml:"scopes"`
	RedirectURIs          *[]string `yaml:"redirect_uris"`
	PostLogoutURIs        *[]string `yaml:"post_logout_redirect_uris"`
	BackchannelURI        *string   `yaml:"backchannel_logout_uri"`
	InitiateLogin         *string   `yaml:"initiate_login_uri"`
	RefreshTokens         *bool     `yaml:"refresh_tokens"`
	PKCERequired          *bool     `yaml:"pkce_required"`
	PKCEOptional          *bool     `yaml:"pkce_optional"`
	IDTokenAlg            *string   `yaml:"id_token_alg"`
	ReferenceTokens       *bool     `yaml:"reference_tokens"`
	UserinfoOnly          *bool     `yaml:"userinfo_only"`
	TokenEndpointAudience *bool     `yaml:"token_endpoint_audience"`
	PushRequired          *bool     `yaml:"require_pushed_authorization_requests"`
	SecurityProfile       *string   `yaml:"security_profile"` // fapi2
	FAPI2From             *string   `yaml:"fapi2_from"`       // like 2027-03-31; "": as security_profile says
	AllowedOrigins        *[]string `yaml:"allowed_origins"`  // apps of kind browser
	Identifier            *string   `yaml:"identifier"`       // apps of kind api: a URI
	Profile               *string   `yaml:"profile"`
	Lifetime              *string   `yaml:"session_lifetime"` // like 8h
	IdleTimeout           *string   `yaml:"session_idle_timeout"`
	RefreshGrace          *string   `yaml:"refresh_grace"` // like 10s; 0s: none
	SignOnGroup           *string   `yaml:"sign_on_group"`
	Accent                *string   `yaml:"accent_colour"`            // like "#0b5761"
	LogoFile              *string   `yaml:"logo_file"`                // a PNG or JPEG, relative to the file that names it; "": none
	PhishingFrom          *string   `yaml:"phishing_resistance_from"` // like 2027-03-31; "": not needed
	Brings                *[]string `yaml:"brings"`
	Owner                 *string   `yaml:"owner"` // integrations, as the next two
	Purpose               *string   `yaml:"purpose"`
	ReviewAt              *string   `yaml:"review_at"` // like 2027-03-31
	Disabled              *bool     `yaml:"disabled"`
}

// personSpec is an item of "people".
type personSpec struct {
	Username    *string   `yaml:"username"`
	Practice    *string   `yaml:"practice"`
	Name        *string   `yaml:"name"`
	Roles       *[]string `yaml:"roles"`
	BlockedApps *[]string `yaml:"blocked_apps"`
	State       *string   `yaml:"state"` // active or disabled
}

// over is the value in the file, or the stored one if the file has none.
func over[T ~string](said *string, stored T) T {
	if said == nil {
		return stored
	}
	return T(*said)
}

// overList is over for lists.
func overList[T ~string](said *[]string, stored []T) []T {
	if said == nil {
		return stored
	}
	list := make([]T, len(*said))
	for i, each := range *said {
		list[i] = T(each)
	}
	return list
}

// given is a value that a file must have; "" if the file lacks it.
func given(said *string) string { return over(said, "") }
