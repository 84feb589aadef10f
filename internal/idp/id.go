package idp

import (
	"crypto/rand"
	"encoding/base32"
	"strconv"
	"time"
)

// Identifiers are opaque text with a prefix that names the kind, so that a value in a log says what it is and a client
// identifier can never be taken for a subject (RFC 9700, section 4.15).
type (
	// PracticeID begins with "prc_".
	PracticeID string
	// UserID begins with "usr_"; it is the subject (`sub`) of a person's tokens.
	UserID string
	// AuthenticatorID begins with "aut_".
	AuthenticatorID string
	// ClientID is chosen by APS ("timesheets"); it never begins with "usr_".
	ClientID string
	// SID names a session of one browser at one app; it begins with "ses_" and is the `sid` claim. It is no credential.
	SID string
	// EventID begins with "evt_" and sorts by time: see NthEventID.
	EventID string
	// CaseID begins with "cas_".
	CaseID string
	// ActivationID begins with "act_".
	ActivationID string
)

var lowerBase32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewID returns prefix followed by 128 random bits in lower-case base32.
func NewID(prefix string) string {
	var raw [16]byte
	if _, err := rand.Read(raw[:]); err != nil {
		panic("no randomness: " + err.Error())
	}
	return prefix + lowerBase32.EncodeToString(raw[:])
}

// NewPracticeID returns a fresh practice identifier.
func NewPracticeID() PracticeID { return PracticeID(NewID("prc_")) }

// NewUserID returns a fresh subject.
func NewUserID() UserID { return UserID(NewID("usr_")) }

// NewAuthenticatorID returns a fresh authenticator identifier.
func NewAuthenticatorID() AuthenticatorID { return AuthenticatorID(NewID("aut_")) }

// NewSID returns a fresh session identifier.
func NewSID() SID { return SID(NewID("ses_")) }

// NewEventID returns an identifier that sorts by now, to the nanosecond, then randomly.
func NewEventID(now time.Time) EventID { return NthEventID(now, 0) }

// NthEventID returns the identifier of one of the events that one operation leaves at one time: they sort by their places, which
// begin with 0. Lists of events are in the order of the identifiers, and so show what happened in a step in its order.
func NthEventID(now time.Time, place int) EventID {
	const (
		millis = 9 // base-32 digits; enough until the year 3084
		nanos  = 4 // likewise: the part of the millisecond
	)
	now = now.Add(time.Duration(place))
	return EventID("evt_" + digits(uint64(now.UnixMilli()), millis) + digits(uint64(now.Nanosecond())%1e6, nanos) + NewID(""))
}

// digits writes n in base 32, with digits that sort as their values do.
func digits(n uint64, width int) string {
	text := make([]byte, width)
	for i := width - 1; i >= 0; i-- {
		text[i] = "0123456789abcdefghijklmnopqrstuv"[n&31]
		n >>= 5
	}
	return string(text)
}

// NewCaseID returns a fresh support case identifier.
func NewCaseID() CaseID { return CaseID(NewID("cas_")) }

// NewActivationID returns a fresh identifier of an activation request.
func NewActivationID() ActivationID { return ActivationID(NewID("act_")) }

// TimeOfEvent returns the time in an event's identifier, to the millisecond; CodeInvalid if it holds no time.
func TimeOfEvent(id EventID) (time.Time, error) {
	const prefix, width = "evt_", 9
	text := string(id)
	if len(text) < len(prefix)+width || text[:len(prefix)] != prefix {
		return time.Time{}, Invalid("event", "is no identifier of an event")
	}
	ms, err := strconv.ParseUint(text[len(prefix):len(prefix)+width], 32, 63)
	if err != nil {
		return time.Time{}, Invalid("event", "is no identifier of an event")
	}
	return time.UnixMilli(int64(ms)).UTC(), nil
}
