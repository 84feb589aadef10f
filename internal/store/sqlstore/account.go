package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
)

// accountRow is a user with the practice and the recovery PIN, joined: a sign-in reads it at every step, so that an
// account costs two statements, this one and the authenticators.
type accountRow struct {
	User     userRow     `gorm:"embedded"`
	Practice practiceRow `gorm:"foreignKey:PracticeID"`
	PIN      *pinRow     `gorm:"foreignKey:ID;references:UserID"`
}

// TableName names the table.
func (accountRow) TableName() string { return "users" }

// FindAccountByUsername takes a normalised user name; idp.ErrNotFound if there is none.
func (q queries) FindAccountByUsername(ctx context.Context, username string) (idp.Account, error) {
	return q.account(ctx, where("users.username = ?", text(username)))
}

// FindAccount returns idp.ErrNotFound if there is none.
func (q queries) FindAccount(ctx context.Context, id idp.UserID) (idp.Account, error) {
	return q.account(ctx, where("users.id = ?", text(id)))
}

func (q queries) account(ctx context.Context, which build) (idp.Account, error) {
	ctx, cancel := q.bound(ctx)
	defer cancel()
	var row accountRow
	err := q.take(ctx, &row, func(db *gorm.DB) *gorm.DB { return which(db.Joins("Practice").Joins("PIN")) })
	if err != nil {
		return idp.Account{}, err
	}
	return q.accountOf(ctx, row)
}

func (q queries) accountOf(ctx context.Context, row accountRow) (account idp.Account, err error) {
	account.User, err = row.User.domain()
	if err != nil {
		return idp.Account{}, err
	}
	account.Practice, err = row.Practice.domain()
	if err != nil {
		return idp.Account{}, err
	}
	if row.PIN != nil {
		pin := row.PIN.domain()
		account.PIN = &pin
	}
	account.Authenticators, err = q.ListAuthenticators(ctx, account.User.PracticeID, account.User.ID)
	if err != nil {
		return idp.Account{}, err
	}
	return account, nil
}
