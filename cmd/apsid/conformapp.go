package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/conform"
	"github.com/apscloud/apsid/internal/idp"
)

// conformCommand checks an app.
type conformCommand struct {
	Page         string        `arg:"" name:"url" help:"A page of the running app that asks for a sign-in."`
	Listen       string        `default:"127.0.0.1:9191" help:"Where to play the provider; the app's issuer is http:// and this."`
	ClientID     string        `default:"conform-app" help:"The app's client identifier there."`
	ClientSecret string        `help:"The app's client secret there; none: a new one is printed."`
	LogoutURL    string        `default:"/auth/backchannel-logout" help:"Where the app takes back-channel logout; none: the app doesn't."`
	ActivityURL  string        `default:"/auth/activity" help:"Where the app's pages report a person's input; none: the app doesn't."`
	SignOutURL   string        `default:"/auth/logout" help:"Where the app signs people out, by POST; none: don't check."`
	Idle         time.Duration `default:"60s" help:"How long a session lasts without activity while that is checked."`
	Lifetime     time.Duration `default:"30s" help:"How long a session lasts at all while that is checked."`
	Grace        time.Duration `default:"5s" help:"How much later than that the app may notice."`
	Wait         time.Duration `default:"5m" help:"How long to wait for the app."`

	IDTokenAlg     string `default:"RS256" enum:"RS256,ES256" help:"What the app is registered for: ID tokens and logout tokens are signed with it."`
	OnlySpec       bool   `help:"Check only what OpenID Connect itself asks of apps, which takes seconds."`
	AnyCertificate bool   `help:"Take the certificate of an app on this machine whoever vouches for it."`
}

// Exit codes of conform-app, beside exitFailed if the app breaks a specification.
const (
	exitContract  = 3 // the app keeps the specifications, and not our contract beyond them
	exitUnchecked = 4 // nothing can be said of the app: no one can sign in to it
)

type uncheckedError struct{ error }

// Unwrap returns the cause.
func (e uncheckedError) Unwrap() error { return e.error }

// exitOfCheck returns the exit code of an error of conform-app; 0 if err is none.
func exitOfCheck(err error) int {
	var unchecked uncheckedError
	var faults conform.Faults
	switch {
	case errors.As(err, &unchecked):
		return exitUnchecked
	case errors.As(err, &faults) && faults.Spec == 0:
		return exitContract
	default:
		return 0
	}
}

// Run implements the command.
func (c *conformCommand) Run(ctx context.Context, out io.Writer) error {
	settings, err := c.complete()
	if err != nil {
		return err
	}
	results, err := c.examine(ctx, out, settings)
	if err != nil {
		return uncheckedError{fmt.Errorf("nothing was checked: %w", err)}
	}
	return conform.Print(out, results)
}

// examine plays the provider until every check is made.
func (c *conformCommand) examine(ctx context.Context, out io.Writer, settings conform.Config) ([]conform.Result, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, err
	}
	provider, stop, err := conform.New(ctx, listener, settings)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	defer stop()
	_, err = fmt.Fprintf(out, conformWelcome, provider.Issuer(), settings.ClientID, settings.ClientSecret, settings.IDTokenAlg,
		places(settings), settings.Page, c.Wait)
	if err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	if err := provider.Await(waiting); err != nil {
		return nil, fmt.Errorf("the app is not ready: %w", err)
	}
	if err := provider.Prove(ctx); err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(out, "Signed in through the app. Checking; this takes about %s.\n\n", settings.Duration().Round(time.Second)); err != nil {
		return nil, err
	}
	return provider.Run(ctx)
}

const conformWelcome = `This plays APS ID for one app. Start the app with these settings:

  issuer          %s
  client_id       %s
  client_secret   %s
  ID tokens       signed with %s

Its redirect URI may be any of its own; %s.
Waiting until %s asks for a sign-in here (up to %s).
`

// places says where the app is told of the end of sessions.
func places(c conform.Config) string {
	if c.LogoutURL == "" {
		return "it is told of no logout"
	}
	return "back-channel logout goes to " + c.LogoutURL
}

// complete checks the flags and makes addresses of paths.
func (c *conformCommand) complete() (conform.Config, error) {
	page, err := url.Parse(c.Page)
	if err != nil || page.Host == "" || page.Scheme != "http" && page.Scheme != "https" {
		return conform.Config{}, &config.Problem{Key: "url", Value: c.Page, Text: "must be the URL of a page of the app"}
	}
	if c.AnyCertificate && !idp.IsLoopback(page.Hostname()) {
		return conform.Config{}, &config.Problem{Key: "any-certificate", Text: "is for an app on this machine only"}
	}
	if host, _, err := net.SplitHostPort(c.Listen); err != nil || !idp.IsLoopback(host) {
		return conform.Config{}, &config.Problem{Key: "listen", Value: c.Listen, Text: "must be a loopback address: anybody who asks is signed in"}
	}
	for _, d := range []struct {
		name         string
		given, least time.Duration
	}{{"idle", c.Idle, 6 * time.Second}, {"lifetime", c.Lifetime, 4 * time.Second}, {"grace", c.Grace, time.Second}} {
		if d.given < d.least {
			return conform.Config{}, &config.Problem{Key: d.name, Value: d.given.String(), Text: "must be " + d.least.String() + " or more"}
		}
	}
	settings := conform.Config{
		Page: page.String(), ClientID: c.ClientID, ClientSecret: c.ClientSecret,
		LogoutURL: at(page, c.LogoutURL), ActivityURL: at(page, c.ActivityURL), SignOutURL: at(page, c.SignOutURL),
		Idle: c.Idle.Truncate(time.Second), Lifetime: c.Lifetime.Truncate(time.Second), Grace: c.Grace, Report: time.Minute,
		IDTokenAlg: c.IDTokenAlg, OnlySpec: c.OnlySpec, AnyCertificate: c.AnyCertificate,
	}
	if settings.ClientSecret == "" {
		settings.ClientSecret = rand.Text()
	}
	return settings, nil
}

// at resolves a path of the app; "none" is none.
func at(page *url.URL, reference string) string {
	u, err := url.Parse(reference)
	if err != nil || reference == "none" || reference == "" {
		return ""
	}
	return page.ResolveReference(u).String()
}
