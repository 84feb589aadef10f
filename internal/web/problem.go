package web

import (
	"errors"
	"net/http"
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
	Prove  bool // the visitor has to confirm who they are first
}

// NoProblem is the problem of a form that is shown for the first time: none.
func NoProblem() Problem { return Problem{Status: http.StatusOK} }

// notFresh answers a form whose proofs became too old while it was filled in, or are a password alone where more is needed.
func notFresh(weak bool) Problem {
	text := "It is a while since you proved who you are."
	if weak {
		text = "This needs a security code, not only your password."
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
	if p.Field != field {
		return ""
	}
	return p.Text
}

// Alert is the alert of a form that has these fields: above the form if none of them is at fault; nil if nothing is wrong.
func (p Problem) Alert(fields ...string) *Alert {
	if p.Text == "" {
		return nil
	}
	for _, field := range fields {
		if field == p.Field {
			return &Alert{Text: p.Text, Target: field, AtField: true}
		}
	}
	return &Alert{Text: p.Text}
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
