package server

import (
	"net/http"
	"net/url"
	"time"

	"github.com/apscloud/apsid/internal/adminapi"
	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/inbox"
	"github.com/apscloud/apsid/internal/web/reference"
	"github.com/apscloud/apsid/internal/web/steps"
	"github.com/apscloud/apsid/internal/web/trail"
)

// surfaces is what all surfaces are built from: the services, and what the HTML surfaces share.
type surfaces struct {
	*services
	ready     *readiness
	config    config.Node
	deps      Deps
	issuer    *url.URL
	cookies   browser.Cookies
	addresses browser.Addresses
	pages     *web.Pages
	trail     *trail.Trail
}

func newSurfaces(all *services, ready *readiness, c config.Node, deps Deps) (*surfaces, error) {
	issuer := c.Issuer()
	cookies, err := browser.NewCookies(issuer)
	if err != nil {
		return nil, err
	}
	brand, err := brandOf(c.Brand())
	if err != nil {
		return nil, err
	}
	pages, err := web.NewPages(web.Config{Brand: brand, Support: supportOf(c.Support()), Logger: deps.Logger, Issuer: issuer})
	if err != nil {
		return nil, err
	}
	activity, err := newTrail(pages.Brand(), all.directory, all.stores.sql, deps.Logger)
	if err != nil {
		return nil, err
	}
	return &surfaces{
		services: all, ready: ready, config: c, deps: deps, issuer: issuer, cookies: cookies, addresses: browser.NewAddresses(c.TrustedProxies()),
		pages: pages, trail: activity,
	}, nil
}

func supportOf(s config.Support) web.Support {
	return web.Support{Name: s.Name, Phone: s.Phone, Email: s.Email, Hours: s.Hours}
}

// handler mounts the surfaces, inside of the layers that every request passes.
func (s *surfaces) handler() (http.Handler, error) {
	all, err := s.routes()
	if err != nil {
		return nil, err
	}
	requests := web.Requests{Pages: s.pages, Logger: s.deps.Logger, Addresses: s.addresses, Clock: time.Now, Count: s.metrics.Request}
	witnessed := witness{sealer: s.stores.sealer, addresses: s.addresses}.wrap(s.watching.gate(s.pages, all.mux()))
	crowded := newCrowd(s.deps.Processors, s.pages).wrap(witnessed)
	return requests.Wrap(web.Headers(s.issuer.Scheme == "https")(crowded)), nil
}

func (s *surfaces) routes() (all routes, err error) {
	all = routes{pages: s.pages, start: s.deps.Start, ready: s.ready.ready, issuer: s.issuer}
	all.steps, err = steps.New(steps.Config{
		Pages: s.pages, SignIns: s.signins, Clients: s.clients, Cookies: s.cookies, Addresses: s.addresses,
		QRCode: authenticator.QRCode, Clock: s.deps.Clock, TimeZone: s.config.Support().TimeZone,
	})
	if err != nil {
		return all, err
	}
	all.protocol, err = oidcop.New(oidcop.Config{Issuer: s.issuer, Passkeys: s.party != nil}, oidcop.Deps{
		SignIns: s.signins, Sessions: s.sessions, Clients: s.clients, ClientKeys: s.clientKeys, Codes: s.stores.redis.Codes(),
		References: s.stores.redis.References(), Sealer: s.stores.sealer, Spent: s.stores.sql, Standing: s.standing, Pushed: s.stores.redis.Pushed(), SeenProofs: s.stores.redis.SeenProofs(), Proofs: s.stores.sealer,
		RefreshTokens: s.stores.sql, Keys: s.keys,
		Refusals: s.ledger, Usage: s.usage, Pages: protocolPages{s.pages}, Cookies: s.cookies,
		Addresses: s.addresses, Clock: s.deps.Clock, Epoch: s.watching.Epoch, Log: s.deps.Logger,
	})
	if err != nil {
		return all, err
	}
	all.management, err = s.adminAPI(s.issuer, all.protocol, s.addresses, s.deps)
	if err != nil {
		return all, err
	}
	all.docs, err = reference.New(reference.Config{Path: DocsPath, Pages: s.pages, Document: all.management.Document, Source: adminapi.Prefix + "/openapi.json"})
	if err != nil {
		return all, err
	}
	if s.inbox != nil {
		all.inbox, err = inbox.New(inbox.Config{Path: InboxPath, Pages: s.pages, Messages: kept{s.inbox}, Apps: s.deps.Start.Apps})
		if err != nil {
			return all, err
		}
	}
	if s.party != nil {
		all.passkeys, err = relatedOrigins(s.party)
		if err != nil {
			return all, err
		}
	}
	all.own, err = s.ownApps()
	return all, err
}

// door builds the entrance of one of the provider's own apps.
func (s *surfaces) door(app idp.ClientID, home string) (*door.Door, error) {
	return door.New(door.Config{
		Client: app, Issuer: s.issuer, Home: home, Pages: s.pages, Sessions: s.sessions, Accounts: s.stores.sql, Clients: s.clients,
		Cookies: s.cookies, Addresses: s.addresses, Clock: s.deps.Clock,
	})
}
