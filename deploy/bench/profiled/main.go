package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"golang.org/x/sync/errgroup"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/telemetry"
)

type settings struct {
	Serve struct {
		config.Server `embed:""`
	} `cmd:""`
	Profiles string `default:"127.0.0.1:6060" help:"Address to serve profiles on, host:port."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "profiled:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var s settings
	kong.Parse(&s, kong.DefaultEnvars(config.EnvPrefix))
	node, err := s.Serve.Complete()
	if err != nil {
		return err
	}
	log, err := telemetry.NewLogger(os.Stderr, slog.LevelInfo, telemetry.Format(node.Log().Format))
	if err != nil {
		return err
	}
	slog.SetDefault(log)
	made, err := server.New(ctx, node, server.Deps{Logger: log})
	if err != nil {
		return err
	}
	runtime.SetBlockProfileRate(10_000) // nanoseconds: one sample for each 10 µs that something waited
	runtime.SetMutexProfileFraction(5)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return made.Run(ctx) })
	group.Go(func() error { return serveProfiles(ctx, s.Profiles) })
	return group.Wait()
}

func serveProfiles(ctx context.Context, address string) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return server.Close()
	}
}
