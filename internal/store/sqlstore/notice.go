package sqlstore

import (
	"context"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// EnqueueNotice queues a message to be sent after the commit. A warning gets its link *this wasn't me* here, in the same
// transaction, because every notice passes here: no command and no step of a sign-in can forget the link.
func (tx *Tx) EnqueueNotice(ctx context.Context, n idp.Notice) error {
	if policy.NeedsNotMe(n) {
		token := idp.RandomSecret(32)
		if err := tx.createNotMe(ctx, n, token); err != nil {
			return err
		}
		n.NotMe = token
	}
	ctx, cancel := tx.bound(ctx)
	defer cancel()
	tx.queued = true
	return mapError(tx.outbox.Enqueue(ctx, tx.sql, n))
}

// createNotMe stores the link of a warning; idp.ErrNotFound if the person whom the notice is for does not exist.
func (tx *Tx) createNotMe(ctx context.Context, n idp.Notice, token idp.Secret) error {
	var reader userRow
	if err := tx.take(ctx, &reader, where("id = ?", text(n.UserID))); err != nil {
		return err
	}
	return tx.CreateLink(ctx, policy.NotMeLink(n, token.Hash(), idp.PracticeID(reader.PracticeID)))
}
