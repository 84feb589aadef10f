package sqlstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// testSignedIn: a session is found with its person and their practice, each as it is found alone, but for the password's hash.
func testSignedIn(t *testing.T, w *world) {
	ctx := t.Context()
	session := row(t, 1, func(s *idp.Session) { s.PracticeID, s.UserID, s.ClientID = w.mine.ID, w.ada.ID, w.app.ID })
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.StartSession(ctx, session) })
	token := row(t, 1, func(r *idp.RefreshToken) { r.SID = w.started(t, w.ada, w.app).ID })
	must(t, w.CreateRefreshToken(ctx, token))
	user := row(t, 2, func(u *idp.User) { u.ID, u.PracticeID, u.Version = w.ada.ID, w.mine.ID, 1 })
	practice := row(t, 2, func(p *idp.Practice) { p.ID, p.Version = w.mine.ID, 1 })
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdateUser(ctx, user) })
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.UpdatePractice(ctx, practice) })
	account, err := w.FindAccount(ctx, w.ada.ID)
	must(t, err)
	account.User.PasswordHash = idp.Secret{}
	want := idp.SignedIn{Session: session, User: account.User, Practice: account.Practice}

	got, err := w.FindSignedIn(ctx, session.ID)
	must(t, err)
	same(t, got, want)
	got, err = w.FindSignedInByBrowser(ctx, session.BrowserHash, w.app.ID)
	must(t, err)
	same(t, got, want)
	gotToken, holder, err := w.FindRefreshTokenHolder(ctx, token.Hash)
	must(t, err)
	same(t, gotToken, token)
	want.Session, err = w.FindSession(ctx, token.SID)
	must(t, err)
	same(t, holder, want)

	for _, id := range []idp.SID{"ses_none", "\x00"} {
		_, err = w.FindSignedIn(ctx, id)
		wants(t, err, idp.ErrNotFound)
	}
	for hash, app := range map[string]idp.ClientID{session.BrowserHash: w.app2.ID, idp.HashToken("another"): w.app.ID, "": w.app.ID} {
		_, err = w.FindSignedInByBrowser(ctx, hash, app)
		wants(t, err, idp.ErrNotFound)
	}
	_, _, err = w.FindRefreshTokenHolder(ctx, "none")
	wants(t, err, idp.ErrNotFound)
}

// testSignedInUnspent: what was revoked is found by no token.
func testSignedInUnspent(t *testing.T, w *world) { // ABUSE 53
	s := w.started(t, w.ada, w.app)
	until := w.now.Add(time.Minute)
	for _, name := range []string{"token one", "token two"} {
		got, err := w.FindSignedInUnspent(t.Context(), s.ID, name, w.now)
		must(t, err)
		same(t, got.Session, s)
		_, err = w.Spend(t.Context(), name, until)
		must(t, err)
		_, err = w.FindSignedInUnspent(t.Context(), s.ID, name, w.now)
		wants(t, err, idp.ErrNotFound)
		_, err = w.FindSignedInUnspent(t.Context(), s.ID, name, until)
		must(t, err)
	}
	_, err := w.FindSignedInUnspent(t.Context(), "ses_none", "token three", w.now)
	wants(t, err, idp.ErrNotFound)
}

// testSpendFor: of any number who redeem a code, one gets the first refresh token, if the session is alive by then.
func testSpendFor(t *testing.T, w *world) { // ABUSE 2, 53
	until := w.now.Add(time.Minute)
	s, over := w.started(t, w.ada, w.app), w.started(t, w.ada, w.app)
	_, err := w.EndSession(t.Context(), over.ID, idp.EndLogout, w.event(w.mine.ID, w.now, idp.EventSessionEnded), w.now)
	must(t, err)
	redeem := func(name string, of idp.Session) (got []idp.RefreshToken, firsts int) {
		t.Helper()
		var tokens [racers]idp.RefreshToken
		var first, kept [racers]bool
		for _, err := range race(func(n int) (err error) {
			tokens[n] = w.refresh(of)
			first[n], kept[n], err = w.SpendFor(t.Context(), name, until, tokens[n])
			return err
		}) {
			must(t, err)
		}
		for n, token := range tokens {
			if kept[n] && !first[n] {
				t.Errorf("%s: a later one got a token", name)
			}
			if first[n] {
				firsts++
			}
			if kept[n] {
				got = append(got, token)
			} else if _, err := w.FindRefreshToken(t.Context(), token.Hash); !errors.Is(err, idp.ErrNotFound) {
				t.Errorf("%s: a token is stored that nobody got: %v", name, err)
			}
		}
		return got, firsts
	}
	got, firsts := redeem("code alive", s)
	if firsts != 1 || len(got) != 1 {
		t.Fatalf("%d were first, and %d got a token", firsts, len(got))
	}
	stored, err := w.FindRefreshToken(t.Context(), got[0].Hash)
	must(t, err)
	same(t, stored, got[0])
	for name, of := range map[string]idp.Session{"code over": over, "code none": w.session(w.ada, w.app)} {
		if got, firsts := redeem(name, of); firsts != 1 || len(got) != 0 {
			t.Errorf("%s: %d were first, and %d got a token", name, firsts, len(got))
		}
		if spent, err := w.IsSpent(t.Context(), name, w.now); err != nil || !spent {
			t.Errorf("%s is spent: %v %v", name, spent, err)
		}
	}
	_, _, err = w.SpendFor(t.Context(), "code again", until, got[0])
	wants(t, err, idp.ErrConflict)
	if spent, err := w.IsSpent(t.Context(), "code again", w.now); err != nil || spent {
		t.Errorf("a code is spent although its token was not stored: %v", err)
	}
}
