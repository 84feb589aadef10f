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
	LogoutURL    string        `default:"/auth/backchannel-logout" help:"Where the app takes back-channel logout."`
	ActivityURL  string        `default:"/auth/activity" help:"Where the app's pages report a person's input; none: the app doesn't."`
	SignOutURL   string        `default:"/auth/logout" help:"Where the app signs people out, by POST; none: don't check."`
	Idle         time.Duration `default:"60s" help:"How long a session lasts without activity while that is checked."`
	Lifetime     time.Duration `default:"30s" help:"How long a session lasts at all while that is checked."`
	Grace        time.Duration `default:"5s" help:"How much later than that the app may notice."`
	Wait         time.Duration `default:"5m" help:"How long to wait for the app."`

	AnyCertificate bool `help:"Take the certificate of an app on this machine whoever vouches for it."`
}

// Run implements the command.
func (c *conformCommand) Run(ctx context.Context, out io.Writer) error {
	settings, err := c.complete()
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return err
	}
	provider, stop, err := conform.New(ctx, listener, settings)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer stop()
	_, err = fmt.Fprintf(out, conformWelcome, provider.Issuer(), settings.ClientID, settings.ClientSecret, settings.LogoutURL, settings.Page, c.Wait)
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, c.Wait)
	defer cancel()
	if err := provider.Await(waiting); err != nil {
		return fmt.Errorf("the app is not ready: %w", err)
	}
	if _, err := fmt.Fprintf(out, "Checking; this takes about %s.\n\n", settings.Duration().Round(time.Second)); err != nil {
		return err
	}
	results, err := provider.Run(ctx)
	if err != nil {
		return err
	}
	return conform.Print(out, results)
}

const conformWelcome = `This plays APS ID for one app. Start the app with these settings:

  issuer          %s
  client_id       %s
  client_secret   %s

Its redirect URI may be any of its own; back-channel logout goes to %s.
Waiting until %s asks for a sign-in here (up to %s).
`

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
	for name, d := range map[string]struct{ given, least time.Duration }{"idle": {c.Idle, 6 * time.Second}, "lifetime": {c.Lifetime, 4 * time.Second}, "grace": {c.Grace, time.Second}} {
		if d.given < d.least {
			return conform.Config{}, &config.Problem{Key: name, Value: d.given.String(), Text: "must be " + d.least.String() + " or more"}
		}
	}
	settings := conform.Config{
		Page: page.String(), ClientID: c.ClientID, ClientSecret: c.ClientSecret,
		LogoutURL: at(page, c.LogoutURL), ActivityURL: at(page, c.ActivityURL), SignOutURL: at(page, c.SignOutURL),
		Idle: c.Idle.Truncate(time.Second), Lifetime: c.Lifetime.Truncate(time.Second), Grace: c.Grace, Report: time.Minute,
		AnyCertificate: c.AnyCertificate,
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
