package manage

import (
	"encoding/csv"
	"io"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// exportMFA writes who is ready for MFA, for a spreadsheet: everybody in the practice, each once.
func (s *Surface) exportMFA(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	page := directory.Page{Limit: 200}
	found, next, err := s.People.ListUsers(r.Context(), v.Caller, v.Account.Practice.ID, directory.UserQuery{}, page, v.Now)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="mfa-`+v.Now.In(v.Zone().Location()).Format(time.DateOnly)+`.csv"`)
	out, place := web.Patient(w, s.Clock), v.Zone()
	_, err = io.WriteString(out, idp.CellMark)
	sheet := csv.NewWriter(out)
	if err == nil {
		err = sheet.Write([]string{"name", "email address", "mfa", "method", place.Column("set up at"), "rights", place.Column("last sign-in")})
	}
	for err == nil {
		for _, p := range found {
			if err = sheet.Write(mfaLine(p, place)); err != nil {
				break
			}
		}
		if next == "" || err != nil {
			break
		}
		page.After = next
		found, next, err = s.People.ListUsers(r.Context(), v.Caller, v.Account.Practice.ID, directory.UserQuery{}, page, v.Now)
	}
	sheet.Flush()
	if err != nil || sheet.Error() != nil {
		s.Log.WarnContext(r.Context(), "download broken off", "request_id", web.RequestID(r.Context()), "error", err)
		panic(http.ErrAbortHandler) // the answer has begun: an incomplete one must not look complete
	}
	return nil
}

// mfaLine is a person, with the times of the reader's place; no cell is a formula (ABUSE 38).
func mfaLine(p directory.Person, place idp.Place) []string {
	state := "not ready"
	switch {
	case p.User.State == idp.UserDisabled:
		state = "disabled"
	case len(p.Kinds) > 0:
		state = "ready"
	}
	line := []string{people.Name(p.User), p.User.Username, state, people.Kinds(p.Kinds), place.Instant(p.Since), people.RightsOf(p.User), place.Instant(p.User.LastSigninAt)}
	for i := range line {
		line[i] = idp.Cell(line[i])
	}
	return line
}
