package sqlstore

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

const (
	repairBatch = 200  // rows that one transaction of a repair updates
	readBatch   = 2000 // users that it reads at once
)

// Repair brings rows that nodes of the previous release wrote up to date with what this release looks things up by: the folded names
// of people (users.folded) and the owner of each failure counter (guards.user_id). Until it has run, people whom such a node created
// or renamed stand in the wrong place of a list, and lists don't show a lock that such a node made; searches, sign-ins and a person's
// own page are right at once. It runs when a node starts, and then often, as it costs two looks at empty indexes where there is
// nothing to repair. It returns how many rows it repaired. Any number of nodes may run it at once.
func (s *Store) Repair(ctx context.Context) (rows int64, err error) {
	rows, err = s.foldNames(ctx)
	if err != nil {
		return rows, err
	}
	for mended := repairBatch; mended == repairBatch; {
		mended, err = s.repairGuards(ctx)
		if err != nil {
			return rows, err
		}
		rows += int64(mended)
	}
	return rows, nil
}

// foldNames folds the names of people until none is left.
func (s *Store) foldNames(ctx context.Context) (rows int64, err error) {
	for mended := repairBatch; mended == repairBatch; rows += int64(mended) {
		err := s.InTx(ctx, func(tx *Tx) (err error) {
			mended, err = tx.repairNames(ctx)
			return err
		})
		if err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// guardKey names a guard.
type guardKey struct{ SubjectHash, Proof text }

// repairGuards finds the owners of a batch of guards. Their subjects are hashed, so the only way is to hash the user name of
// every person.
func (s *Store) repairGuards(ctx context.Context) (int, error) {
	var keys []guardKey
	err := s.find(ctx, &keys, func(db *gorm.DB) *gorm.DB {
		return db.Table("guards").Select("subject_hash, proof").Where("user_id IS NULL").Order("subject_hash").Limit(repairBatch)
	})
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	owners, err := s.ownersOf(ctx, keys)
	if err != nil {
		return 0, err
	}
	return len(keys), s.InTx(ctx, func(tx *Tx) error {
		for _, key := range keys {
			this := where("subject_hash = ? AND proof = ? AND user_id IS NULL", key.SubjectHash, key.Proof)
			if _, err := tx.update(ctx, &guardRow{}, this, map[string]any{"user_id": owners[key]}); err != nil {
				return err
			}
		}
		return nil
	})
}

// ownersOf returns the users to whom the guards belong; a guard that is missing from the answer has no owner.
func (q queries) ownersOf(ctx context.Context, keys []guardKey) (map[guardKey]text, error) {
	owners := make(map[guardKey]text)
	proofs := []text{text(idp.ProofCode), text(idp.ProofPIN)}
	wanted := make(map[guardKey]bool, len(keys))
	for _, key := range keys {
		wanted[key] = true
	}
	for after := text(""); ; {
		var users []struct{ ID, Username text }
		err := q.find(ctx, &users, func(db *gorm.DB) *gorm.DB {
			return db.Table("users").Select("id, username").Where("id > ?", after).Order("id").Limit(readBatch)
		})
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			byID := text(idp.HashToken(string(u.ID)))
			mine := []guardKey{
				{text(idp.HashToken(policy.PasswordGuard(string(u.Username)))), text(idp.ProofPassword)}, {byID, proofs[0]}, {byID, proofs[1]},
			}
			for _, key := range slices.DeleteFunc(mine, func(k guardKey) bool { return !wanted[k] }) {
				owners[key] = u.ID
			}
		}
		if len(users) < readBatch {
			return owners, nil
		}
		after = users[len(users)-1].ID
	}
}
