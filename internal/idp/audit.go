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

// Actor is the party that acted.
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
	EventEnrolmentAccepted  EventType = "signin.enrolment_code_accepted"
	EventEnrolmentRejected  EventType = "signin.enrolment_code_rejected"
	EventPasswordWeak       EventType = "signin.password_weak" // it was right, and its owner could not choose it today
	EventSigninLocked       EventType = "signin.locked"
	EventSigninRefused      EventType = "signin.refused" // no access to this app
	EventSigninSucceeded    EventType = "signin.succeeded"
	EventMFAEnrolled        EventType = "mfa.enrolled"
	EventMFARevoked         EventType = "mfa.revoked" // by its owner, with the recovery PIN
	EventMFAReset           EventType = "mfa.reset"   // by an administrator
	EventPINCreated         EventType = "recovery_pin.created"
	EventPasswordChanged    EventType = "password.changed" // by its owner, who knew the old one
	EventPasswordReset      EventType = "password.reset"   // by the holder of the mailbox
	EventSessionEnded       EventType = "session.ended"
	EventSessionJoined      EventType = "session.joined"       // through the sign-on group
	EventLogoutDelivered    EventType = "logout.delivered"     // the app took the message
	EventLogoutFailed       EventType = "logout.not_delivered" // the app could not be told for a day
	EventCodeReused         EventType = "token.code_reused"
	EventRefreshReused      EventType = "token.refresh_reused"
	EventTokenExchanged     EventType = "token.exchanged"        // for one for the API of another app (RFC 8693)
	EventRefreshRepeated    EventType = "token.refresh_repeated" // and answered: two tabs, or an answer that was lost
	EventClientRejected     EventType = "client.rejected"        // failed client authentication
	EventRequestRefused     EventType = "request.refused"        // an authorization request that could not be answered to its app
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

	EventAccessRefused        EventType = "access.refused" // a caller asked to see what they may not see
	EventPracticeUpdated      EventType = "practice.updated"
	EventPracticeMandatory    EventType = "practice.mfa_required"
	EventMFARequested         EventType = "mfa.activation_requested"
	EventMFAWithdrawn         EventType = "mfa.activation_withdrawn"
	EventMFAActivated         EventType = "mfa.activated"
	EventMFADeclined          EventType = "mfa.activation_declined"
	EventMFAReminded          EventType = "mfa.reminded"
	EventEnrolmentCode        EventType = "mfa.enrolment_code_created"
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
	EventConfirmationSent     EventType = "user.confirmation_sent" // again: the first one belongs to the change of the user name
	EventAddressConfirmed     EventType = "user.address_confirmed" // by a link that was sent to the new address
	EventLinkRefused          EventType = "link.refused"
	EventAuthenticatorAdded   EventType = "authenticator.added"
	EventAuthenticatorRenamed EventType = "authenticator.renamed"
	EventAuthenticatorRemoved EventType = "authenticator.removed"
	EventDefaultChanged       EventType = "authenticator.default_changed" // which one sign-ins ask for first
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
	EventIssuerMoved          EventType = "issuer.moved"    // the address by which everyone reaches the installation
	EventKeyRotated           EventType = "key.rotated"     // a signing key was made that takes over from another
	EventKeyRetired           EventType = "key.retired"     // a signing key was withdrawn: nothing that it signed is good
	EventSystemRestored       EventType = "system.restored" // the database was restored from a backup: later events are missing
	EventEventsArchived       EventType = "events.archived"
)

// Result is the outcome of an event.
type Result string

// The results.
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
	UserID     UserID // the person whom the event concerns
	ClientID   ClientID
	SID        SID
	Result     Result
	Reason     Reason // "" if the type says it all
	Address    string // the network address it came from
	UserAgent  string // as sent, at most 400 bytes, control characters removed
	Details    map[string]string
}

// InstalledIssuer is the name under which the issuer is recorded that all nodes have.
const InstalledIssuer = "issuer"
