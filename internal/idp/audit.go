package idp

import "time"

// ActorKind says what kind of party acted.
type ActorKind string

// The kinds of actor.
const (
	ActorUser   ActorKind = "user"
	ActorStaff  ActorKind = "staff"
	ActorClient ActorKind = "client"
	ActorSystem ActorKind = "system"
)

// Actor is who did something.
type Actor struct {
	Kind ActorKind
	ID   string // user, client or "" for the system and for people who have not proved who they are
}

// Event types, past tense and dotted. A sign-in event's Reason says more.
const (
	EventPasswordAccepted   = "signin.password_accepted"
	EventPasswordRejected   = "signin.password_rejected"
	EventCodeSent           = "signin.code_sent"
	EventCodeNotSent        = "signin.code_not_sent"
	EventCodeAccepted       = "signin.code_accepted"
	EventCodeRejected       = "signin.code_rejected"
	EventPINAccepted        = "signin.pin_accepted"
	EventPINRejected        = "signin.pin_rejected"
	EventPINForgotten       = "signin.pin_forgotten"
	EventSigninLocked       = "signin.locked"
	EventSigninRefused      = "signin.refused" // no access to this app
	EventSigninSucceeded    = "signin.succeeded"
	EventMFAEnrolled        = "mfa.enrolled"
	EventMFARevoked         = "mfa.revoked" // by its owner, with the recovery PIN
	EventMFAReset           = "mfa.reset"   // by an administrator
	EventPINCreated         = "recovery_pin.created"
	EventPasswordChanged    = "password.changed" // by its owner, who knew the old one
	EventPasswordReset      = "password.reset"   // by whoever holds the mailbox
	EventSessionEnded       = "session.ended"
	EventSessionJoined      = "session.joined"       // through the sign-on group
	EventLogoutDelivered    = "logout.delivered"     // the app knows
	EventLogoutFailed       = "logout.not_delivered" // it could not be told for a day
	EventCodeReused         = "token.code_reused"
	EventRefreshReused      = "token.refresh_reused"
	EventClientRejected     = "client.rejected" // failed client authentication
	EventRequestRefused     = "request.refused" // an authorization request that could not be answered to its app
	EventPracticeCreated    = "practice.created"
	EventPracticeSuspended  = "practice.suspended"
	EventPracticeResumed    = "practice.resumed"
	EventPracticeAppAdded   = "practice.app_added"
	EventPracticeAppRemoved = "practice.app_removed"
	EventUserCreated        = "user.created"
	EventUserDisabled       = "user.disabled"
	EventUserEnabled        = "user.enabled"
	EventClientRegistered   = "client.registered"
	EventClientUpdated      = "client.updated"
	EventAuthenticatorBound = "authenticator.bound" // by an import or the demo, not in a sign-in
)

// Result is how it went.
type Result string

// The results there are.
const (
	ResultSuccess Result = "success"
	ResultFailure Result = "failure"
)

// AuditEvent is one record of what happened. It never holds a secret, a code or a full telephone number.
type AuditEvent struct {
	ID         EventID
	At         time.Time
	Type       string
	Actor      Actor
	PracticeID PracticeID
	UserID     UserID // whom it concerns
	ClientID   ClientID
	SID        SID
	Result     Result
	Reason     string // a short code: "wrong_password", "code_reused", "practice_activated"
	Address    string // the network address it came from
	UserAgent  string // as sent, at most 400 bytes, control characters removed
	Details    map[string]string
}

// NoticeKind names a message to a user about the account.
type NoticeKind string

// The notices there are.
const (
	NoticeMFASetUp    NoticeKind = "mfa_set_up"
	NoticeMFARevoked  NoticeKind = "mfa_revoked"
	NoticeMFAReset    NoticeKind = "mfa_reset"
	NoticePassword    NoticeKind = "password_changed" // by its owner, or by whoever holds the mailbox; also by text
	NoticePINUsed     NoticeKind = "pin_used"         // also by text to the number on file
	NoticeSigninPause NoticeKind = "signin_locked"
)

// Notice is a message to send, enqueued in the SQL transaction of what it tells about, and sealed while it waits.
type Notice struct {
	Kind      NoticeKind
	UserID    UserID
	Name      string
	Email     string
	Phone     Secret // E.164: also text this number; zero: e-mail only
	App       string // the name of the app that was being signed in to
	Practice  string
	Method    Kind // which authenticator it is about, if any
	Address   string
	UserAgent string
	At        time.Time
	TimeZone  string // of the practice
	Until     time.Time
}
