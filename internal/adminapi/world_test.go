package adminapi_test

import (
	"context"
	"log/slog"
	"net"
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
	hash   idp.Secret // of everybody's password

	mu    sync.Mutex
	ahead time.Duration
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.ahead)
}

// pass moves the clock on.
func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ahead += d
}

// stores are the two kinds of stores; nothing may behave differently on one of them.
func stores() map[string]func(*testing.T) (database, redis string) {
	return map[string]func(*testing.T) (string, string){
		"SQLite and embedded": embedded,
		"Postgres and Redis":  func(t *testing.T) (string, string) { return testenv.Postgres(t), testenv.Redis(t) },
	}
}

func embedded(t *testing.T) (string, string) {
	return storetest.SQLite(t), config.Embedded
}

func newWorld(t *testing.T, choose func(*testing.T) (database, redis string)) *world {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	sealKeys, err := seal.Generate()
	must(t, err)
	sealKey, err := seal.Encode(sealKeys)
	must(t, err)
	database, redis := choose(t)
	address := listener.Addr().String()
	c := config.Server{
		HTTP: config.HTTP{Listen: address, Issuer: "http://" + address},
		Stores: config.Stores{
			StateDir: t.TempDir(), DatabaseURL: config.NewSecret(database), RedisURL: config.NewSecret(redis), SealKey: config.NewSecret(sealKey.Reveal()),
		},
		Texts:   config.SMS{Sender: config.SenderInbox, SNSSenderID: "APSID", PerDay: 100},
		Logout:  config.Logout{AllowLoopback: true},
		Support: config.Support{Name: "APS support", TimeZone: "UTC"}, Hashing: config.DefaultHashing(),
	}
	must(t, c.Complete())
	_, err = server.Migrate(t.Context(), c.Stores)
	must(t, err)
	w := &world{
		t: t, issuer: c.HTTP.Issuer, system: directory.Caller{Actor: idp.Actor{Kind: idp.ActorSystem, ID: "test"}},
		people: map[string]idp.Account{}, keyOf: map[string]string{}, secret: map[idp.ClientID]idp.Secret{},
	}
	log := slog.New(slog.DiscardHandler)
	w.node, err = server.New(t.Context(), c, server.Deps{Logger: log, Clock: w.now, HashMemory: testenv.HashMemory})
	must(t, err)
	w.keys, err = keyring.Open(t.Context(), w.node.Records(), log, w.now())
	must(t, err)
	w.fill()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.node.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return w
}

// fill creates who and what there is.
func (w *world) fill() {
	w.register(directory.NewClient{
		ID: "console", Name: "Console", Kind: idp.ClientWeb, RedirectURIs: []string{callback}, Scopes: append(scopes(), "openid", "profile"),
	})
	w.register(directory.NewClient{ID: "contacts", Name: "Contacts+", Kind: idp.ClientWeb, RedirectURIs: []string{callback}, Scopes: []string{"openid"}, Brings: []idp.ClientID{idp.AppUserManagement}})
	for id, name := range map[idp.PracticeID]string{harbour: "Harbour & Finch", kauri: "Kauri Lane", aps: "APS"} {
		kind := idp.PracticeCustomer
		if id == aps {
			kind = idp.PracticeAPS
		}
		_, err := w.node.Directory().Practices.CreatePractice(w.t.Context(), w.system, directory.NewPractice{
			ID: id, Name: name, Kind: kind, Region: idp.RegionAU, TimeZone: "Australia/Sydney", MFA: idp.MFAOff, Apps: []idp.ClientID{"console", "contacts"},
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
		ID: id, Name: string(id), Kind: idp.ClientMachine, PracticeID: practice, Scopes: scopes(), Owner: "Olivia Finch",
		Purpose: "Reads what it needs each night.", ReviewAt: w.now().Add(365 * 24 * time.Hour),
	})
}

// person creates somebody with an authenticator app.
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
