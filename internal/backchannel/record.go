package backchannel

import (
	"context"
	"sync"

	"github.com/apscloud/apsid/internal/idp"
)

// Audit writes events.
type Audit interface {
	// AppendEvents writes all of the events in one transaction, or none. There are as many as deliveries run at once, at most.
	AppendEvents(ctx context.Context, events []idp.AuditEvent) error
}

// recorder writes the events of deliveries that end while another write is under way together, in one transaction: thousands of
// messages to an app that answers quickly are told from thousands of transactions. A delivery that ends alone waits for nothing.
type recorder struct {
	audit Audit
	turn  chan struct{} // one write at a time

	mu   sync.Mutex
	next *batch // collects until it is its turn to be written; nil: there is none
}

func newRecorder(audit Audit) *recorder { return &recorder{audit: audit, turn: make(chan struct{}, 1)} }

// batch is what one transaction writes. The delivery that began it writes it.
type batch struct {
	events  []idp.AuditEvent
	written chan struct{} // closed when err is known
	err     error
}

// append returns when the event is written, or could not be. A caller whose context ends first doesn't know; others are not affected.
func (r *recorder) append(ctx context.Context, e idp.AuditEvent) error {
	b, first := r.join(e)
	if first {
		r.write(context.WithoutCancel(ctx), b) // others rest on it; the store bounds how long it takes
	}
	select {
	case <-b.written:
		return b.err
	case <-ctx.Done():
		return idp.Wrap(idp.CodeUnavailable, ctx.Err())
	}
}

func (r *recorder) join(e idp.AuditEvent) (b *batch, first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.next == nil {
		r.next, first = &batch{written: make(chan struct{})}, true
	}
	r.next.events = append(r.next.events, e)
	return r.next, first
}

func (r *recorder) write(ctx context.Context, b *batch) {
	r.turn <- struct{}{}
	defer func() { <-r.turn }()
	r.mu.Lock()
	r.next = nil
	r.mu.Unlock()
	defer close(b.written)
	b.err = r.audit.AppendEvents(ctx, b.events)
}
