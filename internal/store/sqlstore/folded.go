package sqlstore

import (
	"context"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	// longestFolded is how many bytes of a folded name, and of a folded user name, are stored: they are in an index, which bounds them.
	longestFolded = 500
	// unfolded is exactly the condition of the index users_unfolded: what the row was folded from is not what it says.
	unfolded = "folded_of <> name || ' <' || username || '>'"
	// mostUnfolded bounds how many people that are not folded a search looks at: the next repair folds them.
	mostUnfolded = 500
)

// foldedRow is what is written beside a user: how lists sort the person and searches compare them, and what that was made of.
type foldedRow struct {
	Folded   text // the name that the person is shown by, a line break, the user name; there is an at sign in any
	FoldedOf text
}

// foldUser folds the names of a person. One without a name is shown by the user name, of which the domain says least.
func foldUser(u userRow) foldedRow {
	username := shortened(idp.Fold(string(u.Username)))
	if !strings.Contains(username, "@") {
		username += "@"
	}
	name := shortened(idp.Fold(string(u.Name)))
	if name == "" {
		name = username[:strings.LastIndex(username, "@")]
	}
	return foldedRow{Folded: text(name + "\n" + username), FoldedOf: u.Name + " <" + u.Username + ">"}
}

func shortened(folded string) string {
	if len(folded) <= longestFolded {
		return folded
	}
	return strings.ToValidUTF8(folded[:longestFolded], "") // not half a letter
}

// repairNames folds the names of a batch of people whom nodes of the previous release wrote, and returns how many.
func (tx *Tx) repairNames(ctx context.Context) (int, error) {
	var users []userRow
	err := tx.find(ctx, &users, func(db *gorm.DB) *gorm.DB {
		// Rows that another node has locked are left to that node.
		return db.Clauses(clause.Locking{Strength: clause.LockingStrengthUpdate, Options: clause.LockingOptionsSkipLocked}).
			Where(unfolded).Order("practice_id, id").Limit(repairBatch)
	})
	if err != nil || len(users) == 0 {
		return 0, err
	}
	var rows []string
	var values []any
	for _, u := range users {
		folded := foldUser(u)
		rows, values = append(rows, "(?, ?, ?)"), append(values, u.ID, folded.Folded, folded.FoldedOf)
	}
	ctx, cancel := tx.bound(ctx)
	defer cancel()
	done := tx.db.WithContext(ctx).Exec("WITH v (id, folded, folded_of) AS (VALUES "+strings.Join(rows, ", ")+
		") UPDATE users SET folded = v.folded, folded_of = v.folded_of FROM v WHERE users.id = v.id", values...)
	return len(users), mapError(done.Error)
}
