package stockclients_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/apscloud/apsid/internal/testworld"
)

// submitted sends the form of an answer by form_post, as its script or the person's press does; it returns other pages as they are.
func submitted(t *testing.T, v *testworld.Visitor, page testworld.Page) testworld.Page {
	t.Helper()
	for _, f := range forms(t, page) {
		if f.fields.Has("code") && f.fields.Has("state") {
			return v.Follow(f.method, f.action, f.fields)
		}
	}
	return page
}

// press sends the form of the page that has a button with these words.
func press(t *testing.T, v *testworld.Visitor, page testworld.Page, words string) testworld.Page {
	t.Helper()
	for _, f := range forms(t, page) {
		if strings.Contains(f.words, words) {
			return v.Follow(f.method, f.action, f.fields)
		}
	}
	t.Fatalf("%s (%d) has no button %q\n%s", page.At, page.Status, words, page.Body)
	return page
}

// form is one on a page.
type form struct {
	method, action string
	fields         url.Values
	words          string // all that stands in it
}

func forms(t *testing.T, page testworld.Page) (found []form) {
	t.Helper()
	document, err := html.Parse(strings.NewReader(page.Body))
	must(t, err)
	base, err := url.Parse(page.At)
	must(t, err)
	for node := range document.Descendants() {
		if node.Type != html.ElementNode || node.Data != "form" {
			continue
		}
		f := form{method: http.MethodGet, fields: url.Values{}}
		if strings.EqualFold(attribute(node, "method"), http.MethodPost) {
			f.method = http.MethodPost
		}
		action, err := base.Parse(attribute(node, "action"))
		must(t, err)
		f.action = action.String()
		for inside := range node.Descendants() {
			switch {
			case inside.Type == html.TextNode:
				f.words += inside.Data
			case inside.Data == "input" && attribute(inside, "name") != "":
				f.fields.Add(attribute(inside, "name"), attribute(inside, "value"))
			}
		}
		found = append(found, f)
	}
	return found
}

func attribute(node *html.Node, name string) string {
	for _, a := range node.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
