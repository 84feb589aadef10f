package server

import (
	"context"
	"io"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbox"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// Trail is the audit trail, for the command line on the server itself.
type Trail struct {
	store  *sqlstore.Store
	sealer *seal.Sealer
}

// OpenTrail opens the database alone, and creates nothing in it: not even keys.
func OpenTrail(ctx context.Context, c config.Vault) (*Trail, error) {
	sealer, err := existingSealer(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := needSchema(ctx, c.SQL); err != nil {
		return nil, err
	}
	store, err := openSQL(ctx, c.SQL, sealer)
	if err != nil {
		return nil, err
	}
	return &Trail{store: store, sealer: sealer}, nil
}

// Close closes the database.
func (t *Trail) Close() error { return t.store.Close() }

// Verify recomputes the whole trail: see auditlog.Verify.
func (t *Trail) Verify(ctx context.Context, kept, folder string) (auditlog.Report, error) {
	return auditlog.Verify(ctx, t.store, kept, folder)
}

// Archive moves the events of before into signed files in folder, and returns what it moved: see auditlog.Leave.
func (t *Trail) Archive(ctx context.Context, folder string, before time.Time, by idp.Actor, now time.Time) ([]auditlog.Archive, error) {
	return auditlog.Leave(ctx, t.store, auditlog.Leaving{
		Folder: folder, Before: before, Names: auditlog.NamesOf(ctx, t.store), By: by,
	}, now)
}

// ExportAsk says which events are to be exported, and how.
type ExportAsk struct {
	Practice    idp.PracticeID // "": the events that belong to no practice, like the sign-in of an unknown user name
	From, Until time.Time      // zero: no bound
	CSV         bool           // otherwise JSON Lines
	By          idp.Actor
}

// Export writes a practice's events to w, newest first, and leaves an event that it was done: see
// directory.Practices.ExportEvents. Memory does not grow with them.
func (t *Trail) Export(ctx context.Context, w io.Writer, ask ExportAsk, now time.Time) error {
	service, err := localDirectory(t.store, t.sealer, nil)
	if err != nil {
		return err
	}
	query := directory.EventQuery{From: ask.From, Until: ask.Until}
	events, err := service.Practices.ExportEvents(ctx, directory.Caller{Actor: ask.By}, ask.Practice, query, now)
	if err != nil {
		return err
	}
	names := auditlog.NamesOf(ctx, t.store)
	if ask.CSV {
		return auditlog.WriteCSV(w, events, names, idp.Place{})
	}
	return auditlog.WriteJSONLines(w, events, names)
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
