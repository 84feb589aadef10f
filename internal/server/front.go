package server

import (
	"net/http"
	"net/url"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/browser"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/steps"
)

// front is what the surfaces share.
type front struct {
	*rooms
	config    config.Node
	deps      Deps
	issuer    *url.URL
	cookies   browser.Cookies
	addresses browser.Addresses
	shown     *web.Pages
}

func newFront(r *rooms, c config.Node, deps Deps) (*front, error) {
	issuer := c.Issuer()
	cookies, err := browser.NewCookies(issuer)
	if err != nil {
		return nil, err
	}
	shown, err := web.NewPages(web.Config{Support: supportOf(c.Support()), Logger: deps.Logger})
	if err != nil {
		return nil, err
	}
	return &front{
		rooms: r, config: c, deps: deps, issuer: issuer, cookies: cookies, addresses: browser.NewAddresses(c.TrustedProxies()),
		shown: shown,
	}, nil
}

func supportOf(s config.Support) web.Support {
	return web.Support{Name: s.Name, Phone: s.Phone, Email: s.Email, Hours: s.Hours}
}

// handler mounts the surfaces and puts the layers around them that every request passes.
func (f *front) handler() (http.Handler, error) {
	all, err := f.surfaces()
	if err != nil {
		return nil, err
	}
	requests := web.Requests{Pages: f.shown, Logger: f.deps.Logger, Addresses: f.addresses, Clock: time.Now}
	counted := f.metrics.CountRequests(all.routes(), time.Now)
	return requests.Wrap(web.Headers(f.issuer.Scheme == "https")(counted)), nil
}

func (f *front) surfaces() (all surfaces, err error) {
	all = surfaces{pages: f.shown, start: f.deps.Start, ready: ready(f.stores.ping), inbox: f.inbox}
	all.steps, err = steps.New(steps.Config{
		Pages: f.shown, SignIns: f.signins, Clients: f.clients, Cookies: f.cookies, Addresses: f.addresses,
		QRCode: authenticator.QRCode, Clock: f.deps.Clock, TimeZone: f.config.Support().TimeZone,
	})
	if err != nil {
		return all, err
	}
	all.protocol, err = oidcop.New(oidcop.Config{Issuer: f.issuer}, oidcop.Deps{
		SignIns: f.signins, Sessions: f.sessions, Accounts: f.stores.sql, Clients: f.clients, Codes: f.stores.redis.Codes(),
		References: f.stores.redis.References(), Assertions: f.stores.redis.Assertions(), RefreshTokens: f.stores.sql, Keys: f.keys,
		Audit: ledger{store: f.stores.sql, metrics: f.metrics}, Usage: f.usage, Pages: pages{f.shown}, Cookies: f.cookies,
		Addresses: f.addresses, Clock: f.deps.Clock, Log: f.deps.Logger,
	})
	if err != nil {
		return all, err
	}
	all.management, err = f.adminAPI(f.issuer, all.protocol, f.addresses, f.deps)
	if err != nil {
		return all, err
	}
	all.own, err = f.ownApps()
	return all, err
}

// door is the entrance of one of the provider's own apps.
func (f *front) door(app idp.ClientID, home string) (*door.Door, error) {
	return door.New(door.Config{
		Client: app, Issuer: f.issuer, Home: home, Pages: f.shown, Sessions: f.sessions, Accounts: f.stores.sql, Clients: f.clients,
		Cookies: f.cookies, Addresses: f.addresses, Clock: f.deps.Clock,
	})
}
