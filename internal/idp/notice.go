package idp

import "time"

// NoticeKind names a message to a user about the account.
type NoticeKind string

// The notices there are.
const (
	NoticeMFASetUp    NoticeKind = "mfa_set_up"
	NoticeMFARevoked  NoticeKind = "mfa_revoked"
	NoticeMFAReset    NoticeKind = "mfa_reset"
	NoticePassword    NoticeKind = "password_changed" // by its owner, or by the holder of the mailbox; also by text
	NoticePINUsed     NoticeKind = "pin_used"         // also by text to the number on file
	NoticeSigninPause NoticeKind = "signin_locked"    // Link, if there is one, ends the lock

	NoticeInvite        NoticeKind = "invite"                // Link: choose a password; By, Practice, Until
	NoticePasswordReset NoticeKind = "password_reset"        // Link: choose a new password; Until
	NoticeUnlock        NoticeKind = "unlock"                // Link: end the lock of the password; Until
	NoticeAuthenticator NoticeKind = "authenticator_changed" // Text: "added" or "removed"; Method, About its label; to the old address and number too
	NoticePINChanged    NoticeKind = "pin_changed"
	NoticeUsername      NoticeKind = "username_changed"    // to the old address; Text is the new one
	NoticeConfirm       NoticeKind = "username_confirm"    // to the new address; By; Link: confirm it; Until
	NoticeRoles         NoticeKind = "roles_changed"       // By; Text: the rights the person has now, in words
	NoticeFrozen        NoticeKind = "user_frozen"         // to the administrators; About is the name of the person
	NoticeActivation    NoticeKind = "mfa_activation"      // to the person who asked: Text is the answer, Days 1 if activated and 0 if declined
	NoticeMandatory     NoticeKind = "mfa_mandatory"       // to each who has not enrolled: From, Days, App ("" for every app)
	NoticeMFAReminder   NoticeKind = "mfa_reminder"        // to one who has not enrolled: By, Practice
	NoticeEnrolmentCode NoticeKind = "enrolment_code"      // By; also by text; never the code itself
	NoticePasskeys      NoticeKind = "phishing_resistance" // to each who has no passkey: From, Days, App ("" for every app)
	NoticeCaseCode      NoticeKind = "case_code"           // Code: to read out to APS support; By, About the person, Until
	NoticeCaseOpened    NoticeKind = "case_opened"         // to the administrators and the person: About, Text what was asked for
	NoticeCaseDone      NoticeKind = "case_done"           // likewise: Text what was done
	NoticeSecretExpires NoticeKind = "secret_expires"      // to the administrators: About the integration, From, Days
	NoticeReviewDue     NoticeKind = "integration_review"  // likewise
)

// Notice is a message to send, enqueued in the SQL transaction of what it tells about, and sealed while it waits.
type Notice struct {
	Kind      NoticeKind
	UserID    UserID
	Name      string
	Email     string
	Phone     Secret   // E.164: also text this number; zero: e-mail only
	App       string   // the name of the app that was being signed in to, or that the notice is about
	Client    ClientID // the same app; "" without one, and in notices of earlier releases
	Practice  string
	Method    Kind // the kind of authenticator that the notice is about, if any
	Address   string
	UserAgent string
	At        time.Time
	TimeZone  string // of the practice
	Region    Region // of the practice
	Until     time.Time

	By    string    // the name of the person who did or decided it, if that is not the account's owner
	Text  string    // in words: an answer, a reason
	Code  Secret    // a code to read out to APS support
	Link  Secret    // the token of a link that does what the notice is about
	NotMe Secret    // the token of the link that freezes the account
	From  time.Time // when it takes effect: mandatory MFA, the end of a secret, a review
	Days  int       // days until then
	About string    // what else the notice is about: an integration, or the name of the person concerned if that is not the reader
}

// Place is where the reader of the notice reads.
func (n Notice) Place() Place { return Place{Zone: n.TimeZone, Region: n.Region} }
