package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"github.com/apscloud/apsid/internal/timesheets"
	"github.com/apscloud/apsid/pkg/apsid"
	"github.com/apscloud/apsid/pkg/rp"
)

type flags struct {
	Listen       string `default:"127.0.0.1:8081" env:"TIMESHEETS_LISTEN" help:"Address to serve on."`
	URL          string `default:"http://127.0.0.1:8081" env:"TIMESHEETS_URL" help:"Where people reach the app; /auth/callback under it is the redirect URI to register."`
	Name         string `default:"Cloud Timesheets" env:"TIMESHEETS_NAME" help:"Name shown on the page."`
	Issuer       string `default:"http://127.0.0.1:8080" env:"TIMESHEETS_ISSUER" help:"The APS ID to sign in with."`
	ClientID     string `required:"" env:"TIMESHEETS_CLIENT_ID" help:"Client identifier, as registered."`
	ClientSecret string `required:"" env:"TIMESHEETS_CLIENT_SECRET" help:"Client secret; better given by the environment variable."`
	MFA          bool   `env:"TIMESHEETS_MFA" help:"Ask for multi-factor authentication whatever the practice chose."`
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("timesheets"), kong.Description("A stand-in app that lets people sign in with APS ID."))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, f); err != nil {
		fmt.Fprintf(os.Stderr, "timesheets: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, f flags) error {
	app, err := timesheets.New(f.app(slog.Default()))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", f.Listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: app.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second}
	stopped := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stopped()
	slog.Info("serving", "url", f.URL)
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func (f flags) app(log *slog.Logger) timesheets.Config {
	signin := rp.Config{
		Issuer: f.Issuer, ClientID: f.ClientID, ClientSecret: f.ClientSecret,
		RedirectURL: f.URL + "/auth/callback", PostLogoutURL: f.URL + "/",
	}
	if f.MFA {
		signin.ACR = apsid.ACRMFA
	}
	return timesheets.Config{Name: f.Name, Product: "Record your hours by client and job.", Signin: signin, Logger: log}
}
