package support

import (
	"errors"
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// atDesk is how many lines each list of the desk shows: the list's own page has the rest.
const atDesk = 20

// deskBody is the work that waits for staff.
type deskBody struct {
	Email     string // that was looked for, and that no person has
	Error     string
	Approvals []caseRow // wait for a second person
	Mine      []caseRow // of the visitor, that are not over
	Requests  []requestRow
}

// requestRow is a practice that waits for an answer on MFA.
type requestRow struct {
	Name, URL string
	At        web.ClockTime
	Note      string
}

func (s *Surface) desk(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.showDesk(w, r, v, http.StatusOK, deskBody{})
}

func (s *Surface) showDesk(w http.ResponseWriter, r *http.Request, v door.Visitor, status int, body deskBody) (err error) {
	body.Approvals, _, err = s.caseRows(r.Context(), v, directory.CaseQuery{States: []idp.CaseState{idp.CaseSubmitted}}, directory.Page{Limit: atDesk})
	if err != nil {
		return err
	}
	mine := directory.CaseQuery{States: []idp.CaseState{idp.CaseOpen, idp.CaseApproved}, OpenedBy: v.Account.User.ID}
	body.Mine, _, err = s.caseRows(r.Context(), v, mine, directory.Page{Limit: atDesk})
	if err != nil {
		return err
	}
	body.Requests, err = s.requests(r, v)
	if err != nil {
		return err
	}
	f := s.frame(v, inDesk, "desk", "Support desk")
	f.Note, f.Wide = s.kit.Note(r), true
	if body.Error != "" {
		f.Alert = &web.Alert{Text: body.Error, Target: "email", AtField: true}
	}
	return s.show(w, r, status, "desk", f, body)
}

// requests reads the practices that wait for an answer, those that have waited longest first.
func (s *Surface) requests(r *http.Request, v door.Visitor) ([]requestRow, error) {
	open, _, err := s.Practices.ListActivations(r.Context(), v.Caller, idp.ActivationOpen, directory.Page{Limit: atDesk}, v.Now)
	if err != nil {
		return nil, err
	}
	rows := make([]requestRow, 0, len(open))
	for _, request := range open {
		detail, err := s.Practices.FindPractice(r.Context(), v.Caller, request.PracticeID, v.Now)
		if err != nil {
			return nil, err
		}
		rows = append(rows, requestRow{
			Name: detail.Practice.Name, URL: practicePath(request.PracticeID, "activation"),
			At: web.NewMoment(request.RequestedAt, v.Now, v.Zone()), Note: request.Note,
		})
	}
	return rows, nil
}

// people leads to the person with this e-mail address, in any practice.
func (s *Surface) people(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	email, err := word(r, "email")
	if err != nil {
		return err
	}
	found, err := s.People.FindPerson(r.Context(), v.Caller, email, v.Now)
	if errors.Is(err, idp.ErrNotFound) {
		return s.showDesk(w, r, v, http.StatusNotFound, deskBody{Email: email, Error: "Nobody has this email address. Type all of it, or look for the practice."})
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, userPath(found.ID), http.StatusSeeOther)
	return nil
}
