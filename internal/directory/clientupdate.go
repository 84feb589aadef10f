package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// UpdateClient replaces the registration of current, as it was read, by n; the identifier, the kind and the practice stay. A zero secret
// keeps those that it has; a given one takes their place. Errors are those of RegisterClient, and idp.CodeConflict if the
// registration was changed since current was read.
func (s *Service) UpdateClient(ctx context.Context, caller Caller, current idp.Client, n NewClient, now time.Time) (idp.Client, error) {
	n.ID, n.Kind, n.PracticeID = current.ID, current.Kind, current.PracticeID
	keep := n.Secret.IsZero()
	n = n.withDefaults()
	if err := s.check(n); err != nil {
		return idp.Client{}, err
	}
	c := n.client(now)
	if keep {
		c.Secrets = current.Secrets
	}
	c.Disabled, c.CreatedAt, c.Version = current.Disabled, current.CreatedAt, current.Version
	event := done(idp.EventClientUpdated, caller.Actor, now)
	event.ClientID, event.PracticeID = c.ID, c.PracticeID
	if !keep {
		event.Reason = "secret_replaced"
	}
	err := s.commit(ctx, event, nil, func(u Unit) error { return u.UpdateClient(ctx, c) })
	if err != nil {
		return idp.Client{}, err
	}
	c.Version++
	return c, nil
}
