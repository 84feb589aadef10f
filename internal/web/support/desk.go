package support

import (
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

// atDesk is how many lines each list of the desk shows: the list's own page has the rest.
const atDesk = 20

// deskBody is the work that waits for staff.
type deskBody struct {
	Email     string // the text that was looked for, and finds nobody
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

// people leads to the person whom the text finds, in any practice, or lists several.
func (s *Surface) people(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	typed, err := word(r, "email")
	if err != nil {
		return err
	}
	found, more, err := s.People.SearchPeople(r.Context(), v.Caller, typed, v.Now)
	switch {
	case err != nil:
		return err
	case len(found) == 0:
		return s.showDesk(w, r, v, http.StatusNotFound, deskBody{Email: typed, Error: nobodyFound})
	case len(found) == 1:
		http.Redirect(w, r, userPath(found[0].User.ID), http.StatusSeeOther)
		return nil
	}
	body := peopleBody{Search: typed, More: more}
	for _, each := range found {
		body.Rows = append(body.Rows, foundRow{
			URL: userPath(each.User.ID), Name: people.Name(each.User), Username: each.User.Username, Practice: each.Practice.Name,
			Rights: people.RightsOf(each.User), Signin: web.NewMoment(each.User.LastSigninAt, v.Now, v.Zone()),
		})
	}
	f := s.frame(v, inDesk, "people", "People called “"+typed+"”")
	f.Wide = true
	f.Shell.Back = &web.Link{URL: home, Label: "Support desk"}
	return s.show(w, r, http.StatusOK, "people", f, body)
}

const nobodyFound = "Nobody is called that, in any practice. Try another part of the name or of the email address."

// peopleBody lists the people of all practices whom a search finds.
type peopleBody struct {
	Search string
	Rows   []foundRow
	More   bool
}

// foundRow is one of them.
type foundRow struct {
	URL, Name, Username string
	Practice, Rights    string
	Signin              web.ClockTime
}
