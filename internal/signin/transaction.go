package signin

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
)

// State is the step a sign-in is at. The names are those of the pages' data-step, but for the last two.
type State string

// The states of a sign-in; diagram.md beside this file shows the ways between them.
const (
	StatePassword      State = "password"
	StateChoose        State = "choose"
	StateTOTPSetup     State = "totp-setup"
	StateSMSSetup      State = "sms-setup"
	StateSMSVerify     State = "sms-verify"
	StateRecoveryPIN   State = "recovery-pin"
	StateTOTP          State = "totp"
	StateSMS           State = "sms"
	StatePasskey       State = "passkey"
	StatePasskeySetup  State = "passkey-setup"
	StateEnrolmentCode State = "enrolment-code" // a passkey is required and there is none: an administrator's code lets the person add it
	StateRecover       State = "recover"
	StateRevoke        State = "revoke"
	StateNewPassword   State = "new-password"  // every proof was given, and the password would be refused today: choosing another is optional
	StateOfferPasskey  State = "offer-passkey" // every proof was given, one of them by text message: setting up a passkey is optional
	StateDone          State = "done"          // every proof asked for was given; the code may be issued, once
	StateEnded         State = "notice"        // the sign-in can't go on: only a new one can
)

const (
	// Lifetime is how long a sign-in may take from its first page to its end.
	Lifetime = 30 * time.Minute
	// Untouched is how long a sign-in waits for the right password: any caller can begin one, and each takes memory. Whoever comes later
	// begins another with the same form, without noticing.
	Untouched = 15 * time.Minute
)

// Request is what the app asked for; package oidcop has checked it against the client's registration.
type Request struct {
	ClientID      idp.ClientID
	RedirectURI   string
	ResponseMode  string // "query" or "form_post"
	Scopes        []string
	Resources     []string // the APIs that the app will ask tokens for (RFC 8707)
	State         string
	Nonce         string
	CodeChallenge string // S256; empty only where the client may leave PKCE out
	Claims        string // the claims that the app asked for one by one, as idp.Grant has them
	LoginHint     string
	RequestedACR  idp.ACR // what the app prefers; "" if it named none
	Query         string  // the parameters that name the person who must sign in, encoded; "" if the app named none
	JKT           string  // the thumbprint of the key that the code is to be bound to (RFC 9449, section 10); "": any or none
	Pushed        string  // what the app pushed ahead (RFC 9126), by the hash of its name; "": nothing
}

// Transaction is one run of signing in, from the app's request to the code. It is a value: Next returns a new one.
type Transaction struct {
	ID        string
	Version   int64 // compare-and-swap; 1 when created
	State     State
	Request   Request
	Binding   string // Secret.Hash of the cookie of the browser that began it; changes at each gain of authority
	CreatedAt time.Time
	ExpiresAt time.Time
	SID       idp.SID // of the session that this sign-in will start

	// Known once the password was right.
	UserID      idp.UserID
	PracticeID  idp.PracticeID
	Username    string
	Name        string
	Practice    string
	TimeZone    string
	Region      idp.Region
	Helper      Helper
	Requirement policy.Requirement
	Using       Using // the authenticator asked for
	HasPIN      bool
	Other       bool // a code can come in another way than from Using

	PasswordAt time.Time // when the password was right; zero: not yet
	PasswordOf time.Time // idp.User.PasswordChangedAt of the password that was right
	PINOf      time.Time // idp.RecoveryPIN.CreatedAt of the recovery PIN that was right; zero: none was given
	SecondAt   time.Time // when the code was right; zero: not yet
	SecondKind idp.Kind
	Synced     bool      // KindPasskey: it may be on several devices
	Offer      bool      // the person is to be offered a passkey before the end: CodeAccepted.Offer
	Guarded    bool      // an app of the person, this one or another, needs passkeys, and they have none: PasswordAccepted.Guarded
	EnrolledAt time.Time // when the code of an administrator was right; zero: none was given
	Alone      bool      // a passkey was asked for instead of user name and password, and answered

	Weak  policy.PasswordProblem // why the password that was right would be refused today; PasswordFine: it would not, or was not checked
	Asked bool                   // to choose another one

	Setup     Setup     // whether this sign-in sets security codes up
	Pending   Pending   // an authenticator that was shown and is not confirmed: it does not count
	Challenge Challenge // the text message in flight
	Texted    bool      // the one text message was sent that does not wait for the time between two

	Passkey passkey.Challenge // what the browser is asked, where it is asked for a passkey

	ByPasskey bool // the last wrong proof was the answer of a passkey by itself

	Failures  int    // wrong proofs in this sign-in; only grows
	Note      Note   // said once on the next page
	EndReason Ending // why, in StateEnded
	EndUntil  time.Time
}

// Using is the bound authenticator that this sign-in asks for.
type Using struct {
	ID    idp.AuthenticatorID
	Kind  idp.Kind
	Phone idp.Secret // KindSMS: E.164
}

// Setup says whether a sign-in sets security codes up.
type Setup string

// The ways to come to a set-up.
const (
	SetupNone  Setup = ""
	SetupFirst Setup = "first" // the person has none
	SetupAgain Setup = "again" // the person has revoked MFA in this sign-in
)

// Helper is who can help this person when a sign-in can't go on.
type Helper string

// The helpers there are.
const (
	HelperAdministrator Helper = ""          // the practice's System Administrator
	HelperAnother       Helper = "another"   // another one: the person is the System Administrator
	HelperColleague     Helper = "colleague" // the person works at APS
)

// Pending is an authenticator being set up.
type Pending struct {
	ID      idp.AuthenticatorID
	Kind    idp.Kind
	TOTPKey idp.Secret // KindTOTP
	Country string     // KindSMS: as chosen, kept for the form
	Phone   idp.Secret // KindSMS: E.164
}

// Challenge is a code sent by text message. It belongs to this transaction and to this number: it can prove nothing else.
type Challenge struct {
	Code      idp.Secret
	Phone     idp.Secret // E.164
	SentAt    time.Time  // the last time it was sent; zero: never
	ResendAt  time.Time  // when it may go again
	ExpiresAt time.Time
	Sends     int
}

// Note is a remark for the next page.
type Note string

// The notes there are.
const (
	NoteNone          Note = ""
	NoteStartedAgain  Note = "started_again"  // the page was out of date
	NoteCodeResent    Note = "code_resent"    // the same code went out again
	NoteCodeNotSent   Note = "code_not_sent"  // the provider failed
	NoteSendWait      Note = "send_wait"      // too soon after the last one
	NoteSMSClosed     Note = "sms_closed"     // a limit or the breaker: use the app
	NoteNumberRefused Note = "number_refused" // the provider says the number can't be reached
	NoteMFARevoked    Note = "mfa_revoked"    // set it up again now
	NoteMFASetUp      Note = "mfa_set_up"     // the authenticator is confirmed
	NotePasskeySetUp  Note = "passkey_set_up" // the passkey is made, and bound
	NotePINUnusable   Note = "pin_unusable"   // within 24 hours of a password reset by e-mail
)

// Ending says why a sign-in ended without a session.
type Ending string

// The endings there are.
const (
	EndingLocked       Ending = "locked" // too many wrong tries; EndUntil says until when, zero: an administrator
	EndingForgottenPIN Ending = "forgotten_pin"
	EndingNoAccess     Ending = "no_access" // the practice has not enabled this app, or the person may not use it
	EndingNoPIN        Ending = "no_pin"    // lost the device, and there is no PIN to use
)

// ProvedFirst is when the first proof was right; zero: none was yet.
func (tx Transaction) ProvedFirst() time.Time {
	if tx.PasswordAt.IsZero() && tx.Alone {
		return tx.SecondAt
	}
	return tx.PasswordAt
}

// known records whose sign-in it is.
func known(tx Transaction, e PasswordAccepted) Transaction {
	tx.UserID, tx.PracticeID = e.UserID, e.PracticeID
	tx.Username, tx.Name, tx.Practice, tx.TimeZone = e.Username, e.Name, e.Practice, e.TimeZone
	tx.Region, tx.Helper = e.Region, e.Helper
	tx.Requirement, tx.Guarded, tx.Using, tx.HasPIN, tx.Other = e.Requirement, e.Guarded, e.Using, e.HasPIN, e.Other
	tx.PasswordOf, tx.ExpiresAt = e.PasswordOf, tx.CreatedAt.Add(Lifetime)
	tx.Passkey = passkey.Challenge{}
	return tx
}
