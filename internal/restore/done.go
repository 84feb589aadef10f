package restore

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/idp"
)

// Unit is one transaction of the database.
type Unit interface {
	// PutInstalled records a value in place of the one that is there.
	PutInstalled(ctx context.Context, name, value string, now time.Time) error
	// RetireAllKeys withdraws every signing key, and returns how many were not withdrawn before.
	RetireAllKeys(ctx context.Context, now time.Time) (int64, error)
	// BeginEpoch makes every node read the epoch again, and everything else of which it keeps a copy.
	BeginEpoch()
	// AppendEvent writes an audit event.
	AppendEvent(ctx context.Context, e idp.AuditEvent) error
}

// Ledger is the database as Done changes it.
type Ledger interface {
	Store
	// NewestEvent returns the last event there is; idp.ErrNotFound if there is none.
	NewestEvent(ctx context.Context) (idp.AuditEvent, error)
	// KnownEvents returns those of the identifiers that events in the database have.
	KnownEvents(ctx context.Context, ids []idp.EventID) ([]idp.EventID, error)
	// Begin runs fn in one transaction.
	Begin(ctx context.Context, fn func(Unit) error) error
	// Void ends, deletes or spends, in small transactions, what a backup may have brought back, and says how much of each there was. It
	// may be called again. Sessions end with the event, with an identifier and the session filled in.
	Void(ctx context.Context, ended idp.AuditEvent, now time.Time) (Voided, error)
	// CountVoid says what Void would find now, and changes nothing.
	CountVoid(ctx context.Context, now time.Time) (Voided, error)
	// DropWaiting deletes messages that wait to be sent: most of them were sent after the backup was made.
	DropWaiting(ctx context.Context) (int64, error)
}

// Voided counts what was ended, deleted or spent.
type Voided struct {
	Sessions      int64
	RefreshTokens int64
	Links         int64
	PINs          int64
	Steps         int64 // authenticator apps whose codes of this moment are spent
	Cases         int64
}

// Ask says how a restore is to be finished.
type Ask struct {
	By         idp.Actor
	Checkpoint string          // the newest checkpoint that was kept elsewhere; "": none
	Deeds      []auditlog.Line // what was done, by a copy of the trail that was kept elsewhere: see Deeds
	DryRun     bool
}

// Report says what was done, or would be.
type Report struct {
	auditlog.Restoration
	Last    idp.AuditEvent // the newest event of the backup; zero: it has none
	Resumed bool           // a restore that was begun before was finished
	Keys    int64          // signing keys that were withdrawn
	Dropped int64          // messages that waited
	Voided  Voided
	Again   []auditlog.Line // those of Ask.Deeds that the database does not know: they have to be done again
}

// Done tells the installation that its database was restored from a backup. It begins a new epoch, so that nothing of before it is good
// at any node, in any Redis; it withdraws the signing keys; it ends and spends what the backup brought back; and it leaves an event that
// says, signed, what is missing. From its first change to its last, nodes give nothing: when it is stopped in between, it is run again.
func (w *Watch) Done(ctx context.Context, ledger Ledger, ask Ask, now time.Time) (Report, error) {
	w.turn.Lock()
	defer w.turn.Unlock()
	now = now.UTC().Truncate(time.Microsecond) // as it is stored
	report, note, err := w.plan(ctx, ledger, ask, now)
	if err != nil {
		return Report{}, err
	}
	report.Again, err = lost(ctx, ledger, ask.Deeds)
	if err != nil {
		return Report{}, err
	}
	if ask.DryRun {
		report.Voided, err = ledger.CountVoid(ctx, now)
		return report, err
	}
	if !report.Resumed {
		report.Dropped, err = ledger.DropWaiting(ctx)
		if err != nil {
			return report, err
		}
		err = ledger.Begin(ctx, func(unit Unit) error { return begin(ctx, unit, &report, note, ask.By, now) })
		if err != nil {
			return report, err
		}
	}
	report.Voided, err = ledger.Void(ctx, idp.AuditEvent{
		At: now, Type: idp.EventSessionEnded, Actor: ask.By, Result: idp.ResultSuccess, Reason: idp.ReasonRestored,
	}, now)
	if err != nil {
		return report, err
	}
	return report, ledger.Begin(ctx, func(unit Unit) error {
		unit.BeginEpoch()
		return unit.PutInstalled(ctx, InstalledUnfinished, "", now)
	})
}

// plan works out what is missing, and signs it. A restore that was begun and not finished goes on in the epoch that it began.
func (w *Watch) plan(ctx context.Context, ledger Ledger, ask Ask, now time.Time) (report Report, note string, err error) {
	report.Last, err = ledger.NewestEvent(ctx)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return report, "", err
	}
	stored, _, unfinished, err := w.readEpoch(ctx)
	if err != nil {
		return report, "", err
	}
	if unfinished != "" {
		report.Resumed = true
		report.Restoration, err = w.notary.Restoration(unfinished)
		return report, "", err
	}
	kept, err := w.newest(ctx, stored)
	if err != nil {
		return report, "", err
	}
	report.Kept = kept.Place
	report.Epoch, report.Known, err = w.known(ctx, stored, ask.Checkpoint)
	if err != nil {
		return report, "", err
	}
	report.Epoch = idp.Epoch{Number: report.Epoch.Number + 1, Since: later(now, report.Epoch.Since)}
	note, err = w.notary.Sign(report.Restoration)
	return report, note, err
}

// known is the latest epoch and the largest tree that the keepers or the checkpoint know of.
func (w *Watch) known(ctx context.Context, epoch idp.Epoch, checkpoint string) (idp.Epoch, auditlog.Place, error) {
	var known auditlog.Place
	for _, mark := range w.marks(ctx) {
		if mark.Epoch.Since.After(epoch.Since) {
			epoch = mark.Epoch
		}
		if mark.Place.Size > known.Size {
			known = mark.Place
		}
	}
	if checkpoint == "" {
		return epoch, known, nil
	}
	place, err := w.notary.Checkpoint(checkpoint)
	if place.Size > known.Size {
		known = place
	}
	return epoch, known, err
}

// later is now, or a moment after the other if that is not before now: each epoch begins after the one before.
func later(now, other time.Time) time.Time {
	if now.After(other) {
		return now
	}
	return other.Add(time.Microsecond)
}

// begin is the first transaction: from here on nodes give nothing, and nothing of before is good.
func begin(ctx context.Context, unit Unit, report *Report, note string, by idp.Actor, now time.Time) (err error) {
	unit.BeginEpoch()
	err = errors.Join(unit.PutInstalled(ctx, InstalledUnfinished, note, now), unit.PutInstalled(ctx, InstalledEpoch, note, now))
	if err != nil {
		return err
	}
	report.Keys, err = unit.RetireAllKeys(ctx, now)
	if err != nil {
		return err
	}
	return unit.AppendEvent(ctx, report.event(note, by, now))
}
