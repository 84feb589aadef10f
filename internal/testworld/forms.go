package testworld

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// CheckForms sends each form of the page back with nothing typed, and fails the test unless the answer says what is missing as every page
// does: one error at each field that has to be filled in, marked and described; the only alert is that error, or a summary with a link to
// each field if there are several. It returns how many fields each form needs. A page that can't be opened has no forms.
func (v *Visitor) CheckForms(address string) (needed []int) {
	v.t.Helper()
	page := v.Get(address)
	if page.Status != http.StatusOK {
		return nil
	}
	for form := range parsed(v.t, page.Body).all(func(n *html.Node) bool { return n.Data == "form" && attr(n, "method") == "post" }) {
		empty := emptied(element{form})
		if len(empty.needs) == 0 || has(form, "enctype") { // a file is not typed
			continue
		}
		needed = append(needed, len(empty.needs))
		to := page.At
		if action := attr(form, "action"); action != "" {
			to = action
		}
		answer := v.Post(to, empty.values)
		if answer.Status != http.StatusUnprocessableEntity {
			v.t.Errorf("%s: an empty form is answered by %d", to, answer.Status)
			continue
		}
		for _, wrong := range flawsOf(parsed(v.t, answer.Body), empty.needs) {
			v.t.Errorf("%s, sent empty: %s", to, wrong)
		}
	}
	return needed
}

// emptyForm is a form as a person sends it who fills in nothing, and what has to be filled in.
type emptyForm struct {
	values url.Values
	needs  []string
}

func emptied(form element) emptyForm {
	f := emptyForm{values: url.Values{}}
	for n := range form.all(isField) {
		name := attr(n, "name")
		switch {
		case name == "" || n.Data == "button":
			continue
		case attr(n, "type") == "hidden":
			f.values.Set(name, attr(n, "value"))
			continue
		case n.Data == "select":
			f.values.Set(name, chosen(element{n}))
			continue
		case attr(n, "type") == "checkbox":
			continue
		case attr(n, "type") != "radio":
			f.values.Set(name, "")
		}
		if has(n, "required") && !slices.Contains(f.needs, name) {
			f.needs = append(f.needs, name)
		}
	}
	return f
}

func isField(n *html.Node) bool {
	return slices.Contains([]string{"input", "select", "textarea"}, n.Data)
}

// chosen is what a select sends that is left as it is.
func chosen(list element) string {
	for n := range list.all(func(n *html.Node) bool { return n.Data == "option" && has(n, "selected") }) {
		return attr(n, "value")
	}
	for n := range list.all(func(n *html.Node) bool { return n.Data == "option" }) {
		return attr(n, "value")
	}
	return ""
}

// flawsOf lists what the answer to a form should say about these fields, and does not.
func flawsOf(page element, needs []string) (flaws []string) {
	byID := func(id string) *html.Node {
		for n := range page.all(func(n *html.Node) bool { return attr(n, "id") == id }) {
			return n
		}
		return nil
	}
	var alerts []*html.Node
	for n := range page.all(func(n *html.Node) bool { return attr(n, "role") == "alert" }) {
		alerts = append(alerts, n)
	}
	focused := 0
	for range page.all(func(n *html.Node) bool { return has(n, "autofocus") }) {
		focused++
	}
	if len(alerts) != 1 || focused != 1 {
		flaws = append(flaws, "there is not one alert, and one element with the focus")
	}
	for _, name := range needs {
		if id := name + "-error"; byID(id) == nil {
			flaws = append(flaws, name+" has no error")
		}
		for n := range page.all(func(n *html.Node) bool { return isField(n) && attr(n, "name") == name }) {
			if attr(n, "aria-invalid") != "true" {
				flaws = append(flaws, name+" is not marked")
			}
		}
	}
	summary := byID("alert")
	if len(needs) < 2 {
		if summary != nil {
			flaws = append(flaws, "there is a summary of one error")
		}
		return flaws
	}
	if summary == nil || attr(summary, "role") != "alert" || !has(summary, "autofocus") {
		return append(flaws, "there is no summary that has the focus")
	}
	var links []string
	for n := range (element{summary}).all(func(n *html.Node) bool { return n.Data == "a" }) {
		name := strings.TrimPrefix(attr(n, "href"), "#")
		links = append(links, name)
		if byID(name) == nil {
			flaws = append(flaws, "the summary leads to "+name+", which is not there")
		}
	}
	if !slices.Equal(links, needs) {
		flaws = append(flaws, "the summary leads to "+strings.Join(links, ", ")+" and not to "+strings.Join(needs, ", "))
	}
	return flaws
}
