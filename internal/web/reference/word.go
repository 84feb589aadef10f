package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
)

// kind words what a value may be: "text", "list of User". The name of a schema is a link of the page.
type kind struct {
	Before string // "list of "
	Text   string
	Schema string // the schema that Text names; "" if it names none
	Limits string // "1 to 200", "one of open, closed"
}

func (s schema) kind() kind {
	switch {
	case s.Ref != "":
		name := path.Base(s.Ref)
		return kind{Text: name, Schema: name}
	case s.Items != nil:
		inner := s.Items.kind()
		inner.Before = "list of " + inner.Before
		inner.Limits = strings.Join(slices.DeleteFunc([]string{inner.Limits, most(s.MaxItems, "entries")}, isEmpty), "; ")
		return inner
	default:
		return kind{Text: s.name(), Limits: s.limits()}
	}
}

// name is the type in words, with its format.
func (s schema) name() string {
	var names []string
	switch t := s.Type.(type) {
	case string:
		names = []string{t}
	case []any:
		for _, each := range t {
			names = append(names, fmt.Sprint(each))
		}
	}
	text := strings.Join(names, " or ")
	switch {
	case text == "":
		return "any"
	case s.Format != "" && s.Format != "int64" && s.Format != "double":
		return text + " (" + s.Format + ")"
	default:
		return text
	}
}

func (s schema) limits() string {
	var all []string
	if len(s.Enum) > 0 {
		var values []string
		for _, each := range s.Enum {
			values = append(values, fmt.Sprint(each))
		}
		all = append(all, "one of "+strings.Join(values, ", "))
	}
	switch {
	case s.Minimum != nil && s.Maximum != nil:
		all = append(all, fmt.Sprintf("%v to %v", *s.Minimum, *s.Maximum))
	case s.Minimum != nil:
		all = append(all, fmt.Sprintf("at least %v", *s.Minimum))
	case s.Maximum != nil:
		all = append(all, fmt.Sprintf("at most %v", *s.Maximum))
	}
	if s.MinLength != nil {
		all = append(all, fmt.Sprintf("at least %d characters", *s.MinLength))
	}
	all = append(all, most(s.MaxLength, "characters"), s.PatternDescription)
	if s.Default != nil {
		all = append(all, fmt.Sprintf("default %v", s.Default))
	}
	return strings.Join(slices.DeleteFunc(all, isEmpty), "; ")
}

func most(n *int, of string) string {
	if n == nil {
		return ""
	}
	return fmt.Sprintf("at most %d %s", *n, of)
}

func isEmpty(text string) bool { return text == "" }

// span is a piece of a sentence; the document marks code by backticks (CommonMark 0.31, section 6.1).
type span struct {
	Text string
	Code bool
}

// prose splits a description into paragraphs, and those into spans.
func prose(text string) (paragraphs [][]span) {
	for block := range strings.SplitSeq(text, "\n\n") {
		var spans []span
		for i, piece := range strings.Split(block, "`") {
			if piece != "" {
				spans = append(spans, span{piece, i%2 == 1})
			}
		}
		if spans != nil {
			paragraphs = append(paragraphs, spans)
		}
	}
	return paragraphs
}

// indented is the example as people read it.
func indented(example json.RawMessage) string {
	var text bytes.Buffer
	if len(example) == 0 || json.Indent(&text, example, "", "  ") != nil {
		return ""
	}
	return text.String()
}
