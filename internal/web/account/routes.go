package account

import (
	"net/http"

	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// knownLifetime is how long a browser stays known.
const knownLifetime = signin.KnownLifetime

// Route is a page or a form. Everybody who may sign in may use each, for their own account alone: what it names has to be
// theirs, and package directory holds that.
type Route struct {
	Method  string
	Pattern string
	Names   []string // what the pattern names: "authenticator", "session", "link"
	Fresh   bool     // it leads to a change: recent proofs are needed
	page    func(*Surface, http.ResponseWriter, *http.Request, door.Visitor) error
	open    func(*Surface, http.ResponseWriter, *http.Request) error // instead of page: for everybody, without a sign-in
}

// Open reports whether the route needs no sign-in.
func (r Route) Open() bool { return r.open != nil }

// Table lists the routes, in the order in which people meet them.
func Table() []Route {
	return append(ownRoutes(), openRoutes()...)
}

func ownRoutes() []Route {
	authenticator, session := []string{"authenticator"}, []string{"session"}
	return []Route{
		{Method: "GET", Pattern: "/account", page: (*Surface).overview},
		{Method: "GET", Pattern: "/account/password", Fresh: true, page: (*Surface).password},
		{Method: "POST", Pattern: "/account/password", Fresh: true, page: (*Surface).changePassword},
		{Method: "GET", Pattern: "/account/authenticators", page: (*Surface).authenticators},
		{Method: "GET", Pattern: "/account/authenticators/new", Fresh: true, page: (*Surface).choose},
		{Method: "POST", Pattern: "/account/authenticators/new", Fresh: true, page: (*Surface).chosen},
		{Method: "GET", Pattern: "/account/authenticators/new/totp", Fresh: true, page: (*Surface).setUpApp},
		{Method: "POST", Pattern: "/account/authenticators/new/totp", Fresh: true, page: (*Surface).confirmApp},
		{Method: "GET", Pattern: "/account/authenticators/new/sms", Fresh: true, page: (*Surface).setUpNumber},
		{Method: "POST", Pattern: "/account/authenticators/new/sms", Fresh: true, page: (*Surface).sendCode},
		{Method: "GET", Pattern: "/account/authenticators/new/sms-verify", Fresh: true, page: (*Surface).enterCode},
		{Method: "POST", Pattern: "/account/authenticators/new/sms-verify", Fresh: true, page: (*Surface).confirmNumber},
		{Method: "GET", Pattern: "/account/authenticators/{authenticator}/rename", Names: authenticator, Fresh: true, page: (*Surface).rename},
		{Method: "POST", Pattern: "/account/authenticators/{authenticator}/rename", Names: authenticator, Fresh: true, page: (*Surface).saveName},
		{Method: "GET", Pattern: "/account/authenticators/{authenticator}/remove", Names: authenticator, Fresh: true, page: (*Surface).askRemove},
		{Method: "POST", Pattern: "/account/authenticators/{authenticator}/remove", Names: authenticator, Fresh: true, page: (*Surface).remove},
		{Method: "GET", Pattern: "/account/pin", Fresh: true, page: (*Surface).pin},
		{Method: "POST", Pattern: "/account/pin", Fresh: true, page: (*Surface).savePIN},
		{Method: "GET", Pattern: "/account/sessions", Fresh: true, page: (*Surface).sessions},
		{Method: "POST", Pattern: "/account/sessions/{session}/end", Names: session, Fresh: true, page: (*Surface).endSession},
		{Method: "POST", Pattern: "/account/sessions/end", Fresh: true, page: (*Surface).endAll},
		{Method: "GET", Pattern: "/account/activity", page: (*Surface).recent},
	}
}

func openRoutes() []Route {
	link := []string{"link"}
	return []Route{
		{Method: "GET", Pattern: "/account/forgot", open: (*Surface).forgot},
		{Method: "POST", Pattern: "/account/forgot", open: (*Surface).sendReset},
		{Method: "GET", Pattern: "/account/unlock", open: (*Surface).unlock},
		{Method: "POST", Pattern: "/account/unlock", open: (*Surface).sendUnlock},
		{Method: "GET", Pattern: "/account/link/{link}", Names: link, open: (*Surface).link},
		{Method: "POST", Pattern: "/account/link/{link}", Names: link, open: (*Surface).useLink},
		{Method: "GET", Pattern: "/account/done/{what}", open: (*Surface).done},
		{Method: "GET", Pattern: "/.well-known/change-password", open: (*Surface).changePasswordHere},
	}
}

// Routes mounts the app, with the ways in and out of package door.
func (s *Surface) Routes(mux *http.ServeMux) {
	s.Door.Routes(mux)
	for _, route := range Table() {
		mux.Handle(route.Method+" "+route.Pattern, s.handler(route))
	}
	// Whatever else is asked of a link: its address must not reach the log as an address that nobody knows.
	mux.Handle("/account/link/{link}", s.Pages.MethodNotAllowed("GET, HEAD, POST"))
	mux.Handle("/account/link/", s.Pages.NotFound())
}

func (s *Surface) handler(route Route) http.Handler {
	if route.Open() {
		return s.Pages.SameOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := route.open(s, w, r); err != nil {
				s.Pages.Fail(w, r, err)
			}
		}))
	}
	return s.Door.Enter(func(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
		if route.Fresh && r.Method != http.MethodPost && !v.MayBegin(proofs(v)) {
			s.Door.Prove(w, r, v, r.URL.RequestURI(), proofs(v))
			return nil
		}
		return route.page(s, w, r, v)
	})
}

// stale is what a form says whose proofs became too old while it was filled in; ok is false if they are good.
func stale(v door.Visitor) (p web.Problem, ok bool) {
	if v.IsFresh(proofs(v)) {
		return web.Problem{}, false
	}
	problem := web.NotFresh()
	problem.Text = "It is a while since you proved who you are. Confirm it, then fill in this page again. Nothing was changed."
	return problem, true
}
