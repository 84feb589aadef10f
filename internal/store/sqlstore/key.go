package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
)

type keyRow struct {
	ID          text `gorm:"primaryKey"`
	Alg         text
	Private     []byte // sealed
	CreatedAt   stamp
	SignFrom    stamp
	SignUntil   stamp
	VerifyUntil stamp
	RetiredAt   stamp
}

// TableName names the table.
func (keyRow) TableName() string { return "signing_keys" }

// ListKeys returns all signing keys, the oldest first.
func (q queries) ListKeys(ctx context.Context) ([]keyring.Key, error) {
	var rows []keyRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB { return db.Order("created_at, id") })
	if err != nil {
		return nil, err
	}
	keys := make([]keyring.Key, 0, len(rows))
	for _, r := range rows {
		private, err := q.open(r.Private, "signing_keys", "private", string(r.ID))
		if err != nil {
			return nil, err
		}
		keys = append(keys, keyring.Key{
			ID: string(r.ID), Alg: string(r.Alg), Private: private, CreatedAt: r.CreatedAt.at,
			SignFrom: r.SignFrom.at, SignUntil: r.SignUntil.at, VerifyUntil: r.VerifyUntil.at, RetiredAt: r.RetiredAt.at,
		})
	}
	return keys, nil
}

// CreateKey is Tx.CreateKey in a transaction of its own, with the event unless that is zero.
func (s *Store) CreateKey(ctx context.Context, k keyring.Key, e idp.AuditEvent) error {
	return s.InTx(ctx, func(tx *Tx) error {
		if err := tx.CreateKey(ctx, k); err != nil || e.Type == "" {
			return err
		}
		return tx.AppendEvent(ctx, e)
	})
}

// RetireKey withdraws a signing key, with its successor and the event. It is idp.ErrConflict for one that is not there, or was retired
// already.
func (s *Store) RetireKey(ctx context.Context, w keyring.Withdrawal) error {
	return s.InTx(ctx, func(tx *Tx) error {
		alive := where("id = ? AND retired_at IS NULL", text(w.ID))
		changed, err := tx.update(ctx, &keyRow{}, alive, map[string]any{"retired_at": at(w.At)})
		if err != nil {
			return err
		}
		if changed == 0 {
			return idp.ErrConflict
		}
		tx.outdates(idp.CopiedKeys)
		if w.Successor != nil {
			if err := tx.CreateKey(ctx, *w.Successor); err != nil {
				return err
			}
		}
		return tx.AppendEvent(ctx, w.Event)
	})
}

// CreateKey stores a signing key. It is idp.ErrConflict when there is one of this algorithm with the same SignFrom: another node
// has created it first.
func (tx *Tx) CreateKey(ctx context.Context, k keyring.Key) error {
	private, err := tx.seal(k.Private, "signing_keys", "private", k.ID)
	if err != nil {
		return err
	}
	if private == nil {
		return idp.Invalid("private", "a signing key needs its private part")
	}
	row := keyRow{
		ID: text(k.ID), Alg: text(k.Alg), Private: private, CreatedAt: at(k.CreatedAt),
		SignFrom: at(k.SignFrom), SignUntil: at(k.SignUntil), VerifyUntil: at(k.VerifyUntil), RetiredAt: at(k.RetiredAt),
	}
	tx.outdates(idp.CopiedKeys)
	_, err = tx.insert(ctx, &row)
	return err
}

// RetireAllKeys withdraws every key that was not withdrawn before: nothing that was signed until now verifies any more. It returns how
// many there were.
func (tx *Tx) RetireAllKeys(ctx context.Context, now time.Time) (int64, error) {
	tx.outdates(idp.CopiedKeys)
	return tx.update(ctx, &keyRow{}, where("retired_at IS NULL"), map[string]any{"retired_at": at(now)})
}
