package passkey

import (
	"errors"

	"github.com/apscloud/apsid/internal/idp"
)

// Field is the input that holds the answer of a browser.
const Field = "credential"

// TextRefused is all that a person is told of an answer that does not count: what was wrong with it helps those who try, and nobody else.
const TextRefused = "That passkey did not work here. Try again, or use another way."

// Refused is an answer that does not count. As an error it is idp.CodeInvalid with field "credential" and TextRefused.
type Refused struct {
	why   idp.Reason
	cause error // nil if the reason says it all
}

func refuse(why idp.Reason, cause error) *Refused { return &Refused{why: why, cause: cause} }

// Why is the reason, for the audit trail.
func (r *Refused) Why() idp.Reason { return r.why }

// Error describes it for logs.
func (r *Refused) Error() string {
	if r.cause == nil {
		return string(r.why)
	}
	return string(r.why) + ": " + r.cause.Error()
}

// Unwrap gives what a person is told, and then the cause.
func (r *Refused) Unwrap() []error {
	told := idp.Invalid(Field, TextRefused)
	if r.cause == nil {
		return []error{told}
	}
	return []error{told, r.cause}
}

// Taken makes a refusal of the error of a store that has this passkey already, and leaves any other error as it is.
func Taken(err error) error {
	if errors.Is(err, idp.ErrConflict) {
		return refuse(idp.ReasonPasskeyTaken, err)
	}
	return err
}
