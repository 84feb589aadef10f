package manage

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// Names reads the names of people, for pages about whom the visitor may see anyway.
type Names interface {
	// ListNames returns those of the people who belong to the practice, with identifier, user name and name.
	ListNames(ctx context.Context, practice idp.PracticeID, ids []idp.UserID) ([]idp.User, error)
}

// Held keeps what a visitor is about to do between two pages. It may vanish: then they choose again.
type Held interface {
	// Put keeps the value for life, in place of the one of this name.
	Put(ctx context.Context, name string, value []byte, life time.Duration) error
	// Find returns idp.ErrNotFound for one that is gone.
	Find(ctx context.Context, name string) ([]byte, error)
}
