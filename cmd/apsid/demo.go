package main

import (
	"context"
	"io"

	"github.com/apscloud/apsid/internal/demo"
)

// demoCommand runs the demo.
type demoCommand struct {
	demo.Config `embed:""`
}

// Run implements the command.
func (c *demoCommand) Run(ctx context.Context, out io.Writer) error {
	log, err := newLogger(c.Log())
	if err != nil {
		return err
	}
	d, err := demo.New(ctx, c.Config, demo.Deps{Logger: log, Processors: tuneProcessors(0)})
	if err != nil {
		return err
	}
	if err := d.Summary(out); err != nil {
		return err
	}
	return d.Run(ctx)
}
