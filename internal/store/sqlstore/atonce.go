package sqlstore

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/restore"
)

// What every refresh and every code of an app does is one statement on Postgres, which is a transaction of its own: one trip to the
// server instead of seven. It locks what the transaction that it stands for locks, in the same order: the session, then its tokens. The
// start of a session is one statement of its transaction.

// newRefresh are the columns of a refreshRow in the order of its fields, as values from $1 on.
const newRefresh = `INSERT INTO refresh_tokens
	(hash, sid, client_id, user_id, scopes, resources, claims, auth_time, created_at, expires_at, used_at, generation, jkt)
	SELECT $1, $2, $3, $4, $5, $6, $7, $8::timestamptz, $9::timestamptz, $10::timestamptz, $11::timestamptz, $12, $13 `

func (r refreshRow) values(more ...any) []any {
	return append([]any{r.Hash, r.SID, r.ClientID, r.UserID, r.Scopes, r.Resources, r.Claims, r.AuthTime, r.CreatedAt, r.ExpiresAt, r.UsedAt, r.Generation, r.JKT}, more...)
}

const rotate = `WITH held AS (SELECT 1 FROM sessions WHERE id = $2 AND ended_at IS NULL FOR SHARE),
used AS (UPDATE refresh_tokens SET used_at = $14
	WHERE hash = $15 AND used_at IS NULL AND sid = $2 AND client_id = $3 AND EXISTS (SELECT 1 FROM held) RETURNING 1),
gone AS (DELETE FROM refresh_tokens WHERE hash IN (SELECT hash FROM refresh_tokens
	WHERE sid = $2 AND generation > 0 AND used_at < $16 AND EXISTS (SELECT 1 FROM used) FOR UPDATE SKIP LOCKED))
` + newRefresh + `FROM used`

// rotateAtOnce is Tx.RotateRefreshToken for a token that was not used before, of a live session. In any other case nothing is changed,
// and rotated is false.
func (s *Store) rotateAtOnce(ctx context.Context, oldHash string, next idp.RefreshToken, now time.Time) (rotated bool, err error) {
	row := refreshToRow(next)
	changed, err := s.exec(ctx, rotate, row.values(at(now), text(oldHash), at(now.Add(-policy.KeptUsedRefresh)))...)
	return changed > 0, err
}

const spendFor = `WITH mine AS (INSERT INTO spent (hash, expires_at) VALUES ($14, $15) ON CONFLICT DO NOTHING RETURNING 1),
held AS (SELECT 1 FROM sessions WHERE id = $2 AND ended_at IS NULL AND EXISTS (SELECT 1 FROM mine) FOR SHARE),
kept AS (` + newRefresh + `FROM held RETURNING 1)
SELECT EXISTS (SELECT 1 FROM mine), EXISTS (SELECT 1 FROM kept)`

// spendForAtOnce is SpendFor on Postgres.
func (s *Store) spendForAtOnce(ctx context.Context, name string, until time.Time, t idp.RefreshToken) (first, kept bool, err error) {
	row := refreshToRow(t)
	err = s.alone(ctx, func(ctx context.Context) error {
		return s.writer.QueryRowContext(ctx, spendFor, row.values(text(idp.HashToken(name)), at(until))...).Scan(&first, &kept)
	})
	return first, kept, err
}

const start = `WITH epoch AS (SELECT value FROM installation WHERE name = $15 FOR SHARE),
mine AS (UPDATE users SET last_signin_at = CASE WHEN last_signin_at > $9 THEN last_signin_at ELSE $9 END
	WHERE id = $3 AND practice_id = $2 AND coalesce((SELECT value FROM epoch), '') = $16 RETURNING 1),
made AS (INSERT INTO sessions
	(id, practice_id, user_id, client_id, browser_hash, acr, amr, factors, auth_time, created_at, expires_at, last_activity, sign_on, ended_at, end_reason)
	SELECT $1, $2, $3, $4, $5, $6, $7, $17, $8::timestamptz, $9::timestamptz, $10::timestamptz, $11::timestamptz, $12, $13::timestamptz, $14 FROM mine
	ON CONFLICT (id) DO NOTHING RETURNING 1)
SELECT coalesce((SELECT value FROM epoch), ''), EXISTS (SELECT 1 FROM mine), EXISTS (SELECT 1 FROM made)`

// startAtOnce is StartSession of a person whose practice is held.
func (tx *Tx) startAtOnce(ctx context.Context, row sessionRow) error {
	ctx, cancel := tx.bound(ctx)
	defer cancel()
	var stored text
	var mine, made bool
	err := mapError(tx.sql.QueryRowContext(ctx, start, row.ID, row.PracticeID, row.UserID, row.ClientID, row.BrowserHash, row.ACR, row.AMR,
		row.AuthTime, row.CreatedAt, row.ExpiresAt, row.LastActivity, row.SignOn, row.EndedAt, row.EndReason,
		text(restore.InstalledEpoch), text(*tx.entered), row.Factors).Scan(&stored, &mine, &made))
	if err == nil {
		err = tx.sameEpoch(stored)
	}
	switch {
	case err != nil || made:
		return err
	case !mine:
		return idp.ErrNotFound
	default:
		return tx.rebindSession(ctx, row)
	}
}

// exec runs a statement in a transaction of its own, and returns how many rows it changed.
func (s *Store) exec(ctx context.Context, statement string, values ...any) (changed int64, err error) {
	err = s.alone(ctx, func(ctx context.Context) error {
		done, err := s.writer.ExecContext(ctx, statement, values...)
		if err == nil {
			changed, err = done.RowsAffected()
		}
		return err
	})
	return changed, err
}

// alone runs one statement as InTx runs a transaction: again after a collision, within the time of one call.
func (s *Store) alone(ctx context.Context, statement func(context.Context) error) error {
	ctx, cancel := s.bound(ctx)
	defer cancel()
	for attempt := 1; ; attempt++ {
		err := statement(ctx)
		if !collided(err) {
			return mapError(err)
		}
		if attempt == attempts || !pause(ctx, attempt) {
			return idp.Wrap(idp.CodeUnavailable, err)
		}
	}
}
