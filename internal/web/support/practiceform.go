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

// practiceField is a field of the form for a practice, and where its value stands.
type practiceField struct {
	value *string
	web.Input
}

// practiceFields are in the order of the form. Time zone and region are chosen from lists, which come last.
func practiceFields(d *idp.PracticeDetails) []practiceField {
	return []practiceField{
		{&d.Name, web.Input{Name: "name", Label: "Name of the practice", Type: "text"}},
		{&d.Phone, web.Input{
			Name: "phone", Label: "Telephone number on file", Type: "tel", Inputmode: "tel", Optional: true,
			Hint: "Support calls this number back before anybody is helped. Take it from the contract or a public register, never from a caller.",
		}},
		{&d.TimeZone, web.Input{
			Name: fieldZone, Label: "Time zone", Hint: "Of the city that the practice keeps its clocks by.",
		}},
		{(*string)(&d.Region), web.Input{Name: fieldRegion, Label: "Country"}},
	}
}

const (
	fieldRegion = "region"
	fieldZone   = "time_zone"
)

// readPractice reads what was typed about a practice into d, and returns it with the fields of these names beside it.
func readPractice(w http.ResponseWriter, r *http.Request, d *idp.PracticeDetails, beside ...string) (url.Values, error) {
	fields, names := practiceFields(d), beside
	for _, field := range fields {
		names = append(names, field.Name)
	}
	values, err := web.ReadForm(w, r, names...)
	if err != nil {
		return nil, err
	}
	for _, field := range fields {
		*field.value = values.Get(field.Name)
	}
	return values, nil
}

// fillPractice puts the fields of a practice into a form.
func fillPractice(body *formBody, d idp.PracticeDetails) {
	for _, field := range practiceFields(&d) {
		if field.Name == fieldZone {
			body.Selects = append(body.Selects, zoneChoice(field.Input, d.Region, *field.value))
			continue
		}
		if field.Name == fieldRegion {
			body.Selects = append(body.Selects, choice(field.Name, field.Label, *field.value, string(idp.RegionAU), regionWords(idp.RegionAU),
				string(idp.RegionNZ), regionWords(idp.RegionNZ), string(idp.RegionGB), regionWords(idp.RegionGB)))
			continue
		}
		field.Value, field.Autocomplete = *field.value, "off"
		body.Inputs = append(body.Inputs, field.Input)
	}
}

func newPracticeForm(d idp.PracticeDetails) form {
	page := form{in: inPractices, step: "new-practice", title: "Create a practice", back: web.Link{URL: at("practices"), Label: "Practices"}}
	page.body = formBody{Button: "Create", Lead: "Apps and people come next, on the practice’s own page. MFA is off until the practice asks for it."}
	fillPractice(&page.body, d)
	return page
}

func (s *Surface) newPractice(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.showForm(w, r, v, newPracticeForm(idp.PracticeDetails{Region: idp.RegionAU, TimeZone: "Australia/Sydney"}), web.NoProblem())
}

func (s *Surface) createPractice(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	var d idp.PracticeDetails
	if _, err := readPractice(w, r, &d); err != nil {
		return err
	}
	created, err := s.Practices.CreatePractice(r.Context(), v.Caller, directory.NewPractice{PracticeDetails: d}, v.Now)
	if p, ok := web.ProblemOf(err); ok {
		return s.showForm(w, r, v, newPracticeForm(d), p)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, practicePath(created.ID), "created")
}

// editForm asks for changes to a practice as it was read in this version.
func editForm(p idp.Practice, d idp.PracticeDetails, version string) form {
	page := form{in: inPractices, step: "edit-practice", title: "Edit " + p.Name, back: web.Link{URL: practicePath(p.ID), Label: p.Name}}
	page.body = formBody{Button: "Save", Hidden: []web.Field{{Name: "version", Value: version}}}
	fillPractice(&page.body, d)
	return page
}

func (s *Surface) editPractice(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	p, err := s.findPractice(r, v)
	if err != nil {
		return err
	}
	return s.showForm(w, r, v, editForm(p, p.PracticeDetails, strconv.FormatInt(p.Version, 10)), web.NoProblem())
}

func (s *Surface) savePractice(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	p, err := s.findPractice(r, v)
	if err != nil {
		return err
	}
	d := p.PracticeDetails
	values, err := readPractice(w, r, &d, "version")
	if err != nil {
		return err
	}
	page := editForm(p, d, values.Get("version"))
	version, err := strconv.ParseInt(values.Get("version"), 10, 64)
	if err != nil {
		return idp.Invalid("version", "Open the page again and repeat your change.")
	}
	_, err = s.Practices.UpdatePractice(r.Context(), v.Caller, p.ID, directory.EditPracticeTo(version, d), v.Now)
	if problem, ok := web.ProblemOf(err); ok {
		return s.showForm(w, r, v, page, problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, practicePath(p.ID), "edited")
}

func (s *Surface) findPractice(r *http.Request, v door.Visitor) (idp.Practice, error) {
	detail, err := s.practiceDetail(r, v)
	return detail.Practice, err
}

// naming says what is done to the practice that the address names; "" if there is none.
func naming(label string) func(*Surface, *http.Request, door.Visitor) string {
	return func(s *Surface, r *http.Request, v door.Visitor) string {
		p, err := s.findPractice(r, v)
		if err != nil {
			return ""
		}
		return kit.Act(label, p.Name)
	}
}
