package support

import (
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

func (s *Surface) sendCode(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.ReadForm(w, r, "to")
	if err != nil {
		return err
	}
	to := values.Get("to")
	err = s.Cases.SendCaseCode(r.Context(), v.Caller, caseOf(r), idp.UserID(to), v.Now)
	return s.afterCase(w, r, v, typed{to: to}, "sent", err)
}

func (s *Surface) recordCheck(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.Form{Lines: []string{"check", "result", "voucher", "code"}, Texts: []string{"how"}}.Read(w, r)
	if err != nil {
		return err
	}
	check := directory.NewCheck{
		Name: idp.CheckName(values.Get("check")), Result: idp.CheckResult(values.Get("result")), How: values.Get("how"),
		Voucher: values.Get("voucher"), Code: idp.NewSecret(values.Get("code")),
	}
	err = s.Cases.RecordCheck(r.Context(), v.Caller, caseOf(r), check, v.Now)
	return s.afterCase(w, r, v, typed{check: check.Name, how: check.How, voucher: check.Voucher}, "checked", err)
}

func (s *Surface) submitCase(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	err := s.Cases.SubmitCase(r.Context(), v.Caller, caseOf(r), v.Now)
	return s.afterCase(w, r, v, typed{}, "submitted", err)
}

func (s *Surface) decideCase(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.Form{Lines: []string{"action"}, Texts: []string{"why"}}.Read(w, r)
	if err != nil {
		return err
	}
	action, err := oneOf(values, "approve", "refuse")
	if err != nil {
		return err
	}
	why, done := values.Get("why"), "refused"
	approve := action == "approve"
	if approve {
		done = "approved"
	}
	err = s.Cases.DecideCase(r.Context(), v.Caller, caseOf(r), approve, why, v.Now)
	return s.afterCase(w, r, v, typed{why: why}, done, err)
}

func (s *Surface) performCase(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	made, err := s.Cases.PerformCase(r.Context(), v.Caller, caseOf(r), v.Now)
	if err == nil && !made.Code.IsZero() {
		return s.showEnrolment(w, r, v, made)
	}
	return s.afterCase(w, r, v, typed{}, "performed", err)
}

// showEnrolment shows the code that a case has made, once.
func (s *Surface) showEnrolment(w http.ResponseWriter, r *http.Request, v door.Visitor, made directory.EnrolmentCode) error {
	detail, err := s.Cases.FindCase(r.Context(), v.Caller, caseOf(r), v.Now)
	if err != nil {
		return err
	}
	name := people.Name(detail.User)
	f := s.frame(v, inCases, "enrolment-code", caseTitle(detail.Case.Action, name))
	f.Shell.Back = &web.Link{URL: casePath(detail.Case.ID), Label: "The case"}
	return s.show(w, r, http.StatusOK, "enrolment-code", f, people.Enrolment{
		Name: name, Code: made.Code.Reveal(), Until: web.NewClockTime(made.Until, v.Now, v.Zone()), Back: casePath(detail.Case.ID),
	})
}

func (s *Surface) closeCase(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.Form{Texts: []string{"closing"}}.Read(w, r)
	if err != nil {
		return err
	}
	err = s.Cases.CloseCase(r.Context(), v.Caller, caseOf(r), values.Get("closing"), v.Now)
	return s.afterCase(w, r, v, typed{closing: values.Get("closing"), closes: true}, "closed", err)
}

// afterCase leads back to the case, which says what was done; or shows it with what is wrong.
func (s *Surface) afterCase(w http.ResponseWriter, r *http.Request, v door.Visitor, t typed, done string, err error) error {
	if problem, ok := web.ProblemOf(err); ok {
		return s.renderCase(w, r, v, t, problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, casePath(caseOf(r)), done)
}

func caseOf(r *http.Request) idp.CaseID { return idp.CaseID(r.PathValue("case")) }
