package sqlstore_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// start starts the session as a sign-in does, which holds what it rests on.
func (w *world) start(t testing.TB, s idp.Session) error {
	t.Helper()
	w.EnterEpoch("")
	return w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		if _, _, err := tx.HoldAccountAt(ctx, s.PracticeID, s.UserID, s.ClientID); err != nil {
			return err
		}
		return tx.StartSession(ctx, s)
	})
}

// testHold: what a sign-in rests on is read, the counter whether or not it was there before, and is kept as it is until the transaction
// is over.
func testHold(t *testing.T, w *world) {
	hold := func(ctx context.Context, tx *sqlstore.Tx) idp.Guard {
		t.Helper()
		codes, account, client, err := tx.HoldAccountWithCodesAt(ctx, w.mine.ID, w.ada.ID, w.app.ID)
		must(t, err)
		same(t, account.User, w.ada)
		same(t, client, w.app)
		return codes
	}
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		same(t, hold(ctx, tx), idp.Guard{Subject: string(w.ada.ID), Proof: idp.ProofCode})
		return nil
	})
	must(t, w.updateGuard(t, string(w.ada.ID), idp.ProofCode, func(g idp.Guard) idp.Guard {
		g.Failures, g.UpdatedAt = 3, w.now
		return g
	}))
	rows := []string{"guards WHERE proof = 'code'", "users", "practices", "clients"}
	if w.Engine() == sqlstore.SQLite { // whose transactions hold the only write lock
		rows = nil
	}
	free := func(row string) error {
		_, err := w.DB().ExecContext(t.Context(), "SELECT 1 FROM "+row+" FOR UPDATE NOWAIT")
		return err
	}
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		same(t, hold(ctx, tx), idp.Guard{Subject: string(w.ada.ID), Proof: idp.ProofCode, Failures: 3, UpdatedAt: w.now})
		for _, row := range rows {
			if free(row) == nil {
				t.Errorf("another transaction may change %s", row)
			}
		}
		return nil
	})
	for _, row := range rows {
		must(t, free(row))
	}
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		account, client, err := tx.HoldAccountAt(ctx, w.mine.ID, w.ada.ID, w.app.ID)
		must(t, err)
		same(t, account.User, w.ada)
		same(t, client, w.app)
		for i, row := range rows { // without the counter: who holds that of a PIN must not wait for it
			if kept := free(row) != nil; kept != (i > 0) {
				t.Errorf("another transaction may change %s: %v", row, !kept)
			}
		}
		return nil
	})
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		_, account, _, err := tx.HoldAccountWithCodesAt(ctx, w.other.ID, w.ada.ID, w.app.ID)
		wants(t, err, idp.ErrNotFound)
		same(t, account.User.ID, "")
		account, _, err = tx.HoldAccountAt(ctx, w.mine.ID, w.ada.ID, "none")
		wants(t, err, idp.ErrNotFound)
		same(t, account.User.ID, w.ada.ID)
		return nil
	})
}

func testSession(t *testing.T, w *world) {
	s := w.started(t, w.ada, w.app)
	got, err := w.FindSession(t.Context(), s.ID)
	must(t, err)
	same(t, got, s)
	_, err = w.FindSession(t.Context(), "ses_none")
	wants(t, err, idp.ErrNotFound)

	user, err := w.FindUser(t.Context(), w.mine.ID, w.ada.ID)
	must(t, err)
	want := w.ada
	want.LastSigninAt = s.CreatedAt // and no new version: a sign-in does not conflict with an edit
	same(t, user, want)

	earlier := w.session(w.ada, w.app)
	earlier.CreatedAt = w.now.Add(-time.Hour)
	must(t, w.start(t, earlier))
	user, err = w.FindUser(t.Context(), w.mine.ID, w.ada.ID)
	must(t, err)
	same(t, user, want) // the last sign-in only moves forward

	foreign := w.session(w.ada, w.app)
	foreign.PracticeID = w.other.ID
	wants(t, w.start(t, foreign), idp.ErrNotFound)
	appless := w.session(w.ada, w.client("none"))
	wants(t, w.start(t, appless), idp.ErrNotFound)
}

// A step that was committed and could not be saved is done again: the session is the same one, with the newest cookie.
func testSessionRepeat(t *testing.T, w *world) {
	s := w.started(t, w.ada, w.app)
	again := s
	again.BrowserHash, again.ACR, again.ExpiresAt = idp.HashToken("new cookie"), idp.ACRPassword, w.now.Add(time.Minute)
	must(t, w.start(t, again))
	got, err := w.FindSession(t.Context(), s.ID)
	must(t, err)
	s.BrowserHash = again.BrowserHash
	same(t, got, s)

	// Another person's or app's session can't be taken over that way.
	for name, change := range map[string]func(*idp.Session){
		"user": func(s *idp.Session) { s.UserID, s.PracticeID = w.bob.ID, w.other.ID },
		"app":  func(s *idp.Session) { s.ClientID = w.app2.ID },
	} {
		taken := s
		change(&taken)
		if err := w.start(t, taken); idp.CodeOf(err) != idp.CodeConflict {
			t.Errorf("another %s: %v, want a conflict", name, err)
		}
	}
	ended, err := w.EndSession(t.Context(), s.ID, idp.EndLogout, w.event(w.mine.ID, w.now, idp.EventSessionEnded), w.now)
	must(t, err)
	if !ended {
		t.Error("the session did not end")
	}
	wants(t, w.start(t, again), idp.ErrConflict)
}

func testSessionByBrowser(t *testing.T, w *world) {
	s := w.started(t, w.ada, w.app)
	got, err := w.FindSessionByBrowser(t.Context(), s.BrowserHash, w.app.ID)
	must(t, err)
	same(t, got, s)
	// A session belongs to one browser and one app.
	_, err = w.FindSessionByBrowser(t.Context(), s.BrowserHash, w.app2.ID)
	wants(t, err, idp.ErrNotFound)
	_, err = w.FindSessionByBrowser(t.Context(), idp.HashToken("another"), w.app.ID)
	wants(t, err, idp.ErrNotFound)
	_, err = w.FindSessionByBrowser(t.Context(), "", w.app.ID)
	wants(t, err, idp.ErrNotFound)

	next := w.session(w.ada, w.app)
	next.BrowserHash, next.CreatedAt = s.BrowserHash, w.now.Add(time.Hour)
	must(t, w.start(t, next))
	got, err = w.FindSessionByBrowser(t.Context(), s.BrowserHash, w.app.ID)
	must(t, err)
	same(t, got, next)
}

func testEndSession(t *testing.T, w *world) {
	s, beside := w.started(t, w.ada, w.app), w.started(t, w.ada, w.app2)
	token, kept := w.refresh(s), w.refresh(beside)
	must(t, w.CreateRefreshToken(t.Context(), token))
	must(t, w.CreateRefreshToken(t.Context(), kept))
	event := w.event(w.mine.ID, w.now, idp.EventSessionEnded)
	ended, err := w.EndSession(t.Context(), s.ID, idp.EndLogout, event, w.now.Add(time.Minute))
	must(t, err)
	if !ended {
		t.Error("the session did not end")
	}
	got, err := w.FindSession(t.Context(), s.ID)
	must(t, err)
	want := s
	want.EndedAt, want.EndReason = w.now.Add(time.Minute), idp.EndLogout
	same(t, got, want)
	_, err = w.FindRefreshToken(t.Context(), token.Hash)
	wants(t, err, idp.ErrNotFound)
	_, err = w.FindRefreshToken(t.Context(), kept.Hash)
	must(t, err)

	// What is over stays as it is, and is told once.
	for _, id := range []idp.SID{s.ID, "ses_none"} {
		ended, err = w.EndSession(t.Context(), id, idp.EndRevoked, w.event(w.mine.ID, w.now, idp.EventSessionEnded), w.now.Add(time.Hour))
		must(t, err)
		if ended {
			t.Errorf("%s ended again", id)
		}
	}
	got, err = w.FindSession(t.Context(), s.ID)
	must(t, err)
	same(t, got, want)
	events, _, err := w.SearchEvents(t.Context(), w.mine.ID, directory.EventQuery{}, sqlstore.Page{})
	must(t, err)
	same(t, events, []idp.AuditEvent{event})
}

func testEndSessionRace(t *testing.T, w *world) {
	s := w.started(t, w.ada, w.app)
	var won atomic.Int64
	for _, err := range race(func(int) error {
		ended, err := w.EndSession(t.Context(), s.ID, idp.EndRevoked, w.event(w.mine.ID, w.now, idp.EventSessionEnded), w.now)
		if ended {
			won.Add(1)
		}
		return err
	}) {
		must(t, err)
	}
	if won.Load() != 1 || w.count(t, "events") != 1 {
		t.Errorf("ended %d times with %d events, want once with one", won.Load(), w.count(t, "events"))
	}
}

func testEndUserSessions(t *testing.T, w *world) {
	one, two, bobs := w.started(t, w.ada, w.app), w.started(t, w.ada, w.app2), w.started(t, w.bob, w.app)
	over := w.session(w.ada, w.app)
	over.ExpiresAt = w.now.Add(-time.Hour) // ABUSE 46: a clock set back must not revive it
	must(t, w.start(t, over))
	must(t, w.CreateRefreshToken(t.Context(), w.refresh(one)))
	template := idp.AuditEvent{At: w.now, Type: idp.EventSessionEnded, Actor: idp.Actor{Kind: idp.ActorSystem}, Result: idp.ResultSuccess}

	// ABUSE 32: another practice's name for this user ends nothing.
	ended, err := w.EndUserSessions(t.Context(), w.other.ID, w.ada.ID, idp.EndRevoked, template, w.now)
	must(t, err)
	if len(ended) != 0 || w.count(t, "events") != 0 {
		t.Errorf("ended %d from another practice", len(ended))
	}

	ended, err = w.EndUserSessions(t.Context(), w.mine.ID, w.ada.ID, idp.EndRevoked, template, w.now)
	must(t, err)
	want := map[idp.SID]idp.Session{}
	for _, s := range []idp.Session{one, two, over} {
		s.EndedAt, s.EndReason = w.now, idp.EndRevoked
		want[s.ID] = s
	}
	got := map[idp.SID]idp.Session{}
	for _, s := range ended {
		got[s.ID] = s
		stored, err := w.FindSession(t.Context(), s.ID)
		must(t, err)
		same(t, stored, s)
	}
	same(t, got, want)
	if n := w.count(t, "refresh_tokens"); n != 0 {
		t.Errorf("%d refresh tokens are left", n)
	}
	events, _, err := w.SearchEvents(t.Context(), w.mine.ID, directory.EventQuery{UserID: w.ada.ID}, sqlstore.Page{})
	must(t, err)
	told := map[idp.SID]idp.ClientID{}
	for _, e := range events {
		told[e.SID] = e.ClientID
	}
	same(t, told, map[idp.SID]idp.ClientID{one.ID: w.app.ID, two.ID: w.app2.ID, over.ID: w.app.ID})

	alive, err := w.FindSession(t.Context(), bobs.ID)
	must(t, err)
	same(t, alive, bobs)
	ended, err = w.EndUserSessions(t.Context(), w.mine.ID, w.ada.ID, idp.EndRevoked, template, w.now)
	must(t, err)
	if len(ended) != 0 {
		t.Errorf("ended %d again", len(ended))
	}
}

// ABUSE 35: a session that is being started while the user's sessions are ended does not slip through.
func testEndUserSessionsBesideStart(t *testing.T, w *world) {
	s := w.session(w.ada, w.app)
	template := idp.AuditEvent{At: w.now, Type: idp.EventSessionEnded}
	done := make(chan error, 1)
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		if err := tx.StartSession(ctx, s); err != nil {
			return err
		}
		go func() {
			_, err := w.EndUserSessions(ctx, w.mine.ID, w.ada.ID, idp.EndRevoked, template, w.now)
			done <- err
		}()
		select {
		case err := <-done:
			t.Errorf("it did not wait for the session that is being started: %v", err)
			done <- err
		case <-time.After(100 * time.Millisecond): // it waits
		}
		return nil
	})
	must(t, <-done)
	got, err := w.FindSession(t.Context(), s.ID)
	must(t, err)
	if got.EndReason != idp.EndRevoked {
		t.Error("the session slipped through")
	}
}
