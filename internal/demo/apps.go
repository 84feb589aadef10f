package demo

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/timesheets"
	"github.com/apscloud/apsid/pkg/rp"
)

// stage is an app of the demo. They differ in the algorithm of their ID tokens and in how long a sign-in lasts, so that each
// way is seen to work.
type stage struct {
	id      idp.ClientID
	name    string
	product string
	entry   string
	alg     string
	profile idp.SessionProfile
	accent  string
}

func demoApps() []stage {
	return []stage{
		{timesheetsID, "Cloud Timesheets", "Record your hours by client and job.", "Timesheet entry", "RS256", idp.ProfileDefault, "#1f5fbf"},
		{contactsID, "Contacts+", "Keep the people you work for in one place.", "Contact note", "ES256", idp.ProfileDefault, "#7a2e8c"},
		{lodgementsID, "Lodgements", "Lodge returns. Signs you out when left alone.", "Return", "ES256", idp.ProfileGovernmentConnected, "#8f4300"},
	}
}

// app is an app of the demo on its listener.
type app struct {
	server   *http.Server
	listener net.Listener
}

func newApp(entry App, issuer string, listener net.Listener, deps Deps) (*app, error) {
	var played stage
	for _, s := range demoApps() {
		if string(s.id) == entry.ClientID {
			played = s
		}
	}
	stand, err := timesheets.New(timesheets.Config{
		Name: entry.Name, Product: played.product, Entry: played.entry, Logger: deps.Logger.With("app", entry.ClientID),
		Signin: rp.Config{
			Issuer: issuer, ClientID: entry.ClientID, ClientSecret: entry.ClientSecret, Now: deps.Clock,
			RedirectURL: entry.RedirectURIs[0], PostLogoutURL: entry.URL + "/",
		},
	})
	if err != nil {
		return nil, err
	}
	return &app{listener: listener, server: &http.Server{
		Handler: stand.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		ErrorLog: slog.NewLogLogger(deps.Logger.Handler(), slog.LevelDebug),
	}}, nil
}

func (a *app) run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { _ = a.server.Close() })
	defer stop()
	if err := a.server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
