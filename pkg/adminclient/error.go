package adminclient

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Error is the API's answer to a call that was not carried out (RFC 9457).
type Error struct {
	Type   string       `json:"type"` // "urn:aps:problem:…"; it never changes
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail"`
	Fields []FieldError `json:"errors"`

	RetryAfter time.Duration `json:"-"` // 0: not told
}

// FieldError is what is wrong with one field.
type FieldError struct {
	Pointer   string `json:"pointer"`   // in the body: "/redirect_uris/0"
	Parameter string `json:"parameter"` // or in path, query or header
	Detail    string `json:"detail"`
}

const problemTypes = "urn:aps:problem:"

// What errors.Is compares with.
var (
	ErrInvalid     = &Error{Type: problemTypes + "invalid"}
	ErrNotFound    = &Error{Type: problemTypes + "not_found"}
	ErrForbidden   = &Error{Type: problemTypes + "forbidden"}
	ErrScope       = &Error{Type: problemTypes + "scope_missing"}
	ErrToken       = &Error{Type: problemTypes + "token_invalid"}
	ErrProofs      = &Error{Type: problemTypes + "proofs_needed"} // the person has to sign in again
	ErrConflict    = &Error{Type: problemTypes + "conflict"}
	ErrChanged     = &Error{Type: problemTypes + "version_mismatch"} // since it was read
	ErrBusy        = &Error{Type: problemTypes + "busy"}
	ErrUnderway    = &Error{Type: problemTypes + "key_in_use"}
	ErrUnavailable = &Error{Type: problemTypes + "unavailable"}
)

// Error says what is wrong, for people.
func (e *Error) Error() string {
	text := e.Detail
	if text == "" {
		text = e.Title
	}
	if text == "" {
		text = http.StatusText(e.Status)
	}
	for _, field := range e.Fields {
		name := strings.TrimPrefix(field.Pointer, "/")
		if name == "" {
			name = field.Parameter
		}
		text += fmt.Sprintf(" %s: %s.", name, strings.TrimSuffix(field.Detail, "."))
	}
	return text
}

// Is compares types.
func (e *Error) Is(target error) bool {
	other, ok := target.(*Error)
	return ok && other.Type != "" && other.Type == e.Type
}

// errorOf reads the answer. One that is none of the API's says its status alone.
func errorOf(response *http.Response, body []byte) *Error {
	e := &Error{Status: response.StatusCode}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/problem+json") {
		if err := json.Unmarshal(body, e); err != nil {
			e = &Error{}
		}
	}
	e.Status = response.StatusCode
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}
