package tally

import (
	"context"
	"log/slog"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Interval is the time between two events of one kind.
const Interval = time.Minute

// Audit stores events.
type Audit interface {
	// AppendEvent writes one event.
	AppendEvent(ctx context.Context, e idp.AuditEvent) error
}

// Tally writes events at a bounded rate. It is safe for concurrent use.
type Tally struct {
	audit Audit
	log   *slog.Logger

	mu    sync.Mutex
	kinds map[kind]*count
}

// kind is what events have in common that share lines. Each part is a name that exists, or of a fixed set: the caller sees to it
// that nothing in it is made up by an attacker.
type kind struct {
	event    idp.EventType
	reason   idp.Reason
	client   idp.ClientID
	practice idp.PracticeID
	user     idp.UserID
	api      string // that a token was exchanged for
}

type count struct {
	written time.Time      // when the last event of the kind was
	held    int            // events since then
	last    idp.AuditEvent // the last of these
}

// New returns a tally that writes to audit.
func New(audit Audit, log *slog.Logger) *Tally {
	return &Tally{audit: audit, log: log, kinds: make(map[kind]*count)}
}

// Refuse writes the event, or counts it. What it tells about is refused anyway, so a failure to write is logged, the event is
// counted, and the caller goes on.
func (t *Tally) Refuse(ctx context.Context, e idp.AuditEvent) {
	suppressed, due := t.add(e)
	if due {
		t.write(ctx, e, suppressed)
	}
}

func (t *Tally) add(e idp.AuditEvent) (suppressed int, due bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.kinds[kindOf(e)]
	if c == nil {
		t.kinds[kindOf(e)] = &count{written: e.At}
		return 0, true
	}
	if e.At.Sub(c.written) < Interval {
		c.held, c.last = c.held+1, e
		return 0, false
	}
	suppressed, c.held, c.written = c.held, 0, e.At
	return suppressed, true
}

// Flush writes what was counted and is due: the last event of each kind, at the time now. With all it writes what is not due yet as
// well, because the node stops.
func (t *Tally) Flush(ctx context.Context, now time.Time, all bool) {
	for _, c := range t.due(now, all) {
		c.last.ID, c.last.At = idp.NewEventID(now), now // its place in the trail is where it is written
		t.write(ctx, c.last, c.held-1)
	}
}

func (t *Tally) due(now time.Time, all bool) (due []count) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for k, c := range t.kinds {
		over := now.Sub(c.written) >= Interval
		switch {
		case c.held > 0 && (over || all):
			due = append(due, *c)
			c.held, c.written = 0, now
		case c.held == 0 && over:
			delete(t.kinds, k)
		}
	}
	return due
}

func (t *Tally) write(ctx context.Context, e idp.AuditEvent, suppressed int) {
	if suppressed > 0 {
		details := maps.Clone(e.Details)
		if details == nil {
			details = make(map[string]string)
		}
		details["suppressed"] = strconv.Itoa(suppressed)
		e.Details = details
	}
	if err := t.audit.AppendEvent(ctx, e); err != nil {
		t.log.ErrorContext(ctx, "audit event of a refused request", "type", e.Type, "reason", e.Reason, "error", err)
		t.restore(e, suppressed+1)
	}
}

// restore counts events that could not be written again; the next event of the kind tells of them.
func (t *Tally) restore(e idp.AuditEvent, events int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.kinds[kindOf(e)]
	if c == nil {
		c = &count{written: e.At}
		t.kinds[kindOf(e)] = c
	}
	if c.held == 0 {
		delete(e.Details, "suppressed") // counted anew when it is written
		c.last = e
	}
	c.held += events
}

func kindOf(e idp.AuditEvent) kind {
	return kind{event: e.Type, reason: e.Reason, client: e.ClientID, practice: e.PracticeID, user: e.UserID, api: e.Details["api"]}
}
