package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/server"
)

// auditArchive moves the oldest events out of the database. Its role must be one that may delete events.
type auditArchive struct {
	config.Sealed    `embed:""`
	config.Retention `embed:""`
	Before           string `placeholder:"DATE" help:"Only events of before this day, like 2026-01-31 (UTC)."`
	To               string `env:"APSID_AUDIT_ARCHIVE" required:"" type:"existingdir" placeholder:"FOLDER" help:"Where the files go: one for a month; none is overwritten."`
}

// Run implements the command. It leaves an event in the trail for each file.
func (c *auditArchive) Run(ctx context.Context, out io.Writer) (err error) {
	now := time.Now()
	before, err := c.before(now)
	if err != nil {
		return err
	}
	vault, err := c.Complete()
	if err != nil {
		return err
	}
	trail, err := server.OpenTrail(ctx, vault)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, trail.Close()) }()
	made, err := trail.Archive(ctx, c.To, before, idp.Actor{Kind: idp.ActorSystem, ID: shellUser()}, now)
	events := int64(0)
	for _, a := range made {
		events += a.Size - a.Since
	}
	_, printing := fmt.Fprintf(out, "%d events of before %s are in %d new files in %s\n", events, before.Format(time.DateOnly), len(made), c.To)
	return errors.Join(err, printing)
}

// before is the day before which events leave.
func (c *auditArchive) before(now time.Time) (time.Time, error) {
	until, err := c.Until(now)
	if err != nil || c.Before == "" {
		return until, err
	}
	asked, err := day("before", c.Before)
	if err == nil && asked.After(until) {
		err = fmt.Errorf("--before: %q: events stay for %d months, those since %s too (--audit-retention)", c.Before, c.AuditRetention, until.Format(time.DateOnly))
	}
	return asked, err
}
