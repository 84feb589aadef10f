package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// UpdateClient replaces the registration of current, as it was read, by n; the identifier, the kind and the practice stay. A zero
// secret keeps those that it has; a given one takes their place. It is for the machine's own shell, which seeds and imports:
// people edit by EditClient. Errors are those of RegisterClient, and idp.CodeConflict if the registration was changed since
// current was read.
func (s *Clients) UpdateClient(ctx context.Context, caller Caller, current idp.Client, n NewClient, now time.Time) (idp.Client, error) {
	n.ID, n.Kind, n.PracticeID = current.ID, current.Kind, current.PracticeID
	keep := n.Secret.IsZero()
	n = n.withDefaults()
	if err := idp.AllInvalid(s.check(n, current.Registration), n.checkSecret(now)); err != nil {
		return idp.Client{}, err
	}
	var next idp.Client
	err := s.run(ctx, policy.CommandReplaceClient, caller, now, func(ctx context.Context, c *command) error {
		stored, err := c.client(ctx, current.ID)
		if err != nil {
			return err
		}
		if isOwnApp(stored.ID) {
			return notNow(policy.PermissionNoAccess.Reason(), "Edit the client instead.")
		}
		if stored.Version != current.Version {
			return errStale()
		}
		replaced := n.client(now)
		next = stored // current may be without the hashes of its secrets
		next.Registration = replaced.Registration
		if !keep {
			next.Secrets = replaced.Secrets
			c.event.Reason = idp.ReasonSecretReplaced
		}
		next.UpdatedAt = now
		return c.UpdateClient(ctx, next)
	})
	if err != nil {
		return idp.Client{}, err
	}
	next.Version++
	return shown(next), nil
}
