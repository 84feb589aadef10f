package sqlstore

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

type refreshRow struct {
	Hash      text `gorm:"primaryKey"`
	SID       text `gorm:"column:sid"`
	ClientID  text
	UserID    text
	Scopes    list[string]
	Resources list[string]
	Claims    text
	AuthTime  stamp
	CreatedAt stamp
	ExpiresAt stamp
	UsedAt    stamp
}

// TableName names the table.
func (refreshRow) TableName() string { return "refresh_tokens" }

func refreshToRow(t idp.RefreshToken) refreshRow {
	return refreshRow{
		Hash: text(t.Hash), SID: text(t.SID), ClientID: text(t.ClientID), UserID: text(t.UserID), Scopes: t.Scopes,
		Resources: t.Resources, Claims: text(t.Claims),
		AuthTime: at(t.AuthTime), CreatedAt: at(t.CreatedAt), ExpiresAt: at(t.ExpiresAt), UsedAt: at(t.UsedAt),
	}
}

func (r refreshRow) domain() idp.RefreshToken {
	return idp.RefreshToken{
		Hash: string(r.Hash), SID: idp.SID(r.SID), ClientID: idp.ClientID(r.ClientID), UserID: idp.UserID(r.UserID),
		Scopes: r.Scopes, Resources: r.Resources, Claims: string(r.Claims), AuthTime: r.AuthTime.at, CreatedAt: r.CreatedAt.at, ExpiresAt: r.ExpiresAt.at, UsedAt: r.UsedAt.at,
	}
}

// FindRefreshToken returns it, used or not; idp.ErrNotFound if there is none.
func (q queries) FindRefreshToken(ctx context.Context, hash string) (idp.RefreshToken, error) {
	var row refreshRow
	if err := q.take(ctx, &row, where("hash = ?", text(hash))); err != nil {
		return idp.RefreshToken{}, err
	}
	return row.domain(), nil
}

// CreateRefreshToken is Tx.CreateRefreshToken in a transaction of its own.
func (s *Store) CreateRefreshToken(ctx context.Context, t idp.RefreshToken) error {
	return s.InTx(ctx, func(tx *Tx) error { return tx.CreateRefreshToken(ctx, t) })
}

// RotateRefreshToken is Tx.RotateRefreshToken in a transaction of its own.
func (s *Store) RotateRefreshToken(ctx context.Context, oldHash string, next idp.RefreshToken, now time.Time) error {
	return s.InTx(ctx, func(tx *Tx) error { return tx.RotateRefreshToken(ctx, oldHash, next, now) })
}

// CreateRefreshToken stores the first token of a session. It is idp.ErrNotFound if the session does not exist or has
// ended, and idp.ErrConflict if the token exists.
func (tx *Tx) CreateRefreshToken(ctx context.Context, t idp.RefreshToken) error {
	if err := tx.HoldSession(ctx, t.SID); err != nil {
		return err
	}
	row := refreshToRow(t)
	_, err := tx.insert(ctx, &row)
	return err
}

// RotateRefreshToken marks old as used and stores next; of any number of callers exactly one succeeds, the others get
// idp.ErrUsed. It is idp.ErrNotFound if there is no such token or its session has ended, and idp.ErrConflict if next is of
// another session or client, or exists.
func (tx *Tx) RotateRefreshToken(ctx context.Context, oldHash string, next idp.RefreshToken, now time.Time) error {
	if err := tx.HoldSession(ctx, next.SID); err != nil {
		return err
	}
	row := refreshToRow(next)
	unused := where("hash = ? AND used_at IS NULL AND sid = ? AND client_id = ?", text(oldHash), row.SID, row.ClientID)
	changed, err := tx.update(ctx, &refreshRow{}, unused, map[string]any{"used_at": at(now)})
	if err != nil {
		return err
	}
	if changed == 0 {
		return tx.notRotated(ctx, oldHash)
	}
	_, err = tx.insert(ctx, &row)
	return err
}

func (tx *Tx) notRotated(ctx context.Context, hash string) error {
	old, err := tx.FindRefreshToken(ctx, hash)
	if err != nil {
		return err
	}
	if old.UsedAt.IsZero() {
		return idp.ErrConflict
	}
	return idp.ErrUsed
}

// DeleteRefreshTokens removes all tokens of a session.
func (tx *Tx) DeleteRefreshTokens(ctx context.Context, sid idp.SID) error {
	_, err := tx.remove(ctx, &refreshRow{}, where("sid = ?", text(sid)))
	return err
}
