package server

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbox"
)

// requests takes what strangers ask for out of the queue of notices, and delivers the rest.
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
