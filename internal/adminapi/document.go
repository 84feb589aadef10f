package adminapi

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

const (
	mediaJSON    = "application/json"
	mediaProblem = "application/problem+json"
	schemeName   = "oauth2"
	refusalName  = "Refusal" // not that of the schema: generators give both one name space
	refusalRef   = "#/components/responses/" + refusalName
)

// describe begins the document.
func describe(issuer *url.URL) *huma.OpenAPI {
	base := issuer.Scheme + "://" + issuer.Host
	scopes := map[string]string{}
	for scope, about := range Scopes() {
		scopes[string(scope)] = about
	}
	schemas := huma.NewMapRegistry("#/components/schemas/", schemaName)
	return &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "APS ID management API", Version: "1",
			Description: "People, practices, MFA, sessions, apps and integrations, support cases and the audit trail of APS ID. " +
				"Errors are problem details (RFC 9457), whose `type` never changes. Lists are paged by cursor. Send If-Match with an " +
				"edit, and an Idempotency-Key with what must not happen twice. Times are RFC 3339, in UTC; durations are seconds.",
		},
		Servers: []*huma.Server{{URL: base + Prefix}},
		Components: &huma.Components{
			Schemas: schemas,
			Responses: map[string]*huma.Response{refusalName: {
				Description: "It was not carried out (RFC 9457).",
				Content:     map[string]*huma.MediaType{mediaProblem: {Schema: schemas.Schema(reflect.TypeFor[Problem](), true, "")}},
			}},
			SecuritySchemes: map[string]*huma.SecurityScheme{schemeName: {
				Type:        "oauth2",
				Description: "An access token of this provider: an integration’s own, or that of a person who signed in to an app.",
				Flows: &huma.OAuthFlows{
					ClientCredentials: &huma.OAuthFlow{TokenURL: base + "/oauth/token", Scopes: scopes},
					AuthorizationCode: &huma.OAuthFlow{AuthorizationURL: base + "/authorize", TokenURL: base + "/oauth/token", Scopes: scopes},
				},
			}},
		},
	}
}

// schemaName is what a type is called in the document. A few of our names are those of something else in clients that are generated:
// Client of the client itself (oapi-codegen), Event and Lock of the browser.
func schemaName(t reflect.Type, hint string) string {
	switch name := huma.DefaultSchemaNamer(t, hint); name {
	case "Client":
		return "Registration" // as in pkg/adminclient
	case "Event":
		return "AuditEvent"
	case "Lock":
		return "ProofLock"
	default:
		return name
	}
}

// Document is the OpenAPI document, as JSON.
func (a *API) Document() ([]byte, error) { return a.openapi() }

// document answers with the OpenAPI document. It is the same for every caller, and no secret.
func (a *API) document(w http.ResponseWriter, r *http.Request) {
	text, err := a.openapi()
	if err != nil {
		a.deps.Log.ErrorContext(r.Context(), "the management API can't be described", "error", err)
		a.write(w, problem("internal"))
		return
	}
	w.Header().Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(text) // an error means that the caller has gone
}

// nowhere answers a request whose path has no operation, or none with its method.
func (a *API) nowhere(w http.ResponseWriter, r *http.Request) {
	p := problem("not_found")
	if allowed := a.methods(r); len(allowed) > 0 {
		p = problem("method_not_allowed").with("Allow", strings.Join(allowed, ", "))
	}
	a.write(w, p)
}

// methods lists the methods that have an operation at the path of the request.
func (a *API) methods(r *http.Request) []string {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := &http.Request{Method: method, Host: r.Host, URL: r.URL}
		if _, pattern := a.mux.Handler(other); strings.HasPrefix(pattern, method+" ") {
			allowed = append(allowed, method)
		}
	}
	return slices.Clip(allowed)
}
