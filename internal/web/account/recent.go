package account

import (
	"net/http"

	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/trail"
)

// scope is the activity that concerns the visitor.
func scope(v door.Visitor) trail.Scope {
	return trail.Scope{Practice: v.Account.Practice.ID, Own: true, Path: home + "/activity"}
}

func (s *Surface) recent(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	list, problem, err := s.Trail.Read(r, v, scope(v))
	if err != nil {
		return err
	}
	f := s.frame(v, inActivity, "activity", "Recent activity")
	f.Wide = true
	return s.showForm(w, r, "activity", f, list, problem, trail.Fields()...)
}

func (s *Surface) exportCSV(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.Trail.ExportCSV(w, r, v, scope(v))
}

func (s *Surface) exportLines(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.Trail.ExportLines(w, r, v, scope(v))
}
