package signin

import (
	"github.com/apscloud/apsid/internal/idp"
)

// Effect is something a transition asks the service to do. Rebind concerns the browser's cookie; SendCode, CountVerified and KeepCheck
// happen once the new state is saved; all others happen in one SQL transaction, with the audit event.
type Effect interface{ effect() }

// Record writes an audit event about this sign-in.
type Record struct {
	Type   idp.EventType
	Result idp.Result
	Reason idp.Reason
	Limit  idp.LimitName // the limit that was reached; "" if none was
}

// TouchAuthenticator records that the authenticator was used.
type TouchAuthenticator struct{ ID idp.AuthenticatorID }

// Bind makes the pending authenticator one of the account's.
type Bind struct {
	Pending Pending
	Step    int64
	Passkey idp.Passkey // KindPasskey
}

// SavePIN stores the recovery PIN.
type SavePIN struct{ Hash idp.Secret }

// RevokeMFA removes the account's authenticators and PIN, and ends its sessions.
type RevokeMFA struct{}

// Notify tells the user about a change by e-mail, and by text to the number on file where ByText is set.
type Notify struct {
	Kind   idp.NoticeKind
	Method idp.Kind
	ByText bool
}

// Rebind gives the browser a new cookie, because authority was gained: one that was planted or read before is worth nothing.
type Rebind struct{}

// StartSession starts the session at the app.
type StartSession struct {
	ACR     idp.ACR
	AMR     []idp.AMR
	Factors []idp.Factor
}

// SendCode sends a text message with a code to the number. First says that it need not wait for the time between two messages: a
// sign-in asks for one such message, before any other.
type SendCode struct {
	Phone idp.Secret
	First bool
}

// CountVerified tells the breaker that a text message led to a right code.
type CountVerified struct{ Phone idp.Secret }

// KeepCheck remembers that the person's password was checked, for policy.PasswordCheckAfter.
type KeepCheck struct{}

func (Record) effect()             {}
func (TouchAuthenticator) effect() {}
func (Bind) effect()               {}
func (SavePIN) effect()            {}
func (RevokeMFA) effect()          {}
func (Notify) effect()             {}
func (Rebind) effect()             {}
func (StartSession) effect()       {}
func (SendCode) effect()           {}
func (CountVerified) effect()      {}
func (KeepCheck) effect()          {}
