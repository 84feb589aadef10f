package sqlstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func (w *world) link(u idp.User, purpose idp.LinkPurpose) idp.Link {
	return idp.Link{
		Hash: idp.RandomSecret(32).Hash(), Purpose: purpose, PracticeID: u.PracticeID, UserID: u.ID,
		CreatedBy: idp.Actor{Kind: idp.ActorUser, ID: string(w.bob.ID)}, CreatedAt: w.now, ExpiresAt: w.now.Add(time.Hour),
	}
}

func (w *world) linked(t testing.TB, u idp.User, purpose idp.LinkPurpose) idp.Link {
	t.Helper()
	l := w.link(u, purpose)
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateLink(ctx, l) })
	return l
}

func (w *world) consume(t testing.TB, hash string, purpose idp.LinkPurpose, now time.Time) (l idp.Link, err error) {
	t.Helper()
	err = w.try(t, func(ctx context.Context, tx *sqlstore.Tx) (err error) {
		l, err = tx.ConsumeLink(ctx, hash, purpose, now)
		return err
	})
	return l, err
}

func testLink(t *testing.T, w *world) {
	l := w.linked(t, w.ada, idp.LinkPasswordReset)
	got, err := w.FindLink(t.Context(), l.Hash)
	must(t, err)
	same(t, got, l)
	_, err = w.FindLink(t.Context(), "none")
	wants(t, err, idp.ErrNotFound)

	_, err = w.consume(t, l.Hash, idp.LinkUnlock, w.now) // a link does what it is for, and nothing else
	wants(t, err, idp.ErrNotFound)
	_, err = w.consume(t, l.Hash, idp.LinkPasswordReset, l.ExpiresAt)
	wants(t, err, idp.ErrUsed)
	used := w.now.Add(time.Minute)
	got, err = w.consume(t, l.Hash, idp.LinkPasswordReset, used)
	must(t, err)
	l.UsedAt = used
	same(t, got, l)
	got, err = w.FindLink(t.Context(), l.Hash)
	must(t, err)
	same(t, got, l)
	_, err = w.consume(t, l.Hash, idp.LinkPasswordReset, used) // ABUSE 24: once
	wants(t, err, idp.ErrUsed)
	_, err = w.consume(t, l.Hash, idp.LinkPasswordReset, w.now.Add(-time.Hour)) // ABUSE 46: and a clock does not change that
	wants(t, err, idp.ErrUsed)

	again := l
	wants(t, w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateLink(ctx, again) }), idp.ErrConflict)
	foreign := w.link(w.ada, idp.LinkInvite)
	foreign.PracticeID = w.other.ID
	wants(t, w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateLink(ctx, foreign) }), idp.ErrNotFound)
}

// ABUSE 24: a link works once, however many browsers post it at the same moment.
func testLinkRace(t *testing.T, w *world) {
	l := w.linked(t, w.ada, idp.LinkInvite)
	oneWon(t, race(func(int) error {
		return w.InTx(t.Context(), func(tx *sqlstore.Tx) error {
			_, err := tx.ConsumeLink(t.Context(), l.Hash, l.Purpose, w.now)
			return err
		})
	}), idp.ErrUsed)
}

// Of one purpose a person has one open link: the newest. Those that warn are each about something else, and stay.
func testLinkReplaced(t *testing.T, w *world) {
	first, bobs := w.linked(t, w.ada, idp.LinkInvite), w.linked(t, w.bob, idp.LinkInvite)
	reset, warning := w.linked(t, w.ada, idp.LinkPasswordReset), w.linked(t, w.ada, idp.LinkNotMe)
	second := w.link(w.ada, idp.LinkInvite)
	second.CreatedAt = w.now.Add(2 * time.Hour) // the first is over by then
	second.ExpiresAt = second.CreatedAt.Add(time.Hour)
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateLink(ctx, second) })
	w.linked(t, w.ada, idp.LinkNotMe)

	got, err := w.FindInvite(t.Context(), w.mine.ID, w.ada.ID)
	must(t, err)
	same(t, got, second)
	got, err = w.FindLink(t.Context(), first.Hash)
	must(t, err)
	first.RevokedAt = second.CreatedAt
	same(t, got, first)
	_, err = w.consume(t, first.Hash, first.Purpose, w.now) // ABUSE 46: a clock that is set back does not open it again
	wants(t, err, idp.ErrUsed)
	for _, open := range []idp.Link{second, bobs, reset, warning} {
		_, err := w.consume(t, open.Hash, open.Purpose, w.now)
		must(t, err)
	}
	_, err = w.FindInvite(t.Context(), w.other.ID, w.ada.ID)
	wants(t, err, idp.ErrNotFound)
}

// However often an invitation is sent again at once, one stays open.
func testLinkReplacedRace(t *testing.T, w *world) {
	for _, err := range race(func(int) error {
		l := w.link(w.ada, idp.LinkInvite)
		return w.InTx(t.Context(), func(tx *sqlstore.Tx) error { return tx.CreateLink(t.Context(), l) })
	}) {
		must(t, err)
	}
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		n, err := tx.RevokeLinks(ctx, w.mine.ID, w.ada.ID, idp.LinkInvite, w.now)
		if n != 1 {
			t.Errorf("%d invitations are open", n)
		}
		return err
	})
}

func testLinkRevoked(t *testing.T, w *world) {
	used, bobs := w.linked(t, w.ada, idp.LinkUnlock), w.linked(t, w.bob, idp.LinkUnlock)
	_, err := w.consume(t, used.Hash, used.Purpose, w.now)
	must(t, err)
	open := w.linked(t, w.ada, idp.LinkUnlock)
	revoke := func(practice idp.PracticeID, u idp.User, now time.Time) (n int64) {
		t.Helper()
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) (err error) {
			n, err = tx.RevokeLinks(ctx, practice, u.ID, idp.LinkUnlock, now)
			return err
		})
		return n
	}
	if n := revoke(w.mine.ID, w.bob, w.now); n != 0 { // ABUSE 32
		t.Errorf("revoked %d links of another practice", n)
	}
	if n := revoke(w.mine.ID, w.ada, open.ExpiresAt); n != 0 {
		t.Errorf("revoked %d links that were over", n)
	}
	if n := revoke(w.mine.ID, w.ada, w.now); n != 1 {
		t.Errorf("revoked %d links, want 1", n)
	}
	_, err = w.consume(t, open.Hash, open.Purpose, w.now)
	wants(t, err, idp.ErrUsed)
	_, err = w.consume(t, bobs.Hash, bobs.Purpose, w.now)
	must(t, err)
}
