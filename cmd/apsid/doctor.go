package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/server"
)

// doctorCommand checks what a node needs, one line each.
type doctorCommand struct {
	config.Server `embed:""`
}

// Run implements the command. Nothing is changed: no file, no key and no schema is created.
func (c *doctorCommand) Run(ctx context.Context, out io.Writer) error {
	settings, err := c.Complete()
	if err != nil {
		return err
	}
	if _, err := newLogger(c.Log); err != nil { // for what libraries say by themselves
		return err
	}
	failed := false
	for _, check := range server.Examine(ctx, settings) {
		line := "ok    " + check.Name
		switch {
		case check.Err != nil:
			failed = true
			line = fmt.Sprintf("FAIL  %s: %v", check.Name, check.Err)
		case check.Note != "":
			line = fmt.Sprintf("note  %s: %s", check.Name, check.Note)
		}
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	if failed {
		return errors.New("not everything is as it should be")
	}
	return nil
}
