package session_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/seal"
	"github.com/apscloud/apsid/internal/session"
	"github.com/apscloud/apsid/internal/store/redisstore"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// house is the service on real stores (SQLite and the embedded Redis) with one person, some apps and a clock of its own.
type house struct {
	*session.Service
	t      testing.TB
	sql    *sqlstore.Store
	redis  *redisstore.Store
	sealer *seal.Sealer
	told   *told
	now    time.Time
	apps   map[idp.ClientID]idp.Client
}

// told is an outbox that remembers which apps were to be told of which sessions.
type told struct {
	sync.Mutex
	logouts []idp.Logout
}

func (o *told) Enqueue(context.Context, *sql.Tx, idp.Notice) error { return nil }

func (o *told) EnqueueLogouts(_ context.Context, _ *sql.Tx, logouts []idp.Logout) error {
	o.Lock()
	defer o.Unlock()
	o.logouts = append(o.logouts, logouts...)
	return nil
}

// of lists the reasons for which the app was told of the session's end.
func (o *told) of(sid idp.SID) (reasons []idp.EndReason) {
	o.Lock()
	defer o.Unlock()
	for _, each := range o.logouts {
		if each.SID == sid {
			reasons = append(reasons, each.Reason)
		}
	}
	return reasons
}

// The apps of every test: without a limit of inactivity, with the government's, and two of one sign-on group beside one of
// another.
func registered(now time.Time) []idp.Client {
	apps := []idp.Client{
		{Registration: idp.Registration{ID: "timesheets", Profile: idp.ProfileDefault}},
		{Registration: idp.Registration{ID: "lodgements", Profile: idp.ProfileGovernmentConnected}},
		{Registration: idp.Registration{ID: "ledger", Profile: idp.ProfileDefault, SignOnGroup: "books"}},
		{Registration: idp.Registration{ID: "returns", Profile: idp.ProfileGovernmentConnected, SignOnGroup: "books"}},
		{Registration: idp.Registration{ID: "payroll", Profile: idp.ProfileDefault, SignOnGroup: "people"}},
	}
	for i, app := range apps {
		app.Name, app.Kind, app.AuthMethod, app.IDTokenAlg = string(app.ID), idp.ClientWeb, idp.AuthBasic, "ES256"
		app.RedirectURIs = []string{"https://" + string(app.ID) + ".example/cb"}
		app.BackchannelLogoutURI = "https://" + string(app.ID) + ".example/logout"
		app.CreatedAt, app.UpdatedAt, app.Version = now, now, 1
		apps[i] = app
	}
	return apps
}

func newHouse(t testing.TB) *house { return newHouseOn(t, redisstore.Embedded) }

func newHouseOn(t testing.TB, redisURL string) *house {
	t.Helper()
	keys, err := seal.Generate()
	must(t, err)
	sealer, err := seal.New(keys)
	must(t, err)
	h := &house{
		t: t, sealer: sealer, told: &told{}, apps: map[idp.ClientID]idp.Client{},
		now: time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC),
	}
	h.openRedis(redisURL)
	h.openSQL()
	h.seed()
	return h
}

func (h *house) openSQL() {
	h.t.Helper()
	var err error
	// As in the server: each way of ending sessions makes Redis forget them.
	forget := func(ctx context.Context, ids []idp.SID) { _ = h.redis.Activity().Forget(ctx, ids) }
	h.sql, err = sqlstore.Open(h.t.Context(), storetest.SQLite(h.t), h.sealer, h.told, sqlstore.Options{Ended: forget, Limit: time.Minute}) // a busy machine must not fail the test
	must(h.t, err)
	h.t.Cleanup(func() { _ = h.sql.Close() })
}

// flush replaces the embedded Redis by a new one, which is empty.
func (h *house) flush() {
	h.t.Helper()
	h.loseRedis()
	h.openRedis(redisstore.Embedded)
}

// openRedis connects to a Redis.
func (h *house) openRedis(url string) {
	h.t.Helper()
	store, err := redisstore.Open(h.t.Context(), url, h.sealer)
	must(h.t, err)
	h.t.Cleanup(func() { _ = store.Close() })
	h.redis = store
	if h.sql != nil {
		h.Service = h.node()
	}
}

// loseRedis leaves the service with no Redis that answers.
func (h *house) loseRedis() {
	h.t.Helper()
	must(h.t, h.redis.Close())
}

// node is one more instance of the service on the same stores.
func (h *house) node() *session.Service {
	h.t.Helper()
	service, err := session.New(session.Ports{
		Sessions: h.sql, Tokens: h.sql, Clients: h.sql, Activity: h.redis.Activity(), Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	must(h.t, err)
	return service
}

func (h *house) seed() {
	h.t.Helper()
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		for _, app := range registered(h.now) {
			h.apps[app.ID] = app
			if err := tx.CreateClient(ctx, app); err != nil {
				return err
			}
		}
		practice := idp.Practice{
			ID: "prc_harbour", Kind: idp.PracticeCustomer, State: idp.PracticeActive, MFA: idp.MFAOff, CreatedAt: h.now, UpdatedAt: h.now, Version: 1,
			PracticeDetails: idp.PracticeDetails{Name: "Harbour & Finch", Region: idp.RegionAU, TimeZone: "Australia/Sydney"},
		}
		if err := tx.CreatePractice(ctx, practice); err != nil {
			return err
		}
		return tx.CreateUser(ctx, idp.User{
			ID: "usr_kim", PracticeID: practice.ID, Username: "kim@harbour.example", Name: "Kim", State: idp.UserActive,
			PasswordHash: idp.NewSecret("none"), PasswordChangedAt: h.now, CreatedAt: h.now, UpdatedAt: h.now, Version: 1,
		})
	})
	h.Service = h.node()
}

func (h *house) commit(fn func(context.Context, *sqlstore.Tx) error) {
	h.t.Helper()
	must(h.t, h.sql.InTx(h.t.Context(), func(tx *sqlstore.Tx) error { return fn(h.t.Context(), tx) }))
}

// change registers an app anew.
func (h *house) change(id idp.ClientID, change func(*idp.Client)) {
	h.t.Helper()
	app := h.apps[id]
	change(&app)
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateClient(ctx, app) })
	app.Version++
	h.apps[id] = app
}

// visit is one browser signed in at one app.
type visit struct {
	*house
	sid    idp.SID
	app    idp.ClientID
	cookie idp.Secret
}

// signIn is what the end of a sign-in does.
func (h *house) signIn(app idp.ClientID) *visit {
	h.t.Helper()
	v := &visit{house: h, sid: idp.NewSID(), app: app, cookie: idp.RandomSecret(32)}
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.StartSession(ctx, idp.Session{
			ID: v.sid, PracticeID: "prc_harbour", UserID: "usr_kim", ClientID: app, BrowserHash: v.cookie.Hash(), SignOn: v.sid,
			ACR: idp.ACRMFA, AMR: []idp.AMR{idp.AMRPassword, idp.AMROTP, idp.AMRMFA}, AuthTime: h.now, CreatedAt: h.now,
			ExpiresAt: policy.SessionEnd(h.apps[app], h.now), LastActivity: h.now,
		})
	})
	return v
}

func (h *house) pass(d time.Duration) { h.now = h.now.Add(d) }

func (v *visit) report(idle time.Duration) (session.Standing, error) {
	return v.Report(context.Background(), v.sid, v.apps[v.app], idle, v.now)
}

// active reports that the person did something just now.
func (v *visit) active() {
	v.t.Helper()
	_, err := v.report(0)
	must(v.t, err)
}

// refresh is what a token refresh asks, and every other request with a token.
func (v *visit) refresh() error {
	_, err := v.Check(context.Background(), v.sid, v.apps[v.app], v.now)
	return err
}

func (v *visit) stored() idp.Session {
	v.t.Helper()
	found, err := v.sql.FindSession(context.Background(), v.sid)
	must(v.t, err)
	return found
}

func (v *visit) logOut() {
	v.t.Helper()
	must(v.t, v.End(context.Background(), v.sid, idp.EndLogout, v.event(), v.now))
}

func (h *house) event() idp.AuditEvent {
	return idp.AuditEvent{
		ID: idp.NewEventID(h.now), At: h.now, Type: idp.EventSessionEnded, Actor: idp.Actor{Kind: idp.ActorUser, ID: "usr_kim"},
		PracticeID: "prc_harbour", UserID: "usr_kim", Result: idp.ResultSuccess,
	}
}

// alive fails the test unless the session is alive, at the token endpoint and for its browser.
func (v *visit) alive() {
	v.t.Helper()
	must(v.t, v.refresh())
	if _, err := v.Current(context.Background(), v.cookie, v.apps[v.app], v.now); err != nil {
		v.t.Fatalf("its browser: %v", err)
	}
}

// over fails the test unless the session is over for the reason, at the token endpoint and for its browser.
func (v *visit) over(want idp.EndReason) {
	v.t.Helper()
	wantEnded(v.t, v.refresh(), want)
	_, err := v.Current(context.Background(), v.cookie, v.apps[v.app], v.now)
	wantEnded(v.t, err, want)
	_, err = v.report(0)
	wantEnded(v.t, err, want)
}

func wantEnded(t testing.TB, err error, want idp.EndReason) {
	t.Helper()
	var ended *session.Ended
	if !errors.As(err, &ended) || ended.Reason != want || !errors.Is(err, idp.ErrNotFound) {
		t.Fatalf("error is %v, want the session ended: %s", err, want)
	}
}

func wantCode(t testing.TB, err error, want idp.Code) {
	t.Helper()
	if idp.CodeOf(err) != want {
		t.Fatalf("error is %v, want %s", err, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

// mayJoin lets everyone join.
func mayJoin(idp.Account) bool { return true }
