package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/server"
)

// migrateCommand is about the schema of the database.
type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Bring the schema to the newest version."`
	Status migrateStatus `cmd:"" help:"List the steps and which of them the database has; fails if one is missing."`
}

type migrateUp struct {
	config.Database `embed:""`
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
	return server.VisitUnfitUsernames(ctx, database, func(u server.UnfitUsername) error {
		_, err := fmt.Fprintf(out, "user name does not fit: %s %+q: %s\n", u.User, u.Username, u.Why)
		return err
	})
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
	if err != nil {
		return err
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
