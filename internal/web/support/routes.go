package support

import (
	"net/http"

	"github.com/apscloud/apsid/internal/web/door"
)

// Route is a page or a form of the support desk. All of them are for people of APS staff, and for nobody else: package door
// turns others away before anything is read.
type Route struct {
	Method  string
	Pattern string
	Names   []string // what the pattern names: "practice", "user", "case"
	Fresh   bool     // what it does asks for a second factor given lately
	handle  func(*Surface, http.ResponseWriter, *http.Request, door.Visitor) error
}

// Table lists the routes, in the order in which people meet them.
func Table() []Route {
	practice, user, one := []string{"practice"}, []string{"user"}, []string{"case"}
	return []Route{
		{"GET", "/support", nil, false, (*Surface).desk},
		{"GET", "/support/prove", nil, false, (*Surface).prove},
		{"GET", "/support/people", nil, false, (*Surface).people},
		{"GET", "/support/explain", nil, false, (*Surface).explain},

		{"GET", "/support/practices", nil, false, (*Surface).practices},
		{"GET", "/support/new-practice", nil, false, (*Surface).newPractice},
		{"POST", "/support/new-practice", nil, false, (*Surface).createPractice},
		{"GET", "/support/practices/{practice}", practice, false, (*Surface).practice},
		{"GET", "/support/practices/{practice}/edit", practice, true, (*Surface).editPractice},
		{"POST", "/support/practices/{practice}/edit", practice, true, (*Surface).savePractice},
		{"POST", "/support/practices/{practice}/apps", practice, true, (*Surface).setApp},
		{"GET", "/support/practices/{practice}/mandatory", practice, true, (*Surface).mandatory},
		{"POST", "/support/practices/{practice}/mandatory", practice, true, (*Surface).setMandatory},
		{"GET", "/support/practices/{practice}/suspend", practice, true, (*Surface).suspendPage},
		{"POST", "/support/practices/{practice}/suspend", practice, true, (*Surface).suspend},
		{"GET", "/support/practices/{practice}/resume", practice, true, (*Surface).resumePage},
		{"POST", "/support/practices/{practice}/resume", practice, true, (*Surface).resume},
		{"GET", "/support/practices/{practice}/activation", practice, true, (*Surface).activation},
		{"POST", "/support/practices/{practice}/activation", practice, true, (*Surface).answerActivation},

		{"GET", "/support/users/{user}", user, false, (*Surface).user},
		{"GET", "/support/users/{user}/case", user, true, (*Surface).newCase},
		{"POST", "/support/users/{user}/case", user, true, (*Surface).openCase},

		{"GET", "/support/cases", nil, false, (*Surface).cases},
		{"GET", "/support/cases/{case}", one, false, (*Surface).showCase},
		{"POST", "/support/cases/{case}/code", one, false, (*Surface).sendCode},
		{"POST", "/support/cases/{case}/check", one, false, (*Surface).recordCheck},
		{"POST", "/support/cases/{case}/submit", one, false, (*Surface).submitCase},
		{"POST", "/support/cases/{case}/decide", one, true, (*Surface).decideCase},
		{"POST", "/support/cases/{case}/perform", one, true, (*Surface).performCase},
		{"POST", "/support/cases/{case}/close", one, false, (*Surface).closeCase},
	}
}

// Routes mounts the app, with the ways in and out of package door.
func (s *Surface) Routes(mux *http.ServeMux) {
	s.Door.Routes(mux)
	for _, route := range Table() {
		handle := route.handle
		mux.Handle(route.Method+" "+route.Pattern, s.Door.Enter(func(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
			return handle(s, w, r, v)
		}))
	}
}
