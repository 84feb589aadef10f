package support

import (
	"net/http"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
)

func suspendForm(p idp.Practice, ends directory.SessionCount) form {
	return form{
		in: inPractices, step: "suspend", title: "Suspend " + p.Name, back: web.Link{URL: practicePath(p.ID), Label: p.Name},
		body: formBody{Lead: "This is what happens:", Button: "Suspend the practice", Danger: true, Consequences: []string{
			people.SignedOut(ends),
			"Nobody of " + p.Name + " can sign in until it is resumed. To them it looks like a wrong password.",
			"Its integrations get no new tokens.",
			"Nothing is deleted.",
		}},
	}
}

func resumeForm(p idp.Practice, _ directory.SessionCount) form {
	return form{
		in: inPractices, step: "resume", title: "Resume " + p.Name, back: web.Link{URL: practicePath(p.ID), Label: p.Name},
		body: formBody{Lead: "This is what happens:", Button: "Resume the practice", Consequences: []string{
			"Everybody who is not disabled can sign in again, with the same password and MFA as before.",
			"No session comes back: people sign in anew.",
		}},
	}
}

func (s *Surface) suspendPage(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.confirmPractice(w, r, v, suspendForm, web.NoProblem())
}

func (s *Surface) resumePage(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.confirmPractice(w, r, v, resumeForm, web.NoProblem())
}

// practicePage asks to confirm what is done to a practice, whose people have so many sessions.
type practicePage func(idp.Practice, directory.SessionCount) form

func (s *Surface) confirmPractice(w http.ResponseWriter, r *http.Request, v door.Visitor, page practicePage, problem web.Problem) error {
	p, err := s.findPractice(r, v)
	if err != nil {
		return err
	}
	ends, err := s.Practices.CountSessions(r.Context(), v.Caller, p.ID, false, v.Now)
	if err != nil {
		return err
	}
	return s.showForm(w, r, v, page(p, ends), problem)
}

func (s *Surface) suspend(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.changePractice(w, r, v, suspendForm, "suspended", func(id idp.PracticeID) error {
		return s.Practices.SuspendPractice(r.Context(), v.Caller, id, v.Now)
	})
}

func (s *Surface) resume(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.changePractice(w, r, v, resumeForm, "resumed", func(id idp.PracticeID) error {
		return s.Practices.ResumePractice(r.Context(), v.Caller, id, v.Now)
	})
}

func (s *Surface) changePractice(
	w http.ResponseWriter, r *http.Request, v door.Visitor, page practicePage, done string, change func(idp.PracticeID) error,
) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	id := idp.PracticeID(r.PathValue("practice"))
	err := change(id)
	if problem, ok := web.ProblemOf(err); ok {
		return s.confirmPractice(w, r, v, page, problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, practicePath(id), done)
}
