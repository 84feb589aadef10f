package manage

import (
	"context"
	"io"
	"iter"

	"github.com/apscloud/apsid/internal/idp"
)

// Names reads the names of people and apps, for pages about what the visitor may see anyway.
type Names interface {
	// ListNames returns those of the people who belong to the practice, with identifier, user name and name.
	ListNames(ctx context.Context, practice idp.PracticeID, ids []idp.UserID) ([]idp.User, error)
	// FindClient returns idp.ErrNotFound if there is none.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// Exporter writes events for other programs; names returns the name for an identifier, or "".
type Exporter func(w io.Writer, events iter.Seq2[idp.AuditEvent, error], names func(id string) string) error
