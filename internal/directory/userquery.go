package directory

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// UserDetail is everything about one person that a manager of people may see.
type UserDetail struct {
	Account idp.Account // without password hash, keys, telephone numbers (masked in Phones) and PIN hash
	Phones  map[idp.AuthenticatorID]string
	Locks   []idp.Guard // those that are locked now
	Invite  *idp.Link   // the newest invitation, while the person has no password; without its hash
	// May says which of the commands of a person's menu the caller may give, and why not: "" means permitted.
	May map[policy.Command]string
	// Grants are the roles that the caller may give to this person or take from them.
	Grants []idp.Role
}

// FindUser shows a person: to themselves, to those who manage the practice, and to APS. Errors: idp.CodeNotFound if there is no
// such person in reach of the caller; idp.CodeForbidden.
func (s *People) FindUser(ctx context.Context, caller Caller, id idp.UserID, now time.Time) (found UserDetail, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		account, err := q.account(ctx, id)
		if err != nil {
			return err
		}
		found, err = q.detail(ctx, account)
		return err
	})
	return found, err
}

// detail gathers what the caller may see of the person.
func (q *query) detail(ctx context.Context, account idp.Account) (UserDetail, error) {
	d := UserDetail{Phones: map[idp.AuthenticatorID]string{}}
	guards, err := q.FindGuards(ctx, account.User)
	if err != nil {
		return UserDetail{}, err
	}
	d.Locks = slices.DeleteFunc(guards, func(g idp.Guard) bool { return !policy.IsLocked(g, q.now) })
	if account.User.PasswordHash.IsZero() {
		invite, err := q.FindInvite(ctx, account.User.PracticeID, account.User.ID)
		if err != nil && !errors.Is(err, idp.ErrNotFound) {
			return UserDetail{}, err
		}
		if err == nil {
			invite.Hash = ""
			d.Invite = &invite
		}
	}
	strictest, err := strictest(ctx, q, account, q.now)
	if err != nil {
		return UserDetail{}, err
	}
	d.May = menu(q.actor, account, len(d.Locks) > 0, strictest, q.now)
	d.Grants = grantable(q.actor, account)
	d.Account = account
	d.Account.Authenticators = slices.Clone(account.Authenticators)
	for i, a := range account.Authenticators {
		if a.Kind == idp.KindSMS {
			d.Phones[a.ID] = authenticator.MaskPhone(a.Phone)
		}
		bare := &d.Account.Authenticators[i]
		bare.TOTPKey, bare.Phone, bare.Passkey.PublicKey = idp.Secret{}, idp.Secret{}, idp.Secret{}
	}
	if account.PIN != nil {
		bare := *account.PIN
		bare.Hash = idp.Secret{}
		d.Account.PIN = &bare
	}
	d.Account.User.PasswordHash = idp.Secret{}
	return d, nil
}

// BrowseUsers lists people of a practice, with the place of the page in the list. Errors are those of ListUsers.
func (s *People) BrowseUsers(ctx context.Context, caller Caller, practice idp.PracticeID, q UserQuery, page UserPage, now time.Time) (list UserList, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, asked *query) error {
		if _, err := asked.practice(ctx, practice); err != nil {
			return err
		}
		list, err = asked.BrowseUsers(ctx, practice, q, page, now)
		return err
	})
	return list, err
}

// ListUsers lists people of a practice. Errors: idp.CodeNotFound if there is no such practice in reach of the caller;
// idp.CodeForbidden; idp.CodeInvalid for a cursor that no list of this order returned, and for an order or a filter that there is not.
func (s *People) ListUsers(ctx context.Context, caller Caller, practice idp.PracticeID, q UserQuery, page Page, now time.Time) (people []Person, next string, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, asked *query) error {
		if _, err := asked.practice(ctx, practice); err != nil {
			return err
		}
		people, next, err = asked.SearchUsers(ctx, practice, q, page, now)
		return err
	})
	return people, next, err
}
