package support

import (
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/kit"
	"github.com/apscloud/apsid/internal/web/people"
)

// caseForm asks what support is to do for a person.
func caseForm(u idp.User, practice idp.Practice, action, reason string) form {
	page := form{
		in: inCases, step: "new-case", title: "Open a case for " + people.Name(u),
		back: web.Link{URL: userPath(u.ID), Label: people.Name(u)},
		body: formBody{
			Lead: people.Name(u) + " (" + u.Username + ") of " + practice.Name + ". Before you open a case:",
			Consequences: []string{
				"If somebody in the practice has User Management+ access and can be reached, send the caller to them. They know each other; you don’t.",
				"Opening a case tells the practice’s administrators and the person by email. Nothing is changed yet.",
				"You make the checks, a colleague who had no part in it decides, and then you carry it out: so plan half an hour.",
				"Whoever is in a hurry, asks for an exception, or wants you to call another number is a reason for more care, not less.",
			},
			Button: "Open the case",
		},
	}
	page.body.Selects = []web.Options{choice("action", "What is to be done?", action,
		string(idp.CaseResetMFA), "Reset MFA: the device is lost, and the recovery PIN too",
		string(idp.CaseEnrolmentCode), "Give an enrolment code: a passkey is needed, and nobody in the practice can let them add one",
		string(idp.CaseGrantUserManagement), "Give User Management+ access: nobody in the practice has it",
		string(idp.CaseEnableUser), "Enable: the person is disabled, and nobody in the practice can enable them")}
	page.body.Areas = []web.Area{{
		Name: "reason", Label: "Who asked, and why?", Value: reason, MaxLength: 1000,
		Hint: "For the record: who called or wrote, when, and what happened. No passwords, codes, or answers to security questions.",
	}}
	return page
}

// opening says for whom a case is opened.
func opening(s *Surface, r *http.Request, v door.Visitor) string {
	detail, err := s.People.FindUser(r.Context(), v.Caller, idp.UserID(r.PathValue("user")), v.Now)
	if err != nil {
		return ""
	}
	return kit.Act("Open a case for", people.Name(detail.Account.User))
}

func (s *Surface) newCase(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	detail, err := s.People.FindUser(r.Context(), v.Caller, idp.UserID(r.PathValue("user")), v.Now)
	if err != nil {
		return err
	}
	u, action := detail.Account.User, idp.CaseResetMFA
	if u.State == idp.UserDisabled { // no other action helps this person
		action = idp.CaseEnableUser
	}
	return s.showForm(w, r, v, caseForm(u, detail.Account.Practice, string(action), ""), web.NoProblem())
}

func (s *Surface) openCase(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.Form{Lines: []string{"action"}, Texts: []string{"reason"}}.Read(w, r)
	if err != nil {
		return err
	}
	detail, err := s.People.FindUser(r.Context(), v.Caller, idp.UserID(r.PathValue("user")), v.Now)
	if err != nil {
		return err
	}
	u := detail.Account.User
	page := caseForm(u, detail.Account.Practice, values.Get("action"), values.Get("reason"))
	opened, err := s.Cases.OpenCase(r.Context(), v.Caller, directory.NewCase{
		PracticeID: u.PracticeID, UserID: u.ID, Action: idp.CaseAction(values.Get("action")), Reason: values.Get("reason"),
	}, v.Now)
	if problem, ok := web.ProblemOf(err); ok {
		return s.showForm(w, r, v, page, problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, casePath(opened.ID), "opened")
}
