package web

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxForm   = 16 << 10 // bytes of a posted form; the longest field is a password of 1,024
	maxFields = 16
	maxChosen = 64 // boxes ticked, beside the other fields
)

// FormError is a posted form that none of the provider's pages sends: the status to answer with, and a text for the visitor who
// sent it.
type FormError struct {
	Status int
	Public string
	Cause  error
}

// Error implements error, for logs: it holds nothing of the form.
func (e *FormError) Error() string {
	if e.Cause != nil {
		return e.Public + " " + e.Cause.Error()
	}
	return e.Public
}

// Unwrap returns the cause.
func (e *FormError) Unwrap() error { return e.Cause }

func refuse(status int, public string) *FormError { return &FormError{Status: status, Public: public} }

// Form says which fields a posted form may have, and no others. Each comes at most once, but for the Lists. Text must be UTF-8
// without control characters: a browser's fields can't send any.
type Form struct {
	Lines []string // one line each
	Texts []string // several lines each; what Read returns has "\n" between them
	Lists []string // boxes: as often as they are ticked
	Most  int      // bytes of the whole form; 0: as much as a person types
}

// ReadForm reads a posted form of one-line fields.
func ReadForm(w http.ResponseWriter, r *http.Request, allowed ...string) (url.Values, error) {
	return Form{Lines: allowed}.Read(w, r)
}

// Read reads a posted form. The query string is never part of it.
func (f Form) Read(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	body, err := readBody(w, r, int64(cmp.Or(f.Most, maxForm)))
	if err != nil {
		return nil, err
	}
	most := maxFields
	if len(f.Lists) > 0 {
		most += maxChosen
	}
	if bytes.Count(body, []byte("&")) >= most {
		return nil, refuse(http.StatusBadRequest, "The form has too many fields.")
	}
	values, err := url.ParseQuery(string(body))
	if err != nil { // its text quotes the form: dropped
		return nil, refuse(http.StatusBadRequest, "The form was not sent correctly.")
	}
	for name, all := range values {
		if err := f.check(name, all); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func readBody(w http.ResponseWriter, r *http.Request, longest int64) ([]byte, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, refuse(http.StatusUnsupportedMediaType, "The form was sent in a way we don’t read.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, longest))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "What was sent is too long.")
	}
	if err != nil {
		return nil, &FormError{Status: http.StatusBadRequest, Public: "The form did not arrive whole.", Cause: err}
	}
	return body, nil
}

// check checks one field, and brings the line ends of a text into one form (HTML, section 4.10.21.4: browsers send CR LF).
func (f Form) check(name string, values []string) error {
	text, list := slices.Contains(f.Texts, name), slices.Contains(f.Lists, name)
	if !text && !list && !slices.Contains(f.Lines, name) {
		return refuse(http.StatusUnprocessableEntity, "The form has a field that does not belong to it.")
	}
	if len(values) != 1 && !list {
		return refuse(http.StatusBadRequest, "The form has a field twice.")
	}
	for i, value := range values {
		if text {
			values[i] = strings.ReplaceAll(value, "\r\n", "\n")
			value = strings.ReplaceAll(values[i], "\n", " ")
		}
		if !isLine(value) {
			return refuse(http.StatusBadRequest, "The form has characters that can’t be typed into it.")
		}
	}
	return nil
}

// isLine reports whether text is one line that can be typed: UTF-8 without control characters, but for the tab, which comes
// with what is pasted from a table.
func isLine(text string) bool {
	if !utf8.ValidString(text) {
		return false
	}
	return !strings.ContainsFunc(text, func(c rune) bool {
		return c != '\t' && (unicode.IsControl(c) || c == '\u2028' || c == '\u2029')
	})
}
