package support

import (
	"net/http"
	"strconv"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// practiceInput is what is typed about a practice.
type practiceInput struct {
	name, region, timeZone, phone string
}

var practiceFields = []string{"name", "region", "time_zone", "phone"}

func readPractice(values interface{ Get(string) string }) practiceInput {
	return practiceInput{values.Get("name"), values.Get("region"), values.Get("time_zone"), values.Get("phone")}
}

// fill puts the fields of a practice into a form.
func (n practiceInput) fill(body *formBody) {
	body.Inputs = []web.Input{
		{Name: "name", Label: "Name of the practice", Type: "text", Value: n.name, Autocomplete: "off"},
		{
			Name: "phone", Label: "Telephone number on file", Type: "tel", Inputmode: "tel", Value: n.phone, Autocomplete: "off",
			Hint: "Support calls this number back before anybody is helped. Take it from the contract or a public register, never from a caller.",
		},
		{
			Name: "time_zone", Label: "Time zone", Type: "text", Value: n.timeZone, Autocomplete: "off",
			Hint: "Area and city, like Australia/Sydney, Pacific/Auckland or Europe/London.",
		},
	}
	body.Selects = []web.Options{choice("region", "Country", n.region, string(idp.RegionAU), regionWords(idp.RegionAU),
		string(idp.RegionNZ), regionWords(idp.RegionNZ), string(idp.RegionGB), regionWords(idp.RegionGB))}
}

func newPracticeForm(n practiceInput) form {
	page := form{in: inPractices, step: "new-practice", title: "Create a practice", back: web.Link{URL: at("practices"), Label: "Practices"}}
	page.body = formBody{Button: "Create", Lead: "Apps and people come next, on the practice’s own page. MFA is off until the practice asks for it."}
	n.fill(&page.body)
	return page
}

func (s *Surface) newPractice(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.showForm(w, r, v, newPracticeForm(practiceInput{region: string(idp.RegionAU), timeZone: "Australia/Sydney"}), web.NoProblem())
}

func (s *Surface) createPractice(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.ReadForm(w, r, practiceFields...)
	if err != nil {
		return err
	}
	n := readPractice(values)
	created, err := s.Practices.CreatePractice(r.Context(), v.Caller, directory.NewPractice{
		Name: n.name, Region: idp.Region(n.region), TimeZone: n.timeZone, Phone: n.phone,
	}, v.Now)
	if p, ok := web.ProblemOf(err); ok {
		return s.showForm(w, r, v, newPracticeForm(n), p)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, practicePath(created.ID), "created")
}

// editForm asks for changes to a practice as it was read in this version.
func editForm(p idp.Practice, n practiceInput, version string) form {
	page := form{in: inPractices, step: "edit-practice", title: "Edit " + p.Name, back: web.Link{URL: practicePath(p.ID), Label: p.Name}}
	page.body = formBody{Button: "Save", Hidden: []web.Field{{Name: "version", Value: version}}}
	n.fill(&page.body)
	return page
}

func (s *Surface) editPractice(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	p, err := s.findPractice(r, v)
	if err != nil {
		return err
	}
	n := practiceInput{p.Name, string(p.Region), p.TimeZone, p.Phone}
	return s.showForm(w, r, v, editForm(p, n, strconv.FormatInt(p.Version, 10)), web.NoProblem())
}

func (s *Surface) savePractice(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	values, err := web.ReadForm(w, r, append([]string{"version"}, practiceFields...)...)
	if err != nil {
		return err
	}
	p, err := s.findPractice(r, v)
	if err != nil {
		return err
	}
	n := readPractice(values)
	page := editForm(p, n, values.Get("version"))
	version, err := strconv.ParseInt(values.Get("version"), 10, 64)
	if err != nil {
		return idp.Invalid("version", "Open the page again and repeat your change.")
	}
	region := idp.Region(n.region)
	_, err = s.Practices.UpdatePractice(r.Context(), v.Caller, p.ID, directory.PracticeEdit{
		Version: version, Name: &n.name, Region: &region, TimeZone: &n.timeZone, Phone: &n.phone,
	}, v.Now)
	if problem, ok := web.ProblemOf(err); ok {
		return s.showForm(w, r, v, page, problem)
	}
	if err != nil {
		return err
	}
	return s.kit.Done(w, r, practicePath(p.ID), "edited")
}

func (s *Surface) findPractice(r *http.Request, v door.Visitor) (idp.Practice, error) {
	detail, err := s.Practices.FindPractice(r.Context(), v.Caller, idp.PracticeID(r.PathValue("practice")), v.Now)
	return detail.Practice, err
}
