package kit

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web/door"
)

// Route is a page or a form of a surface S. Package door turns away a visitor who may not use the surface before anything is
// read. The objects that the pattern names must be within the visitor's reach, and package directory checks that.
type Route[S any] struct {
	Method   string
	Pattern  string
	Names    []string         // what the pattern names: "user", "session", "client"
	Commands []policy.Command // what its form does, one for each button; a page that shows such a form names them too
	// Act says what a visitor whose proofs are too old wants to do here: "disable Tom Okafor". If it is nil, or returns "", the label
	// of the command says it.
	Act    func(S, *http.Request, door.Visitor) string
	Page   func(S, http.ResponseWriter, *http.Request, door.Visitor) error
	Public func(S, http.ResponseWriter, *http.Request) error // instead of Page: without a sign-in
}

// Open reports whether the route needs no sign-in.
func (r Route[S]) Open() bool { return r.Public != nil }

// NeedsProofs reports whether what the route does, or leads to, needs fresh proofs.
func (r Route[S]) NeedsProofs() bool {
	return slices.ContainsFunc(r.Commands, func(c policy.Command) bool { return policy.Describe(c).Proofs != policy.AnySession })
}

// Mount puts the routes of a surface on the mux, with package door's sign-in and sign-out, and the page for proving again who
// the visitor is.
func Mount[S any](k Kit, mux *http.ServeMux, surface S, table []Route[S]) {
	k.Door.Routes(mux)
	mux.Handle("GET "+k.Home+"/prove", k.Door.Enter(k.prove))
	for _, route := range table {
		mux.Handle(route.Method+" "+route.Pattern, route.handler(k, surface))
	}
}

func (r Route[S]) handler(k Kit, surface S) http.Handler {
	if r.Open() {
		return k.Pages.SameOrigin(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			if err := r.Public(surface, w, request); err != nil {
				k.Pages.Fail(w, request, err)
			}
		}))
	}
	return k.Door.Enter(func(w http.ResponseWriter, request *http.Request, v door.Visitor) error {
		if command, missing := r.missing(v); missing && request.Method != http.MethodPost {
			act := ""
			if r.Act != nil {
				act = r.Act(surface, request, v)
			}
			proofs := v.Proofs(command)
			k.Door.Prove(w, request, v, request.URL.RequestURI(), proofs.ACR, asking(v, cmp.Or(act, inSentence(policy.Describe(command).Label)), proofs.ACR))
			return nil
		}
		return r.Page(surface, w, request, v)
	})
}

// missing returns the command whose proofs the visitor has to give before its form is opened, so that no typing is lost.
func (r Route[S]) missing(v door.Visitor) (policy.Command, bool) {
	for _, command := range r.Commands {
		if !v.MayBegin(command) {
			return command, true
		}
	}
	return "", false
}
