package idp

import "time"

// ActivationState is how far a request for MFA activation has come.
type ActivationState string

// The states of a request.
const (
	ActivationOpen      ActivationState = "open"
	ActivationActivated ActivationState = "activated"
	ActivationDeclined  ActivationState = "declined"
	ActivationWithdrawn ActivationState = "withdrawn" // by the practice
)

// Activation is a practice's request to have MFA activated. A practice has at most one that is open.
type Activation struct {
	ID          ActivationID
	PracticeID  PracticeID
	RequestedBy UserID
	RequestedAt time.Time
	Note        string // of the person who asks, at most 1,000 characters
	State       ActivationState
	AnsweredBy  Actor
	AnsweredAt  time.Time // zero: not yet
	Answer      string    // for the practice, at most 1,000 characters
	Version     int64     // compare-and-swap; 1 when created
}
