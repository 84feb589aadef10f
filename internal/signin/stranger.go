package signin

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Strangers keeps the failure counters of user names that no account has, for a day after the last try: a counter that vanishes early
// tells no more than that nobody has guessed for a while.
type Strangers interface {
	// FindStranger returns the counter of this subject; a zero one if there is none.
	FindStranger(ctx context.Context, subject string) (idp.Guard, error)
	// SaveStranger stores it.
	SaveStranger(ctx context.Context, g idp.Guard) error
}

// tryStranger settles a password for a user name that no account has: to the answers, and at the cost, of one that an account has
// (ABUSE 26). The counter lies in Redis, since any caller can make up names; SQL writes a counter that counts nothing, which also keeps
// guesses at one name from counting at once.
func (s *Service) tryStranger(ctx context.Context, u Unit, username string, now time.Time) (Event, error) {
	touch := func(g idp.Guard) idp.Guard {
		g.UpdatedAt = now
		return g
	}
	if err := u.UpdateGuard(ctx, policy.DecoyGuard(username), idp.ProofPassword, touch); err != nil {
		return nil, err
	}
	g, err := s.Strangers.FindStranger(ctx, policy.PasswordGuard(username))
	if err != nil {
		return nil, err
	}
	before := g
	g, verdict := policy.Try(before, false, now)
	if err := s.Strangers.SaveStranger(ctx, g); err != nil {
		return nil, err
	}
	return ProofRejected{Proof: idp.ProofPassword, Verdict: verdict, Until: g.LockedUntil, Left: policy.TriesLeft(before, g, now)}, nil
}
