package sqlstore_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// quiet is an app that is not told when its sessions end.
func (w *world) quiet(t testing.TB) idp.Client {
	t.Helper()
	app := w.client("quiet")
	app.BackchannelLogoutURI = ""
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateClient(ctx, app) })
	return app
}

func (w *world) ending() idp.AuditEvent {
	return idp.AuditEvent{
		ID: idp.NewEventID(w.now), At: w.now, Type: idp.EventSessionEnded, Actor: idp.Actor{Kind: idp.ActorSystem}, Result: idp.ResultSuccess,
	}
}

// ABUSE 35: whatever ends a session queues the message to its app in the same transaction, and says so after the commit:
// exactly the sessions that ended, and exactly the apps that are registered for it.
func testEndsAreTold(t *testing.T, w *world) {
	quiet := w.quiet(t)
	cleo := w.user(w.mine, "cleo@harbour.example")
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateUser(ctx, cleo) })
	for name, c := range map[string]struct {
		end  func(ctx context.Context, tx *sqlstore.Tx, one idp.SID) error
		ends []string
	}{
		"one": {func(ctx context.Context, tx *sqlstore.Tx, one idp.SID) error {
			_, err := tx.EndSession(ctx, one, idp.EndRevoked, w.ending(), w.now)
			return err
		}, []string{"ada timesheets"}},
		"a user": {func(ctx context.Context, tx *sqlstore.Tx, _ idp.SID) error {
			_, err := tx.EndUserSessions(ctx, w.mine.ID, w.ada.ID, idp.EndRevoked, w.ending(), w.now)
			return err
		}, []string{"ada timesheets", "ada contacts", "ada quiet"}},
		"MFA revoked, which leaves the sessions to the use case": {func(ctx context.Context, tx *sqlstore.Tx, _ idp.SID) error {
			_, err := tx.RevokeMFA(ctx, w.mine.ID, w.ada.ID)
			return err
		}, nil},
		"a practice": {func(ctx context.Context, tx *sqlstore.Tx, _ idp.SID) error {
			_, err := tx.EndPracticeSessions(ctx, w.mine.ID, "", idp.EndRevoked, w.ending(), w.now)
			return err
		}, []string{"ada timesheets", "ada contacts", "ada quiet", "cleo timesheets"}},
		"an app of a practice": {func(ctx context.Context, tx *sqlstore.Tx, _ idp.SID) error {
			_, err := tx.EndPracticeSessions(ctx, w.mine.ID, w.app.ID, idp.EndRevoked, w.ending(), w.now)
			return err
		}, []string{"ada timesheets", "cleo timesheets"}},
		"twice": {func(ctx context.Context, tx *sqlstore.Tx, one idp.SID) error {
			_, err := tx.EndSession(ctx, one, idp.EndRevoked, w.ending(), w.now)
			if err != nil {
				return err
			}
			_, err = tx.EndUserSessions(ctx, w.mine.ID, w.ada.ID, idp.EndRevoked, w.ending(), w.now)
			return err
		}, []string{"ada timesheets", "ada contacts", "ada quiet"}},
		"another practice's user": {func(ctx context.Context, tx *sqlstore.Tx, _ idp.SID) error {
			_, err := tx.EndUserSessions(ctx, w.other.ID, w.ada.ID, idp.EndRevoked, w.ending(), w.now)
			return err
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			open := map[string]idp.Session{
				"ada timesheets": w.started(t, w.ada, w.app), "ada contacts": w.started(t, w.ada, w.app2), "ada quiet": w.started(t, w.ada, quiet),
				"cleo timesheets": w.started(t, cleo, w.app), "bob timesheets": w.started(t, w.bob, w.app),
			}
			one := open["ada timesheets"].ID
			undone := errors.New("undone")
			err := w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error {
				return errors.Join(c.end(ctx, tx, one), undone)
			})
			if !errors.Is(err, undone) || len(w.logouts(t)) != 0 || len(w.told.take(t)) != 0 {
				t.Fatalf("something was told of what was undone: %v", err)
			}
			w.told.takeQueued()
			w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return c.end(ctx, tx, one) })
			logouts, ended := map[idp.SID]idp.Logout{}, []idp.SID{}
			for who, s := range open {
				got, err := w.FindSession(t.Context(), s.ID)
				must(t, err)
				if gone := !got.EndedAt.IsZero(); gone != slices.Contains(c.ends, who) {
					t.Errorf("%s has ended: %v", who, gone)
					continue
				}
				if got.EndedAt.IsZero() {
					continue
				}
				ended = append(ended, s.ID)
				if s.ClientID != quiet.ID {
					logouts[s.ID] = idp.Logout{
						SID: s.ID, PracticeID: s.PracticeID, UserID: s.UserID, ClientID: s.ClientID, Reason: idp.EndRevoked, At: w.now,
					}
				}
			}
			same(t, w.logouts(t), logouts)
			if queued := w.told.takeQueued() > 0; queued != (len(logouts) > 0) {
				t.Errorf("told of queued work: %t", queued)
			}
			var calls [][]idp.SID
			if len(ended) != 0 {
				calls = [][]idp.SID{slices.Sorted(slices.Values(ended))}
			}
			same(t, w.told.take(t), calls)
			for _, s := range open {
				_, err := w.EndSession(t.Context(), s.ID, idp.EndLogout, w.ending(), w.now)
				must(t, err)
			}
			w.logouts(t)
			w.told.take(t)
		})
	}
}

// However many end a session at once, its app is told once.
func testEndsAreToldOnce(t *testing.T, w *world) {
	s := w.started(t, w.ada, w.app)
	for _, err := range race(func(n int) error {
		var err error
		switch n % 3 {
		case 0:
			_, err = w.EndSession(t.Context(), s.ID, idp.EndIdle, w.ending(), w.now)
		case 1:
			_, err = w.EndUserSessions(t.Context(), w.mine.ID, w.ada.ID, idp.EndRevoked, w.ending(), w.now)
		default:
			_, err = w.EndPracticeSessions(t.Context(), w.mine.ID, "", idp.EndRevoked, w.ending(), w.now)
		}
		return err
	}) {
		must(t, err)
	}
	if n := len(w.logouts(t)); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
	same(t, w.told.take(t), [][]idp.SID{{s.ID}})
	if n := w.count(t, "events"); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func testEndPracticeSessions(t *testing.T, w *world) {
	one, two, bobs := w.started(t, w.ada, w.app), w.started(t, w.ada, w.app2), w.started(t, w.bob, w.app)
	for _, s := range []idp.Session{one, two, bobs} {
		must(t, w.CreateRefreshToken(t.Context(), w.refresh(s)))
	}
	for _, nobody := range []idp.PracticeID{"", "prc_none"} {
		ended, err := w.EndPracticeSessions(t.Context(), nobody, "", idp.EndRevoked, w.ending(), w.now)
		must(t, err)
		if len(ended) != 0 {
			t.Errorf("practice %q: ended %d", nobody, len(ended))
		}
	}
	for _, c := range []struct {
		client idp.ClientID
		want   []idp.Session
	}{{w.app2.ID, []idp.Session{two}}, {"", []idp.Session{one}}, {"", nil}} {
		ended, err := w.EndPracticeSessions(t.Context(), w.mine.ID, c.client, idp.EndRevoked, w.ending(), w.now.Add(time.Minute))
		must(t, err)
		for i := range c.want {
			c.want[i].EndedAt, c.want[i].EndReason = w.now.Add(time.Minute), idp.EndRevoked
			stored, err := w.FindSession(t.Context(), c.want[i].ID)
			must(t, err)
			same(t, stored, c.want[i])
		}
		same(t, ended, c.want)
	}
	events, _, err := w.SearchEvents(t.Context(), w.mine.ID, directory.EventQuery{UserID: w.ada.ID}, sqlstore.Page{})
	must(t, err)
	written := map[idp.SID]idp.ClientID{}
	for _, e := range events {
		written[e.SID] = e.ClientID
	}
	same(t, written, map[idp.SID]idp.ClientID{one.ID: w.app.ID, two.ID: w.app2.ID})
	if n := w.count(t, "refresh_tokens"); n != 1 {
		t.Errorf("%d refresh tokens are left, want bob's", n)
	}
	alive, err := w.FindSession(t.Context(), bobs.ID)
	must(t, err)
	same(t, alive, bobs)
}

// More sessions than one statement takes.
func testEndManySessions(t *testing.T, w *world) {
	const many = 51
	for range many {
		w.started(t, w.ada, w.app)
	}
	ended, err := w.EndPracticeSessions(t.Context(), w.mine.ID, "", idp.EndRevoked, w.ending(), w.now)
	must(t, err)
	calls := w.told.take(t)
	if len(ended) != many || len(w.logouts(t)) != many || len(calls) != 1 || len(calls[0]) != many || w.count(t, "events") != many {
		t.Errorf("ended %d, told in %d calls", len(ended), len(calls))
	}
}

// ABUSE 35: a session that is being started or joined while those of its practice are ended does not slip through.
func testEndPracticeBesideStart(t *testing.T, w *world) {
	root := w.started(t, w.ada, w.app)
	for name, begin := range map[string]func(context.Context, *sqlstore.Tx) (idp.SID, error){
		"start": func(ctx context.Context, tx *sqlstore.Tx) (idp.SID, error) {
			s := w.session(w.ada, w.app)
			return s.ID, tx.StartSession(ctx, s)
		},
		"join": func(ctx context.Context, tx *sqlstore.Tx) (idp.SID, error) {
			s := w.session(w.ada, w.app2)
			s.SignOn = root.ID
			return s.ID, tx.JoinSession(ctx, s, w.ending(), mayJoin)
		},
	} {
		for whose, end := range map[string]func(ctx context.Context) error{
			"practice": func(ctx context.Context) error {
				_, err := w.EndPracticeSessions(ctx, w.mine.ID, "", idp.EndRevoked, w.ending(), w.now)
				return err
			},
			"user": func(ctx context.Context) error {
				_, err := w.EndUserSessions(ctx, w.mine.ID, w.ada.ID, idp.EndRevoked, w.ending(), w.now)
				return err
			},
		} {
			t.Run(fmt.Sprintf("%s, %s", name, whose), func(t *testing.T) {
				root = w.started(t, w.ada, w.app)
				var begun idp.SID
				done := make(chan error, 1)
				w.do(t, func(ctx context.Context, tx *sqlstore.Tx) (err error) {
					begun, err = begin(ctx, tx)
					if err != nil {
						return err
					}
					go func() { done <- end(ctx) }()
					select {
					case err := <-done:
						t.Errorf("it did not wait for the session that is being started: %v", err)
						done <- err
					case <-time.After(100 * time.Millisecond): // it waits
					}
					return nil
				})
				must(t, <-done)
				got, err := w.FindSession(t.Context(), begun)
				must(t, err)
				if got.EndReason != idp.EndRevoked {
					t.Error("the session slipped through")
				}
			})
		}
	}
}
