package server

import (
	"context"

	"github.com/apscloud/apsid/internal/backchannel"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/telemetry"
)

// logouts tells apps that a session has ended, and makes sure once more that Redis takes no report of its activity: the node that
// ended it may have stopped, or may not have reached Redis, before it said so there.
type logouts struct {
	*backchannel.Deliverer
	activity session.Activity
	watching watching
}

func newLogouts(c config.Node, deps Deps, st *stores, keys *keyring.Ring, metrics *telemetry.Metrics, watch watching) (logouts, error) {
	deliverer, err := backchannel.New(backchannel.Config{Issuer: c.Issuer(), AllowLoopback: c.Logout().AllowLoopback}, backchannel.Deps{
		Keys: keys, Clients: st.sql, Audit: ledger{store: st.sql, metrics: metrics}, Clock: deps.Clock,
	})
	if err != nil {
		return logouts{}, err
	}
	return logouts{Deliverer: deliverer, activity: st.redis.Activity(), watching: watch}, nil
}

// DeliverLogout implements outbox.LogoutDeliverer. Without Redis it fails after the app was told, and so the app
// is told again later.
func (l logouts) DeliverLogout(ctx context.Context, ended idp.Logout) error {
	if err := l.watching.Older(); err != nil {
		return err
	}
	if err := l.Deliverer.DeliverLogout(ctx, ended); err != nil {
		return err
	}
	return l.activity.Forget(ctx, []idp.SID{ended.SID})
}
