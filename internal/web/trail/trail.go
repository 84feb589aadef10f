package trail

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// Names reads the names of people and apps, for pages about what the visitor may see anyway.
type Names interface {
	// ListNames returns those of the people who belong to the practice, with identifier, user name and name.
	ListNames(ctx context.Context, practice idp.PracticeID, ids []idp.UserID) ([]idp.User, error)
	// FindClient returns idp.ErrNotFound if there is none.
	FindClient(ctx context.Context, id idp.ClientID) (idp.Client, error)
}

// Exporter writes events for other programs; names returns the name for an identifier, or "". Where a person reads what it writes, they
// do so in the place.
type Exporter func(w io.Writer, events iter.Seq2[idp.AuditEvent, error], names func(id string) string, place idp.Place) error

// Config is what New needs. All of it is needed.
type Config struct {
	Practices *directory.Practices
	People    *directory.People
	Names     Names
	CSV       Exporter
	JSONLines Exporter
	Service   string // the name under which we did something by ourselves
	// Clock is the machine's, for the deadlines of the network. The time of a query is the visitor's.
	Clock func() time.Time
	Log   *slog.Logger // where a download that breaks off is reported
}

// Trail reads activity for pages.
type Trail struct{ Config }

// New returns it, or an error if something is missing.
func New(config Config) (*Trail, error) {
	switch {
	case config.Practices == nil, config.People == nil, config.Names == nil:
		return nil, errors.New("trail: practices, people and names are needed")
	case config.CSV == nil, config.JSONLines == nil, config.Clock == nil, config.Log == nil, config.Service == "":
		return nil, errors.New("trail: two exporters, a clock, a logger and the name of the service are needed")
	}
	return &Trail{config}, nil
}

// Scope is what a page is about, and where it lives.
type Scope struct {
	Practice idp.PracticeID
	Own      bool                    // only what concerns the visitor
	Path     string                  // of the page: "/manage/activity"
	Person   func(idp.UserID) string // the address of a person's page; nil: people have none here
}
