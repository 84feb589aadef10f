package sqlstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
)

// scene is a store on SQLite with one open session at an app that is told, and what the store said of its end.
type scene struct {
	*sqlstore.Store
	now   time.Time
	one   idp.Session
	heard [][]idp.SID
}

func newScene(t *testing.T, outbox sqlstore.Outbox) *scene {
	t.Helper()
	url := storetest.SQLite(t)
	s := &scene{now: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}
	var err error
	s.Store, err = sqlstore.Open(t.Context(), url, &anySealer{}, outbox, sqlstore.Options{
		Ended: func(_ context.Context, ids []idp.SID) { s.heard = append(s.heard, ids) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	practice := idp.Practice{
		ID: "prc_one", Kind: idp.PracticeCustomer, State: idp.PracticeActive, PracticeDetails: idp.PracticeDetails{Region: idp.RegionAU}, MFA: idp.MFAOff,
		CreatedAt: s.now, UpdatedAt: s.now,
	}
	user := idp.User{ID: "usr_one", PracticeID: practice.ID, Username: "ada", State: idp.UserActive, CreatedAt: s.now, UpdatedAt: s.now}
	app := idp.Client{
		Registration: idp.Registration{
			ID: "timesheets", Kind: idp.ClientWeb, AuthMethod: idp.AuthBasic, Profile: idp.ProfileDefault,
			BackchannelLogoutURI: "https://timesheets.example/out",
		},
		CreatedAt: s.now, UpdatedAt: s.now,
	}
	s.one = newSession(user, app)
	err = s.InTx(t.Context(), func(tx *sqlstore.Tx) error {
		for _, create := range []func() error{
			func() error { return tx.CreatePractice(t.Context(), practice) },
			func() error { return tx.CreateUser(t.Context(), user) },
			func() error { return tx.CreateClient(t.Context(), app) },
			func() error { return tx.StartSession(t.Context(), s.one) },
		} {
			if err := create(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *scene) end(ctx context.Context, tx *sqlstore.Tx) error {
	event := idp.AuditEvent{ID: idp.NewEventID(s.now), At: s.now, Type: idp.EventSessionEnded}
	_, err := tx.EndSession(ctx, s.one.ID, idp.EndRevoked, event, s.now)
	return err
}

func (s *scene) open(t *testing.T) bool {
	t.Helper()
	one, err := s.FindSession(t.Context(), s.one.ID)
	if err != nil {
		t.Fatal(err)
	}
	return one.EndedAt.IsZero()
}

// ABUSE 43: a session whose app can't be told goes on, rather than end behind the app's back; the caller hears of it.
func TestNoEndWithoutItsMessage(t *testing.T) {
	t.Parallel()
	s := newScene(t, anyOutbox{})
	err := s.InTx(t.Context(), func(tx *sqlstore.Tx) error { return s.end(t.Context(), tx) })
	if err == nil || !s.open(t) || len(s.heard) != 0 {
		t.Errorf("error %v, open %v, heard %v", err, s.open(t), s.heard)
	}
}

// What a run did that was undone, to be run again, is not told; neither is the end of the caller's patience.
func TestOnlyWhatWasCommittedIsTold(t *testing.T) {
	t.Parallel()
	s := newScene(t, noJobs{})
	runs := 0
	err := s.InTx(t.Context(), func(tx *sqlstore.Tx) error {
		runs++
		if runs > 1 {
			return nil
		}
		if err := s.end(t.Context(), tx); err != nil {
			return err
		}
		return &pgconn.PgError{Code: "40001"} // another transaction stood in its way
	})
	if err != nil || runs != 2 || !s.open(t) || len(s.heard) != 0 {
		t.Fatalf("%v after %d runs; open %v, heard %v", err, runs, s.open(t), s.heard)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = s.InTx(ctx, func(tx *sqlstore.Tx) error {
		defer cancel()
		return s.end(ctx, tx)
	})
	if err == nil || !s.open(t) || len(s.heard) != 0 {
		t.Fatalf("%v; open %v, heard %v", err, s.open(t), s.heard)
	}
	err = s.InTx(t.Context(), func(tx *sqlstore.Tx) error { return s.end(t.Context(), tx) })
	if err != nil || s.open(t) || len(s.heard) != 1 || len(s.heard[0]) != 1 {
		t.Errorf("%v; open %v, heard %v", err, s.open(t), s.heard)
	}
}
