package server

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbox"
)

const (
	// askedAtOnce bounds the requests of visitors that wait in memory; askedTries is how often one is tried that SQL can't take now, a
	// second apart: then the visitor has to ask again.
	askedAtOnce = 64
	askedTries  = 30
	askedWithin = 5 * time.Second
	askAgain    = 5 * time.Second
)

// asked hands the requests for e-mails that callers without a sign-in make to the directory, after the caller was answered: how long
// that takes does not show whether there is such an account. It implements directory.Asked.
type asked struct {
	sift   func(context.Context, idp.Notice) error
	log    *slog.Logger
	places chan struct{}
	all    sync.WaitGroup
	ending context.Context // over once the node stops: then nothing is tried again
	end    context.CancelFunc
}

func newAsked(log *slog.Logger) *asked {
	a := &asked{log: log, places: make(chan struct{}, askedAtOnce)}
	a.ending, a.end = context.WithCancel(context.Background())
	return a
}

// Ask implements directory.Asked.
func (a *asked) Ask(n idp.Notice) error {
	select {
	case a.places <- struct{}{}:
	default:
		return idp.Busy(askAgain)
	}
	a.all.Go(func() {
		defer func() { <-a.places }()
		a.hand(n)
	})
	return nil
}

func (a *asked) hand(n idp.Notice) {
	for try := range askedTries {
		ctx, cancel := context.WithTimeout(context.Background(), askedWithin)
		err := a.sift(ctx, n)
		cancel()
		if err == nil {
			return
		}
		a.log.Error("request of a visitor for an e-mail", "kind", n.Kind, "try", try+1, "error", err)
		select {
		case <-a.ending.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

// last waits until every request was handed over, or was tried once more in vain, when the node stops.
func (a *asked) last() {
	a.end()
	a.all.Wait()
}

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
