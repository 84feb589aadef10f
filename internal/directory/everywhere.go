package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// MostFound is how many people SearchPeople returns at most.
const MostFound = 20

// FoundPerson is a person of any practice.
type FoundPerson struct {
	User     idp.User // without its password hash
	Practice idp.Practice
}

// SearchPeople finds people of all practices for APS staff, by parts of the name or the user name, as idp.Fold has them; by the whole
// user name, only its owner. more reports that there are more than are returned. Errors: idp.CodeForbidden.
func (s *People) SearchPeople(ctx context.Context, caller Caller, typed string, now time.Time) (found []FoundPerson, more bool, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		if err := q.serves(); err != nil {
			return err
		}
		found, more, err = q.everywhere(ctx, typed)
		return err
	})
	return found, more, err
}

func (q *query) everywhere(ctx context.Context, typed string) (found []FoundPerson, more bool, err error) {
	account, err := findByName(ctx, q.Records, typed)
	if err == nil {
		account.User.PasswordHash = idp.Secret{}
		return []FoundPerson{{User: account.User, Practice: account.Practice}}, false, nil
	}
	if !errors.Is(err, idp.ErrNotFound) && idp.CodeOf(err) != idp.CodeInvalid { // most searches are no user names
		return nil, false, err
	}
	users, err := q.SearchEverywhere(ctx, typed, MostFound+1)
	if err != nil {
		return nil, false, err
	}
	if more = len(users) > MostFound; more {
		users = users[:MostFound]
	}
	practices := map[idp.PracticeID]idp.Practice{}
	for _, u := range users {
		practice, known := practices[u.PracticeID]
		if !known {
			if practice, err = q.FindPractice(ctx, u.PracticeID); err != nil {
				return nil, false, err
			}
			practices[u.PracticeID] = practice
		}
		found = append(found, FoundPerson{User: u, Practice: practice})
	}
	return found, more, nil
}
