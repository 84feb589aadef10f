package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// PINPause is how long the recovery PIN can't be used after a password reset by e-mail: a stolen mailbox and a guessed PIN must
// not be enough to take over an account.
const PINPause = 24 * time.Hour

// PINUse says whether the recovery PIN may be used now, or why not.
type PINUse string

// The answers.
const (
	PINUsable PINUse = "usable"
	PINNone   PINUse = "none"   // there is none
	PINPaused PINUse = "paused" // the password was reset by e-mail less than PINPause ago
)

// MayUsePIN decides whether this account's recovery PIN may be tried now. It does not look at failures: a Guard counts them.
func MayUsePIN(account idp.Account, now time.Time) PINUse {
	switch {
	case account.PIN == nil:
		return PINNone
	case !account.User.PasswordResetAt.IsZero() && now.Before(account.User.PasswordResetAt.Add(PINPause)):
		return PINPaused
	default:
		return PINUsable
	}
}
