package directory

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// UnlockUser ends the locks of password, code and PIN, and forgets the failures that led there. If no failures are counted,
// nothing changes, and there is no event. Errors are those of DisableUser.
func (s *People) UnlockUser(ctx context.Context, caller Caller, id idp.UserID, now time.Time) error {
	return s.run(ctx, policy.CommandUnlockUser, caller, now, func(ctx context.Context, c *command) error {
		account, err := c.account(ctx, id)
		if err != nil {
			return err
		}
		if err := c.holdPassword(ctx, account.User); err != nil {
			return err
		}
		var proofs []string
		for _, guarded := range append(c.held, codesAndPIN(account.User)...) {
			cleared, err := c.clear(ctx, guarded.Subject, guarded.Proof)
			if err != nil {
				return err
			}
			if cleared && !slices.Contains(proofs, string(guarded.Proof)) {
				proofs = append(proofs, string(guarded.Proof))
			}
		}
		c.event.Details = map[string]string{"proofs": strings.Join(proofs, " ")}
		if len(proofs) == 0 {
			c.event.Type = ""
		}
		return nil
	})
}

// codesAndPIN names the counters of a person beside those of the password, in the order in which they are always taken.
func codesAndPIN(user idp.User) []idp.Guard {
	return []idp.Guard{{Subject: string(user.ID), Proof: idp.ProofCode}, {Subject: string(user.ID), Proof: idp.ProofPIN}}
}

// unlockPassword clears the counters of a password that holdPassword has found: the shared one, and those of browsers that are known.
func (c *command) unlockPassword(ctx context.Context) error {
	for _, g := range c.held {
		if _, err := c.clear(ctx, g.Subject, g.Proof); err != nil {
			return err
		}
	}
	return nil
}

// holdPassword keeps all counters of a password that there are. A command that clears them holds them before it locks the person, as
// a sign-in does: otherwise each could wait for the other.
func (c *command) holdPassword(ctx context.Context, user idp.User) (err error) {
	c.held, err = c.HoldGuards(ctx, policy.PasswordGuards(user.Username), idp.ProofPassword)
	return err
}

// clear clears one counter, and says whether it had counted anything.
func (c *command) clear(ctx context.Context, subject string, proof idp.Proof) (cleared bool, err error) {
	err = c.UpdateGuard(ctx, subject, proof, func(g idp.Guard) idp.Guard {
		cleared = g.Locked || g.Failures > 0 || g.Locks > 0
		return policy.Unlock(g, c.now)
	})
	return cleared, err
}
