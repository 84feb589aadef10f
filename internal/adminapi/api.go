package adminapi

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"reflect"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/directory"
)

// Prefix begins the path of everything here.
const Prefix = "/api/v1"

// Config is what an installation decides about the API.
type Config struct {
	Issuer    *url.URL // scheme and host
	Audiences []string // of the tokens that are for this API
}

func (c Config) isAudience(audience string) bool {
	for _, one := range c.Audiences {
		if one == audience {
			return true
		}
	}
	return false
}

// Deps are the services behind this surface. All are needed.
type Deps struct {
	People        *directory.People
	Practices     *directory.Practices
	Registrations *directory.Clients
	Cases         *directory.Cases
	Tokens        Tokens
	Accounts      Accounts
	Clients       Clients
	Answers       Answers
	Addresses     browser.Addresses
	Clock         func() time.Time
	Log           *slog.Logger
}

// API answers under Prefix.
type API struct {
	config     Config
	deps       Deps
	mux        *http.ServeMux
	api        huma.API
	operations map[string]operation   // by operationId
	openapi    func() ([]byte, error) // the document, written when it is first asked for: a node is ready sooner
}

// New returns the surface; a missing dependency is an error.
func New(config Config, deps Deps) (*API, error) {
	if config.Issuer == nil || len(config.Audiences) == 0 {
		return nil, errors.New("adminapi: an issuer and an audience are needed")
	}
	if deps.People == nil || deps.Practices == nil || deps.Registrations == nil || deps.Cases == nil {
		return nil, errors.New("adminapi: people, practices, registrations and cases are needed")
	}
	if deps.Tokens == nil || deps.Accounts == nil || deps.Clients == nil || deps.Answers == nil || deps.Clock == nil || deps.Log == nil {
		return nil, errors.New("adminapi: tokens, accounts, clients, answers, a clock and a log are needed")
	}
	a := &API{config: config, deps: deps, mux: http.NewServeMux(), operations: map[string]operation{}}
	description := describe(config.Issuer)
	// The library's own errors become a Problem as they are answered, so the document has to describe them as one.
	description.Components.Schemas.RegisterTypeAlias(reflect.TypeFor[huma.ErrorModel](), reflect.TypeFor[Problem]())
	a.api = humago.NewWithPrefix(a.mux, Prefix, huma.Config{
		OpenAPI:       description,
		Formats:       map[string]huma.Format{mediaJSON: huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat},
		DefaultFormat: mediaJSON,
		Transformers:  []huma.Transformer{unified},
	})
	a.api.UseMiddleware(a.admit, a.wellFormed, a.once)
	a.addOperations()
	a.openapi = sync.OnceValues(a.api.OpenAPI().MarshalJSON)
	return a, nil
}

// addOperations lists them in order.
func (a *API) addOperations() {
	a.addPractices()
	a.addPracticeApps()
	a.addActivations()
	a.addUsers()
	a.addUserActions()
	a.addSessions()
	a.addSessionCounts()
	a.addEvents()
	a.addExplanations()
	a.addClients()
	a.addSecrets()
	a.addCases()
	a.addCaseSteps()
}

// Routes mounts the API. A request below Prefix that leads to no operation is answered with a problem too.
func (a *API) Routes(mux *http.ServeMux) {
	a.mux.HandleFunc("GET "+Prefix+"/openapi.json", a.document)
	a.mux.HandleFunc(Prefix+"/", a.nowhere)
	mux.Handle(Prefix+"/", a.mux)
}
