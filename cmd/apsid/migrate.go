package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/server"
)

// migrateCommand is about the schema of the database.
type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Bring the schema to the newest version."`
	Status migrateStatus `cmd:"" help:"List the steps and which of them the database has. Exit code 1: one is missing; 2: the database can't be looked at."`
}

type migrateUp struct {
	config.Database `embed:""`
	GrantTo         string `placeholder:"ROLE" help:"Role of the nodes: it is given what they need and no more, also on tables that are there already. Postgres only; give the URL of the role that owns the tables."`
}

// Run implements the command.
func (c *migrateUp) Run(ctx context.Context, out io.Writer) error {
	database, err := c.Complete()
	if err != nil {
		return err
	}
	steps, err := server.Migrate(ctx, database)
	for _, step := range steps {
		if _, err := fmt.Fprintf(out, "applied %s %d %s\n", step.Source, step.Version, step.Name); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, "the schema is up to date"); err != nil {
		return err
	}
	if err := c.grant(ctx, database, out); err != nil {
		return err
	}
	return server.VisitUnfitUsernames(ctx, database, func(u server.UnfitUsername) error {
		_, err := fmt.Fprintf(out, "user name does not fit: %s %+q: %s\n", u.User, u.Username, u.Why)
		return err
	})
}

func (c *migrateUp) grant(ctx context.Context, database config.SQL, out io.Writer) error {
	if c.GrantTo == "" {
		return nil
	}
	if err := server.Grant(ctx, database, c.GrantTo); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "the role %q may do what nodes need\n", c.GrantTo)
	return err
}

type migrateStatus struct {
	config.Database `embed:""`
}

// Run implements the command.
func (c *migrateStatus) Run(ctx context.Context, out io.Writer) error {
	database, err := c.Complete()
	if err != nil {
		return err
	}
	steps, err := server.MigrationStatus(ctx, database)
	if errors.Is(err, fs.ErrNotExist) {
		return err // without a file, all steps are missing
	}
	if err != nil {
		return unreachableError{fmt.Errorf("the database could not be looked at: %w", err)}
	}
	missing := 0
	for _, step := range steps {
		state := "applied"
		if !step.Applied {
			state = "missing"
			missing++
		}
		if _, err := fmt.Fprintf(out, "%s  %s %d %s\n", state, step.Source, step.Version, step.Name); err != nil {
			return err
		}
	}
	if missing > 0 {
		return errors.New(`steps are missing: run "apsid migrate up"`)
	}
	return nil
}

// exitUnreachable says that the database could not be looked at, so that nothing is known of its schema.
const exitUnreachable = 2

type unreachableError struct{ error }

// Unwrap returns the cause.
func (e unreachableError) Unwrap() error { return e.error }
