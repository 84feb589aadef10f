package oidcop

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/pkg/dpop"
)

// discovery is the provider's metadata: the library's fields that hold here, and those that the library lacks. It lists only
// what works.
type discovery struct {
	oidc.DiscoveryConfiguration
	IssInResponses bool     `json:"authorization_response_iss_parameter_supported"`       // RFC 9207, section 3
	PushEndpoint   string   `json:"pushed_authorization_request_endpoint"`                // RFC 9126, section 5
	SignedAnswers  []string `json:"introspection_signing_alg_values_supported"`           // RFC 9701, section 7
	ProofAlgs      []string `json:"dpop_signing_alg_values_supported"`                    // RFC 9449, section 5.1
	Prompts        []string `json:"prompt_values_supported"`                              // Initiating User Registration 1.0, section 4.1
	Activity       string   `json:"session_activity_endpoint"`                            // ours: the inactivity contract, package apsid
	BoundTokens    bool     `json:"tls_client_certificate_bound_access_tokens,omitempty"` // RFC 8705, section 3.3
	Aliases        *aliases `json:"mtls_endpoint_aliases,omitempty"`                      // RFC 8705, section 5
}

// aliases are the endpoints for clients with certificates, in the place of those of the same names.
type aliases struct {
	Token      string `json:"token_endpoint"`
	Push       string `json:"pushed_authorization_request_endpoint"`
	Introspect string `json:"introspection_endpoint"`
	Revoke     string `json:"revocation_endpoint"`
	Userinfo   string `json:"userinfo_endpoint"`
	Activity   string `json:"session_activity_endpoint"`
}

// aliases returns nil where no certificates are taken.
func (c Certificates) aliases() *aliases {
	if c.Origin == nil {
		return nil
	}
	base := c.Origin.Scheme + "://" + c.Origin.Host
	return &aliases{
		Token: base + pathToken, Push: base + pathPush, Introspect: base + pathIntrospect, Revoke: base + pathRevoke, Userinfo: base + pathUserinfo,
		Activity: base + pathActivity,
	}
}

func (s *Server) discoveryDocument() ([]byte, error) {
	confidential := []oidc.AuthMethod{oidc.AuthMethodBasic, oidc.AuthMethodPost, oidc.AuthMethodPrivateKeyJWT}
	for _, method := range s.config.Certificates.methods() {
		confidential = append(confidential, oidc.AuthMethod(method))
	}
	anybody := append(slices.Clone(confidential), oidc.AuthMethodNone)
	signed := assertionAlgs()
	document, err := json.Marshal(discovery{
		DiscoveryConfiguration: oidc.DiscoveryConfiguration{
			Issuer:                                             s.issuer,
			AuthorizationEndpoint:                              s.issuer + pathAuthorize,
			TokenEndpoint:                                      s.issuer + pathToken,
			UserinfoEndpoint:                                   s.issuer + pathUserinfo,
			IntrospectionEndpoint:                              s.issuer + pathIntrospect,
			RevocationEndpoint:                                 s.issuer + pathRevoke,
			EndSessionEndpoint:                                 s.issuer + pathEndSession,
			JwksURI:                                            s.issuer + pathKeys,
			ScopesSupported:                                    []string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail, oidc.ScopeOfflineAccess},
			ResponseTypesSupported:                             []string{string(oidc.ResponseTypeCode)},
			ResponseModesSupported:                             []string{modeQuery, modeFormPost},
			GrantTypesSupported:                                []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken, oidc.GrantTypeClientCredentials},
			ACRValuesSupported:                                 acrNames(s.strengths()),
			SubjectTypesSupported:                              []string{"public"},
			IDTokenSigningAlgValuesSupported:                   []string{algES256, algRS256},
			TokenEndpointAuthMethodsSupported:                  anybody,
			RevocationEndpointAuthMethodsSupported:             anybody,
			IntrospectionEndpointAuthMethodsSupported:          confidential,
			TokenEndpointAuthSigningAlgValuesSupported:         signed,
			RevocationEndpointAuthSigningAlgValuesSupported:    signed,
			IntrospectionEndpointAuthSigningAlgValuesSupported: signed,
			ClaimsSupported: []string{
				"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid",
				"name", "zoneinfo", "locale", "updated_at", "email", "email_verified", "practice_id",
			},
			ClaimsParameterSupported:          true,
			CodeChallengeMethodsSupported:     []oidc.CodeChallengeMethod{oidc.CodeChallengeMethodS256},
			BackChannelLogoutSupported:        true,
			BackChannelLogoutSessionSupported: true,
		},
		IssInResponses: true,
		PushEndpoint:   s.issuer + pathPush,
		SignedAnswers:  []string{algES256},
		ProofAlgs:      dpop.Algorithms(),
		Activity:       s.issuer + pathActivity,
		BoundTokens:    s.config.Certificates.Origin != nil,
		Aliases:        s.config.Certificates.aliases(),
		Prompts:        []string{oidc.PromptNone, oidc.PromptLogin, oidc.PromptSelectAccount, oidc.PromptConsent},
	})
	if err != nil {
		return nil, fmt.Errorf("discovery document: %w", err)
	}
	return document, nil
}

// strengths are those that a sign-in can reach, the weakest first: the strongest takes a passkey.
func (s *Server) strengths() []idp.ACR {
	all := idp.ACRs()
	if s.config.Passkeys {
		return all
	}
	return slices.DeleteFunc(all, func(acr idp.ACR) bool { return acr == idp.ACRPhishingResistant })
}

func acrNames(all []idp.ACR) (names []string) {
	for _, acr := range all {
		names = append(names, string(acr))
	}
	return names
}
