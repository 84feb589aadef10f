package sqlstore_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/restore"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func (w *world) void(t testing.TB) restore.Voided {
	t.Helper()
	done, err := w.Void(t.Context(), idp.AuditEvent{
		At: w.now, Type: idp.EventSessionEnded, Result: idp.ResultSuccess, Reason: idp.ReasonRestored, Details: map[string]string{},
	}, w.now)
	must(t, err)
	return done
}

// ABUSE 54: what a backup has brought back is ended, deleted or spent; what only refuses stays.
func testRestored(t *testing.T, w *world) {
	s := w.started(t, w.ada, w.app)
	token := w.refresh(s)
	must(t, w.CreateRefreshToken(t.Context(), token))
	open := w.linked(t, w.ada, idp.LinkInvite)
	notMe := w.linked(t, w.ada, idp.LinkNotMe)
	a, sms := w.totp(w.ada), w.sms(w.ada)
	ahead := w.totp(w.bob)
	step := authenticator.NewestStep(w.now)
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		for _, one := range []idp.Authenticator{a, sms, ahead} {
			if err := tx.CreateAuthenticator(ctx, one); err != nil {
				return err
			}
		}
		if err := tx.AcceptStep(ctx, ahead.ID, step+7, w.now); err != nil {
			return err
		}
		return tx.SavePIN(ctx, w.pin(w.ada, "$argon2id$pin"))
	})
	opened := w.opened(t, w.supportCase(w.ada, w.now))
	approved := w.opened(t, w.supportCase(w.bob, w.now))
	approved.State, approved.CodeHash, approved.CodeUntil = idp.CaseApproved, idp.NewSecret("$argon2id$code"), w.now.Add(time.Minute)
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateCase(ctx, approved) })
	must(t, w.updateGuard(t, "ada", idp.ProofPassword, func(g idp.Guard) idp.Guard {
		g.Failures, g.Locked, g.LockedUntil = 5, true, w.now.Add(time.Hour)
		return g
	}))
	guards := w.count(t, "guards")

	want := restore.Voided{Sessions: 1, RefreshTokens: 1, Links: 2, PINs: 1, Steps: 1, Cases: 2}
	found, err := w.CountVoid(t.Context(), w.now)
	must(t, err)
	same(t, found, want)
	want.RefreshTokens = 0 // they went with their session
	same(t, w.void(t), want)
	same(t, w.void(t), restore.Voided{})

	ended, err := w.FindSession(t.Context(), s.ID)
	must(t, err)
	if ended.EndReason != idp.EndRevoked || ended.EndedAt.IsZero() {
		t.Errorf("the session: %+v", ended)
	}
	_, err = w.FindRefreshToken(t.Context(), token.Hash)
	wants(t, err, idp.ErrNotFound)
	for _, l := range []idp.Link{open, notMe} {
		_, err = w.consume(t, l.Hash, l.Purpose, w.now)
		wants(t, err, idp.ErrUsed)
	}
	account, err := w.FindAccount(t.Context(), w.ada.ID)
	must(t, err)
	if account.PIN != nil || len(account.Authenticators) != 2 {
		t.Errorf("%+v", account)
	}
	for id, want := range map[idp.AuthenticatorID]error{a.ID: idp.ErrUsed, ahead.ID: idp.ErrUsed} {
		wants(t, w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.AcceptStep(ctx, id, step, w.now) }), want)
	}
	must(t, w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.AcceptStep(ctx, a.ID, step+1, w.now) }))
	wants(t, w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.AcceptStep(ctx, ahead.ID, step+7, w.now) }), idp.ErrUsed)
	for _, c := range []idp.Case{opened, approved} {
		got, err := w.FindCase(t.Context(), c.ID)
		must(t, err)
		if got.State != idp.CaseExpired || !got.CodeHash.IsZero() || !got.CodeUntil.IsZero() {
			t.Errorf("a case: %+v", got)
		}
	}
	must(t, w.updateGuard(t, "ada", idp.ProofPassword, func(g idp.Guard) idp.Guard {
		if !g.Locked {
			t.Errorf("a lock is gone: %+v", g)
		}
		return g
	}))
	if left := w.count(t, "guards"); left != guards {
		t.Errorf("%d counters, of %d", left, guards)
	}
}

// More sessions than a transaction ends, each with its event.
func testRestoredMany(t *testing.T, w *world) {
	const many = 450
	before := w.count(t, "events")
	for range many {
		w.started(t, w.ada, w.app)
	}
	if done := w.void(t); done.Sessions != many {
		t.Errorf("%+v", done)
	}
	if events := w.count(t, "events") - before; events != many {
		t.Errorf("%d events", events)
	}
}

// ABUSE 54: a sign-in that began before a backup was restored starts no session after it, on a node that has not heard of it.
func testEpoch(t *testing.T, w *world) {
	put := func(note string) {
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.PutInstalled(ctx, restore.InstalledEpoch, note, w.now)
		})
	}
	start := func() error { // with and without holding what it rests on
		var errs [2]error
		for i := range errs {
			s := w.session(w.ada, w.app)
			errs[i] = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error {
				if i == 0 {
					_, _, err := tx.HoldAccountAt(ctx, s.PracticeID, s.UserID, s.ClientID)
					must(t, err)
				}
				return tx.StartSession(ctx, s)
			})
		}
		if idp.CodeOf(errs[0]) != idp.CodeOf(errs[1]) {
			t.Errorf("held %v, not held %v", errs[0], errs[1])
		}
		return errs[0]
	}
	other := w.Store
	put("")
	other.EnterEpoch("")
	must(t, start())
	put("one")
	wants(t, start(), idp.ErrUnavailable)
	other.EnterEpoch("one")
	must(t, start())
	put("two")
	wants(t, start(), idp.ErrUnavailable)
	put("")
	other.EnterEpoch("") // for the tests after this one
}

// testEveryTableIsDecidedAbout: a new table fails here until somebody has decided what becomes of it when a backup is restored.
func testEveryTableIsDecidedAbout(t *testing.T, w *world) {
	page, err := os.ReadFile("../../../deploy/docs/backup.md")
	must(t, err)
	_, section, _ := strings.Cut(string(page), "## What becomes of each table")
	var listed []string
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			for _, name := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(cells[1], -1) {
				listed = append(listed, name[1])
			}
		}
	}
	list := "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
	if w.Engine() == sqlstore.SQLite {
		list = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
	}
	rows, err := w.DB().QueryContext(t.Context(), list)
	must(t, err)
	defer func() { _ = rows.Close() }()
	var tables []string
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		tables = append(tables, name)
	}
	must(t, rows.Err())
	slices.Sort(listed)
	slices.Sort(tables)
	same(t, listed, tables)
}
