package support

import (
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/kit"
	"github.com/apscloud/apsid/internal/web/people"
)

// fieldConfirmed says in a form that what it does was read and confirmed.
const fieldConfirmed = "confirmed"

func mandatoryForm(d directory.PracticeDetail, from string) form {
	p := d.Practice
	return form{
		in: inPractices, step: "mandatory", title: "Mandatory MFA for " + p.Name, back: web.Link{URL: practicePath(p.ID), Label: p.Name},
		body: formBody{
			Lead: "From this day on everybody of the practice needs MFA at every APS app, whatever the practice chose.",
			Consequences: []string{
				notSetUp(d.Counts),
				"They are told 30, 14 and 7 days before, and on the day before.",
				"A day that has passed, or today, makes MFA mandatory at once: the next page says who has to sign in again.",
				"Leave the field empty to take the date back.",
			},
			Inputs: []web.Input{{
				Name: "from", Label: "From", Type: "date", Value: from, Autocomplete: "off", Optional: true, Hint: "The day begins at midnight in " + p.TimeZone + ".",
			}},
			Button: "Save",
		},
	}
}

// notSetUp says how many people an obligation to use MFA concerns most.
func notSetUp(c directory.Counts) string {
	verb := " have"
	if c.People == 1 {
		verb = " has"
	}
	return idp.Number(max(c.People-c.Enrolled, 0)) + " of " + web.Count(c.People, "person", "people") + verb + " not set MFA up yet."
}

// mandatoryNowForm asks to confirm a day that has come.
func mandatoryNowForm(d directory.PracticeDetail, from string, ends directory.SessionCount) form {
	page := mandatoryForm(d, from)
	page.title = "Make MFA mandatory for " + d.Practice.Name + " now"
	page.body = formBody{
		Lead:         "This is what happens:",
		Consequences: []string{people.SignInAgain(ends), notSetUp(d.Counts), "They set it up at their next sign-in, which is not finished without it."},
		Hidden:       []web.Field{{Name: "from", Value: from}, {Name: fieldConfirmed, Value: "yes"}},
		Button:       "Make MFA mandatory now", Danger: true,
	}
	return page
}

func (s *Surface) mandatory(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	d, err := s.practiceDetail(r, v)
	if err != nil {
		return err
	}
	from := web.NewDay(d.Practice.MFARequiredFrom, d.Practice.Place()).Machine
	return s.showForm(w, r, v, mandatoryForm(d, from), web.NoProblem())
}

func (s *Surface) setMandatory(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.ReadForm(w, r, "from", fieldConfirmed)
	if err != nil {
		return err
	}
	d, err := s.practiceDetail(r, v)
	if err != nil {
		return err
	}
	page := mandatoryForm(d, values.Get("from"))
	from, err := kit.Day("from", values.Get("from"), d.Practice.Place())
	if err == nil && beginsNow(d.Practice, from, v.Now) {
		ends, err := s.Practices.CountSessions(r.Context(), v.Caller, d.Practice.ID, true, v.Now)
		if err != nil {
			return err
		}
		page = mandatoryNowForm(d, values.Get("from"), ends)
		if values.Get(fieldConfirmed) != "yes" {
			return s.showForm(w, r, v, page, web.NoProblem())
		}
	}
	if err == nil {
		err = s.Practices.SetMandatory(r.Context(), v.Caller, d.Practice.ID, from, v.Now)
	}
	if problem, ok := web.ProblemOf(err); ok {
		return s.showForm(w, r, v, page, problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, practicePath(d.Practice.ID), "mandatory")
}

// beginsNow reports whether the day makes MFA mandatory at once in a practice where it is not.
func beginsNow(p idp.Practice, from, now time.Time) bool {
	mandatory := !p.MFARequiredFrom.IsZero() && !now.Before(p.MFARequiredFrom)
	return !from.IsZero() && !now.Before(from) && !mandatory
}

func (s *Surface) practiceDetail(r *http.Request, v door.Visitor) (directory.PracticeDetail, error) {
	return s.Practices.FindPractice(r.Context(), v.Caller, idp.PracticeID(r.PathValue("practice")), v.Now)
}
