package support

import (
	"net/http"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/kit"
)

// setApp gives the practice an app, or takes it away.
func (s *Surface) setApp(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.ReadForm(w, r, "app", "action")
	if err != nil {
		return err
	}
	action, err := oneOf(values, "add", "remove")
	if err != nil {
		return err
	}
	id, change := idp.PracticeID(r.PathValue("practice")), s.Practices.AddApp
	if action == "remove" {
		change = s.Practices.RemoveApp
	}
	err = change(r.Context(), v.Caller, id, idp.ClientID(values.Get("app")), v.Now)
	if problem, ok := web.ProblemOf(err); ok {
		return s.showPractice(w, r, v, problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, practicePath(id), "app")
}

func suspendForm(p idp.Practice) form {
	return form{
		in: inPractices, step: "suspend", title: "Suspend " + p.Name, back: web.Link{URL: practicePath(p.ID), Label: p.Name},
		body: formBody{Lead: "This is what happens:", Button: "Suspend the practice", Danger: true, Consequences: []string{
			"Everybody of " + p.Name + " is signed out of every APS app at once. Work that was not saved is lost.",
			"Nobody of the practice can sign in until it is resumed. To them it looks like a wrong password.",
			"Its integrations get no new tokens.",
			"Nothing is deleted.",
		}},
	}
}

func resumeForm(p idp.Practice) form {
	return form{
		in: inPractices, step: "resume", title: "Resume " + p.Name, back: web.Link{URL: practicePath(p.ID), Label: p.Name},
		body: formBody{Lead: "This is what happens:", Button: "Resume the practice", Consequences: []string{
			"Everybody who is not disabled can sign in again, with the same password and MFA as before.",
			"No session comes back: people sign in anew.",
		}},
	}
}

func (s *Surface) suspendPage(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.confirmPractice(w, r, v, suspendForm)
}

func (s *Surface) resumePage(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.confirmPractice(w, r, v, resumeForm)
}

func (s *Surface) confirmPractice(w http.ResponseWriter, r *http.Request, v door.Visitor, page func(idp.Practice) form) error {
	p, err := s.findPractice(r, v)
	if err != nil {
		return err
	}
	return s.showForm(w, r, v, page(p), web.NoProblem())
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
	w http.ResponseWriter, r *http.Request, v door.Visitor, page func(idp.Practice) form, done string, change func(idp.PracticeID) error,
) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	p, err := s.findPractice(r, v)
	if err != nil {
		return err
	}
	err = change(p.ID)
	if problem, ok := web.ProblemOf(err); ok {
		return s.showForm(w, r, v, page(p), problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, practicePath(p.ID), done)
}

func mandatoryForm(p idp.Practice, from string) form {
	return form{
		in: inPractices, step: "mandatory", title: "Mandatory MFA for " + p.Name, back: web.Link{URL: practicePath(p.ID), Label: p.Name},
		body: formBody{
			Lead: "From this day on everybody of the practice needs MFA at every APS app, whatever the practice chose.",
			Consequences: []string{
				"People who have not set MFA up are told 30, 14, 7 and 1 days before.",
				"A day that has passed, or today, makes MFA mandatory at once.",
				"Leave the field empty to take the date back.",
			},
			Inputs: []web.Input{{
				Name: "from", Label: "From", Type: "date", Value: from, Autocomplete: "off", Hint: "The day begins at midnight in " + p.TimeZone + ".",
			}},
			Button: "Save",
		},
	}
}

func (s *Surface) mandatory(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	p, err := s.findPractice(r, v)
	if err != nil {
		return err
	}
	return s.showForm(w, r, v, mandatoryForm(p, web.NewDay(p.MFARequiredFrom, p.Place()).Machine), web.NoProblem())
}

func (s *Surface) setMandatory(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.ReadForm(w, r, "from")
	if err != nil {
		return err
	}
	p, err := s.findPractice(r, v)
	if err != nil {
		return err
	}
	page := mandatoryForm(p, values.Get("from"))
	from, err := kit.Day("from", values.Get("from"), p.Place())
	if err == nil {
		err = s.Practices.SetMandatory(r.Context(), v.Caller, p.ID, from, v.Now)
	}
	if problem, ok := web.ProblemOf(err); ok {
		return s.showForm(w, r, v, page, problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, practicePath(p.ID), "mandatory")
}
