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

	EventAccessRefused        = "access.refused" // somebody asked to see what is not theirs
	EventPracticeUpdated      = "practice.updated"
	EventPracticeMandatory    = "practice.mfa_required"
	EventMFARequested         = "mfa.activation_requested"
	EventMFAWithdrawn         = "mfa.activation_withdrawn"
	EventMFAActivated         = "mfa.activated"
	EventMFADeclined          = "mfa.activation_declined"
	EventUserInvited          = "user.invited"
	EventInviteResent         = "user.invite_resent"
	EventInviteRevoked        = "user.invite_revoked"
	EventInviteAccepted       = "user.invite_accepted"
	EventUserUpdated          = "user.updated"
	EventUserUnlocked         = "user.unlocked"
	EventUserFrozen           = "user.frozen" // by its owner: "this wasn't me"
	EventUserRecovered        = "user.recovered"
	EventPasswordResetSent    = "password.reset_sent"
	EventUnlockSent           = "user.unlock_sent"
	EventLinkRefused          = "link.refused"
	EventAuthenticatorAdded   = "authenticator.added"
	EventAuthenticatorRenamed = "authenticator.renamed"
	EventAuthenticatorRemoved = "authenticator.removed"
	EventPINChanged           = "recovery_pin.changed"
	EventClientSecretAdded    = "client.secret_added"
	EventClientSecretRemoved  = "client.secret_removed"
	EventClientDisabled       = "client.disabled"
	EventClientEnabled        = "client.enabled"
	EventCaseOpened           = "case.opened"
	EventCaseCodeSent         = "case.code_sent"
	EventCaseChecked          = "case.checked"
	EventCaseSubmitted        = "case.submitted"
	EventCaseApproved         = "case.approved"
	EventCaseRefused          = "case.refused"
	EventCaseClosed           = "case.closed"
	EventCaseDone             = "case.done"
	EventEventsExported       = "events.exported"
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
	NoticeSigninPause NoticeKind = "signin_locked"    // Link, if there is one, ends the lock

	NoticeInvite        NoticeKind = "invite"                // Link: choose a password; By, Practice, Until
	NoticePasswordReset NoticeKind = "password_reset"        // Link: choose a new password; Until
	NoticeUnlock        NoticeKind = "unlock"                // Link: end the lock of the password; Until
	NoticeAuthenticator NoticeKind = "authenticator_changed" // Text: "added" or "removed"; Method, About its label; to the old address and number too
	NoticePINChanged    NoticeKind = "pin_changed"
	NoticeUsername      NoticeKind = "username_changed"   // to the old address; Text is the new one
	NoticeRoles         NoticeKind = "roles_changed"      // By; Text: the rights the person has now, in words
	NoticeFrozen        NoticeKind = "user_frozen"        // to the administrators; About is the name of the person
	NoticeActivation    NoticeKind = "mfa_activation"     // to whoever asked: Text is the answer, Days 1 if activated and 0 if declined
	NoticeMandatory     NoticeKind = "mfa_mandatory"      // to each who has not enrolled: From, Days, App ("" for every app)
	NoticeCaseCode      NoticeKind = "case_code"          // Code: to read out to APS support; By, About the person, Until
	NoticeCaseOpened    NoticeKind = "case_opened"        // to the administrators and the person: About, Text what was asked for
	NoticeCaseDone      NoticeKind = "case_done"          // likewise: Text what was done
	NoticeSecretExpires NoticeKind = "secret_expires"     // to the administrators: About the integration, From, Days
	NoticeReviewDue     NoticeKind = "integration_review" // likewise
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

	By    string    // the name of whoever did or decided it, if that is not the person
	Text  string    // what they wrote: an answer, a reason
	Code  Secret    // a code to read out to APS support
	Link  Secret    // the token of a link that does what the notice is about
	NotMe Secret    // the token of the link that freezes the account
	From  time.Time // from when something is so: mandatory MFA, the end of a secret, a review
	Days  int       // days until then
	About string    // what else it is about: an integration, the name of the person whom it concerns, if that is not the reader
}

// Warns reports whether a notice of this kind tells of something that, if its reader did not do it, somebody else did: it
// carries a link that freezes the account.
func (k NoticeKind) Warns() bool {
	switch k {
	case NoticeMFASetUp, NoticeMFARevoked, NoticeMFAReset, NoticePassword, NoticePINUsed, NoticeAuthenticator, NoticePINChanged:
		return true
	default:
		return false
	}
}
