package people

import (
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
)

// Lock is a proof that is locked now.
type Lock struct {
	What  string        // "Security codes are locked"
	Until web.ClockTime // unknown: until an administrator unlocks it
}

// Locks words the locks of a person, for a reader in the place.
func Locks(guards []idp.Guard, now time.Time, place idp.Place) (locks []Lock) {
	words := map[idp.Proof]string{
		idp.ProofPassword: "The password is locked", idp.ProofCode: "Security codes are locked", idp.ProofPIN: "The recovery PIN is locked",
	}
	for _, guard := range guards {
		locks = append(locks, Lock{What: words[guard.Proof], Until: web.NewClockTime(guard.LockedUntil, now, place)})
	}
	return locks
}

// Method is a way to sign in, beside the password.
type Method struct {
	Kind, Label string // the kind of a passkey with where it is
	Phone       string // its last digits; "" for any other kind
	Added, Used web.ClockTime
	Copied      web.ClockTime // when a passkey last answered like a copy of itself
	Default     bool          // of several, the one that sign-ins ask for first
}

// Methods words the methods of a person, for a reader in the place.
func Methods(detail directory.UserDetail, now time.Time, place idp.Place) (methods []Method) {
	bound := detail.Account.Authenticators
	for _, a := range bound {
		methods = append(methods, Method{
			Kind: What(a), Label: named(a), Phone: detail.Phones[a.ID], Copied: web.NewMoment(a.Passkey.RegressedAt, now, place),
			Added: web.NewMoment(a.CreatedAt, now, place), Used: web.NewMoment(a.LastUsedAt, now, place),
			Default: len(bound) > 1 && a.ID == policy.DefaultAuthenticator(bound),
		})
	}
	return methods
}

// named is what an authenticator is called: a passkey always has a name, that of its kind at least.
func named(a idp.Authenticator) string {
	if a.Kind == idp.KindPasskey {
		return directory.LabelOf(a)
	}
	return a.Label
}
