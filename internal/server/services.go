package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/clientkeys"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/notify"
	"github.com/apscloud/apsid/internal/oidcop"
	"github.com/apscloud/apsid/internal/outbox"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/standing"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/tally"
	"github.com/apscloud/apsid/internal/telemetry"
)

// services are what a node runs.
type services struct {
	stores      *stores
	metrics     *telemetry.Metrics
	keys        *keyring.Ring
	workers     *outbox.Workers
	passwords   *authenticator.Passwords
	clients     *oidcop.CachedClients
	clientKeys  *clientkeys.Keys
	standing    *standing.Memory
	watching    watching
	copies      copies
	party       *passkey.Party // nil: this installation can't use passkeys
	signins     *signin.Service
	sessions    *session.Service
	sweeper     sweeper
	maintenance maintenance
	usage       *usage
	rates       *redisstore.Rates
	texts       *redisstore.SMSLimits
	reminder    reminder
	trail       trailSealer
	asked       *asked
	ledger      ledger
	refusals    refusals
	issuer      issuerHolder
	sealKeys    *sealKeys
	directory   *directory.Directory
	inbox       *notify.Inbox // nil: messages are really sent
}

func buildServices(ctx context.Context, c config.Node, deps Deps, st *stores, watch watching) (*services, error) {
	metrics, err := telemetry.NewMetrics()
	if err != nil {
		return nil, err
	}
	senders, err := newSenders(ctx, c, deps, metrics, st.sql)
	if err != nil {
		return nil, err
	}
	keys, err := keyring.Open(ctx, st.sql, keyring.Config{RotateEvery: c.Keys().RotateEvery, Log: deps.Logger}, deps.Clock())
	if err != nil {
		return nil, fmt.Errorf("signing keys: %w", err)
	}
	logouts, err := newLogouts(c, deps, st, keys, metrics, watch)
	if err != nil {
		return nil, err
	}
	limits, err := limitsOf(c)
	if err != nil {
		return nil, err
	}
	listed := listedIn(c.BreachedPasswords(), metrics, deps.Logger)
	if err := listed.Check(); err != nil {
		return nil, fmt.Errorf("--breached-passwords: %w", err)
	}
	hashing := c.Hashing()
	passwords, err := authenticator.NewPasswords(authenticator.PasswordConfig{
		Memory: deps.HashMemory, Parallel: cmp.Or(hashing.Parallel, authenticator.AtOnce(deps.Processors)), Queue: cmp.Or(deps.HashQueue, hashing.Queue), Wait: hashing.Wait, Listed: listed,
	})
	if err != nil {
		return nil, err
	}
	r := &services{
		stores: st, metrics: metrics, keys: keys, passwords: passwords, watching: watch,
		clients: oidcop.NewCachedClients(st.sql, deps.Clock), clientKeys: clientkeys.New(c.Logout().AllowLoopback, deps.Clock),
		standing: standing.New(st.sql, st.redis.Standing()), usage: newUsage(st.sql, deps.Logger),
		rates: st.redis.Rates(limits, metrics.LimitReached),
	}
	r.texts, err = st.redis.SMSLimits(limits, metrics.LimitReached)
	if err != nil {
		return nil, err
	}
	refused := tally.New(st.sql, deps.Logger)
	r.ledger = ledger{store: st.sql, metrics: metrics, refused: refused}
	r.refusals = refusals{tally: refused, clock: deps.Clock}
	r.sealKeys = &sealKeys{
		source: SealSource(c.Places().Vault), sealer: st.sealer, tell: newPresence(st, deps.Logger), clock: deps.Clock, log: deps.Logger,
	}
	r.copies = copies{stores: st, clients: r.clients, keys: keys, watching: watch, clock: deps.Clock, log: deps.Logger}
	st.copied = func(what idp.Copied) {
		if what == idp.CopiedClients { // a ring of keys holds what it creates itself
			r.clients.Forget()
		}
	}
	r.inbox = senders.inbox
	if err := r.buildUseCases(c, deps, senders); err != nil {
		return nil, err
	}
	r.issuer = issuerHolder{services: r, mine: c.Issuer(), clock: deps.Clock, log: deps.Logger}
	r.workers, err = outbox.NewWorkers(st.engine, st.sql.DB(), outbox.Deps{
		Sealer: st.sealer, Notices: held{watch, requests{directory: r.directory, next: senders.notices, clock: deps.Clock}}, Logouts: logouts,
		Meter: metrics, Log: deps.Logger,
	})
	if err != nil {
		return nil, err
	}
	st.queued = r.workers.Nudge
	return r, r.watch()
}

func limitsOf(c config.Node) (idp.Limits, error) {
	limits, err := policy.LimitsWith(c.Limits())
	if err != nil {
		return nil, fmt.Errorf("--limit: %w", err)
	}
	return limits, nil
}

// background lists the work that runs until a node stops.
func (s *services) background() []func(context.Context) {
	return []func(context.Context){
		func(ctx context.Context) { s.keys.Run(ctx, s.copies.clock) }, s.copies.listen, s.copies.look, s.sweeper.run, s.maintenance.repair,
		s.maintenance.clean, s.usage.run, s.reminder.run, s.trail.run, s.refusals.run, s.issuer.run, s.sealKeys.run, s.watching.run,
	}
}

// watch adds the metrics whose values are read when a metrics request comes.
func (s *services) watch() error {
	return errors.Join(
		s.metrics.Gauge("apsid_password_hashes_waiting", "Callers that wait for their turn to hash a password.",
			func() float64 { return float64(s.passwords.Waiting()) }),
		s.metrics.Count("apsid_password_hashes_turned_away_total", "Callers who were told to come back later, because too many waited.",
			func() float64 { return float64(s.passwords.TurnedAway()) }),
		s.metrics.Gauge("apsid_backchannel_logouts_waiting", "Messages to apps that a session has ended, neither delivered nor given up.",
			s.stores.waitingLogouts),
	)
}

// buildServices builds what runs sign-ins, sessions and commands.
func (s *services) buildUseCases(c config.Node, deps Deps, senders senders) (err error) {
	sessions := sessions{Store: s.stores.sql, metrics: s.metrics}
	codes, err := proof.NewCodes(s.texts, senders.sms, senders.texts)
	if err != nil {
		return err
	}
	s.party, err = partyOf(c)
	if err != nil {
		return err
	}
	s.asked = newAsked(deps.Logger)
	s.directory, err = directory.New(directoryConfig(c.Brand().Name, c.Issuer()), directory.Ports{
		Ledger: directoryLedger{s.ledger}, Records: s.stores.sql, Hasher: s.passwords, Sealer: s.stores.sealer,
		Codes: codes, Rates: s.rates, Asked: s.asked, Passkeys: s.party,
	})
	if err != nil {
		return err
	}
	s.asked.sift = func(ctx context.Context, n idp.Notice) error { return s.directory.Links.Sift(ctx, n, deps.Clock()) }
	s.signins, err = signin.New(signin.Config{Issuer: c.Brand().Name, TimeZone: c.Support().TimeZone, Party: s.party}, signin.Ports{
		Transactions: s.stores.redis.Transactions(), Accounts: s.stores.sql, Passkeys: s.stores.sql, Clients: s.clients, Sessions: sessions,
		Ledger: signinLedger{s.ledger}, Passwords: s.passwords, OwnPasswords: ownPasswords{s.directory.Account},
		Checks: s.stores.redis.Checks(), Sealer: s.stores.sealer, Codes: codes, Rates: s.rates,
		Strangers: s.stores.redis, Log: deps.Logger,
	})
	if err != nil {
		return err
	}
	s.sessions, err = session.New(session.Ports{
		Sessions: sessions, Tokens: s.standing, Clients: sessionClients{s.stores.sql, s.clients}, Activity: s.stores.redis.Activity(), Log: deps.Logger,
	})
	if err != nil {
		return err
	}
	s.sweeper = sweeper{sessions: s.sessions, clock: deps.Clock, log: deps.Logger}
	s.maintenance = maintenance{store: s.stores.sql, clock: deps.Clock, log: deps.Logger}
	s.trail = trailSealer{store: s.stores.sql, clock: deps.Clock, log: deps.Logger}
	s.reminder = reminder{directory: s.directory, store: s.stores.sql, clock: deps.Clock, log: deps.Logger}
	return err
}

// sessionClients are clients for package session: each one as it is stored, and the list of the apps, which the sweeper reads in each
// round, from memory.
type sessionClients struct {
	*sqlstore.Store
	cached *oidcop.CachedClients
}

// ListApps implements session.Clients.
func (c sessionClients) ListApps(ctx context.Context) ([]idp.Client, error) {
	return c.cached.ListApps(ctx)
}
