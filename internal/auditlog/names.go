package auditlog

import (
	"context"

	"github.com/apscloud/apsid/internal/idp"
)

// People finds the people whom events name.
type People interface {
	// FindAccount returns idp.ErrNotFound if there is none, in any practice.
	FindAccount(ctx context.Context, id idp.UserID) (idp.Account, error)
}

// maxNames bounds how many names are remembered.
const maxNames = 10_000

// NamesOf tells user names, and looks each person up once. A name that can't be read now is left out: the identifier stands
// beside it.
func NamesOf(ctx context.Context, people People) Names {
	known := map[string]string{}
	return func(id string) string {
		if name, found := known[id]; found || len(known) >= maxNames {
			return name
		}
		account, err := people.FindAccount(ctx, idp.UserID(id))
		if err != nil && idp.CodeOf(err) != idp.CodeNotFound {
			return ""
		}
		known[id] = account.User.Username
		return account.User.Username
	}
}
