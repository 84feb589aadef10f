package proof

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Guards is where failure counters live, inside one SQL transaction.
type Guards interface {
	// UpdateGuard reads the failure counter of (subject, proof), a zero one if there is none, gives it to change, and stores
	// what that returns, holding it until the end of the transaction: no other transaction changes it meanwhile, on this node or another.
	UpdateGuard(ctx context.Context, subject string, proof idp.Proof, change func(idp.Guard) idp.Guard) error
}

// Settled is the result of one try.
type Settled struct {
	Verdict policy.Verdict
	Until   time.Time // when the lock ends; zero with a lock: when an administrator acts
	Left    int       // how many more wrong tries lock it, from policy.WarnFrom on; 0: that is not to be said
}

// Settle counts one try of a proof on the counter of (subject, kind); right says whether it matched.
func Settle(ctx context.Context, guards Guards, subject string, kind idp.Proof, right bool, now time.Time) (settled Settled, err error) {
	err = guards.UpdateGuard(ctx, subject, kind, func(g idp.Guard) idp.Guard {
		before := g
		g, settled.Verdict = policy.Try(g, right, now)
		settled.Until, settled.Left = g.LockedUntil, policy.TriesLeft(before, g, now)
		return g
	})
	return settled, err
}

// Hold keeps the counter as it is, and keeps every other transaction from changing it until the end of this one.
func Hold(ctx context.Context, guards Guards, subject string, kind idp.Proof) (held idp.Guard, err error) {
	err = guards.UpdateGuard(ctx, subject, kind, func(g idp.Guard) idp.Guard {
		held = g
		return g
	})
	return held, err
}
