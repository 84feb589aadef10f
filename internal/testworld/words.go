package testworld

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
)

// flaws are signs of a sentence that was put together wrongly, each with what is wrong.
func flaws() map[string]*regexp.Regexp {
	return map[string]*regexp.Regexp{
		"a format without its value":             regexp.MustCompile(`%!|<nil>|<no value>`),
		"a moment of a list in a sentence":       regexp.MustCompile(`\b(?i:until|at|on|from|since|ends|by) (Today|Yesterday|never)\b`),
		"two sentences without a full stop":      regexp.MustCompile(`[a-z)] (A|It|You|Your|This|If|No|Do|We) [a-z]+ [a-zA-Z]`),
		"punctuation in the wrong place":         regexp.MustCompile(`\s[,.;?!]|[,;:][,.;]|[^.]\.\.(?:[^./]|$)|\. ?,`),
		"one of many, or many of one":            regexp.MustCompile(`(?:^|[^\d,.:])1 (apps|people|sessions|tries|days|seconds|sign-ins|methods|codes|persons)\b`),
		"a number without its thousands":         regexp.MustCompile(`(?:^|[\s(])\d{4,} (?:of|apps|people|sessions|tries|sign-ins|events|persons)\b|of \d{4,}(?:\W|$)`),
		"a rule without the field it is about":   regexp.MustCompile(`^(?:Must|Is|Holds) (?:not|longer|shorter|be|characters)\b`),
		"a plural with the verb of one":          regexp.MustCompile(`[Cc]odes is |[Cc]odes has `),
		"a time of day without the zone":         regexp.MustCompile(`\b\d{1,2}:\d\d(?: [ap]m)?(?: (?:on|and|to|for)\b|[.,;)]|$)`),
		"words that only programs say to people": regexp.MustCompile(`(?i)\bundefined\b|\bnobody of you\b`),
	}
}

// Flaws lists what is wrong with a text that people read.
func Flaws(text string) (found []string) {
	for what, sign := range flaws() {
		if part := sign.FindString(text); part != "" {
			found = append(found, what+": "+strings.TrimSpace(part)+" in “"+text+"”")
		}
	}
	slices.Sort(found)
	return found
}

// written are elements whose text one of ours wrote as a whole; what stands in others may be a name or a value.
func written() []string {
	return []string{"p", "li", "h1", "h2", "h3", "dt", "dd", "legend", "label", "button", "summary", "caption"}
}

// inline are elements whose text belongs to the sentence around them.
func inline() []string {
	return []string{"a", "b", "bdi", "span", "time", "code", "em", "strong", "small", "button", "label"}
}

// CheckWords fails for each sentence of a page that has a flaw.
func CheckWords(t testing.TB, body string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for node := range root.Descendants() {
		if node.Type != html.ElementNode || !slices.Contains(written(), node.Data) {
			continue
		}
		for _, flaw := range Flaws(sentenceOf(node)) {
			t.Errorf("<%s>: %s", node.Data, flaw)
		}
	}
}

// sentenceOf is the text of an element as it is read: blocks within it are sentences of their own, and what a person wrote is a name.
func sentenceOf(node *html.Node) string {
	var out strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		for child := range n.ChildNodes() {
			switch {
			case child.Type == html.TextNode:
				out.WriteString(child.Data)
			case child.Type != html.ElementNode || isHidden(child):
			case isIsolated(child):
				out.WriteString("Name")
			case slices.Contains(inline(), child.Data):
				walk(child)
			default:
				out.WriteString(" … ")
			}
		}
	}
	walk(node)
	return strings.Join(strings.Fields(out.String()), " ")
}

func isHidden(n *html.Node) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool {
		return a.Key == "class" && strings.Contains(a.Val, "unseen") || a.Key == "aria-hidden" && a.Val == "true"
	})
}

// isIsolated reports whether what is written from right to left in the element leaves the text around it as it is (HTML, sections
// 4.5.24 and 3.2.6.4).
func isIsolated(n *html.Node) bool {
	return n.Data == "bdi" || slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "dir" && a.Val == "auto" })
}

// CheckNames fails for each piece of text from right to left that stands outside of an element that isolates it.
func CheckNames(t testing.TB, body string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for node := range root.Descendants() {
		if node.Type != html.TextNode || !strings.ContainsFunc(node.Data, func(r rune) bool { return unicode.Is(unicode.Arabic, r) }) {
			continue
		}
		free := node.Parent.Data != "title" && node.Parent.Data != "option"
		for up := range node.Ancestors() {
			free = free && !isIsolated(up)
		}
		if free {
			t.Errorf("a name in <%s> that turns the text around it: %q", node.Parent.Data, strings.TrimSpace(node.Data))
		}
	}
}
