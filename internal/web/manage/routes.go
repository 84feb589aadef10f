package manage

import (
	"net/http"

	"github.com/apscloud/apsid/internal/web/door"
)

// Route is a page or a form of the app. Everybody with User Management+ access in the own practice may use each; what it names
// has to be theirs, and package directory says what they may do to it.
type Route struct {
	Method  string
	Pattern string
	Names   []string // what the pattern names: "user", "session", "client"
	handle  func(*Surface, http.ResponseWriter, *http.Request, door.Visitor) error
}

// Table lists the routes, in the order in which people meet them.
func Table() []Route {
	user, session, client := []string{"user"}, []string{"user", "session"}, []string{"client"}
	table := []Route{
		{"GET", "/manage", nil, (*Surface).people},
		{"GET", "/manage/invite", nil, (*Surface).invite},
		{"POST", "/manage/invite", nil, (*Surface).sendInvite},
		{"GET", "/manage/users/{user}", user, (*Surface).person},
		{"GET", "/manage/users/{user}/edit", user, (*Surface).edit},
		{"POST", "/manage/users/{user}/edit", user, (*Surface).saveEdit},
		{"GET", "/manage/users/{user}/access", user, (*Surface).access},
		{"POST", "/manage/users/{user}/access", user, (*Surface).saveAccess},
		{"POST", "/manage/users/{user}/sessions/{session}/end", session, (*Surface).endSession},
	}
	for _, a := range actions() {
		table = append(table,
			Route{"GET", "/manage/users/{user}/" + a.path, user, a.ask},
			Route{"POST", "/manage/users/{user}/" + a.path, user, a.act})
	}
	return append(table,
		Route{"GET", "/manage/mfa", nil, (*Surface).mfa},
		Route{"POST", "/manage/mfa/request", nil, (*Surface).requestMFA},
		Route{"POST", "/manage/mfa/withdraw", nil, (*Surface).withdrawMFA},
		Route{"GET", "/manage/integrations", nil, (*Surface).integrations},
		Route{"GET", "/manage/integrations/{client}", client, (*Surface).integration},
		Route{"POST", "/manage/integrations/{client}", client, (*Surface).saveIntegration},
		Route{"GET", "/manage/activity", nil, (*Surface).activity},
		Route{"GET", "/manage/activity.csv", nil, (*Surface).exportCSV},
		Route{"GET", "/manage/activity.jsonl", nil, (*Surface).exportLines},
		Route{"GET", "/manage/prove", nil, (*Surface).prove},
	)
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
