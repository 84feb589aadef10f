package support

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/kit"
)

// passkeysForm asks from when people of a practice need a passkey. Which ones are allowed is the practice's choice.
func passkeysForm(d directory.PracticeDetail, typed url.Values) form {
	p := d.Practice
	return form{
		in: inPractices, step: "passkeys", title: "Passkeys of " + p.Name, back: web.Link{URL: practicePath(p.ID), Label: p.Name},
		body: formBody{
			Lead: "From these days on, security codes open nothing any more for those who need a passkey.",
			Consequences: []string{
				idp.Number(d.Counts.Passkeys) + " of " + web.Count(d.Counts.People, "person", "people") + " have a passkey.",
				"The others are told 30, 14 and 7 days before, and on the day before.",
				"Who has none by then needs a code that an administrator of the practice reads out. Where there is none, open a support case.",
				"A day that has passed, or today, counts at once. Leave a field empty to take the date back.",
			},
			Inputs: kit.PasskeyInputs(typed, web.NoProblem()), Hidden: []web.Field{{Name: "version", Value: strconv.FormatInt(p.Version, 10)}}, Button: "Save",
		},
	}
}

func (s *Surface) passkeys(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	d, err := s.practiceDetail(r, v)
	if err != nil {
		return err
	}
	return s.showForm(w, r, v, passkeysForm(d, kit.PasskeyTyped(d.Practice)), web.NoProblem())
}

func (s *Surface) savePasskeys(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	typed, err := kit.PasskeyForm().Read(w, r)
	if err != nil {
		return err
	}
	d, err := s.practiceDetail(r, v)
	if err != nil {
		return err
	}
	edit, err := kit.PasskeyEdit(typed, d.Practice)
	if err == nil {
		edit.PasskeyModels = nil
		edit.Version, err = strconv.ParseInt(typed.Get("version"), 10, 64)
		if err != nil {
			return idp.Invalid("version", "Open the page again and repeat your change.")
		}
		_, err = s.Practices.UpdatePractice(r.Context(), v.Caller, d.Practice.ID, edit, v.Now)
	}
	if problem, ok := web.ProblemOf(err); ok {
		return s.showForm(w, r, v, passkeysForm(d, typed), problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, practicePath(d.Practice.ID), "edited")
}
