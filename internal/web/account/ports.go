package account

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Clients reads relying parties, for their names.
type Clients interface {
	// FindClient returns idp.ErrNotFound if there is none.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// SignIns remembers browsers; signin.Service implements it.
type SignIns interface {
	// Recognise returns the cookie of a browser whose person has just proved to be the owner of the user name, in place of the one
	// it has. The cookie decides only on which counter a wrong password counts.
	Recognise(ctx context.Context, cookie idp.Secret, username string, now time.Time) (idp.Secret, error)
}
