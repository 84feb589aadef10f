package conformance

import (
	"maps"
	"net/url"
	"strings"

	"golang.org/x/net/html"
)

// page is what a browser shows.
type page struct {
	status int
	at     *url.URL
	forms  []form
}

// form is one of a page, as it would be sent if only what is named in it were filled in.
type form struct {
	method string
	action *url.URL
	fields url.Values
	kinds  map[string]string // the type of each field
	cancel url.Values        // what its button to cancel adds; nil: it has none
}

// field is the name of the form's first field of this type; "" if it has none.
func (f form) field(kinds ...string) string {
	for _, kind := range kinds {
		for name, of := range f.kinds {
			if of == kind {
				return name
			}
		}
	}
	return ""
}

// signIn is the form with a password field.
func (p *page) signIn() (form, bool) {
	for _, f := range p.forms {
		if f.field("password") != "" {
			return f, true
		}
	}
	return form{}, false
}

// rejected is the step of a person who cancels the sign-in.
func (p *page) rejected() (step, bool) {
	for _, f := range p.forms {
		if f.cancel != nil {
			fields := url.Values{}
			maps.Copy(fields, f.fields)
			maps.Copy(fields, f.cancel)
			return step{method: f.method, address: f.action.String(), form: fields}, true
		}
	}
	return step{}, false
}

// isError reports whether the page says that something is wrong, and asks for nothing.
func (p *page) isError() bool {
	_, asks := p.signIn()
	return p.status >= 400 && !asks
}

// readPage reads the forms of a document.
func readPage(status int, at *url.URL, document string) (*page, error) {
	root, err := html.Parse(strings.NewReader(document))
	if err != nil {
		return nil, err
	}
	p := &page{status: status, at: at}
	for node := range root.Descendants() {
		if node.Type == html.ElementNode && node.Data == "form" {
			f, err := readForm(at, node)
			if err != nil {
				return nil, err
			}
			p.forms = append(p.forms, f)
		}
	}
	return p, nil
}

func readForm(at *url.URL, node *html.Node) (form, error) {
	action, err := at.Parse(attribute(node, "action"))
	if err != nil {
		return form{}, err
	}
	f := form{method: strings.ToUpper(attribute(node, "method")), action: action, fields: url.Values{}, kinds: map[string]string{}}
	for input := range node.Descendants() {
		name := attribute(input, "name")
		if input.Type == html.ElementNode && input.Data == "button" && strings.Contains(strings.ToLower(words(input)), "cancel") {
			f.cancel = url.Values{}
			if name != "" {
				f.cancel.Set(name, attribute(input, "value"))
			}
		}
		if input.Type != html.ElementNode || input.Data != "input" || name == "" {
			continue
		}
		f.fields.Set(name, attribute(input, "value"))
		f.kinds[name] = attribute(input, "type")
	}
	return f, nil
}

func words(node *html.Node) (all string) {
	for inside := range node.Descendants() {
		if inside.Type == html.TextNode {
			all += inside.Data
		}
	}
	return all
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
