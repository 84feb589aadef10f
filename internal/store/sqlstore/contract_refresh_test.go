package sqlstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// rotate rotates without a grace.
func (w *world) rotate(t testing.TB, old string, next idp.RefreshToken, now time.Time) error {
	again, err := w.RotateRefreshToken(t.Context(), old, next, 0, now)
	if again {
		t.Error("rotated again without a grace")
	}
	return err
}

func testRefresh(t *testing.T, w *world) {
	s := w.started(t, w.ada, w.app)
	first, second := w.refresh(s), w.refresh(s)
	must(t, w.CreateRefreshToken(t.Context(), first))
	wants(t, w.CreateRefreshToken(t.Context(), first), idp.ErrConflict)
	got, err := w.FindRefreshToken(t.Context(), first.Hash)
	must(t, err)
	same(t, got, first)

	must(t, w.rotate(t, first.Hash, second, w.now.Add(time.Minute)))
	got, err = w.FindRefreshToken(t.Context(), first.Hash)
	must(t, err)
	first.UsedAt = w.now.Add(time.Minute)
	same(t, got, first)
	got, err = w.FindRefreshToken(t.Context(), second.Hash)
	must(t, err)
	same(t, got, second)

	wants(t, w.rotate(t, "none", w.refresh(s), w.now), idp.ErrNotFound)
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
	wants(t, w.rotate(t, first.Hash, stolen, w.now), idp.ErrConflict)
	otherClient := w.refresh(s)
	otherClient.ClientID = w.app2.ID
	wants(t, w.rotate(t, first.Hash, otherClient, w.now), idp.ErrConflict)

	must(t, w.rotate(t, first.Hash, second, w.now))
	third := w.refresh(s)
	wants(t, w.rotate(t, first.Hash, third, w.now), idp.ErrUsed)
	_, err := w.FindRefreshToken(t.Context(), third.Hash)
	wants(t, err, idp.ErrNotFound)

	// A next token that exists already leaves the old one unused: both or neither.
	wants(t, w.rotate(t, second.Hash, first, w.now), idp.ErrConflict)
	got, err := w.FindRefreshToken(t.Context(), second.Hash)
	must(t, err)
	same(t, got, second)
}

// ABUSE 11: a used token goes ten minutes after its use, and its generation tells that it was used, for as long as the session lasts. Those
// without a generation, which a node of the previous release made, stay; so does what was not used.
func testRefreshUsedLeave(t *testing.T, w *world) {
	s, beside := w.started(t, w.ada, w.app), w.started(t, w.ada, w.app2)
	now := w.now
	token := func(s idp.Session, generation uint32) idp.RefreshToken {
		r := w.refresh(s)
		r.Generation, r.CreatedAt = generation, now
		return r
	}
	stored := func(r idp.RefreshToken) bool {
		t.Helper()
		got, err := w.FindRefreshToken(t.Context(), r.Hash)
		must(t, noneIfGone(err))
		return err == nil && got.Generation == r.Generation
	}
	passed := func(s idp.Session, generation uint32) bool {
		t.Helper()
		later, err := w.IsPassedRefresh(t.Context(), s.ID, generation)
		must(t, err)
		return later
	}
	same(t, passed(s, 1), false)
	sibling, others := token(s, 1), token(beside, 1)
	must(t, w.CreateRefreshToken(t.Context(), sibling))
	must(t, w.CreateRefreshToken(t.Context(), others))
	chain := []idp.RefreshToken{token(s, 1)}
	must(t, w.CreateRefreshToken(t.Context(), chain[0]))
	must(t, w.rotate(t, others.Hash, token(beside, 2), now))
	for n := range 40 { // every five minutes
		now = now.Add(5 * time.Minute)
		next := token(s, uint32(n)+2)
		must(t, w.rotate(t, chain[n].Hash, next, now))
		chain = append(chain, next)
	}
	for n, r := range chain {
		if stored(r) != (n >= 37) { // used 10, 5 and 0 minutes ago, and not yet
			t.Errorf("token %d: stored %t", n, stored(r))
		}
		if passed(s, r.Generation) != (n < 40) {
			t.Errorf("token %d passed: %t", n, !(n < 40))
		}
	}
	if !stored(sibling) || !stored(others) || passed(beside, 2) {
		t.Error("another's token, or one that was not used")
	}

	old := token(s, 0)
	must(t, w.rotate(t, chain[40].Hash, old, now)) // at a node of the previous release
	same(t, passed(s, 1000), true)
	last := token(s, 1)
	must(t, w.rotate(t, old.Hash, last, now))
	now = now.Add(time.Hour)
	must(t, w.rotate(t, last.Hash, token(s, 2), now))
	if !stored(old) || stored(chain[40]) || !passed(s, chain[40].Generation) {
		t.Error("beside a node of the previous release")
	}
}

// ABUSE 11: chains of one session that leave old tokens behind at once take nothing from each other, and stand in nobody's way.
func testRefreshUsedLeaveRace(t *testing.T, w *world) {
	s := w.started(t, w.ada, w.app)
	var last [racers]string
	for i := range last {
		first := w.refresh(s)
		first.Generation, last[i] = 1, first.Hash
		must(t, w.CreateRefreshToken(t.Context(), first))
	}
	for n := range 4 {
		for _, err := range race(func(i int) error {
			next := w.refresh(s)
			next.Generation = uint32(n) + 2
			old := last[i]
			last[i] = next.Hash
			return w.rotate(t, old, next, w.now.Add(time.Duration(n)*time.Hour))
		}) {
			must(t, err)
		}
	}
	for _, hash := range last {
		_, err := w.FindRefreshToken(t.Context(), hash)
		must(t, err)
	}
	if n := w.count(t, "refresh_tokens"); n < 2*racers || n > 3*racers {
		t.Errorf("%d tokens", n)
	}
}

// ABUSE 2: fifty parallel redemptions of one refresh token.
func testRefreshRace(t *testing.T, w *world) {
	s := w.started(t, w.ada, w.app)
	first := w.refresh(s)
	must(t, w.CreateRefreshToken(t.Context(), first))
	oneWon(t, race(func(int) error {
		return w.rotate(t, first.Hash, w.refresh(s), w.now)
	}), idp.ErrUsed)
	if n := w.count(t, "refresh_tokens"); n != 2 {
		t.Errorf("%d tokens, want the old one and one new one", n)
	}
}

// ABUSE 11: what is rotated less than the grace ago gives siblings. The grace counts from the first rotation, which no sibling moves,
// and ends though the clock be set back.
func testRefreshAgain(t *testing.T, w *world) {
	const grace = 10 * time.Second
	s := w.started(t, w.ada, w.app)
	first := w.refresh(s)
	must(t, w.CreateRefreshToken(t.Context(), first))
	rotate := func(old, next idp.RefreshToken, at time.Duration) (bool, error) {
		return w.RotateRefreshToken(t.Context(), old.Hash, next, grace, w.now.Add(at))
	}
	for at, answered := range map[time.Duration]bool{
		-time.Hour: false, -grace: false, time.Microsecond - grace: true, -time.Second: true, 0: true, 3 * time.Second: true,
		grace - time.Microsecond: true, grace: false, time.Hour: false,
	} {
		if _, err := rotate(first, w.refresh(s), 0); err != nil {
			t.Fatal(err)
		}
		sibling := w.refresh(s)
		again, err := rotate(first, sibling, at)
		if again != answered || idp.CodeOf(err) != map[bool]idp.Code{false: idp.CodeUsed}[answered] {
			t.Errorf("after %s: again %t, %v", at, again, err)
		}
		if _, err = w.FindRefreshToken(t.Context(), sibling.Hash); idp.CodeOf(err) != map[bool]idp.Code{false: idp.CodeNotFound}[answered] {
			t.Errorf("after %s its sibling: %v", at, err)
		}
		stored, err := w.FindRefreshToken(t.Context(), first.Hash)
		must(t, err)
		if !stored.UsedAt.Equal(w.now) {
			t.Fatalf("after %s it was used at %s, not %s", at, stored.UsedAt, w.now)
		}
	}

	// A sibling has siblings of its own, by its own first rotation.
	sibling := w.refresh(s)
	_, err := rotate(first, sibling, 9*time.Second)
	must(t, err)
	for second, want := range []bool{false, true, true} {
		again, err := rotate(sibling, w.refresh(s), time.Minute+time.Duration(second)*time.Second)
		must(t, err)
		same(t, again, want)
	}

	// It is no way into another session or client, and no way past the end of its own.
	elsewhere := w.started(t, w.bob, w.app2)
	_, err = rotate(first, w.refresh(elsewhere), 0)
	wants(t, err, idp.ErrConflict)
	other := w.refresh(s)
	other.ClientID = w.app2.ID
	_, err = rotate(first, other, 0)
	wants(t, err, idp.ErrConflict)
	_, err = rotate(first, first, 0)
	wants(t, err, idp.ErrConflict)
	_, err = w.EndSession(t.Context(), s.ID, idp.EndRevoked, w.event(w.mine.ID, w.now, idp.EventSessionEnded), w.now)
	must(t, err)
	_, err = rotate(first, w.refresh(s), 0)
	wants(t, err, idp.ErrNotFound)
}

// ABUSE 2, 11: fifty parallel refreshes by one token within its grace: each gets a token that can be refreshed.
func testRefreshAgainRace(t *testing.T, w *world) {
	s := w.started(t, w.ada, w.app)
	first := w.refresh(s)
	must(t, w.CreateRefreshToken(t.Context(), first))
	var siblings [racers]idp.RefreshToken
	var again [racers]bool
	for _, err := range race(func(n int) (err error) {
		siblings[n] = w.refresh(s)
		again[n], err = w.RotateRefreshToken(t.Context(), first.Hash, siblings[n], time.Second, w.now)
		return err
	}) {
		must(t, err)
	}
	firsts := 0
	for _, was := range again {
		if !was {
			firsts++
		}
	}
	same(t, firsts, 1)
	for _, err := range race(func(n int) error { return w.rotate(t, siblings[n].Hash, w.refresh(s), w.now.Add(time.Hour)) }) {
		must(t, err)
	}
	same(t, w.count(t, "refresh_tokens"), 1+2*racers)
}

// ABUSE 11: a thief, who may refresh each sibling and repeat that, gets so many in a minute, and no more; the session keeps the newest
// of all that were not used, so that their number is bounded however long it lasts.
func testRefreshFamilyIsBounded(t *testing.T, w *world) {
	s := w.started(t, w.ada, w.app)
	first := w.refresh(s)
	must(t, w.CreateRefreshToken(t.Context(), first))
	now := w.now
	repeat := func(old string) (string, error) {
		next := w.refresh(s)
		next.CreatedAt = now
		_, err := w.RotateRefreshToken(t.Context(), old, next, time.Second, now)
		return next.Hash, err
	}
	made, last := 1, first.Hash
	for over := false; !over; made++ {
		fresh, err := repeat(last)
		must(t, err)
		made++
		if _, err = repeat(last); err != nil {
			wants(t, err, idp.ErrUsed)
			over = true
		}
		last = fresh
	}
	if made < policy.MaxRefreshBurst || made > policy.MaxRefreshBurst+2 { // a regular rotation is never one too many
		t.Errorf("%d tokens in a moment", made)
	}

	unused := func() (n int) {
		t.Helper()
		must(t, w.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM refresh_tokens WHERE used_at IS NULL").Scan(&n))
		return n
	}
	now = now.Add(2 * time.Minute)
	oldest := w.refresh(s)
	oldest.CreatedAt = w.now.Add(-time.Minute)
	must(t, w.CreateRefreshToken(t.Context(), oldest))
	for range 2 * policy.KeptRefreshTokens { // one sibling in a few minutes, for a long time
		now = now.Add(4 * time.Minute)
		fresh, err := repeat(last)
		must(t, err)
		_, err = repeat(last)
		must(t, err)
		last = fresh
	}
	same(t, unused(), policy.KeptRefreshTokens)
	_, err := w.FindRefreshToken(t.Context(), oldest.Hash)
	wants(t, err, idp.ErrNotFound)
	_, err = w.FindRefreshToken(t.Context(), first.Hash) // one without a generation that was used is remembered
	must(t, err)
	_, err = w.FindRefreshToken(t.Context(), last)
	must(t, err)
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
				_, err := w.RotateRefreshToken(t.Context(), first.Hash, w.refresh(s), time.Duration(n%4)*time.Second, w.now)
				return err
			case n%4 == 1:
				return w.CreateRefreshToken(t.Context(), w.refresh(s))
			default:
				token := w.refresh(s)
				_, _, err := w.SpendFor(t.Context(), "code "+token.Hash, w.now, token)
				return err
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
		wants(t, w.rotate(t, first.Hash, w.refresh(s), w.now), idp.ErrNotFound)
	}
	err := w.try(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		return tx.CreateRefreshToken(ctx, w.refresh(w.session(w.ada, w.app)))
	})
	wants(t, err, idp.ErrNotFound)
}

// noneIfGone is no error for what is not stored.
func noneIfGone(err error) error {
	if errors.Is(err, idp.ErrNotFound) {
		return nil
	}
	return err
}
