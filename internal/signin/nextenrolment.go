package signin

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// What enrolment codes add to Next.

// EnrolmentAccepted: the code that an administrator has read out was right, and is used up.
type EnrolmentAccepted struct{}

func (EnrolmentAccepted) event() {}

// needsEnrolment reports whether the person may add a passkey only with a code of an administrator: see policy.NeedsEnrolment. Neither
// the password nor a security code is enough, nor a recovery PIN. It need not be this app that needs passkeys: one that is added here opens
// that one too.
func needsEnrolment(tx Transaction) bool {
	return (tx.Guarded || policy.NeedsEnrolment(tx.Requirement)) && tx.EnrolledAt.IsZero()
}

// setUpFrom is the step at which a set-up begins.
func setUpFrom(tx Transaction) State {
	if policy.NeedsEnrolment(tx.Requirement) && needsEnrolment(tx) { // nothing else would do
		return StateEnrolmentCode
	}
	return StateChoose
}

// addPasskey begins the set-up of the passkey that is required.
func addPasskey(tx Transaction) Transaction {
	tx.State = StatePasskeySetup
	if needsEnrolment(tx) {
		tx.State = StateEnrolmentCode
	}
	return tx
}

func enrolmentAccepted(tx Transaction, now time.Time) (Transaction, []Effect, error) {
	tx.EnrolledAt = now
	return addPasskey(tx), []Effect{Rebind{}, Record{Type: idp.EventEnrolmentAccepted, Result: idp.ResultSuccess}}, nil
}

// enrolmentRejected is rejected: the code counts with security codes, and its events say which code it was.
func enrolmentRejected(tx Transaction, e ProofRejected) (Transaction, []Effect, error) {
	tx, effects, err := rejected(tx, e)
	for i, effect := range effects {
		if r, ok := effect.(Record); ok && r.Type == idp.EventCodeRejected {
			r.Type = idp.EventEnrolmentRejected
			effects[i] = r
		}
	}
	return tx, effects, err
}
