package adminapi_test

import (
	"context"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/adminapi"
	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/server"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

const (
	harbour idp.PracticeID = "prc_harbour-finch"
	kauri   idp.PracticeID = "prc_kauri-lane"
	aps     idp.PracticeID = "prc_aps"

	password = "granite-window-harbour-4"
	callback = "http://127.0.0.1:9/callback"
)

// world is a node with two practices and APS, and people and integrations in each.
type world struct {
	t      *testing.T
	issuer string
	node   *server.Server
	keys   *keyring.Ring
	system directory.Caller
	people map[string]idp.Account
	keyOf  map[string]string // of the authenticator app, base32
	secret map[idp.ClientID]idp.Secret
	hash   idp.Secret // of the password that all people share
	clock  *testenv.Clock
	routes []route // of the document; nil while it is asked for
}

func (w *world) now() time.Time { return w.clock.Now() }

// pass moves the clock on.
func (w *world) pass(d time.Duration) { w.clock.Advance(d) }

// stores are the two kinds of stores; nothing may behave differently on one of them.
func stores() map[string]func(*testing.T) (database *seed, redis string) {
	return map[string]func(*testing.T) (*seed, string){
		"SQLite and embedded": embedded,
		"Postgres and Redis":  func(t *testing.T) (*seed, string) { return onPostgres(t), testenv.Redis(t) },
	}
}

func embedded(t *testing.T) (*seed, string) { return onSQLite(t), config.Embedded }

// seed is a database with everything that fill creates, once in the process: each test gets a copy.
type seed struct {
	once   sync.Once
	copy   func(*testing.T) (database string)
	key    idp.Secret // seals what is in it
	people map[string]idp.Account
	keyOf  map[string]string
	secret map[idp.ClientID]idp.Secret
}

// seeds are the databases of the two kinds of stores.
var seeds struct{ sqlite, postgres seed }

func newWorld(t *testing.T, choose func(*testing.T) (database *seed, redis string)) *world {
	t.Helper()
	from, redis := choose(t)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	w := newNode(t, listener.Addr().String(), from.copy(t), redis, from.key, sown)
	w.people, w.keyOf, w.secret = maps.Clone(from.people), maps.Clone(from.keyOf), maps.Clone(from.secret)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.node.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	w.routes = routesOf(t, w)
	return w
}

// sown is the issuer of the seeds: each test moves its copy to the address of its node.
const sown = "http://127.0.0.1:1"

// newNode is a world that is not served, over stores that have their schema; before is the issuer that they had.
func newNode(t *testing.T, address, database, redis string, key idp.Secret, before string) *world {
	t.Helper()
	c, err := config.Server{
		HTTP: config.HTTP{Listen: address, Issuer: "http://" + address, IssuerMovedFrom: before},
		Stores: config.Stores{
			Sealed: config.Sealed{
				Database: config.Database{StateDir: t.TempDir(), DatabaseURL: config.NewSecret(database)}, SealKey: config.NewSecret(key.Reveal()),
			},
			RedisURL: config.NewSecret(redis),
		},
		Texts:   config.SMS{Sender: config.SenderInbox, SNSSenderID: "APSID"},
		Logout:  config.Logout{AllowLoopback: true},
		Support: config.Support{Name: "APS support", TimeZone: "UTC"}, Hashing: config.DefaultHashing(),
	}.Complete()
	must(t, err)
	w := &world{
		t: t, issuer: c.Issuer().String(), system: directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "test"}},
		people: map[string]idp.Account{}, keyOf: map[string]string{}, secret: map[idp.ClientID]idp.Secret{}, clock: &testenv.Clock{},
	}
	log := slog.New(slog.DiscardHandler)
	w.node, err = server.New(t.Context(), c, server.Deps{Logger: log, Clock: w.clock.Now, HashMemory: testenv.HashMemory})
	must(t, err)
	w.keys, err = keyring.Open(t.Context(), w.node.Records(), keyring.Config{Log: log}, w.now())
	must(t, err)
	return w
}

// sow fills a database that has its schema, and closes it.
func (s *seed) sow(t *testing.T, database string) {
	t.Helper()
	keys, err := seal.Generate()
	must(t, err)
	s.key, err = seal.Encode(keys)
	must(t, err)
	w := newNode(t, "127.0.0.1:1", database, config.Embedded, s.key, "")
	w.fill()
	must(t, w.node.Close())
	s.people, s.keyOf, s.secret = w.people, w.keyOf, w.secret
}

func onSQLite(t *testing.T) *seed {
	t.Helper()
	s := &seeds.sqlite
	s.once.Do(func() {
		path := filepath.Join(t.TempDir(), "apsid.db")
		s.sow(t, storetest.SQLiteAt(t, path))
		content, err := os.ReadFile(path)
		must(t, err)
		s.copy = func(t *testing.T) string {
			path := filepath.Join(t.TempDir(), "apsid.db")
			must(t, os.WriteFile(path, content, 0o600))
			return "sqlite:" + path
		}
	})
	if s.copy == nil {
		t.Fatal("the database could not be filled: see the first test that failed")
	}
	return s
}

func onPostgres(t *testing.T) *seed {
	t.Helper()
	s := &seeds.postgres
	s.once.Do(func() {
		template, err := testenv.NewTemplate(func(address string) error {
			if _, err := sqlstore.Migrate(t.Context(), address); err != nil {
				return err
			}
			s.sow(t, address)
			return nil
		})
		must(t, err)
		s.copy = func(t *testing.T) string { return template.Postgres(t) }
	})
	if s.copy == nil {
		t.Fatal("the database could not be filled: see the first test that failed")
	}
	return s
}

// fill creates who and what there is.
func (w *world) fill() {
	w.register(directory.NewClient{
		Registration: idp.Registration{
			ID: "console", Name: "Console", Kind: idp.ClientWeb, RedirectURIs: []string{callback}, Scopes: append(scopes(), "openid", "profile"),
		},
	})
	w.register(directory.NewClient{Registration: idp.Registration{ID: "contacts", Name: "Contacts+", Kind: idp.ClientWeb, RedirectURIs: []string{callback}, Scopes: []string{"openid"}, Brings: []idp.ClientID{idp.AppUserManagement}}})
	for id, name := range map[idp.PracticeID]string{harbour: "Harbour & Finch", kauri: "Kauri Lane", aps: "APS"} {
		kind := idp.PracticeCustomer
		if id == aps {
			kind = idp.PracticeAPS
		}
		_, err := w.node.Directory().Practices.CreatePractice(w.t.Context(), w.system, directory.NewPractice{
			ID: id, Kind: kind, MFA: idp.MFAOff, Apps: []idp.ClientID{"console", "contacts"},
			PracticeDetails: idp.PracticeDetails{Name: name, Region: idp.RegionAU, TimeZone: "Australia/Sydney"},
		}, w.now())
		must(w.t, err)
	}
	manage := []idp.Role{idp.RoleUserManagement, idp.RoleSystemAdministrator}
	w.person(harbour, "olivia", manage...)
	w.person(harbour, "sara", idp.RoleUserManagement)
	w.person(harbour, "mia")
	w.person(harbour, "tom")
	w.person(kauri, "aroha", manage...)
	w.person(kauri, "hemi", idp.RoleUserManagement)
	w.person(kauri, "rua")
	w.person(aps, "riley", idp.RoleAPSStaff)
	w.person(aps, "sam", idp.RoleAPSStaff)
	w.machine("aps-admin", aps)
	w.machine("fusesign", harbour)
	w.machine("bgl", kauri)
}

func (w *world) register(n directory.NewClient) {
	w.t.Helper()
	_, secret, err := w.node.Directory().Clients.RegisterClient(w.t.Context(), w.system, n, w.now())
	must(w.t, err)
	w.secret[n.ID] = secret
}

func (w *world) machine(id idp.ClientID, practice idp.PracticeID) {
	w.t.Helper()
	w.register(directory.NewClient{
		Registration: idp.Registration{
			ID: id, Name: string(id), Kind: idp.ClientMachine, PracticeID: practice, Scopes: scopes(), Owner: "Olivia Finch",
			Purpose: "Reads what it needs each night.", ReviewAt: w.now().Add(365 * 24 * time.Hour),
		},
	})
}

// person creates a person with an authenticator app.
func (w *world) person(practice idp.PracticeID, name string, roles ...idp.Role) {
	w.t.Helper()
	ctx, key := w.t.Context(), authenticator.NewTOTPKey()
	n := directory.NewUser{PracticeID: practice, Username: name + "@" + string(practice[4:]) + ".example", Name: name, Roles: roles}
	if w.hash.IsZero() {
		n.Password = idp.NewSecret(password)
	} else {
		n.PasswordHash = w.hash // hashing is meant to be slow: once is enough
	}
	user, err := w.node.Directory().People.CreateUser(ctx, w.system, n, w.now())
	must(w.t, err)
	w.hash = user.PasswordHash
	_, err = w.node.Directory().People.BindAuthenticator(ctx, w.system, directory.NewAuthenticator{
		PracticeID: practice, UserID: user.ID, Kind: idp.KindTOTP, TOTPKey: key,
	}, w.now())
	must(w.t, err)
	must(w.t, w.node.Directory().People.SetPIN(ctx, w.system, directory.NewPIN{PracticeID: practice, UserID: user.ID, PIN: idp.NewSecret("580341")}, w.now()))
	w.keyOf[name] = key.Reveal()
	w.people[name] = w.account(user.ID)
}

func (w *world) account(id idp.UserID) idp.Account {
	w.t.Helper()
	account, err := w.node.Records().FindAccount(w.t.Context(), id)
	must(w.t, err)
	return account
}

func (w *world) id(name string) string { return string(w.people[name].User.ID) }

// events lists what happened in a practice since a time, newest first.
func (w *world) events(practice idp.PracticeID, since time.Time) []idp.AuditEvent {
	w.t.Helper()
	found, _, err := w.node.Records().SearchEvents(w.t.Context(), practice, directory.EventQuery{From: since}, directory.Page{Limit: 200})
	must(w.t, err)
	return found
}

func scopes() []string {
	var all []string
	for scope := range adminapi.Scopes() {
		all = append(all, string(scope))
	}
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
