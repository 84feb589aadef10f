package manage

import (
	"net/http"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/trail"
)

// scope is the activity that the visitor may see: that of their practice.
func scope(v door.Visitor) trail.Scope {
	return trail.Scope{
		Practice: v.Account.Practice.ID, Path: home + "/activity", Person: func(id idp.UserID) string { return userPath(id) },
	}
}

// activity shows what happened in the practice, newest first.
func (s *Surface) activity(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	list, p, err := s.Trail.Read(r, v, scope(v))
	if err != nil {
		return err
	}
	f := s.frame(v, inActivity, "activity", "Activity")
	f.Wide, f.Alert = true, p.Alert(trail.Fields()...)
	return s.show(w, r, p.Status, "activity", f, list)
}

func (s *Surface) exportCSV(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.Trail.ExportCSV(w, r, v, scope(v))
}

func (s *Surface) exportLines(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.Trail.ExportLines(w, r, v, scope(v))
}
