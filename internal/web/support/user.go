package support

import (
	"net/http"
	"net/url"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
	"github.com/apscloud/apsid/internal/web/trail"
)

// userBody is one person, to be looked at: every action on people goes through a case.
type userBody struct {
	User     idp.User
	Practice idp.Practice
	URL      string // of the practice
	Rights   string
	State    web.Badge
	Methods  []people.Method
	PIN      bool
	Locks    []people.Lock
	Signin   web.ClockTime
	Password web.ClockTime
	Sessions []sessionRow
	Events   []trail.Row
	Activity string // the address of the whole activity
	Cases    []caseRow
	App      *web.Options // to explain a sign-in at
}

type sessionRow struct {
	App           string
	MFA           bool
	Since, Active web.ClockTime
}

func (s *Surface) user(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	detail, err := s.People.FindUser(r.Context(), v.Caller, idp.UserID(r.PathValue("user")), v.Now)
	if err != nil {
		return err
	}
	u, p := detail.Account.User, detail.Account.Practice
	body := userBody{
		User: u, Practice: p, URL: practicePath(p.ID), Rights: people.RightsOf(u), PIN: detail.Account.PIN != nil,
		State: personBadge(directory.Person{User: u, Kinds: kindsOf(detail.Account), Locked: len(detail.Locks) > 0}),
		Locks: people.Locks(detail.Locks, v.Now, v.Zone()), Methods: people.Methods(detail, v.Now, v.Zone()), Signin: web.NewMoment(u.LastSigninAt, v.Now, v.Zone()),
		Password: web.NewMoment(u.PasswordChangedAt, v.Now, v.Zone()),
	}
	if err := s.userStory(r, v, u, &body); err != nil {
		return err
	}
	f := s.frame(v, inPractices, "user", people.Name(u))
	f.Wide, f.Note = true, s.kit.Note(r)
	f.Shell.Back = &web.Link{URL: practicePath(p.ID), Label: p.Name}
	f.Shell.Action = &web.Link{URL: userPath(u.ID, "case"), Label: "Open a case"}
	return s.show(w, r, http.StatusOK, "user", f, body)
}

// userStory reads sessions, activity and cases of the person.
func (s *Surface) userStory(r *http.Request, v door.Visitor, u idp.User, body *userBody) (err error) {
	const recent = 15
	apps, err := s.appNames(r.Context(), v)
	if err != nil {
		return err
	}
	body.App = appChoice(body.Practice, apps, "")
	body.App.Label = "Explain the sign-in at"
	sessions, err := s.People.ListUserSessions(r.Context(), v.Caller, u.ID, v.Now)
	if err != nil {
		return err
	}
	for _, each := range sessions {
		body.Sessions = append(body.Sessions, sessionRow{
			App: nameOf(apps, each.ClientID), MFA: each.ACR.Satisfies(idp.ACRMFA),
			Since: web.NewMoment(each.AuthTime, v.Now, v.Zone()), Active: web.NewMoment(each.LastActivity, v.Now, v.Zone()),
		})
	}
	body.Events, err = s.Trail.Recent(r.Context(), v, scope(u.PracticeID), directory.EventQuery{UserID: u.ID}, recent)
	if err != nil {
		return err
	}
	body.Activity = web.WithQuery(practicePath(u.PracticeID, "activity"), url.Values{"user": {string(u.ID)}})
	body.Cases, _, err = s.caseRows(r.Context(), v, directory.CaseQuery{UserID: u.ID}, directory.Page{Limit: atDesk})
	return err
}

func kindsOf(account idp.Account) (kinds []idp.Kind) {
	for _, a := range account.Authenticators {
		kinds = append(kinds, a.Kind)
	}
	return kinds
}
