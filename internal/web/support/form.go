package support

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// formBody is a page with one form: what happens, the fields in their order, and the button.
type formBody struct {
	Lead         string
	Consequences []string
	Inputs       []web.Input
	Selects      []web.Options
	Areas        []web.Area
	Hidden       []web.Field
	Button       string
	Danger       bool
	Cancel       string
	Prove        string // where the visitor confirms who they are; "": no need
}

// form is a page with a form before it is shown.
type form struct {
	in          string
	step, title string
	back        web.Link
	body        formBody
}

// showForm shows the form, with what is wrong in it.
func (s *Surface) showForm(w http.ResponseWriter, r *http.Request, v door.Visitor, page form, p web.Problem) error {
	f := s.frame(v, page.in, page.step, page.title)
	f.Shell.Back = &page.back
	page.body.Cancel = page.back.URL
	var names []string
	for i := range page.body.Inputs {
		page.body.Inputs[i].Error = p.Of(page.body.Inputs[i].Name)
		names = append(names, page.body.Inputs[i].Name)
	}
	for i := range page.body.Selects {
		page.body.Selects[i].Error = p.Of(page.body.Selects[i].Name)
		names = append(names, page.body.Selects[i].Name)
	}
	for i := range page.body.Areas {
		page.body.Areas[i].Error = p.Of(page.body.Areas[i].Name)
		names = append(names, page.body.Areas[i].Name)
	}
	f.Alert = p.Alert(names...)
	page.body.Prove = s.kit.Beside(p)
	return s.show(w, r, p.Status, "form", f, page.body)
}

// maxWord is the longest text in an address of this surface: an e-mail address.
const maxWord = idp.MaxUsername

// word reads a value from the query. Errors: idp.CodeInvalid for a value that no page of this surface links to.
func word(r *http.Request, name string) (string, error) {
	text := strings.TrimSpace(r.URL.Query().Get(name))
	if len(text) > maxWord || !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl) {
		return "", idp.Invalid(name, "The search is too long, or has characters that can’t be typed.")
	}
	return text, nil
}

// oneOf reads which of a form's buttons was pressed. Errors: idp.CodeInvalid for a button that the form does not have.
func oneOf(values url.Values, actions ...string) (string, error) {
	action := values.Get("action")
	if !slices.Contains(actions, action) {
		return "", idp.Invalid("action", "The form has no such button.")
	}
	return action, nil
}
