package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

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
func (c *serveCommand) Run(ctx context.Context, again reread) error {
	settings, err := c.Complete()
	if err != nil {
		return err
	}
	level := new(slog.LevelVar)
	log, err := newLoggerAt(settings.Log(), level)
	if err != nil {
		return err
	}
	hangups := make(chan os.Signal, 1) // before anything is waited for: without it, the signal ends the process
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	node, err := server.New(ctx, settings, server.Deps{Logger: log, Level: level, Processors: tuneProcessors(settings.Hashing().Parallel)})
	if err != nil {
		return err
	}
	go reloadOn(ctx, hangups, again, node, log)
	return node.Run(ctx)
}

// reloadOn takes over what may change whenever the signal comes, until ctx ends. Settings that can't be used change nothing.
func reloadOn(ctx context.Context, hangups <-chan os.Signal, again reread, node *server.Server, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangups:
		}
		settings, err := again()
		if err == nil {
			err = node.Reload(ctx, settings)
		}
		if err != nil {
			log.ErrorContext(ctx, "not reloaded: the settings before stay", "error", err)
			continue
		}
		log.InfoContext(ctx, "reloaded", "log_level", settings.Log().Level)
	}
}

// newLogger writes to the standard error stream: the other one belongs to what a command answers. Libraries that log by
// themselves write to the same logger: it becomes the default of log/slog, and the Redis library's own. Both are settings of
// the whole process, so they are made here and nowhere else.
func newLogger(c config.Log) (*slog.Logger, error) { return newLoggerAt(c, new(slog.LevelVar)) }

// newLoggerAt is newLogger with a level that can be set later.
func newLoggerAt(c config.Log, level *slog.LevelVar) (*slog.Logger, error) {
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
