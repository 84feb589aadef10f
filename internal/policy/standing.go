package policy

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Basis is what the proofs of a sign-in were checked against. Authority rests on it: a proof of something that was replaced or
// removed since is worth nothing, however short the time between the proof and what is granted for it.
type Basis struct {
	Username      string              // with which the person signed in
	Password      time.Time           // idp.User.PasswordChangedAt of the password that was right
	Authenticator idp.AuthenticatorID // the one that is asked for, or was set up in this sign-in; "": none is bound
	PIN           time.Time           // idp.RecoveryPIN.CreatedAt of the PIN that was right; zero: none was given
}

// Fallen names the first fact that has fallen away since the proofs were given; FallenNothing: all still hold.
type Fallen string

// What can fall away.
const (
	FallenNothing       Fallen = ""
	FallenAccess        Fallen = "access_lost" // the account, the practice, the app, or the right to use it
	FallenUsername      Fallen = "username_changed"
	FallenPassword      Fallen = "password_changed"
	FallenAuthenticator Fallen = "authenticators_changed"
	FallenPIN           Fallen = "pin_changed"
	FallenMFA           Fallen = "mfa_required" // since the sign-in began, and it has not reached that
)

// Reason is the reason of the event about a sign-in or a session that this ended.
func (f Fallen) Reason() idp.Reason { return idp.Reason(f) }

// Standing compares what a sign-in rests on with the account and the app as they are now. The caller reads both under the locks
// that a change of them takes, in the transaction that grants something: otherwise a change could come between.
func Standing(basis Basis, account idp.Account, client idp.Client, now time.Time) Fallen {
	switch {
	case MayEnter(account.User, account.Practice, client) != AccessGranted:
		return FallenAccess
	case account.User.Username != basis.Username: // it would end the rest of a new user name (AddressRests) by a sign-in with the old one
		return FallenUsername
	case !account.User.PasswordChangedAt.Equal(basis.Password):
		return FallenPassword
	case !boundAs(basis.Authenticator, account.Authenticators):
		return FallenAuthenticator
	case basis.PIN.IsZero():
		return FallenNothing
	case MayUsePIN(account, now) != PINUsable || !account.PIN.CreatedAt.Equal(basis.PIN):
		return FallenPIN
	default:
		return FallenNothing
	}
}

// boundAs reports whether the authenticator is bound, or, for "", whether none is: otherwise an attacker who has the password could
// begin to set one up early, and finish after the owner's own was bound.
func boundAs(id idp.AuthenticatorID, bound []idp.Authenticator) bool {
	if id == "" {
		return len(bound) == 0
	}
	for _, a := range bound {
		if a.ID == id {
			return true
		}
	}
	return false
}

// Suffices decides whether a session of this strength may be at the app now: it is asked whenever the session is to give something,
// and compares with the person and the app as they are then.
func Suffices(acr idp.ACR, user idp.User, practice idp.Practice, client idp.Client, now time.Time) Fallen {
	switch {
	case MayEnter(user, practice, client) != AccessGranted:
		return FallenAccess
	case !acr.Satisfies(RequireMFA(user, practice, client, "", now).ACR):
		return FallenMFA
	default:
		return FallenNothing
	}
}
