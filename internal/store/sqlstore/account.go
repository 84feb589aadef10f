package sqlstore

import (
	"context"
	"fmt"

	"github.com/apscloud/apsid/internal/idp"
)

// accountRow is a user with the practice, the recovery PIN and one of the authenticators, joined: a sign-in reads them at every step. An
// account has a row for each authenticator, and one without if it has none.
type accountRow struct {
	user          userRow
	practice      practiceRow
	pin           pinRow           // without a user: there is none
	authenticator authenticatorRow // without an identifier likewise
}

func (r *accountRow) rows() []any {
	return []any{&r.user, &r.practice, &r.pin, &r.authenticator}
}

// FindAccountByUsername takes a normalised user name; idp.ErrNotFound if there is none.
func (q queries) FindAccountByUsername(ctx context.Context, username string) (idp.Account, error) {
	return q.account(ctx, "u.username = $1", text(username))
}

// FindAccount returns idp.ErrNotFound if there is none.
func (q queries) FindAccount(ctx context.Context, id idp.UserID) (idp.Account, error) {
	return q.account(ctx, "u.id = $1", text(id))
}

func (q queries) account(ctx context.Context, which string, values ...any) (account idp.Account, err error) {
	found := false
	err = q.readAll(ctx, fmt.Sprintf(q.joins.account, which), values, func(scan func(...any) error) error {
		var row accountRow
		if err := scan(places(row.rows()...)...); err != nil {
			return err
		}
		if !found {
			found = true
			if account, err = row.account(); err != nil {
				return err
			}
		}
		if row.authenticator.ID == "" {
			return nil
		}
		a, err := q.authenticator(row.authenticator)
		account.Authenticators = append(account.Authenticators, a)
		return err
	})
	if err == nil && !found {
		err = idp.ErrNotFound
	}
	if err != nil {
		return idp.Account{}, err
	}
	return account, nil
}

// account is all of the row but the authenticator.
func (r *accountRow) account() (account idp.Account, err error) {
	if account.User, err = r.user.domain(); err != nil {
		return idp.Account{}, err
	}
	if account.Practice, err = r.practice.domain(); err != nil {
		return idp.Account{}, err
	}
	if r.pin.UserID != "" {
		pin := r.pin.domain()
		account.PIN = &pin
	}
	return account, nil
}
