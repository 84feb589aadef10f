package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Problem is what is wrong with a form, for the page that shows it again with what was typed. If it has no text, nothing is
// wrong.
type Problem struct {
	Status int
	Field  string // "": the whole form
	Text   string
	Also   []Problem // further fields that are wrong: each with its Field and Text alone
	Prove  bool      // the visitor has to confirm who they are first
}

// NoProblem is the problem of a form that is shown for the first time: none.
func NoProblem() Problem { return Problem{Status: http.StatusOK} }

// notFresh answers a form whose proofs became too old while it was filled in, or are a password alone where more is needed.
func notFresh(weak bool) Problem {
	text := "It is a while since you proved who you are."
	if weak {
		text = "This needs more than your password."
	}
	text += " Confirm who you are, come back to this page and send it again. Nothing was changed, and what you typed is kept."
	return Problem{Status: http.StatusForbidden, Prove: true, Text: text}
}

// ProblemOf turns an error into what the form says, if the visitor can correct it, or has to read it, on this page: ok is false
// for any other error, and for nil.
func ProblemOf(err error) (p Problem, ok bool) {
	var stale *policy.StaleProofError
	if errors.As(err, &stale) {
		return notFresh(stale.Weak()), true
	}
	var e *idp.Error
	if !errors.As(err, &e) || e.Public == "" {
		return Problem{}, false
	}
	p = Problem{Field: e.Field, Text: sentence(e.Field, e.Public)}
	for _, other := range e.Also {
		p.Also = append(p.Also, Problem{Field: other.Field, Text: sentence(other.Field, other.Public)})
	}
	switch e.Code {
	case idp.CodeInvalid:
		p.Status = http.StatusUnprocessableEntity
	case idp.CodeConflict:
		p.Status = http.StatusConflict
	case idp.CodeForbidden:
		p.Status = http.StatusForbidden
	case idp.CodeBusy: // the text says until when
		p.Status = http.StatusTooManyRequests
	default:
		return Problem{}, false
	}
	return p, true
}

// Of is the text for one field.
func (p Problem) Of(field string) string {
	for _, each := range p.all() {
		if each.Field == field {
			return each.Text
		}
	}
	return ""
}

// Renamed is the problem for a form whose field has another name than that of package directory.
func (p Problem) Renamed(from, to string) Problem {
	p.Also = slices.Clone(p.Also)
	for i := range p.Also {
		p.Also[i] = p.Also[i].Renamed(from, to)
	}
	if p.Field == from {
		p.Field = to
	}
	return p
}

// all is everything that is wrong, in the order in which it was found.
func (p Problem) all() []Problem { return append([]Problem{p}, p.Also...) }

// Alert is the alert of a form that has these fields, in the order of the page: above the form if none of them is at fault, and a
// summary if more than one is; nil if nothing is wrong.
func (p Problem) Alert(fields ...string) *Alert {
	if p.Text == "" {
		return nil
	}
	if len(p.Also) > 0 {
		return summary(p, fields)
	}
	if slices.Contains(fields, p.Field) {
		return &Alert{Text: p.Text, Target: p.Field, AtField: true}
	}
	return &Alert{Text: p.Text}
}

// summary says all that is wrong, in the order of the fields: what belongs to no field of the form comes first.
func summary(p Problem, fields []string) *Alert {
	all := p.all()
	slices.SortStableFunc(all, func(a, b Problem) int { return slices.Index(fields, a.Field) - slices.Index(fields, b.Field) })
	alert := &Alert{}
	for _, each := range all {
		line := Link{Label: each.Text}
		if slices.Contains(fields, each.Field) {
			line.URL = "#" + each.Field
		}
		alert.Lines = append(alert.Lines, line)
	}
	return alert
}

// sentence makes a text of package directory, which may be written to follow the name of a field, a sentence: one that begins with
// its verb gets the field as its subject.
func sentence(field, text string) string {
	if verb, _, _ := strings.Cut(text, " "); verb == "must" || verb == "is" || verb == "holds" {
		text = fieldName(field) + " " + text
	}
	first, size := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[size:]
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}
