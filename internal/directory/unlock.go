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
		var proofs []string
		for _, guarded := range guardsOf(account.User) {
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

// guardsOf names the counters of a person, in the order in which they are always taken.
func guardsOf(user idp.User) (guards []idp.Guard) {
	for _, subject := range policy.PasswordGuards(user.Username) {
		guards = append(guards, idp.Guard{Subject: subject, Proof: idp.ProofPassword})
	}
	return append(guards,
		idp.Guard{Subject: string(user.ID), Proof: idp.ProofCode}, idp.Guard{Subject: string(user.ID), Proof: idp.ProofPIN})
}

// unlockPassword clears all counters of a password: the shared one, and those of browsers that are known.
func (c *command) unlockPassword(ctx context.Context, user idp.User) error {
	for _, subject := range policy.PasswordGuards(user.Username) {
		if _, err := c.clear(ctx, subject, idp.ProofPassword); err != nil {
			return err
		}
	}
	return nil
}

// clear clears one counter, and says whether it had counted anything.
func (c *command) clear(ctx context.Context, subject string, proof idp.Proof) (cleared bool, err error) {
	err = c.UpdateGuard(ctx, subject, proof, func(g idp.Guard) idp.Guard {
		cleared = g.Locked || g.Failures > 0 || g.Locks > 0
		return policy.Unlock(g, c.now)
	})
	return cleared, err
}
