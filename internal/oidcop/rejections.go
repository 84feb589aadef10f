package oidcop

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// The rate of rejection events, for each client that exists and for all others together. An attacker who can cause events for
// free must not be able to fill the audit trail, nor to hide one client's trouble behind another's.
const (
	rejectionBurst    = 10
	rejectionInterval = 6 * time.Second // one more event each
)

// rejections writes events of refused requests, at a bounded rate; the next event counts those that were left out.
type rejections struct {
	audit Audit
	log   *slog.Logger

	mu      sync.Mutex
	buckets map[idp.ClientID]*bucket
}

type bucket struct {
	spent      float64
	at         time.Time
	suppressed int
}

func newRejections(audit Audit, log *slog.Logger) *rejections {
	return &rejections{audit: audit, log: log, buckets: make(map[idp.ClientID]*bucket)}
}

// write appends the event if its client's rate allows. known says whether the client exists: the buckets must not grow with
// names that an attacker makes up. The request is refused anyway, so a failure is logged and no more.
func (l *rejections) write(ctx context.Context, e idp.AuditEvent, known bool) {
	key := e.ClientID
	if !known {
		key, e.ClientID = "", ""
	}
	suppressed, allowed := l.take(key, e.At)
	if !allowed {
		return
	}
	if suppressed > 0 {
		e.Details = map[string]string{"suppressed": strconv.Itoa(suppressed)}
	}
	if err := l.audit.AppendEvent(ctx, e); err != nil {
		l.log.ErrorContext(ctx, "audit event of a refused request", "type", e.Type, "reason", e.Reason, "error", err)
	}
}

func (l *rejections) take(key idp.ClientID, now time.Time) (suppressed int, allowed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[key]
	if b == nil {
		b = &bucket{at: now}
		l.buckets[key] = b
	}
	b.spent = max(0, b.spent-float64(now.Sub(b.at))/float64(rejectionInterval))
	b.at = now
	if b.spent > rejectionBurst-1 {
		b.suppressed++
		return 0, false
	}
	b.spent++
	suppressed, b.suppressed = b.suppressed, 0
	return suppressed, true
}
