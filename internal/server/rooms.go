package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/outbox"
	"github.com/apscloud/apsid/internal/proof"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/telemetry"
)

// appName is what an authenticator app shows beside its codes.
const appName = "APS ID"

// rooms are the services of a node.
type rooms struct {
	stores    *stores
	metrics   *telemetry.Metrics
	keys      *keyring.Ring
	workers   *outbox.Workers
	passwords *authenticator.Passwords
	clients   *oidcop.CachedClients
	signins   *signin.Service
	sessions  *session.Service
	sweeper   sweeper
	keeper    keeper
	usage     *usage
	reminder  reminder
	trail     trailSealer
	directory *directory.Directory
	inbox     http.Handler // nil: messages really leave
}

func buildRooms(ctx context.Context, c config.Node, deps Deps, st *stores) (*rooms, error) {
	metrics, err := telemetry.NewMetrics()
	if err != nil {
		return nil, err
	}
	senders, err := newSenders(ctx, c, deps, metrics)
	if err != nil {
		return nil, err
	}
	keys, err := keyring.Open(ctx, st.sql, deps.Logger, deps.Clock())
	if err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	logouts, err := newLogouts(c, deps, st, keys, metrics)
	if err != nil {
		return nil, err
	}
	hashing := c.Hashing()
	passwords, err := authenticator.NewPasswords(authenticator.PasswordConfig{
		Memory: deps.HashMemory, Parallel: hashing.Parallel, Queue: hashing.Queue, Wait: hashing.Wait,
	})
	if err != nil {
		return nil, err
	}
	r := &rooms{
		stores: st, metrics: metrics, keys: keys, passwords: passwords,
		clients: oidcop.NewCachedClients(st.sql, deps.Clock), usage: newUsage(st.sql, deps.Logger),
	}
	if senders.inbox != nil {
		r.inbox, err = senders.inbox.Handler()
		if err != nil {
			return nil, err
		}
	}
	if err := r.buildServices(c, deps, senders); err != nil {
		return nil, err
	}
	r.workers, err = outbox.NewWorkers(st.engine, st.sql.DB(), outbox.Deps{
		Sealer: st.sealer, Notices: requests{directory: r.directory, next: senders.notices, clock: deps.Clock}, Logouts: logouts,
		Meter: metrics, Log: deps.Logger,
	})
	if err != nil {
		return nil, err
	}
	return r, r.watch()
}

// watch adds the values that are read when somebody looks.
func (r *rooms) watch() error {
	return errors.Join(
		r.metrics.Gauge("apsid_password_hashes_waiting", "Callers that wait for their turn to hash a password.",
			func() float64 { return float64(r.passwords.Waiting()) }),
		r.metrics.Gauge("apsid_backchannel_logouts_waiting", "Messages to apps that a session has ended, neither delivered nor given up.",
			r.stores.waitingLogouts),
	)
}

// buildServices builds what runs sign-ins, sessions and commands.
func (r *rooms) buildServices(c config.Node, deps Deps, senders senders) (err error) {
	ledger := ledger{store: r.stores.sql, metrics: r.metrics}
	sessions := sessions{Store: r.stores.sql, metrics: r.metrics}
	bounds := redisstore.DefaultLimits()
	bounds.Day = c.Texts().PerDay
	limits, err := r.stores.redis.SMSLimits(bounds)
	if err != nil {
		return err
	}
	codes, err := proof.NewCodes(limits, senders.sms, senders.texts)
	if err != nil {
		return err
	}
	r.signins, err = signin.New(signin.Config{Issuer: appName, TimeZone: c.Support().TimeZone}, signin.Ports{
		Transactions: r.stores.redis.Transactions(), Accounts: r.stores.sql, Clients: r.clients, Sessions: sessions,
		Ledger: signinLedger{ledger}, Passwords: r.passwords, Sealer: r.stores.sealer, Codes: codes,
		Log: deps.Logger,
	})
	if err != nil {
		return err
	}
	r.sessions, err = session.New(session.Ports{
		Sessions: sessions, Clients: r.stores.sql, Activity: r.stores.redis.Activity(), Log: deps.Logger,
	})
	if err != nil {
		return err
	}
	r.sweeper = sweeper{sessions: r.sessions, clock: deps.Clock, log: deps.Logger}
	r.keeper = keeper{store: r.stores.sql, clock: deps.Clock, log: deps.Logger}
	r.trail = trailSealer{store: r.stores.sql, clock: deps.Clock, log: deps.Logger}
	r.directory, err = directory.New(directory.Config{PlainLoopback: idp.IsLoopback(c.Issuer().Hostname()), Issuer: appName}, directory.Ports{
		Ledger: directoryLedger{ledger}, Records: r.stores.sql, Hasher: r.passwords, Sealer: r.stores.sealer,
		Codes: codes,
	})
	r.reminder = reminder{directory: r.directory, store: r.stores.sql, clock: deps.Clock, log: deps.Logger}
	return err
}

// register brings the registrations of the provider's own apps in line with the issuer.
func (r *rooms) register(ctx context.Context, c config.Node, deps Deps) error {
	return r.directory.Clients.RegisterOwnApps(ctx, c.Issuer(), deps.Clock())
}
