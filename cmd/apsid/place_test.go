package main

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

const crashPractice idp.PracticeID = "prc_crash"

const (
	crashUser     = "mia@harbour.example"
	crashPassword = "correct-horse-harbour-1"
	callback      = "http://127.0.0.1:9/callback"
)

// place is where a node runs, and what it serves.
type place struct {
	t       *testing.T
	given   config.Server
	config  config.Node
	sealKey string
	app     *listener
}

func newPlace(t *testing.T, stores func(*testing.T) (database, redis string)) *place {
	t.Helper()
	keys, err := seal.Generate()
	fatal(t, err)
	key, err := seal.Encode(keys)
	fatal(t, err)
	address := freeAddress(t)
	database, redis := stores(t)
	p := &place{t: t, sealKey: key.Reveal(), app: newListener(t), given: config.Server{
		HTTP: config.HTTP{Listen: address, Issuer: "http://" + address},
		Stores: config.Stores{
			Sealed: config.Sealed{
				Database: config.Database{StateDir: t.TempDir(), DatabaseURL: config.NewSecret(database)}, SealKey: config.NewSecret(key.Reveal()),
			},
			RedisURL: config.NewSecret(redis),
		},
		Texts:   config.SMS{Sender: config.SenderInbox, SNSSenderID: "APSID"},
		Logout:  config.Logout{AllowLoopback: true},
		Support: config.Support{Name: "APS support", TimeZone: "UTC"}, Hashing: config.DefaultHashing(),
	}}
	p.config, err = p.given.Complete()
	fatal(t, err)
	return p
}

// seed creates a practice, a person and an app.
func (p *place) seed() {
	p.t.Helper()
	_, err := server.Migrate(p.t.Context(), p.config.Places().SQL)
	fatal(p.t, err)
	p.inside(func(node *server.Server) {
		ctx, system, now := p.t.Context(), directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem}}, time.Now()
		_, err := node.Directory().Practices.CreatePractice(ctx, system, directory.NewPractice{
			ID: crashPractice, Kind: idp.PracticeCustomer, MFA: idp.MFAOff, Apps: []idp.ClientID{"timesheets"},
			PracticeDetails: idp.PracticeDetails{Name: "Harbour", Region: idp.RegionAU, TimeZone: "UTC"},
		}, now)
		fatal(p.t, err)
		_, err = node.Directory().People.CreateUser(ctx, system, directory.NewUser{
			PracticeID: crashPractice, Username: crashUser, Name: "Mia", Password: idp.NewSecret(crashPassword),
		}, now)
		fatal(p.t, err)
		_, secret, err := node.Directory().Clients.RegisterClient(ctx, system, directory.NewClient{
			Registration: idp.Registration{
				ID: "timesheets", Name: "Cloud Timesheets", Kind: idp.ClientWeb, RedirectURIs: []string{callback},
				Scopes: []string{"offline_access", "openid"}, RefreshTokens: true, RefreshGrace: idp.NoRefreshGrace, BackchannelLogoutURI: p.app.url + "/logout",
			},
		}, now)
		fatal(p.t, err)
		p.app.secret = secret.Reveal()
	})
}

// inside opens the stores while no node runs.
func (p *place) inside(do func(*server.Server)) {
	p.t.Helper()
	node, err := server.New(p.t.Context(), p.config, server.Deps{Logger: slog.New(slog.DiscardHandler)})
	fatal(p.t, err)
	defer func() { fatal(p.t, node.Close()) }()
	do(node)
}

// serve starts the program itself, as "apsid serve", and waits until it is ready.
func (p *place) serve() *exec.Cmd {
	p.t.Helper()
	node := p.command("--log-level", "error", "--shutdown-pause", "0s")
	node.Stderr = p.t.Output()
	fatal(p.t, node.Start())
	p.await("the node is ready", func() bool {
		response, err := http.Get(p.given.HTTP.Issuer + "/readyz")
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return node
}

// command is "apsid serve" with the settings of the place and more.
func (p *place) command(more ...string) *exec.Cmd {
	p.t.Helper()
	return p.program(append([]string{
		"serve", "--issuer", p.given.HTTP.Issuer, "--state-dir", p.given.Stores.StateDir, "--sms", "inbox", "--backchannel-allow-loopback",
		"--listen", p.given.HTTP.Listen,
	}, more...)...)
}

// program is "apsid" with the stores of the place.
func (p *place) program(arguments ...string) *exec.Cmd {
	p.t.Helper()
	self, err := os.Executable()
	fatal(p.t, err)
	program := exec.CommandContext(p.t.Context(), self)
	program.Args = append([]string{"apsid"}, arguments...)
	program.Env = append(os.Environ(), "APSID_DATABASE_URL="+p.given.Stores.DatabaseURL.Reveal(),
		"APSID_REDIS_URL="+p.given.Stores.RedisURL.Reveal(), "APSID_SEAL_KEY="+p.sealKey)
	return program
}

// freeAddress is a loopback address that was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	fatal(t, free.Close())
	return free.Addr().String()
}

// kill is kill -9.
func (p *place) kill(node *exec.Cmd) {
	p.t.Helper()
	fatal(p.t, node.Process.Kill())
	var exit *exec.ExitError
	if err := node.Wait(); !errors.As(err, &exit) {
		p.t.Fatalf("killed: %v", err)
	}
}

func (p *place) stop(node *exec.Cmd) {
	p.t.Helper()
	fatal(p.t, node.Process.Signal(os.Interrupt))
	if err := node.Wait(); err != nil {
		p.t.Errorf("the node ended with %v", err)
	}
}

// await waits for more than a minute: the work of a node that was killed is taken over after a minute at most.
func (p *place) await(what string, holds func() bool) {
	p.t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for began := time.Now(); !holds(); <-again.C {
		if time.Since(began) > 2*time.Minute {
			p.t.Fatalf("waited in vain: %s; told %v, called %v", what, p.app.told(), p.app.called())
		}
	}
}

func (p *place) want(got, want int) {
	p.t.Helper()
	if got != want {
		p.t.Errorf("answered %d, want %d", got, want)
	}
}

func (p *place) wantEvents(want map[idp.EventType][]idp.SID) {
	p.t.Helper()
	p.inside(func(node *server.Server) {
		for kind, sids := range want {
			found, _, err := node.Records().SearchEvents(p.t.Context(), crashPractice, directory.EventQuery{Type: kind}, sqlstore.Page{Limit: 100})
			fatal(p.t, err)
			var got []idp.SID
			for _, e := range found {
				got = append(got, e.SID)
			}
			slices.Sort(got)
			slices.Sort(sids)
			if diff := cmp.Diff(sids, got); diff != "" {
				p.t.Errorf("%s: %s", kind, diff)
			}
		}
	})
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
