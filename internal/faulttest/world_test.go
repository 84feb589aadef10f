package faulttest

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/server"
)

// stores are the addresses of the stores as nodes know them, and that of the database without any link.
type stores struct {
	database, redis, direct string
}

// world is what a row harms: nodes behind a balancer, with what they work with, and what they serve.
type world struct {
	t         testing.TB
	stores    stores
	balancer  *balancer
	nodes     []node
	sns       *snsStand
	smtp      *smtpStand
	app       *app
	machine   credentials
	console   *server.Console
	launch    launch
	arguments []string
	people    *people
	tally     *tally
	endpoints map[string]any // of discovery
	sealFile  string
	transport http.RoundTripper // of every browser
	forgets   bool              // the row makes Redis forget: codes and sign-ins under way go
	kills     bool              // the row kills nodes: what is at one is cut off
	void      void              // the sessions that a restore of a backup has ended
}

// credentials are a client's.
type credentials struct{ id, secret string }

const (
	withMFA    idp.PracticeID = "prc_harbour"
	withoutMFA idp.PracticeID = "prc_kauri"
)

// newWorld fills the stores and starts three nodes over them.
func newWorld(t testing.TB, s stores, start launch, more ...string) *world {
	t.Helper()
	if s.direct == "" {
		s.direct = s.database
	}
	w := &world{t: t, stores: s, balancer: newBalancer(t), sns: newSNS(t), smtp: newSMTP(t), app: newApp(t, "rota"), tally: &tally{},
		transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	w.sealFile = filepath.Join(t.TempDir(), "seal-keys.json")
	keys, err := seal.Generate()
	fatal(t, err)
	text, err := seal.Encode(keys)
	fatal(t, err)
	fatal(t, os.WriteFile(w.sealFile, []byte(text.Reveal()), 0o600))
	w.arguments = append([]string{
		"--issuer", w.balancer.url(), "--database-url", s.database, "--redis-url", s.redis, "--seal-keys", w.sealFile, "--state-dir", t.TempDir(),
		"--trusted-proxies", "127.0.0.1/32", "--sns-endpoint", w.sns.url, "--smtp-url", "smtp://" + w.smtp.address, "--mail-from", "id@aps.example",
		"--backchannel-allow-loopback", "--log-level", "error", "--support-time-zone", "UTC", "--limit", "signins-by-network=100000/1h",
	}, more...)
	w.fill()
	w.launch = start
	for range 3 {
		w.add(start(t, w.arguments))
	}
	w.app.trust(w.balancer.url())
	within(t, "all nodes serve", time.Minute, func() bool { return w.balancer.serves() == 3 })
	w.endpoints = w.discover()
	return w
}

func (w *world) add(n node) {
	w.nodes = append(w.nodes, n)
	w.balancer.add(n.address())
}

// fill makes practices, people, an app and an integration. It works beside the nodes as the command line does.
func (w *world) fill() {
	w.t.Helper()
	_, err := server.Migrate(context.Background(), w.places().SQL)
	fatal(w.t, err)
	issuer, err := url.Parse(w.balancer.url())
	fatal(w.t, err)
	within(w.t, "the database answers in time", time.Minute, func() bool { // which a crowded machine may keep it from
		w.console, err = server.OpenConsole(context.Background(), w.places(), issuer, slog.New(slog.DiscardHandler))
		return idp.CodeOf(err) != idp.CodeUnavailable
	})
	fatal(w.t, err)
	w.t.Cleanup(func() { fatal(w.t, w.console.Close()) })
	ctx, system, now := context.Background(), systemCaller(), time.Now().Add(-time.Hour) // a node whose clock is behind must know it, too
	_, secret, err := w.console.Directory().Clients.RegisterClient(ctx, system, directory.NewClient{Registration: idp.Registration{
		ID: idp.ClientID(w.app.id), Name: "Rota", Kind: idp.ClientWeb, RedirectURIs: []string{unlistened}, PostLogoutRedirectURIs: []string{unlistened},
		Scopes: []string{"offline_access", "openid"}, RefreshTokens: true, BackchannelLogoutURI: w.app.url + "/logout",
	}}, now)
	fatal(w.t, err)
	w.app.secret = secret.Reveal()
	for id, mfa := range map[idp.PracticeID]idp.MFAState{withMFA: idp.MFAActive, withoutMFA: idp.MFAOff} {
		_, err := w.console.Directory().Practices.CreatePractice(ctx, system, directory.NewPractice{
			ID: id, Kind: idp.PracticeCustomer, MFA: mfa, Apps: []idp.ClientID{idp.ClientID(w.app.id)},
			PracticeDetails: idp.PracticeDetails{Name: string(id), Region: idp.RegionAU, TimeZone: "UTC"},
		}, now)
		fatal(w.t, err)
	}
	w.machine.id = "feeds"
	_, secret, err = w.console.Directory().Clients.RegisterClient(ctx, system, directory.NewClient{Registration: idp.Registration{
		ID: "feeds", Name: "Feeds", Kind: idp.ClientMachine, PracticeID: withMFA, Scopes: []string{"funds.read"}, Owner: "Mia", Purpose: "feeds", ReviewAt: now.AddDate(1, 0, 0),
	}}, now)
	fatal(w.t, err)
	w.machine.secret = secret.Reveal()
	w.people = newPeople(w, now)
}

func systemCaller() directory.Caller {
	return directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "faulttest"}}
}

// places are the stores without what stands between nodes and them, and without Redis: a row may harm both.
func (w *world) places() config.Places {
	w.t.Helper()
	given := config.Stores{RedisURL: config.NewSecret(config.Embedded), Sealed: config.Sealed{
		Database: config.Database{DatabaseURL: config.NewSecret(w.stores.direct)}, SealKeys: w.sealFile,
	}}
	places, err := given.Complete()
	fatal(w.t, err)
	return places
}

// column reads the first column of what a query finds, in whichever database the nodes work with now.
func (w *world) column(query string, args ...any) (found []string) {
	w.t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, w.stores.database)
	fatal(w.t, err)
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, query, args...)
	fatal(w.t, err)
	found, err = pgx.CollectRows(rows, pgx.RowTo[string])
	fatal(w.t, err)
	return found
}

func (w *world) discover() map[string]any {
	w.t.Helper()
	b := newBrowser(w, "10.9.9.9")
	a, err := b.ask("GET", w.balancer.url()+"/.well-known/openid-configuration", nil)
	fatal(w.t, err)
	return decode(a.body)
}

func (w *world) endpoint(name string) string {
	address, _ := w.endpoints[name].(string)
	return address
}

// within waits until the condition holds.
func within(t testing.TB, what string, most time.Duration, holds func() bool) {
	t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for began := time.Now(); !holds(); <-again.C {
		if time.Since(began) > most {
			t.Fatalf("not within %s: %s", most, what)
		}
	}
}
