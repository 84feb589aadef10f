package sqlstore

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// MaxBatch is how many people CreateUsers takes at once.
const MaxBatch = 500

// userID is a user's identifier and nothing else.
type userID struct{ ID text }

// TableName names the table.
func (userID) TableName() string { return "users" }

// CreateUsers stores new people, up to MaxBatch, each as CreateUser does, by a few statements for all of them. Those whose user
// name exists, in any practice or earlier in the list, are left out, and taken has their places in the list, in order. Any other
// fault fails the whole batch: idp.ErrConflict if an identifier exists, idp.ErrNotFound if a practice does not.
func (tx *Tx) CreateUsers(ctx context.Context, users []idp.User) (taken []int, err error) {
	if len(users) == 0 {
		return nil, nil
	}
	if len(users) > MaxBatch {
		return nil, idp.ErrInvalid
	}
	rows := make([]newUserRow, len(users))
	ids := make([]text, len(users))
	for i, u := range users {
		rows[i], ids[i] = firstRow(u), text(u.ID)
	}
	_, err = tx.insert(ctx, &rows, clause.OnConflict{Columns: []clause.Column{{Name: "username"}}, DoNothing: true})
	if err != nil {
		return nil, err
	}
	var stored []userID
	if err := tx.find(ctx, &stored, where("?", among("id", ids))); err != nil {
		return nil, err
	}
	is := make(map[userID]bool, len(stored))
	for _, id := range stored {
		is[id] = true
	}
	var created []userRow
	for i, row := range rows {
		if !is[userID{row.User.ID}] {
			taken = append(taken, i)
			continue
		}
		created = append(created, row.User)
	}
	return taken, tx.handAllGuards(ctx, created)
}

// handAllGuards is handGuards for new people. Only names that have a guard are handled: few, if any, were ever tried before.
func (tx *Tx) handAllGuards(ctx context.Context, users []userRow) error {
	byHash := make(map[text]userRow, len(users))
	hashes := make([]text, 0, len(users))
	for _, u := range users {
		hash := text(idp.HashToken(policy.PasswordGuard(string(u.Username))))
		byHash[hash], hashes = u, append(hashes, hash)
	}
	var tried []guardRow
	err := tx.find(ctx, &tried, where("? AND proof = ?", among("subject_hash", hashes), text(idp.ProofPassword)))
	if err != nil {
		return err
	}
	for _, row := range tried {
		u := byHash[row.SubjectHash]
		if err := tx.handGuards(ctx, idp.UserID(u.ID), string(u.Username)); err != nil {
			return err
		}
	}
	return nil
}

// ListHolders returns, for each of these user names that is taken, the practice of its person; at most MaxBatch names may be
// asked for.
func (q queries) ListHolders(ctx context.Context, usernames []string) (map[string]idp.PracticeID, error) {
	if len(usernames) > MaxBatch {
		return nil, idp.ErrInvalid
	}
	var rows []userRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Select("username", "practice_id").Where("?", among("username", texts(usernames)))
	})
	if err != nil {
		return nil, err
	}
	holders := make(map[string]idp.PracticeID, len(rows))
	for _, row := range rows {
		holders[string(row.Username)] = idp.PracticeID(row.PracticeID)
	}
	return holders, nil
}
