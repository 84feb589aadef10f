package idp

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Code classifies an error; each surface maps codes to its own answers in one place.
type Code string

// The codes there are. An error without a code is internal: surfaces answer it with a generic text and log the cause.
const (
	CodeInvalid     Code = "invalid"     // the input breaks a rule; Field names it
	CodeNotFound    Code = "not_found"   // nothing there, or not for this caller
	CodeConflict    Code = "conflict"    // compare-and-swap lost, or it exists already
	CodeUsed        Code = "used"        // single-use and already consumed
	CodeForbidden   Code = "forbidden"   // the caller may not
	CodeBusy        Code = "busy"        // a bound was reached; RetryAfter says when to come back
	CodeUnavailable Code = "unavailable" // a store or a provider does not answer
	CodeInternal    Code = "internal"
)

// Error is the one error type of the domain: a code, a text that may be shown to the user, and a private cause that may not.
type Error struct {
	Code       Code
	Public     string        // for the user, in the user's words; empty means the surface's own text for the code
	Field      string        // the input at fault, for CodeInvalid
	Also       []*Error      // the further mistakes of the same input, for CodeInvalid: each with a field of its own
	RetryAfter time.Duration // for CodeBusy and CodeUnavailable
	Cause      error         // for the log only
}

// Error describes the error for logs; it includes the cause.
func (e *Error) Error() string {
	text := string(e.Code)
	if e.Field != "" {
		text += " " + e.Field
	}
	if e.Public != "" {
		text += ": " + e.Public
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	for _, other := range e.Also {
		text += "; " + other.Error()
	}
	return text
}

// Unwrap returns the private cause.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is compare codes, so that errors.Is(err, ErrNotFound) holds for every not-found.
func (e *Error) Is(target error) bool {
	var other *Error
	return errors.As(target, &other) && other.Code == e.Code && other.Public == "" && other.Field == "" && other.Cause == nil
}

// What errors.Is compares with.
var (
	ErrInvalid     = &Error{Code: CodeInvalid}
	ErrNotFound    = &Error{Code: CodeNotFound}
	ErrConflict    = &Error{Code: CodeConflict}
	ErrUsed        = &Error{Code: CodeUsed}
	ErrForbidden   = &Error{Code: CodeForbidden}
	ErrBusy        = &Error{Code: CodeBusy}
	ErrUnavailable = &Error{Code: CodeUnavailable}
)

// Wrap gives cause a code, keeping it private. A nil cause stays nil.
func Wrap(code Code, cause error) error {
	if cause == nil {
		return nil
	}
	return &Error{Code: code, Cause: cause}
}

// Invalid reports a broken rule about field; the text is for the user.
func Invalid(field, format string, args ...any) error {
	return &Error{Code: CodeInvalid, Field: field, Public: fmt.Sprintf(format, args...)}
}

// AllInvalid reports every broken rule at once, one for each field, so that one try shows all there is to mend; nil if none is broken.
// An error that is no broken rule is returned alone: what was checked may not hold.
func AllInvalid(found ...error) error {
	var all []*Error
	for _, err := range found {
		var e *Error
		switch {
		case err == nil:
			continue
		case !errors.As(err, &e) || e.Code != CodeInvalid:
			return err
		}
		for _, each := range append([]*Error{e}, e.Also...) {
			if !slices.ContainsFunc(all, func(known *Error) bool { return known.Field == each.Field }) {
				all = append(all, &Error{Code: CodeInvalid, Field: each.Field, Public: each.Public, Cause: each.Cause})
			}
		}
	}
	if len(all) == 0 {
		return nil
	}
	all[0].Also = all[1:]
	return all[0]
}

// Busy reports a bound that was reached.
func Busy(retryAfter time.Duration) error { return &Error{Code: CodeBusy, RetryAfter: retryAfter} }

// CodeOf returns the code of err, CodeInternal for a foreign error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}
