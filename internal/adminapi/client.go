package adminapi

import (
	"context"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Client is an app or an integration as the API shows it.
type Client struct {
	ID                     idp.ClientID        `json:"id" example:"fusesign"`
	Name                   string              `json:"name"`
	Kind                   idp.ClientKind      `json:"kind" enum:"web,native,browser,machine,api" doc:"browser: an app that runs in a page. machine: an integration. api: a resource server."`
	AuthMethod             idp.AuthMethod      `json:"auth_method" enum:"client_secret,client_secret_basic,client_secret_post,none,private_key_jwt,tls_client_auth,self_signed_tls_client_auth" doc:"client_secret: by header or form."`
	Secrets                []ClientSecret      `json:"secrets" nullable:"false" doc:"Their names and ends; never the secrets."`
	RedirectURIs           []string            `json:"redirect_uris" nullable:"false"`
	PostLogoutRedirectURIs []string            `json:"post_logout_redirect_uris" nullable:"false"`
	BackchannelLogoutURI   string              `json:"backchannel_logout_uri,omitempty"`
	InitiateLoginURI       string              `json:"initiate_login_uri,omitempty"`
	Scopes                 []string            `json:"scopes" nullable:"false"`
	RefreshTokens          bool                `json:"refresh_tokens"`
	PKCERequired           bool                `json:"pkce_required"`
	PKCEOptional           bool                `json:"pkce_optional" doc:"It may leave out PKCE and nonce."`
	IDTokenAlg             string              `json:"id_token_alg" enum:"ES256,RS256"`
	ReferenceTokens        bool                `json:"reference_tokens" doc:"Its access tokens are opaque."`
	UserinfoOnly           bool                `json:"userinfo_only" doc:"Name and mail address are not in its ID tokens."`
	TokenEndpointAudience  bool                `json:"token_endpoint_audience" doc:"Its assertions may name the token endpoint as their audience."`
	PushRequired           bool                `json:"require_pushed_authorization_requests" doc:"It must push its authorization requests (RFC 9126)."`
	SecurityProfile        idp.SecurityProfile `json:"security_profile,omitempty" enum:"fapi2" doc:"fapi2: it keeps the FAPI 2.0 Security Profile. Absent: the usual rules."`
	AllowedOrigins         []string            `json:"allowed_origins" nullable:"false" doc:"browser: the origins that it calls from; none: those of its redirect URIs."`
	Identifier             string              `json:"identifier,omitempty" doc:"api: its URI, the audience of the tokens meant for it."`
	PracticeID             idp.PracticeID      `json:"practice_id,omitempty" doc:"The practice an integration is bound to."`
	Profile                idp.SessionProfile  `json:"profile" enum:"default,government_connected"`
	SessionLifetime        int64               `json:"session_lifetime" doc:"Seconds; 0: 24 hours."`
	SessionIdleTimeout     int64               `json:"session_idle_timeout" doc:"Seconds without activity; 0: no limit."`
	RefreshGrace           int64               `json:"refresh_grace" doc:"Seconds for which a rotated refresh token is answered again."`
	SignOnGroup            string              `json:"sign_on_group,omitempty"`
	MFARequiredFrom        time.Time           `json:"mfa_required_from,omitzero" doc:"From when the app makes MFA mandatory; absent: it does not."`
	FAPI2From              time.Time           `json:"fapi2_from,omitzero" doc:"From when it keeps the FAPI 2.0 Security Profile, whatever security_profile says; absent: as that says."`
	PhishingResistanceFrom time.Time           `json:"phishing_resistance_from,omitzero" doc:"From when the app needs everybody to use a passkey; absent: it does not."`
	Accent                 string              `json:"accent_colour,omitempty" example:"#0b5761" doc:"Of its sign-in pages and mails."`
	Logo                   []byte              `json:"logo,omitempty" doc:"A PNG of at most 96 pixels a side."`
	Access                 idp.ClientAccess    `json:"access,omitempty" enum:"everyone,managers,staff" doc:"Who may enter; absent: people of practices that have the app."`
	Brings                 []idp.ClientID      `json:"brings" nullable:"false" doc:"What a practice gets together with it."`
	Owner                  string              `json:"owner,omitempty" doc:"Who answers for an integration, which is exempt from MFA."`
	Purpose                string              `json:"purpose,omitempty" doc:"Why it is needed."`
	ReviewAt               time.Time           `json:"review_at,omitzero" doc:"When somebody looks whether it still is."`
	PublicKeys             string              `json:"public_keys,omitempty" doc:"A JWK Set, of a client that authenticates by its keys."`
	JWKSURI                string              `json:"jwks_uri,omitempty" doc:"Where it publishes its keys instead."`
	CertificateSubject     string              `json:"tls_client_auth_subject,omitempty" example:"dn:CN=fusesign,O=FuseSign" doc:"Of its certificate, for tls_client_auth: dn:, dns:, uri:, ip: or email:, and a name."`
	CertificateBound       bool                `json:"tls_client_certificate_bound_access_tokens" doc:"Its access tokens are bound to the certificate that it asks for them with (RFC 8705)."`
	LastUsedAt             time.Time           `json:"last_used_at,omitzero" doc:"When it last got a token, to the hour; absent: never."`
	NoPKCEAt               time.Time           `json:"no_pkce_at,omitzero" doc:"When a person last signed in to it without PKCE, to the hour; absent: never."`
	Disabled               bool                `json:"disabled"`
	CreatedAt              time.Time           `json:"created_at"`
	UpdatedAt              time.Time           `json:"updated_at"`
	Version                int64               `json:"version"`
}

func clientOf(c idp.Client) Client {
	return Client{
		ID: c.ID, Name: c.Name, Kind: c.Kind, AuthMethod: c.AuthMethod, Secrets: each(c.Secrets, secretOf),
		RedirectURIs: same(c.RedirectURIs), PostLogoutRedirectURIs: same(c.PostLogoutRedirectURIs),
		BackchannelLogoutURI: c.BackchannelLogoutURI, InitiateLoginURI: c.InitiateLoginURI, Scopes: same(c.Scopes),
		RefreshTokens: c.RefreshTokens, PKCERequired: c.PKCERequired, PKCEOptional: c.PKCEOptional, IDTokenAlg: c.IDTokenAlg,
		ReferenceTokens: c.ReferenceTokens, UserinfoOnly: c.UserinfoOnly, TokenEndpointAudience: c.TokenEndpointAudience,
		PushRequired: c.PushRequired, SecurityProfile: c.SecurityProfile, FAPI2From: c.FAPI2From.UTC(),
		AllowedOrigins: same(c.AllowedOrigins), Identifier: c.Identifier, RefreshGrace: seconds(policy.RefreshGrace(c.Registration)),
		PracticeID: c.PracticeID, Profile: c.Profile, SessionLifetime: seconds(c.SessionLifetime),
		SessionIdleTimeout: seconds(c.SessionIdleTimeout), SignOnGroup: c.SignOnGroup, MFARequiredFrom: c.MFARequiredFrom.UTC(),
		PhishingResistanceFrom: c.PhishingResistanceFrom.UTC(),
		Accent:                 c.Accent, Logo: c.Logo, Access: c.Access, Brings: same(c.Brings), Owner: c.Owner, Purpose: c.Purpose, ReviewAt: c.ReviewAt.UTC(),
		PublicKeys: c.PublicKeys, JWKSURI: c.JWKSURI, CertificateSubject: c.CertificateSubject, CertificateBound: c.CertificateBound,
		LastUsedAt: c.LastUsedAt.UTC(), NoPKCEAt: c.NoPKCEAt.UTC(), Disabled: c.Disabled, CreatedAt: c.CreatedAt.UTC(),
		UpdatedAt: c.UpdatedAt.UTC(), Version: c.Version,
	}
}

// ClientPath names a client.
type ClientPath struct {
	Client idp.ClientID `path:"client" maxLength:"100" example:"fusesign"`
}

type listClientsInput struct {
	Paging
	Practice idp.PracticeID   `query:"practice" maxLength:"100" doc:"Integrations bound to it."`
	Kind     []idp.ClientKind `query:"kind" enum:"web,native,browser,machine,api" doc:"Separated by commas."`
	Search   string           `query:"search" maxLength:"200" doc:"The beginning of any word of the name, or of the identifier."`
	ReviewBy time.Time        `query:"review_by" doc:"Those with a review date before it."`
}

func (a *API) addClients() {
	const tag = "Apps and integrations"
	register(a, operation{
		id: "list-clients", method: http.MethodGet, path: "/clients", tag: tag, scope: ClientsRead, refers: true,
		summary: "List apps and integrations", about: "By name. People of a practice see its integrations, APS all.",
	}, a.listClients)
	register(a, operation{
		command: policy.CommandRegisterClient, method: http.MethodPost, path: "/clients", tag: tag, scope: ClientsWrite, status: http.StatusCreated, once: onceSecret, refers: true,
		example: example{
			"id": "ledgerlink", "name": "LedgerLink", "kind": "machine", "practice_id": examplePractice, "scopes": []string{"funds.read"},
			"owner": "Olivia Finch", "purpose": "Reads fund balances each night.", "review_at": "2030-07-01T00:00:00Z",
		},
	}, a.registerClient)
	register(a, operation{
		id: "show-client", method: http.MethodGet, path: "/clients/{client}", tag: tag, scope: ClientsRead,
		summary: "Show an app or an integration",
	}, a.showClient)
	register(a, operation{
		command: policy.CommandEditClient, method: http.MethodPatch, path: "/clients/{client}", tag: tag, scope: ClientsWrite, edits: true,
		example: example{"owner": "Tom Okafor", "review_at": "2031-01-31T00:00:00Z"},
	}, a.editClient)
}

func (a *API) listClients(ctx context.Context, c call, in *listClientsInput) (*Listed[Client], error) {
	q := directory.ClientQuery{PracticeID: in.Practice, Kinds: in.Kind, Search: in.Search, ReviewBy: in.ReviewBy}
	found, next, err := a.deps.Registrations.ListClients(ctx, c.Caller, q, in.page(), c.now)
	if err != nil {
		return nil, err
	}
	return listed(c, found, next, clientOf), nil
}

func (a *API) registerClient(ctx context.Context, c call, in *registerClientInput) (*Created[RegisteredClient], error) {
	client, secret, err := a.deps.Registrations.RegisterClient(ctx, c.Caller, in.client(), c.now)
	if err != nil {
		return nil, err
	}
	return &Created[RegisteredClient]{
		Location: Prefix + "/clients/" + string(client.ID), ETag: etag(client.Version),
		Body: RegisteredClient{Client: clientOf(client), ClientSecret: secret.Reveal()},
	}, nil
}

func (a *API) showClient(ctx context.Context, c call, in *ClientPath) (*Versioned[Client], error) {
	client, err := a.deps.Registrations.FindClient(ctx, c.Caller, in.Client, c.now)
	if err != nil {
		return nil, err
	}
	return &Versioned[Client]{ETag: etag(client.Version), Body: clientOf(client)}, nil
}

func (a *API) editClient(ctx context.Context, c call, in *editClientInput) (*Versioned[Client], error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	client, err := a.deps.Registrations.EditClient(ctx, c.Caller, in.Client, in.edit(version), c.now)
	if err != nil {
		return nil, err
	}
	return &Versioned[Client]{ETag: etag(client.Version), Body: clientOf(client)}, nil
}
