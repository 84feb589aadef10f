package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// ownAppsEvery bounds how long the registrations of the provider's own apps stay wrong after another program changed them.
const ownAppsEvery = 15 * time.Second

// ownAppsAnyway is how often they are looked at even if no client was changed through the store.
const ownAppsAnyway = 5 * time.Minute

// issuerHolder keeps a node, and the registrations of the provider's own apps, to the issuer of the installation: another one in them
// breaks the sign-in to these apps on every node.
type issuerHolder struct {
	services *services
	mine     *url.URL
	clock    func() time.Time
	log      *slog.Logger
}

// hold records the issuer at the first start, or refuses the node if another one is recorded: everything that was given out names
// that one. moved is the one before, if the change is meant; follows says that the issuer may change with every start, as a demo's.
func (h issuerHolder) hold(ctx context.Context, moved string, follows bool) error {
	first, err := h.first(ctx)
	if err != nil {
		return err
	}
	held, err := h.services.stores.sql.CreateInstalled(ctx, idp.InstalledIssuer, first, h.clock())
	switch {
	case err != nil:
		return err
	case held == h.mine.String():
		return nil
	case follows || held == moved:
		before, err := url.Parse(held)
		if err != nil {
			return err
		}
		return h.services.directory.Clients.MoveIssuer(ctx, before, h.mine, h.clock())
	}
	return &config.Problem{Key: "issuer", Value: h.mine.String(), Text: fmt.Sprintf("this database belongs to %s: a node with another issuer would "+
		"break sign-ins. Correct the setting; if the change is meant, stop all nodes and start them with --issuer-moved-from=%s", held, held)}
}

// first is what a first start records. A database of an earlier release has not recorded its issuer, but has registered its own apps
// under it.
func (h issuerHolder) first(ctx context.Context) (string, error) {
	app, err := h.services.stores.sql.FindClient(ctx, idp.AppAccount)
	if errors.Is(err, idp.ErrNotFound) {
		return h.mine.String(), nil
	}
	if err != nil {
		return "", err
	}
	home, err := url.Parse(app.InitiateLoginURI)
	if err != nil || home.Host == "" {
		return h.mine.String(), nil
	}
	return home.Scheme + "://" + home.Host, nil
}

// check reports errOtherIssuer if another issuer is recorded by now.
func (h issuerHolder) check(ctx context.Context) error {
	held, err := h.services.stores.sql.FindInstalled(ctx, idp.InstalledIssuer)
	if err == nil && held != h.mine.String() {
		return errOtherIssuer
	}
	return err
}

var errOtherIssuer = errors.New("the installation has another issuer by now")

// register brings the registrations of the provider's own apps in line with the issuer.
func (h issuerHolder) register(ctx context.Context) error {
	return h.services.directory.Clients.RegisterOwnApps(ctx, h.mine, h.clock())
}

// run puts the registrations right until ctx ends: a node of an earlier release that was started with another issuer has changed them.
// A node that is not of the issuer any more leaves them alone.
func (h issuerHolder) run(ctx context.Context) {
	var right int64 // the version of the clients with which they were right
	var at time.Time
	every(ctx, ownAppsEvery, func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, sqlstore.Limit)
		defer cancel()
		versions, err := h.services.stores.sql.CopyVersions(ctx)
		now := versions[idp.CopiedClients]
		if err == nil && now == right && time.Since(at) < ownAppsAnyway {
			return
		}
		if err == nil {
			err = h.check(ctx)
		}
		if err == nil {
			err = h.register(ctx)
		}
		if err == nil {
			right, at = now, time.Now()
		} else if ctx.Err() == nil {
			h.log.WarnContext(ctx, "the provider's own apps were not looked after", "error", err)
		}
	})
}
