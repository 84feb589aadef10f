package server

import (
	"net/http"
	"net/url"

	"github.com/apscloud/apsid/internal/adminapi"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/inbox"
	"github.com/apscloud/apsid/internal/web/steps"
)

const (
	// InboxPath is the page of the messages with --sms=inbox; with ".json" after it, they come as JSON.
	InboxPath = "/demo/inbox"
	// CodesPath answers with the security codes of a demo's people, as JSON.
	CodesPath = "/demo/codes.json"
	// DocsPath is the page that describes the management API.
	DocsPath = "/api/docs"

	stylePath = "/demo/style" // the page of the demo with every component
)

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
	docs       router
	inbox      *inbox.Surface // nil: messages are really sent
	issuer     *url.URL
	passkeys   http.Handler // the document of related origins; nil: there are no passkeys
}

// mux lists the routes in order.
func (r routes) mux() *http.ServeMux {
	mux := http.NewServeMux()
	r.protocol.Routes(mux)   // discovery, keys, /authorize, /oauth/…, /end_session, the end of a sign-in
	r.steps.Routes(mux)      // /signin/…
	r.management.Routes(mux) // /api/v1/…
	r.docs.Routes(mux)       // /api/docs
	for _, app := range r.own {
		app.Routes(mux) // /manage/…, /support/…, /account/…
	}
	mux.HandleFunc("GET /livez", alive)
	mux.HandleFunc("GET /healthz", alive)
	mux.HandleFunc("GET /readyz", r.ready)
	if r.passkeys != nil {
		mux.Handle("GET /.well-known/webauthn", r.passkeys)
	}
	if r.inbox != nil {
		r.inbox.Routes(mux, r.ownHost)
		mux.Handle("GET "+stylePath, r.ownHost(r.pages.Style()))
	}
	if r.start.People != nil {
		mux.Handle("GET "+CodesPath, r.ownHost(r.pages.Codes(r.start)))
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
	return r.ownHost(page)
}

func (r routes) ownHost(next http.Handler) http.Handler { return ownHost(r.issuer, next) }
