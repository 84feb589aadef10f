package signin

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Browser is who is asking: the transaction it names, the cookie that binds it, and what the audit trail records of it.
type Browser struct {
	Transaction string     // the transaction's identifier, from the path
	Cookie      idp.Secret // the value of that transaction's cookie; zero if there was none
	Address     string     // network address, through trusted proxies only
	UserAgent   string
	Known       idp.Secret // the cookie that says whom this browser has signed in before; zero if there was none
	Again       idp.Secret // the cookie that Begun.Again became; zero if there was none
}

// Begun is a sign-in that was started.
type Begun struct {
	Transaction string
	Client      idp.ClientID
	State       State
	Cookie      idp.Secret // to be set for the browser; its hash is what the transaction keeps
	Again       idp.Secret // to be kept by the browser for AgainLifetime: what begins the same sign-in when it is gone; zero: it is too long
	ExpiresAt   time.Time
}

// Form is what a page posted. Only the fields of the step are looked at.
type Form struct {
	Action     string // "" is the main action; else "back", "resend", "other", "lost-device", "forgot-pin", "cancel", "not-now", "never"
	Username   string
	Password   idp.Secret
	Kind       idp.Kind
	Code       idp.Secret
	Country    string // "AU", "NZ", "GB", "other"
	Phone      string
	PIN        idp.Secret
	PINConfirm idp.Secret

	NewPassword idp.Secret
	Credential  idp.Secret // what the browser answered for a passkey: JSON
}

// Outcome is what came of a post.
type Outcome struct {
	State   State      // the step to show next: 303 there, or the same page as 422 when Problem is set
	Cookie  idp.Secret // not zero: the binding changed (authority was gained); set it
	Known   idp.Secret // not zero: the browser is known from now on; set it, for KnownLifetime
	Begun   *Begun     // not nil: this sign-in, begun in place of the page's, took the form
	Problem *Problem   // not nil: the form was rejected and nothing moved
	View    View       // with a Problem: the page to show again
}

// Problem is a rejected form: which field, and why. Surfaces word it.
type Problem struct {
	Field string // the form field's name; "" for the whole form
	Code  ProblemCode
	Why   policy.PasswordProblem // with ProblemPassword
	Left  int                    // how many more wrong ones lock the proof; 0: that is not to be said
	Also  []Problem              // further fields that are wrong: each with its Field and Code alone
}

// ProblemCode names why a form was rejected.
type ProblemCode string

// The problems there are.
const (
	ProblemCredentials     ProblemCode = "credentials"      // user name or password: never says which
	ProblemManyWrong       ProblemCode = "many_wrong"       // not compared: too many wrong ones from this network; View.Until
	ProblemMissing         ProblemCode = "missing"          // the field is empty
	ProblemTooLong         ProblemCode = "too_long"         // over the field's limit
	ProblemKind            ProblemCode = "kind"             // choose one of the two
	ProblemCodeFormat      ProblemCode = "code_format"      // not six digits
	ProblemCodeWrong       ProblemCode = "code_wrong"       // wrong, or used before the last one
	ProblemCodeUsed        ProblemCode = "code_used"        // the one that was accepted last; View.NextCode
	ProblemCodeClock       ProblemCode = "code_clock"       // wrong now, right a few steps away: the phone's clock
	ProblemCodeExpired     ProblemCode = "code_expired"     // the text message's ten minutes are over
	ProblemCodeNone        ProblemCode = "code_none"        // no message was sent yet
	ProblemCountry         ProblemCode = "country"          // choose a country
	ProblemCountryOther    ProblemCode = "country_other"    // we can't text there: another country or the app
	ProblemPhone           ProblemCode = "phone"            // not a number of that country
	ProblemPhoneNotMobile  ProblemCode = "phone_not_mobile" // a number, but not a mobile
	ProblemNumberRefused   ProblemCode = "number_refused"   // the provider can't reach it
	ProblemSendFailed      ProblemCode = "send_failed"      // the provider is slow or down: try again or use the app
	ProblemSMSClosed       ProblemCode = "sms_closed"       // a limit was reached: use the app
	ProblemPINFormat       ProblemCode = "pin_format"       // not 6 to 10 digits
	ProblemPINMismatch     ProblemCode = "pin_mismatch"     // the two are not the same
	ProblemPINRepeats      ProblemCode = "pin_repeats"      // 111111, 121212
	ProblemPINRun          ProblemCode = "pin_run"          // 123456, 987654
	ProblemPINPhone        ProblemCode = "pin_phone"        // digits of the telephone number
	ProblemPINYear         ProblemCode = "pin_year"         // made of years or a date
	ProblemPINCommon       ProblemCode = "pin_common"       // among the most used
	ProblemPINWrong        ProblemCode = "pin_wrong"        // not the PIN
	ProblemPassword        ProblemCode = "password"         // the new one can't be used; Problem.Why says why
	ProblemPasskey         ProblemCode = "passkey"          // the answer of the passkey does not count: passkey.TextRefused
	ProblemEnrolmentFormat ProblemCode = "enrolment_format" // no enrolment code can look like this
	ProblemEnrolmentWrong  ProblemCode = "enrolment_wrong"  // not the person's, used before, or over
	ProblemSentTwice       ProblemCode = "sent_twice"       // the step changed while the form was on its way: send it again
)

// View is everything a page needs; pages never see a Transaction. Fields not of the step are zero.
type View struct {
	State       State
	Client      idp.ClientID
	App         string // the app's name
	AppURI      string // where the app starts a sign-in; "" if it has none
	Accent      string // the app's colour; "" if it has none
	Logo        []byte // the app's logo, a PNG; empty if it has none
	Practice    string // once the password was right
	Username    string // the hint, what was typed, or who it is
	Note        Note
	TimeZone    string     // IANA; for clock times
	Region      idp.Region // of the practice; "" before it is known who signs in
	RedirectURI string     // where the last form of the sign-in leads, for form-action in the Content-Security-Policy

	Other bool // totp, sms, passkey: there is another way
	Back  bool // totp, sms, passkey: the proof is for a choice that can be left; passkey-setup: there is a choice to go back to

	Passkey string // password, passkey, passkey-setup: what the browser is asked, in JSON; "" if it is asked for no passkey
	Unknown string // with ProblemPasskey: the passkey that no one has here, for the browser to forget, in JSON; "" if that is not known

	Weak    policy.PasswordProblem // new-password: why the password would be refused today
	Confirm bool                   // new-password: a code has to be given first

	Kinds    []idp.Kind // choose
	TOTPKey  string     // totp-setup: base32 in groups of four
	TOTPLink string     // totp-setup: the otpauth:// link, which the QR code holds too

	NextCode time.Time // totp: with ProblemCodeUsed, when the app shows the next one if its clock is right

	Step, Steps int  // choose to recovery-pin: which step of how many this is of setting up; 0: it is none
	Again       bool // the same: MFA was revoked in this sign-in

	Country   string    // sms-setup: as chosen, or that of the practice
	Phone     string    // sms-setup: as typed; sms-verify: in full; sms: masked, like "••• ••• 417"
	SentAt    time.Time // sms, sms-verify: when the code last went out; zero: not yet
	ResendAt  time.Time // sms, sms-verify: when it may go again
	ExpiresAt time.Time // sms, sms-verify: when the code ends

	Ending Ending           // notice: why
	Until  time.Time        // notice: with EndingLocked, until when, zero: until an administrator acts; password: with ProblemManyWrong
	Unlock bool             // notice: with EndingLocked, a link sent by e-mail can end it: it is the password's
	Helper Helper           // notice: whom to ask
	Access idp.ClientAccess // notice: with EndingNoAccess, who may enter the app
}

// Place is where the person at the page reads.
func (v View) Place() idp.Place { return idp.Place{Zone: v.TimeZone, Region: v.Region} }

// Finished is a sign-in that reached its end: what the app asked for, and the session that answers it.
type Finished struct {
	Request Request
	Session idp.Session
}
