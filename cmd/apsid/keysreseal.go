package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

type sealReseal struct {
	sealPlaces `embed:""`
	everywhere `embed:""`
	Batch      int           `default:"200" help:"How many values are written in one transaction."`
	Pause      time.Duration `default:"50ms" help:"Pause after each batch, for the nodes beside it."`
}

// Run implements the command.
func (c *sealReseal) Run(ctx context.Context, s streams) (err error) {
	k, err := c.open(ctx)
	if err != nil {
		return err
	}
	id := primaryOf(k.keys)
	if err := c.check(ctx, k, id); err != nil {
		return err
	}
	stores, err := server.OpenSealing(ctx, k.places, k.keys)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stores.Close()) }()
	shown := resealProgress{out: s.out, pause: c.Pause, skipped: map[string]int64{}}
	err = stores.Reseal(ctx, id, max(c.Batch, 1), func(r sqlstore.Resealed) error { return shown.step(ctx, r) })
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted: what is done stays done; run it again to go on")
	case err != nil:
		return err
	}
	for column, n := range shown.skipped {
		if n > 0 {
			return fmt.Errorf("%d values of %s can't be opened, in the place where they are, with any key of the keyset: they stay as they are", n, column)
		}
	}
	_, err = fmt.Fprintf(s.out, "all that is stored is sealed with key %d\n", id)
	return err
}

func primaryOf(keys *seal.Keyset) (id uint32) {
	for _, k := range keys.Keys() {
		if k.Primary {
			id = k.ID
		}
	}
	return id
}

// resealProgress prints a line for each whole per cent of a column.
type resealProgress struct {
	out     io.Writer
	pause   time.Duration
	column  string
	percent int64
	skipped map[string]int64 // by column
}

func (p *resealProgress) step(ctx context.Context, r sqlstore.Resealed) error {
	p.skipped[r.Column] = r.Skipped
	if r.Column != p.column {
		p.column, p.percent = r.Column, -1
	}
	all := r.Done + r.Skipped + r.Left
	percent := int64(100)
	if all > 0 {
		percent = 100 * (all - r.Left) / all
	}
	if percent != p.percent {
		p.percent = percent
		if _, err := fmt.Fprintf(p.out, "%-24s %3d %%  %d of %d\n", r.Column, percent, r.Done, all); err != nil {
			return err
		}
	}
	if r.Left == 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(p.pause):
		return nil
	}
}
