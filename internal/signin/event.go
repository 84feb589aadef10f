package signin

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
)

// Event is a fact about a sign-in: a proof was checked, a button was pressed. Next turns it into the next state.
type Event interface{ event() }

// PasswordAccepted: the password was right, and this is the person whose it was, with what policy asks of them.
type PasswordAccepted struct {
	UserID      idp.UserID
	PracticeID  idp.PracticeID
	Username    string
	PasswordOf  time.Time // idp.User.PasswordChangedAt
	Name        string
	Practice    string
	TimeZone    string
	Region      idp.Region
	Helper      Helper
	Access      policy.Access
	Requirement policy.Requirement
	Guarded     bool  // they have no passkey, and an app of theirs, this one or another, needs one
	Using       Using // the bound authenticator to ask for; zero: none is bound
	HasPIN      bool
	Other       bool // there is another way to get codes than Using
	CodeLocked  bool // the code's failures lock it
	CodeUntil   time.Time
	Checked     bool                   // the password was checked by the rules for new ones
	Weak        policy.PasswordProblem // what that came to
}

// ProofRejected: a password, code or PIN did not count: it was wrong, or wrong and the last one allowed, or not looked at
// because a lock was on. Until is when the lock ends; zero with a lock: when an administrator acts.
type ProofRejected struct {
	Proof   idp.Proof
	Verdict policy.Verdict
	Until   time.Time
	Left    int        // how many more wrong ones lock it, if that is to be said
	Why     idp.Reason // of a passkey, what was wrong with its answer; "" of anything else
}

// CodeReplayed: the code is the one of the authenticator app that was accepted last. It is refused, and no guess: who brings it saw it
// on the app, or saw it typed.
type CodeReplayed struct{}

// KindChosen: the person chose which authenticator to set up. For an app, Key is the fresh key to show.
type KindChosen struct {
	Kind idp.Kind
	ID   idp.AuthenticatorID
	Key  idp.Secret
}

// PhoneGiven: a valid mobile number was typed.
type PhoneGiven struct {
	Country string
	Phone   idp.Secret
}

// CodeSent: the provider took the text message.
type CodeSent struct {
	Challenge Challenge
	Again     bool // the same code went out before
}

// CodeNotSent: it did not go out; the note says why, and Retry when to ask again, if that is known. Limit names the limit that was
// reached, if one was.
type CodeNotSent struct {
	Note  Note
	Retry time.Time
	Limit idp.LimitName
}

// CodeAccepted: the six digits were right, and used up. Step is the time step of an authenticator app; ID names the one of
// several apps whose code it was, and is "" where there is no choice.
type CodeAccepted struct {
	Step  int64
	ID    idp.AuthenticatorID
	Offer bool // of a text message: the person is to be offered a passkey
}

// PasskeyAsked: the browser is asked for a passkey, or to make one.
type PasskeyAsked struct{ Challenge passkey.Challenge }

// PasskeyAccepted: the answer of a passkey was right, and counts.
type PasskeyAccepted struct {
	ID     idp.AuthenticatorID
	Synced bool // it may be on several devices
}

// PasskeyAlone: a passkey that was asked for instead of user name and password was right, and Who is the person whose it is, as with a
// right password. PasswordOf is that of the password which was not asked for: what the sign-in gains falls with it all the same.
type PasskeyAlone struct {
	Who  PasswordAccepted
	With PasskeyAccepted
}

// PasskeyMade: the browser has made the passkey that it was asked for.
type PasskeyMade struct {
	ID      idp.AuthenticatorID
	Passkey idp.Passkey
}

// OtherChosen: the person gets codes in another way too, and asks for that one.
type OtherChosen struct{ Using Using }

// PINChosen: the person chose a recovery PIN that policy allows.
type PINChosen struct{ Hash idp.Secret }

// DeviceLost: the person followed "Can't access your device?". Use says whether the PIN can help.
type DeviceLost struct{ Use policy.PINUse }

// PINAccepted: the recovery PIN was right, which was created at that time.
type PINAccepted struct{ CreatedAt time.Time }

// PINForgotten: the person has no device and no PIN.
type PINForgotten struct{}

// MFARevoked: the person confirmed to remove all authenticators.
type MFARevoked struct{}

// CodeWanted: the person wants to choose another password, which takes a code of those who can give one.
type CodeWanted struct{}

// PasswordRenewed: the person chose another password, and it was stored.
type PasswordRenewed struct{ PasswordOf time.Time } // idp.User.PasswordChangedAt

// PasswordKept: the person was asked to choose another password, and goes on with the one they have.
type PasswordKept struct{}

// OfferTaken: the person was offered a passkey, and sets one up.
type OfferTaken struct{}

// OfferLeft: the person was offered a passkey, and goes on without.
type OfferLeft struct{}

// WentBack: the person went "back" to the step before, or pressed "cancel" before revoking.
type WentBack struct{}

func (PasswordAccepted) event() {}
func (ProofRejected) event()    {}
func (CodeReplayed) event()     {}
func (KindChosen) event()       {}
func (PhoneGiven) event()       {}
func (CodeSent) event()         {}
func (CodeNotSent) event()      {}
func (CodeAccepted) event()     {}
func (OfferTaken) event()       {}
func (OfferLeft) event()        {}
func (PasskeyAsked) event()     {}
func (PasskeyAccepted) event()  {}
func (PasskeyAlone) event()     {}
func (PasskeyMade) event()      {}
func (OtherChosen) event()      {}
func (PINChosen) event()        {}
func (DeviceLost) event()       {}
func (PINAccepted) event()      {}
func (PINForgotten) event()     {}
func (MFARevoked) event()       {}
func (CodeWanted) event()       {}
func (PasswordRenewed) event()  {}
func (PasswordKept) event()     {}
func (WentBack) event()         {}
