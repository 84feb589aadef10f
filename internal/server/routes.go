package server

import (
	"net/http"
	"net/url"

	"github.com/apscloud/apsid/internal/adminapi"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/steps"
)

// InboxPath is the page of the messages with --sms=inbox; with ".json" after it, they come as JSON.
const InboxPath = "/demo/inbox"

// stylePath is the page of the demo with every component.
const stylePath = "/demo/style"

// router is a surface that adds its own routes.
type router interface{ Routes(mux *http.ServeMux) }

// routes is everything that answers on the issuer's listener.
type routes struct {
	pages      *web.Pages
	start      web.Start
	steps      *steps.Surface
	protocol   *oidcop.Server
	management *adminapi.API
	own        []router // the provider's own apps
	ready      http.HandlerFunc
	inbox      http.Handler // nil: messages are really sent
	issuer     *url.URL
}

// mux lists the routes in order.
func (r routes) mux() *http.ServeMux {
	mux := http.NewServeMux()
	r.protocol.Routes(mux)   // discovery, keys, /authorize, /oauth/…, /end_session, the end of a sign-in
	r.steps.Routes(mux)      // /signin/…
	r.management.Routes(mux) // /api/v1/…
	for _, app := range r.own {
		app.Routes(mux) // /manage/…, /support/…, /account/…
	}
	mux.HandleFunc("GET /livez", alive)
	mux.HandleFunc("GET /healthz", alive)
	mux.HandleFunc("GET /readyz", r.ready)
	if r.inbox != nil {
		mux.Handle(InboxPath, ownHost(r.issuer, r.inbox))
		mux.Handle(InboxPath+".json", ownHost(r.issuer, r.inbox))
		mux.Handle("GET "+stylePath, ownHost(r.issuer, r.pages.Style()))
	}
	r.pages.Routes(mux, r.home()) // /, /static/…, and the page for an address that leads nowhere
	return mux
}

// home is the start page; a demo's names people with their passwords.
func (r routes) home() http.Handler {
	page := r.pages.Start(r.start)
	if r.inbox == nil {
		return page
	}
	return ownHost(r.issuer, page)
}
