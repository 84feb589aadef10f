package sqlstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

func testRefresh(t *testing.T, w *world) {
	s := w.started(t, w.ada, w.app)
	first, second := w.refresh(s), w.refresh(s)
	must(t, w.CreateRefreshToken(t.Context(), first))
	wants(t, w.CreateRefreshToken(t.Context(), first), idp.ErrConflict)
	got, err := w.FindRefreshToken(t.Context(), first.Hash)
	must(t, err)
	same(t, got, first)

	must(t, w.RotateRefreshToken(t.Context(), first.Hash, second, w.now.Add(time.Minute)))
	got, err = w.FindRefreshToken(t.Context(), first.Hash)
	must(t, err)
	first.UsedAt = w.now.Add(time.Minute)
	same(t, got, first)
	got, err = w.FindRefreshToken(t.Context(), second.Hash)
	must(t, err)
	same(t, got, second)

	wants(t, w.RotateRefreshToken(t.Context(), "none", w.refresh(s), w.now), idp.ErrNotFound)
	_, err = w.FindRefreshToken(t.Context(), "none")
	wants(t, err, idp.ErrNotFound)

	for range 2 {
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.DeleteRefreshTokens(ctx, s.ID) })
	}
	if n := w.count(t, "refresh_tokens"); n != 0 {
		t.Errorf("%d refresh tokens are left", n)
	}
}

// ABUSE 11: a token that was used is told apart from one that never was, and makes no new one; the chain stays with its
// session and its client.
func testRefreshReuse(t *testing.T, w *world) {
	s, elsewhere := w.started(t, w.ada, w.app), w.started(t, w.bob, w.app2)
	first, second := w.refresh(s), w.refresh(s)
	must(t, w.CreateRefreshToken(t.Context(), first))

	stolen := w.refresh(elsewhere)
	wants(t, w.RotateRefreshToken(t.Context(), first.Hash, stolen, w.now), idp.ErrConflict)
	otherClient := w.refresh(s)
	otherClient.ClientID = w.app2.ID
	wants(t, w.RotateRefreshToken(t.Context(), first.Hash, otherClient, w.now), idp.ErrConflict)

	must(t, w.RotateRefreshToken(t.Context(), first.Hash, second, w.now))
	third := w.refresh(s)
	wants(t, w.RotateRefreshToken(t.Context(), first.Hash, third, w.now), idp.ErrUsed)
	_, err := w.FindRefreshToken(t.Context(), third.Hash)
	wants(t, err, idp.ErrNotFound)

	// A next token that exists already leaves the old one unused: both or neither.
	wants(t, w.RotateRefreshToken(t.Context(), second.Hash, first, w.now), idp.ErrConflict)
	got, err := w.FindRefreshToken(t.Context(), second.Hash)
	must(t, err)
	same(t, got, second)
}

// ABUSE 2: fifty parallel redemptions of one refresh token.
func testRefreshRace(t *testing.T, w *world) {
	s := w.started(t, w.ada, w.app)
	first := w.refresh(s)
	must(t, w.CreateRefreshToken(t.Context(), first))
	oneWon(t, race(func(int) error {
		return w.RotateRefreshToken(t.Context(), first.Hash, w.refresh(s), w.now)
	}), idp.ErrUsed)
	if n := w.count(t, "refresh_tokens"); n != 2 {
		t.Errorf("%d tokens, want the old one and one new one", n)
	}
}

// ABUSE 35: no token is stored beside the end of its session, however close they run.
func testRefreshSessionEnd(t *testing.T, w *world) {
	for range 5 {
		s := w.started(t, w.ada, w.app)
		first := w.refresh(s)
		must(t, w.CreateRefreshToken(t.Context(), first))
		for n, err := range race(func(n int) error {
			switch {
			case n == racers/2:
				_, err := w.EndSession(t.Context(), s.ID, idp.EndRevoked, w.event(w.mine.ID, w.now, idp.EventSessionEnded), w.now)
				return err
			case n%2 == 0:
				return w.RotateRefreshToken(t.Context(), first.Hash, w.refresh(s), w.now)
			default:
				return w.CreateRefreshToken(t.Context(), w.refresh(s))
			}
		}) {
			switch code := idp.CodeOf(err); code {
			case "", idp.CodeUsed, idp.CodeNotFound:
			default:
				t.Errorf("racer %d: %v", n, err)
			}
		}
		if n := w.count(t, "refresh_tokens"); n != 0 {
			t.Fatalf("%d tokens outlived their session", n)
		}
		wants(t, w.CreateRefreshToken(t.Context(), w.refresh(s)), idp.ErrNotFound)
		wants(t, w.RotateRefreshToken(t.Context(), first.Hash, w.refresh(s), w.now), idp.ErrNotFound)
	}
	err := w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.CreateRefreshToken(ctx, w.refresh(w.session(w.ada, w.app)))
	})
	wants(t, err, idp.ErrNotFound)
}
