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

// EventType names what happened, in the past tense and dotted: "mfa.reset".
type EventType string

// The types of event. Reason says more.
const (
	EventPasswordAccepted   EventType = "signin.password_accepted"
	EventPasswordRejected   EventType = "signin.password_rejected"
	EventCodeSent           EventType = "signin.code_sent"
	EventCodeNotSent        EventType = "signin.code_not_sent"
	EventCodeAccepted       EventType = "signin.code_accepted"
	EventCodeRejected       EventType = "signin.code_rejected"
	EventPINAccepted        EventType = "signin.pin_accepted"
	EventPINRejected        EventType = "signin.pin_rejected"
	EventPINForgotten       EventType = "signin.pin_forgotten"
	EventSigninLocked       EventType = "signin.locked"
	EventSigninRefused      EventType = "signin.refused" // no access to this app
	EventSigninSucceeded    EventType = "signin.succeeded"
	EventMFAEnrolled        EventType = "mfa.enrolled"
	EventMFARevoked         EventType = "mfa.revoked" // by its owner, with the recovery PIN
	EventMFAReset           EventType = "mfa.reset"   // by an administrator
	EventPINCreated         EventType = "recovery_pin.created"
	EventPasswordChanged    EventType = "password.changed" // by its owner, who knew the old one
	EventPasswordReset      EventType = "password.reset"   // by whoever holds the mailbox
	EventSessionEnded       EventType = "session.ended"
	EventSessionJoined      EventType = "session.joined"       // through the sign-on group
	EventLogoutDelivered    EventType = "logout.delivered"     // the app knows
	EventLogoutFailed       EventType = "logout.not_delivered" // it could not be told for a day
	EventCodeReused         EventType = "token.code_reused"
	EventRefreshReused      EventType = "token.refresh_reused"
	EventClientRejected     EventType = "client.rejected" // failed client authentication
	EventRequestRefused     EventType = "request.refused" // an authorization request that could not be answered to its app
	EventPracticeCreated    EventType = "practice.created"
	EventPracticeSuspended  EventType = "practice.suspended"
	EventPracticeResumed    EventType = "practice.resumed"
	EventPracticeAppAdded   EventType = "practice.app_added"
	EventPracticeAppRemoved EventType = "practice.app_removed"
	EventUserCreated        EventType = "user.created"
	EventUserDisabled       EventType = "user.disabled"
	EventUserEnabled        EventType = "user.enabled"
	EventClientRegistered   EventType = "client.registered"
	EventClientUpdated      EventType = "client.updated"
	EventAuthenticatorBound EventType = "authenticator.bound" // by an import or the demo, not in a sign-in

	EventAccessRefused        EventType = "access.refused" // somebody asked to see what is not theirs
	EventPracticeUpdated      EventType = "practice.updated"
	EventPracticeMandatory    EventType = "practice.mfa_required"
	EventMFARequested         EventType = "mfa.activation_requested"
	EventMFAWithdrawn         EventType = "mfa.activation_withdrawn"
	EventMFAActivated         EventType = "mfa.activated"
	EventMFADeclined          EventType = "mfa.activation_declined"
	EventUserInvited          EventType = "user.invited"
	EventInviteResent         EventType = "user.invite_resent"
	EventInviteRevoked        EventType = "user.invite_revoked"
	EventInviteAccepted       EventType = "user.invite_accepted"
	EventUserUpdated          EventType = "user.updated"
	EventUserUnlocked         EventType = "user.unlocked"
	EventUserFrozen           EventType = "user.frozen" // by its owner: "this wasn't me"
	EventUserRecovered        EventType = "user.recovered"
	EventPasswordResetSent    EventType = "password.reset_sent"
	EventUnlockSent           EventType = "user.unlock_sent"
	EventLinkRefused          EventType = "link.refused"
	EventAuthenticatorAdded   EventType = "authenticator.added"
	EventAuthenticatorRenamed EventType = "authenticator.renamed"
	EventAuthenticatorRemoved EventType = "authenticator.removed"
	EventPINChanged           EventType = "recovery_pin.changed"
	EventClientSecretAdded    EventType = "client.secret_added"
	EventClientSecretRemoved  EventType = "client.secret_removed"
	EventClientDisabled       EventType = "client.disabled"
	EventClientEnabled        EventType = "client.enabled"
	EventCaseOpened           EventType = "case.opened"
	EventCaseCodeSent         EventType = "case.code_sent"
	EventCaseChecked          EventType = "case.checked"
	EventCaseSubmitted        EventType = "case.submitted"
	EventCaseApproved         EventType = "case.approved"
	EventCaseRefused          EventType = "case.refused"
	EventCaseClosed           EventType = "case.closed"
	EventCaseDone             EventType = "case.done"
	EventEventsExported       EventType = "events.exported"
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
	Type       EventType
	Actor      Actor
	PracticeID PracticeID
	UserID     UserID // whom it concerns
	ClientID   ClientID
	SID        SID
	Result     Result
	Reason     Reason // "" if the type says it all
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
