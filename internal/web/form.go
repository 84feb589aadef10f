package web

import (
	"bytes"
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
)

// FormError is a posted form that no page of ours sends: the status to answer with, and a text for whoever sent it.
type FormError struct {
	Status int
	Public string
	Cause  error
}

// Error describes it for logs, without anything of the form.
func (e *FormError) Error() string {
	if e.Cause != nil {
		return e.Public + " " + e.Cause.Error()
	}
	return e.Public
}

// Unwrap returns the cause.
func (e *FormError) Unwrap() error { return e.Cause }

func refuse(status int, public string) *FormError { return &FormError{Status: status, Public: public} }

// ReadForm reads a posted form that may have the fields allowed and no others, each once. The query string is never part of
// it. Text must be UTF-8 without control characters: a browser's one-line fields can't send any.
func ReadForm(w http.ResponseWriter, r *http.Request, allowed ...string) (url.Values, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, refuse(http.StatusUnsupportedMediaType, "The form was sent in a way we don’t read.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "What was sent is too long.")
	}
	if err != nil {
		return nil, &FormError{Status: http.StatusBadRequest, Public: "The form did not arrive whole.", Cause: err}
	}
	if bytes.Count(body, []byte("&")) >= maxFields {
		return nil, refuse(http.StatusBadRequest, "The form has too many fields.")
	}
	values, err := url.ParseQuery(string(body))
	if err != nil { // its text quotes the form: dropped
		return nil, refuse(http.StatusBadRequest, "The form was not sent correctly.")
	}
	for name, all := range values {
		if err := checkField(name, all, allowed); err != nil {
			return nil, err
		}
	}
	return values, nil
}

func checkField(name string, values, allowed []string) error {
	switch {
	case !slices.Contains(allowed, name):
		return refuse(http.StatusUnprocessableEntity, "The form has a field that does not belong to it.")
	case len(values) != 1:
		return refuse(http.StatusBadRequest, "The form has a field twice.")
	case !isLine(values[0]):
		return refuse(http.StatusBadRequest, "The form has characters that can’t be typed into it.")
	default:
		return nil
	}
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
