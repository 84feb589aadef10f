package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/telemetry"
)

// serveCommand runs a node.
type serveCommand struct {
	config.Server `embed:""`
}

// Run implements the command.
func (c *serveCommand) Run(ctx context.Context) error {
	settings, err := c.Complete()
	if err != nil {
		return err
	}
	log, err := newLogger(settings.Log())
	if err != nil {
		return err
	}
	node, err := server.New(ctx, settings, server.Deps{Logger: log})
	if err != nil {
		return err
	}
	return node.Run(ctx)
}

// newLogger writes to the standard error stream: the other one belongs to what a command answers. Libraries that log by
// themselves write to the same logger: it becomes the default of log/slog, and the Redis library's own. Both are settings of
// the whole process, so they are made here and nowhere else.
func newLogger(c config.Log) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		return nil, err
	}
	log, err := telemetry.NewLogger(os.Stderr, level, telemetry.Format(c.Format))
	if err != nil {
		return nil, err
	}
	slog.SetDefault(log)
	redisstore.LogTo(log)
	return log, nil
}
