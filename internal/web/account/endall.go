package account

import (
	"net/http"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// endAllBody asks to confirm that every session of the visitor ends.
type endAllBody struct {
	Confirm web.Confirm
	Prove   string // where the visitor proves who they are; "": they need not
}

func (s *Surface) askEndAll(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.showEndAll(w, r, v, web.NoProblem())
}

func (s *Surface) showEndAll(w http.ResponseWriter, r *http.Request, v door.Visitor, problem web.Problem) error {
	live, err := s.People.ListUserSessions(r.Context(), v.Caller, v.Account.User.ID, v.Now)
	if err != nil {
		return err
	}
	apps := map[idp.ClientID]bool{}
	for _, each := range live {
		apps[each.ClientID] = true
	}
	body := endAllBody{Prove: s.kit.Beside(problem), Confirm: web.Confirm{
		Lead: "This is what happens:", Button: "Sign out everywhere", Danger: true, Cancel: home + "/sessions",
		Consequences: []string{
			"You are signed out of " + web.Count(len(apps), "app", "apps") + " at once: " + web.Count(len(live), "session", "sessions") + ", this one too. Work that was not saved is lost.",
			"Your password and your security codes stay as they are.",
		},
	}}
	f := s.frame(v, inSessions, "end-all", "Sign out everywhere?")
	f.Shell.Back = &web.Link{URL: home + "/sessions", Label: "Where you are signed in"}
	return s.showForm(w, r, "end-all", f, body, problem)
}

func (s *Surface) endAll(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	err := s.Account.SignOutEverywhere(r.Context(), v.Caller, v.Now)
	if problem, ok := problemOf(err, v.Now, v.Zone()); ok {
		return s.showEndAll(w, r, v, problem)
	}
	if err != nil {
		return err
	}
	s.Cookies.ClearSession(w, v.Client.ID)
	return seeOther(w, r, donePath("signed-out"))
}
