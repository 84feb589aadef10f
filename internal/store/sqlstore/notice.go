package sqlstore

import (
	"context"

	"github.com/apscloud/apsid/internal/idp"
)

// EnqueueNotice queues a message to be sent after the commit.
func (tx *Tx) EnqueueNotice(ctx context.Context, n idp.Notice) error {
	ctx, cancel := tx.bound(ctx)
	defer cancel()
	return mapError(tx.outbox.Enqueue(ctx, tx.sql, n))
}
