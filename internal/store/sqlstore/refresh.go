package sqlstore

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
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

	Generation uint32
	JKT        text `gorm:"column:jkt"`
}

// TableName names the table.
func (refreshRow) TableName() string { return "refresh_tokens" }

func refreshToRow(t idp.RefreshToken) refreshRow {
	return refreshRow{
		Hash: text(t.Hash), SID: text(t.SID), ClientID: text(t.ClientID), UserID: text(t.UserID), Scopes: t.Scopes,
		Resources: t.Resources, Claims: text(t.Claims),
		AuthTime: at(t.AuthTime), CreatedAt: at(t.CreatedAt), ExpiresAt: at(t.ExpiresAt), UsedAt: at(t.UsedAt), Generation: t.Generation, JKT: text(t.JKT),
	}
}

func (r refreshRow) domain() idp.RefreshToken {
	return idp.RefreshToken{
		Hash: string(r.Hash), SID: idp.SID(r.SID), ClientID: idp.ClientID(r.ClientID), UserID: idp.UserID(r.UserID),
		Scopes: r.Scopes, Resources: r.Resources, Claims: string(r.Claims), AuthTime: r.AuthTime.at, CreatedAt: r.CreatedAt.at, ExpiresAt: r.ExpiresAt.at, UsedAt: r.UsedAt.at,
		Generation: r.Generation, JKT: string(r.JKT),
	}
}

// IsPassedRefresh reports whether the session has a refresh token that came after this generation. A token of a node of the previous
// release, which counts nothing, may have.
func (q queries) IsPassedRefresh(ctx context.Context, sid idp.SID, generation uint32) (bool, error) {
	later := where("sid = ? AND (generation > ? OR generation = 0)", text(sid), generation)
	if err := q.take(ctx, &refreshRow{}, later); err != nil {
		return false, noneIfGone(err)
	}
	return true, nil
}

// SpendFor is Spend, and Tx.CreateRefreshToken for the first caller: kept is false if the session has ended, or does not exist. The name is
// spent all the same.
func (s *Store) SpendFor(ctx context.Context, name string, until time.Time, t idp.RefreshToken) (first, kept bool, err error) {
	if s.engine == Postgres {
		return s.spendForAtOnce(ctx, name, until, t)
	}
	err = s.InTx(ctx, func(tx *Tx) (err error) {
		if first, err = tx.Spend(ctx, name, until); err != nil || !first {
			return err
		}
		err = tx.CreateRefreshToken(ctx, t)
		kept = err == nil
		return noneIfGone(err)
	})
	return first, kept, err
}

// RotateRefreshToken is Tx.RotateRefreshToken in a transaction of its own.
func (s *Store) RotateRefreshToken(ctx context.Context, oldHash string, next idp.RefreshToken, grace time.Duration, now time.Time) (again bool, err error) {
	if s.engine == Postgres {
		if rotated, err := s.rotateAtOnce(ctx, oldHash, next, now); rotated || err != nil {
			return false, err
		}
	}
	err = s.InTx(ctx, func(tx *Tx) (err error) {
		again, err = tx.RotateRefreshToken(ctx, oldHash, next, grace, now)
		return err
	})
	return again, err
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

// RotateRefreshToken marks old as used at now and stores next. If old was used before, less than grace ago (policy.AnsweredAgain), next
// is stored beside the token that old gave first, and again is true; the time of the first use stays. Otherwise, and if the session has
// got too many tokens lately (policy.MaxRefreshBurst), it is idp.ErrUsed: without a grace exactly one of any number of callers succeeds.
// It is idp.ErrNotFound if there is no such token or its session has ended, and idp.ErrConflict if next is of another session or client,
// or exists. Tokens of the session that were used more than policy.KeptUsedRefresh ago go, if they have a generation.
func (tx *Tx) RotateRefreshToken(ctx context.Context, oldHash string, next idp.RefreshToken, grace time.Duration, now time.Time) (again bool, err error) {
	if err := tx.HoldSession(ctx, next.SID); err != nil {
		return false, err
	}
	row := refreshToRow(next)
	unused := where("hash = ? AND used_at IS NULL AND sid = ? AND client_id = ?", text(oldHash), row.SID, row.ClientID)
	changed, err := tx.update(ctx, &refreshRow{}, unused, map[string]any{"used_at": at(now)})
	if err != nil {
		return false, err
	}
	if again = changed == 0; again {
		if err := tx.mayRepeat(ctx, oldHash, row, grace, now); err != nil {
			return false, err
		}
	}
	if _, err := tx.insert(ctx, &row); err != nil {
		return false, err
	}
	return again, tx.forgetUsed(ctx, row.SID, now)
}

// forgetUsed deletes the session's used tokens whose texts are enough to know them by. Those that another transaction is deleting, or
// looks at, are left to the next rotation.
func (tx *Tx) forgetUsed(ctx context.Context, sid text, now time.Time) error {
	var rows []refreshRow
	err := tx.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate, Options: clause.LockingOptionsSkipLocked}).
			Select("hash").Where("sid = ? AND generation > 0 AND used_at < ?", sid, at(now.Add(-policy.KeptUsedRefresh)))
	})
	if err != nil || len(rows) == 0 {
		return err
	}
	_, err = tx.remove(ctx, &refreshRow{}, where("?", among("hash", hashesOf(rows))))
	return err
}

func hashesOf(rows []refreshRow) []text {
	hashes := make([]text, len(rows))
	for i, r := range rows {
		hashes[i] = r.Hash
	}
	return hashes
}

// mayRepeat holds a token that is not there to be rotated, so that its siblings are made one after another, and finds out why: nil if it
// gives the sibling. Regular rotations are neither held nor counted, as none of them makes the tokens of a session more.
func (tx *Tx) mayRepeat(ctx context.Context, hash string, sibling refreshRow, grace time.Duration, now time.Time) error {
	var old refreshRow
	err := tx.take(ctx, &old, locked(where("hash = ?", text(hash))))
	switch {
	case err != nil:
		return err
	case old.UsedAt.at.IsZero() || old.SID != sibling.SID || old.ClientID != sibling.ClientID:
		return idp.ErrConflict
	case !policy.AnsweredAgain(old.UsedAt.at, now, grace):
		return idp.ErrUsed
	default:
		return tx.boundFamily(ctx, sibling.SID, now)
	}
}

// boundFamily makes room for one more token of the session. It is idp.ErrUsed if the session has got too many lately; the oldest that
// were not used go if it has kept too many. Siblings of several tokens are counted at once, each without the others, so that a few more
// may come through.
func (tx *Tx) boundFamily(ctx context.Context, sid text, now time.Time) error {
	var counts struct{ Recent, Unused int }
	err := tx.take(ctx, &counts, func(db *gorm.DB) *gorm.DB {
		from, to := at(now.Add(-policy.MaxRefreshGrace)), at(now.Add(policy.MaxRefreshGrace))
		return db.Model(&refreshRow{}).Where("sid = ?", sid).
			Select("count(*) FILTER (WHERE created_at > ? AND created_at < ?) AS recent, count(*) FILTER (WHERE used_at IS NULL) AS unused", from, to)
	})
	if err != nil {
		return err
	}
	if counts.Recent >= policy.MaxRefreshBurst {
		return idp.ErrUsed
	}
	over := counts.Unused + 1 - policy.KeptRefreshTokens
	if over <= 0 {
		return nil
	}
	var oldest []refreshRow
	err = tx.find(ctx, &oldest, func(db *gorm.DB) *gorm.DB {
		return db.Select("hash").Where("sid = ? AND used_at IS NULL", sid).Order("created_at, hash").Limit(over)
	})
	if err != nil {
		return err
	}
	_, err = tx.remove(ctx, &refreshRow{}, where("? AND used_at IS NULL", among("hash", hashesOf(oldest)))) // one that is being used stays
	return err
}

// DeleteRefreshTokens removes all tokens of a session.
func (tx *Tx) DeleteRefreshTokens(ctx context.Context, sid idp.SID) error {
	_, err := tx.remove(ctx, &refreshRow{}, where("sid = ?", text(sid)))
	return err
}
