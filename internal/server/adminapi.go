package server

import (
	"net/url"

	"github.com/apscloud/apsid/internal/adminapi"
	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/oidcop"
)

// adminAPI builds the management API. It takes the tokens of people, whose audience is the issuer, and those of integrations,
// whose audience is APS's APIs.
func (s *services) adminAPI(issuer *url.URL, protocol *oidcop.Server, addresses browser.Addresses, deps Deps) (*adminapi.API, error) {
	return adminapi.New(
		adminapi.Config{Issuer: issuer, Audiences: []string{issuer.Scheme + "://" + issuer.Host, oidcop.DefaultAPIAudience}},
		adminapi.Deps{
			People: s.directory.People, Practices: s.directory.Practices, Registrations: s.directory.Clients, Cases: s.directory.Cases,
			Tokens: protocol, Accounts: s.stores.sql, Clients: s.clients, Answers: s.stores.redis.Answers(),
			Addresses: addresses, Clock: deps.Clock, Log: deps.Logger,
		})
}
