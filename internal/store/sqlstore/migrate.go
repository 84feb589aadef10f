package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/rivermigrate"
)

// Migration is one step of the schema.
type Migration struct {
	Source  string // "apsid" or, for the tables of the outbox, "river"
	Version int64
	Name    string
	Applied bool
}

// Migrate brings the schema of the database at url to the newest version, the store's own and then River's, and returns the
// steps it took. Any number of nodes may run it at once: one works, the others wait for it. A step that fails undoes itself, and
// the next run goes on from there.
func Migrate(ctx context.Context, url string) ([]Migration, error) {
	m, err := newMigrator(url)
	if err != nil {
		return nil, err
	}
	applied, err := m.up(ctx)
	return applied, errors.Join(mapError(err), m.close())
}

// Behind reports whether a step is missing.
func Behind(list []Migration) bool {
	for _, m := range list {
		if !m.Applied {
			return true
		}
	}
	return false
}

// river is the part of rivermigrate.Migrator that is the same for every type of transaction.
type river interface {
	Migrate(ctx context.Context, direction rivermigrate.Direction, opts *rivermigrate.MigrateOpts) (*rivermigrate.MigrateResult, error)
}

// migrator runs the steps over connections of its own.
type migrator struct {
	engine Engine
	goose  *goose.Provider
	river  river
	lock   func(ctx context.Context) (unlock func() error, err error) // across nodes
	db     *sql.DB
}

func (m *migrator) close() error { return m.db.Close() }

func (m *migrator) up(ctx context.Context) (done []Migration, err error) {
	unlock, err := m.lock(ctx)
	if err != nil {
		return nil, fmt.Errorf("wait for another node's migration: %w", err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	results, err := m.goose.Up(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	for _, r := range results {
		done = append(done, Migration{Source: "apsid", Version: r.Source.Version, Name: r.Source.Path, Applied: true})
	}
	if err := m.fold(ctx); err != nil {
		return done, fmt.Errorf("fold the names of people: %w", err)
	}
	outcome, err := m.river.Migrate(ctx, rivermigrate.DirectionUp, nil)
	if err != nil {
		return done, fmt.Errorf("migrate the outbox: %w", err)
	}
	for _, v := range outcome.Versions {
		done = append(done, Migration{Source: "river", Version: int64(v.Version), Name: v.Name, Applied: true})
	}
	return done, nil
}

// fold fills the columns of step 14 of the rows that were there before it.
func (m *migrator) fold(ctx context.Context) error {
	store, err := newStore(m.engine, pools{writer: m.db, reader: m.db}, nil, nil, Options{Limit: Limit})
	if err != nil {
		return err
	}
	_, err = store.foldNames(ctx)
	return err
}
