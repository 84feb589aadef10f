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

// Method is a way to get security codes.
type Method struct {
	Kind, Label string
	Phone       string // its last digits; "" for an authenticator app
	Added, Used web.ClockTime
	Default     bool // of several, the one that sign-ins ask for first
}

// Methods words the methods of a person, for a reader in the place.
func Methods(detail directory.UserDetail, now time.Time, place idp.Place) (methods []Method) {
	bound := detail.Account.Authenticators
	for _, a := range bound {
		methods = append(methods, Method{
			Kind: Kind(a.Kind), Label: a.Label, Phone: detail.Phones[a.ID],
			Added: web.NewMoment(a.CreatedAt, now, place), Used: web.NewMoment(a.LastUsedAt, now, place),
			Default: len(bound) > 1 && a.ID == policy.DefaultAuthenticator(bound),
		})
	}
	return methods
}
