package server

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbox"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// Trail is the audit trail, for those who work on the server itself.
type Trail struct{ store *sqlstore.Store }

// OpenTrail opens the database alone, and creates nothing in it: not even keys.
func OpenTrail(ctx context.Context, c config.Vault) (*Trail, error) {
	sealer, err := examineSealer(c)
	if err != nil {
		return nil, err
	}
	if err := examineSchema(ctx, c.SQL); err != nil {
		return nil, err
	}
	store, err := openSQL(ctx, c.SQL, sealer)
	if err != nil {
		return nil, err
	}
	return &Trail{store: store}, nil
}

// Close closes it.
func (t *Trail) Close() error { return t.store.Close() }

// Verify recomputes the whole trail: see auditlog.Verify.
func (t *Trail) Verify(ctx context.Context, kept string) (auditlog.Report, error) {
	return auditlog.Verify(ctx, t.store, kept)
}

// ExportAsk says what is to be written out.
type ExportAsk struct {
	Practice    idp.PracticeID // "": the events that belong to no practice, like the sign-in of an unknown user name
	From, Until time.Time      // zero: no bound
	CSV         bool           // otherwise JSON Lines
	By          idp.Actor
}

// Export writes a practice's events to w, newest first, and leaves an event that it was done. Memory does not grow with them.
func (t *Trail) Export(ctx context.Context, w io.Writer, ask ExportAsk, now time.Time) error {
	err := t.store.AppendEvent(ctx, idp.AuditEvent{
		ID: idp.NewEventID(now), At: now, Type: idp.EventEventsExported, Actor: ask.By, PracticeID: ask.Practice, Result: idp.ResultSuccess,
		Details: map[string]string{"from": bound(ask.From), "until": bound(ask.Until)},
	})
	if err != nil {
		return err
	}
	events := t.events(ctx, ask)
	if ask.CSV {
		return auditlog.WriteCSV(w, events, t.names(ctx))
	}
	return auditlog.WriteJSONLines(w, events, t.names(ctx))
}

func bound(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

func (t *Trail) events(ctx context.Context, ask ExportAsk) iter.Seq2[idp.AuditEvent, error] {
	return func(yield func(idp.AuditEvent, error) bool) {
		page := directory.Page{Limit: sqlstore.MaxPage}
		for {
			events, next, err := t.store.SearchEvents(ctx, ask.Practice, directory.EventQuery{From: ask.From, Until: ask.Until}, page)
			if err != nil {
				yield(idp.AuditEvent{}, err)
				return
			}
			for _, event := range events {
				if !yield(event, nil) {
					return
				}
			}
			if page.After = next; next == "" {
				return
			}
		}
	}
}

// maxNames bounds how many names are remembered.
const maxNames = 10_000

// names looks each person up once.
func (t *Trail) names(ctx context.Context) auditlog.Names {
	known := map[string]string{}
	return func(id string) string {
		if name, found := known[id]; found || len(known) >= maxNames {
			return name
		}
		account, err := t.store.FindAccount(ctx, idp.UserID(id))
		if err != nil && !errors.Is(err, idp.ErrNotFound) {
			return "" // the identifier stands beside it
		}
		known[id] = account.User.Username
		return account.User.Username
	}
}

// openSQL opens the database alone.
func openSQL(ctx context.Context, c config.SQL, sealer *seal.Sealer) (*sqlstore.Store, error) {
	engine, err := sqlstore.EngineOf(c.DatabaseURL())
	if err != nil {
		return nil, err
	}
	queue, err := outbox.NewQueue(outbox.Engine(engine), sealer)
	if err != nil {
		return nil, err
	}
	return sqlstore.Open(ctx, c.DatabaseURL(), sealer, queue, sqlstore.Options{})
}
