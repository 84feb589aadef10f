package server

import (
	"net/http"

	"github.com/apscloud/apsid/internal/adminapi"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/steps"
)

// InboxPath is where messages are shown with --sms=inbox; with ".json" after it, as JSON.
const InboxPath = "/demo/inbox"

// router is a surface that mounts itself.
type router interface{ Routes(mux *http.ServeMux) }

// surfaces are all that answers on the issuer's listener.
type surfaces struct {
	pages      *web.Pages
	start      web.Start
	steps      *steps.Surface
	protocol   *oidcop.Server
	management *adminapi.API
	own        []router // the provider's own apps
	ready      http.HandlerFunc
	inbox      http.Handler // nil: messages really leave
}

// routes lists them in order.
func (s surfaces) routes() *http.ServeMux {
	mux := http.NewServeMux()
	s.protocol.Routes(mux)   // discovery, keys, /authorize, /oauth/…, /end_session, the end of a sign-in
	s.steps.Routes(mux)      // /signin/…
	s.management.Routes(mux) // /api/v1/…
	for _, app := range s.own {
		app.Routes(mux) // /manage/…, /support/…, /account/…
	}
	mux.HandleFunc("GET /healthz", alive)
	mux.HandleFunc("GET /readyz", s.ready)
	if s.inbox != nil {
		mux.Handle(InboxPath, s.inbox)
		mux.Handle(InboxPath+".json", s.inbox)
	}
	s.pages.Routes(mux, s.start) // /, /static/…, and the page for what leads nowhere
	return mux
}
