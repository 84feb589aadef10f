package testworld

import (
	"iter"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// element is a part of a page, as a browser reads it.
type element struct{ *html.Node }

func parsed(t testing.TB, body string) element {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return element{root}
}

// all are the elements inside of it that match, in the order of the page.
func (e element) all(matches func(*html.Node) bool) iter.Seq[*html.Node] {
	return func(yield func(*html.Node) bool) {
		for n := range e.Descendants() {
			if n.Type == html.ElementNode && matches(n) && !yield(n) {
				return
			}
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, key string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == key })
}
