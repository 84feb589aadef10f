package sqlstore

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/restore"
)

// A backup that is restored brings rows back that were ended, used or deleted after it was made. What is done with each table then
// stands in deploy/docs/backup.md, and a test holds that every table stands there.

// voidBatch is how many rows one transaction ends or deletes: the messages to apps are queued in it too, and it must be over in time on a
// small database.
const voidBatch = 200

// voided is what becomes worthless with a restore, sessions apart.
type voided struct {
	table, key string
	which      build
	set        map[string]any // nil: the rows are deleted
	count      func(*restore.Voided) *int64
}

func voids(now time.Time) []voided {
	over, open := text(idp.CaseExpired), []text{text(idp.CaseOpen), text(idp.CaseSubmitted), text(idp.CaseApproved)}
	step := authenticator.NewestStep(now)
	return []voided{
		{
			"refresh_tokens", "hash", where("hash <> ''"), nil,
			func(v *restore.Voided) *int64 { return &v.RefreshTokens },
		},
		{
			"links", "hash", where("used_at IS NULL AND revoked_at IS NULL"), map[string]any{"revoked_at": at(now)},
			func(v *restore.Voided) *int64 { return &v.Links },
		},
		// One that was spent or changed after the backup can't be told from the others, and with the password it replaces the second factor.
		{
			"recovery_pins", "user_id", where("user_id <> ''"), nil,
			func(v *restore.Voided) *int64 { return &v.PINs },
		},
		// Every code that was accepted until now is of such a step, or an earlier one.
		{
			"authenticators", "id", where("kind = ? AND last_step < ?", text(idp.KindTOTP), step), map[string]any{"last_step": step},
			func(v *restore.Voided) *int64 { return &v.Steps },
		},
		// An approval is good for one act, which may have been carried out.
		{
			"support_cases", "id", where("state IN ?", open),
			map[string]any{"state": over, "code_hash": text(""), "code_until": stamp{}, "version": gorm.Expr("version + 1")},
			func(v *restore.Voided) *int64 { return &v.Cases },
		},
	}
}

// Void implements restore.Ledger.
func (s *Store) Void(ctx context.Context, ended idp.AuditEvent, now time.Time) (done restore.Voided, err error) {
	for {
		some, err := s.endSome(ctx, ended, now)
		done.Sessions += some
		if err != nil {
			return done, err
		}
		if some < voidBatch {
			break
		}
	}
	for _, what := range voids(now) {
		if err := s.void(ctx, what, what.count(&done)); err != nil {
			return done, err
		}
	}
	return done, nil
}

// endSome ends a batch of the sessions that are open.
func (s *Store) endSome(ctx context.Context, event idp.AuditEvent, now time.Time) (int64, error) {
	some := 0
	err := s.InTx(ctx, func(tx *Tx) error {
		ended, err := tx.endSessions(ctx, func(db *gorm.DB) *gorm.DB { return db.Limit(voidBatch) }, idp.EndRevoked, now)
		if err != nil {
			return err
		}
		some = len(ended)
		return tx.appendEnds(ctx, ended, event, now)
	})
	return int64(some), err
}

func (s *Store) void(ctx context.Context, what voided, total *int64) error {
	for {
		batch := int64(0)
		err := s.InTx(ctx, func(tx *Tx) (err error) {
			batch, err = tx.void(ctx, what)
			return err
		})
		*total += batch
		if err != nil || batch < voidBatch {
			return err
		}
	}
}

func (tx *Tx) void(ctx context.Context, what voided) (int64, error) {
	var rows []struct{ Key text }
	err := tx.find(ctx, &rows, locked(func(db *gorm.DB) *gorm.DB {
		return what.which(db.Table(what.table).Select(what.key + " AS key")).Order(what.key).Limit(voidBatch)
	}))
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	keys := make([]text, len(rows))
	for i, row := range rows {
		keys[i] = row.Key
	}
	ctx, cancel := tx.bound(ctx)
	defer cancel()
	those := tx.db.WithContext(ctx).Table(what.table).Where("?", among(what.key, keys))
	if what.set == nil {
		those = those.Delete(nil)
	} else {
		those = those.UpdateColumns(what.set)
	}
	return those.RowsAffected, mapError(those.Error)
}

// CountVoid implements restore.Ledger.
func (q queries) CountVoid(ctx context.Context, now time.Time) (found restore.Voided, err error) {
	found.Sessions, err = q.countOf(ctx, "sessions", where("ended_at IS NULL"))
	for _, what := range voids(now) {
		if err == nil {
			*what.count(&found), err = q.countOf(ctx, what.table, what.which)
		}
	}
	return found, err
}

func (q queries) countOf(ctx context.Context, table string, which build) (n int64, err error) {
	ctx, cancel := q.bound(ctx)
	defer cancel()
	err = which(q.db.WithContext(ctx).Table(table)).Count(&n).Error
	return n, mapError(err)
}

// NewestEvent returns the last event there is; idp.ErrNotFound if there is none.
func (q queries) NewestEvent(ctx context.Context) (idp.AuditEvent, error) {
	var row eventRow
	if err := q.take(ctx, &row, func(db *gorm.DB) *gorm.DB { return db.Order("id DESC") }); err != nil {
		return idp.AuditEvent{}, err
	}
	return row.domain()
}

// KnownEvents implements restore.Ledger.
func (q queries) KnownEvents(ctx context.Context, ids []idp.EventID) (known []idp.EventID, err error) {
	var rows []eventRow
	err = q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB { return db.Where("?", among("id", texts(ids))) })
	for _, row := range rows {
		known = append(known, idp.EventID(row.ID))
	}
	return known, err
}

// EnterEpoch tells the store which epoch its node has read (restore.InstalledEpoch, as it is stored). From then on no session starts in
// another one: the sign-in has begun before a backup was restored.
func (s *Store) EnterEpoch(note string) { s.entered.Store(&note) }

// holdEpoch keeps a restore from beginning another epoch until the transaction is over.
func (tx *Tx) holdEpoch(ctx context.Context) error {
	if tx.entered == nil {
		return nil
	}
	var row installedRow
	err := tx.take(ctx, &row, shared(where("name = ?", text(restore.InstalledEpoch))))
	if noneIfGone(err) != nil {
		return err
	}
	return tx.sameEpoch(row.Value)
}

// sameEpoch compares the epoch that is stored with the one that the node knows.
func (tx *Tx) sameEpoch(stored text) error {
	if string(stored) != *tx.entered {
		return idp.Wrap(idp.CodeUnavailable, errors.New("a backup was restored since this sign-in began"))
	}
	return nil
}

// BeginEpoch makes every node read everything again of which it keeps a copy.
func (tx *Tx) BeginEpoch() {
	for _, what := range []idp.Copied{idp.CopiedClients, idp.CopiedKeys, idp.CopiedEpoch, idp.CopiedStanding} {
		tx.outdates(what)
	}
}
