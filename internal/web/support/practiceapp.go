package support

import (
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// addApp gives the practice an app.
func (s *Surface) addApp(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.ReadForm(w, r, "app")
	if err != nil {
		return err
	}
	id := idp.PracticeID(r.PathValue("practice"))
	err = s.Practices.AddApp(r.Context(), v.Caller, id, idp.ClientID(values.Get("app")), v.Now)
	if problem, ok := web.ProblemOf(err); ok {
		return s.showPractice(w, r, v, problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, practicePath(id), "app-added")
}

// askRemoveApp says who is signed out when the practice loses an app.
func (s *Surface) askRemoveApp(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.showRemoveApp(w, r, v, web.NoProblem())
}

func (s *Surface) showRemoveApp(w http.ResponseWriter, r *http.Request, v door.Visitor, problem web.Problem) error {
	view, err := s.Practices.ViewAppRemoval(r.Context(), v.Caller, idp.PracticeID(r.PathValue("practice")), idp.ClientID(r.PathValue("app")), v.Now)
	if conflict, ok := web.ProblemOf(err); ok {
		return s.showPractice(w, r, v, conflict)
	}
	if err != nil {
		return err
	}
	return s.showForm(w, r, v, removalForm(view), problem)
}

func removalForm(view directory.AppRemoval) form {
	p, app := view.Practice, view.Apps[0].Name
	lines := []string{people.SignedOut(view.Ends), "Nobody of " + p.Name + " can open " + app + " until it is enabled again."}
	for _, brought := range view.Apps[1:] {
		lines = append(lines, brought.Name+" came with it, and goes with it.")
	}
	return form{
		in: inPractices, step: "remove-app", title: "Take " + app + " away from " + p.Name, back: web.Link{URL: practicePath(p.ID), Label: p.Name},
		body: formBody{Lead: "This is what happens:", Button: "Take " + app + " away", Danger: true, Consequences: append(lines, "Nothing is deleted in the app.")},
	}
}

func (s *Surface) removeApp(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	id := idp.PracticeID(r.PathValue("practice"))
	err := s.Practices.RemoveApp(r.Context(), v.Caller, id, idp.ClientID(r.PathValue("app")), v.Now)
	if problem, ok := web.ProblemOf(err); ok {
		return s.showRemoveApp(w, r, v, problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, practicePath(id), "app-removed")
}
