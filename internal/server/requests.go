package server

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbox"
)

// requests answers the requests for e-mails that callers without a sign-in put in the queue of notices, and delivers the other
// notices.
type requests struct {
	directory *directory.Directory
	next      outbox.Deliverer
	clock     func() time.Time
}

// DeliverNotice implements outbox.Deliverer.
func (r requests) DeliverNotice(ctx context.Context, n idp.Notice) error {
	if answered, err := r.directory.Links.Answer(ctx, n, r.clock()); answered {
		return err
	}
	return r.next.DeliverNotice(ctx, n)
}
