package support

import (
	"net/http"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/trail"
)

// scope is the activity of one practice.
func scope(practice idp.PracticeID) trail.Scope {
	return trail.Scope{Practice: practice, Path: practicePath(practice, "activity"), Person: func(id idp.UserID) string { return userPath(id) }}
}

// activity shows what happened in a practice, newest first.
func (s *Surface) activity(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	p, err := s.findPractice(r, v)
	if err != nil {
		return err
	}
	list, problem, err := s.Trail.Read(r, v, scope(p.ID))
	if err != nil {
		return err
	}
	f := s.frame(v, inPractices, "activity", "Activity of "+p.Name)
	f.Wide, f.Alert = true, problem.Alert(trail.Fields()...)
	f.Shell.Back = &web.Link{URL: practicePath(p.ID), Label: p.Name}
	return s.show(w, r, problem.Status, "activity", f, list)
}

func (s *Surface) exportCSV(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.Trail.ExportCSV(w, r, v, scope(idp.PracticeID(r.PathValue("practice"))))
}

func (s *Surface) exportLines(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.Trail.ExportLines(w, r, v, scope(idp.PracticeID(r.PathValue("practice"))))
}
