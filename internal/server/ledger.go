package server

import (
	"context"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/tally"
	"github.com/apscloud/apsid/internal/telemetry"
)

// ledger is the SQL store for packages that change several things in one transaction. It counts the audit events and the ended
// sessions of each transaction that was committed.
type ledger struct {
	store   *sqlstore.Store
	metrics *telemetry.Metrics
	refused *tally.Tally // events of callers without a sign-in
}

// unit is one transaction, as signin.Unit and as directory.Unit.
type unit struct {
	*sqlstore.Tx
	written []idp.AuditEvent
	last    []idp.AuditEvent // of the written ones: those that the last statement of the transaction writes
	refused []idp.AuditEvent // to be written after the commit, one for many
	ended   []idp.EndReason  // one for each session
}

var (
	_ signin.Unit    = (*unit)(nil)
	_ directory.Unit = (*unit)(nil)
)

// AppendEvent has the event written by the last statement of the transaction, all together, and remembers it for the count. One that any
// caller can cause as often as they like waits for what comes after the transaction, because such events share lines.
func (u *unit) AppendEvent(_ context.Context, e idp.AuditEvent) error {
	if policy.Repeatable(e) {
		u.refused = append(u.refused, e)
		return nil
	}
	u.written, u.last = append(u.written, e), append(u.last, e)
	return nil
}

// finish writes what waits for the end of the transaction.
func (u *unit) finish(ctx context.Context) error {
	for batch := range slices.Chunk(u.last, sqlstore.MaxBatch) {
		if err := u.Tx.AppendEvents(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// AppendEvents writes the events, and remembers them for the count.
func (u *unit) AppendEvents(ctx context.Context, events []idp.AuditEvent) error {
	u.written = append(u.written, events...)
	return u.Tx.AppendEvents(ctx, events)
}

// EndSession ends the session, and remembers it for the count.
func (u *unit) EndSession(ctx context.Context, id idp.SID, reason idp.EndReason, event idp.AuditEvent, now time.Time) (bool, error) {
	ended, err := u.Tx.EndSession(ctx, id, reason, event, now)
	if ended {
		u.remember(event, reason, 1)
	}
	return ended, err
}

// EndUserSessions ends the sessions, and remembers them for the count.
func (u *unit) EndUserSessions(ctx context.Context, practice idp.PracticeID, user idp.UserID, reason idp.EndReason, event idp.AuditEvent, now time.Time) ([]idp.Session, error) {
	ended, err := u.Tx.EndUserSessions(ctx, practice, user, reason, event, now)
	u.remember(event, reason, len(ended))
	return ended, err
}

// EndPracticeSessions ends the sessions, and remembers them for the count.
func (u *unit) EndPracticeSessions(ctx context.Context, practice idp.PracticeID, client idp.ClientID, reason idp.EndReason, event idp.AuditEvent, now time.Time) ([]idp.Session, error) {
	ended, err := u.Tx.EndPracticeSessions(ctx, practice, client, reason, event, now)
	u.remember(event, reason, len(ended))
	return ended, err
}

func (u *unit) remember(event idp.AuditEvent, reason idp.EndReason, sessions int) {
	for range sessions {
		u.written, u.ended = append(u.written, event), append(u.ended, reason)
	}
}

func (l ledger) commit(ctx context.Context, fn func(*unit) error) error {
	var last *unit // fn may run again: only the run that was committed counts
	err := l.store.InTx(ctx, func(tx *sqlstore.Tx) error {
		last = &unit{Tx: tx}
		if err := fn(last); err != nil {
			return err
		}
		return last.finish(ctx)
	})
	if err != nil {
		return err
	}
	for _, e := range last.written {
		l.metrics.Event(e.Type, e.Result)
	}
	for _, reason := range last.ended {
		l.metrics.SessionEnded(reason)
	}
	for _, e := range last.refused {
		l.Refuse(ctx, e)
	}
	return nil
}

// Refuse implements oidcop.Refusals. Every refusal is counted in the metrics, also those that share a line in the trail.
func (l ledger) Refuse(ctx context.Context, e idp.AuditEvent) {
	l.metrics.Event(e.Type, e.Result)
	l.refused.Refuse(ctx, e)
}

// signinLedger is the ledger of package signin.
type signinLedger struct{ ledger }

// Commit implements signin.Ledger.
func (l signinLedger) Commit(ctx context.Context, fn func(signin.Unit) error) error {
	return l.commit(ctx, func(u *unit) error { return fn(u) })
}

// directoryLedger is the ledger of package directory.
type directoryLedger struct{ ledger }

// Commit implements directory.Ledger.
func (l directoryLedger) Commit(ctx context.Context, fn func(directory.Unit) error) error {
	return l.commit(ctx, func(u *unit) error { return fn(u) })
}

// AppendEvents implements backchannel.Audit.
func (l ledger) AppendEvents(ctx context.Context, events []idp.AuditEvent) error {
	return l.commit(ctx, func(u *unit) error { return u.AppendEvents(ctx, events) })
}

// sessions is the SQL store for package session. It counts as the ledger does.
type sessions struct {
	*sqlstore.Store
	metrics *telemetry.Metrics
}

// EndSession implements session.Sessions.
func (s sessions) EndSession(ctx context.Context, id idp.SID, reason idp.EndReason, event idp.AuditEvent, now time.Time) (bool, error) {
	ended, err := s.Store.EndSession(ctx, id, reason, event, now)
	if err == nil && ended {
		s.metrics.Event(event.Type, event.Result)
		s.metrics.SessionEnded(reason)
	}
	return ended, err
}
