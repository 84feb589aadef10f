package rptest

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/rp"
)

// TestStore checks that a store does what rp.Store asks. open returns a handle on one and the same empty store each time: two
// handles stand for two processes. A store in memory returns the same one.
func TestStore(t *testing.T, open func(t *testing.T) rp.Store) {
	t.Run("keeps and forgets", func(t *testing.T) { testKeeps(t, open(t), open(t)) })
	t.Run("updates what was read", func(t *testing.T) { testUpdates(t, open(t), open(t)) })
	t.Run("ends by session and by person", func(t *testing.T) { testEnds(t, open(t), open(t)) })
	t.Run("creates nothing that has ended", func(t *testing.T) { testEndedFirst(t, open(t), open(t)) })
	t.Run("claims once", func(t *testing.T) { testClaims(t, open(t), open(t)) })
}

// sample is a session with everything in it; name keeps the tests of one store apart.
func sample(name string) rp.Session {
	now := time.Now().UTC().Truncate(time.Second)
	return rp.Session{
		Subject: "usr_" + name, Name: "Mia O’Brien", Email: "mia@x.example", EmailVerified: true, PracticeID: "prc_1", ACR: "urn:aps:acr:mfa",
		AMR: []string{"pwd", "otp"}, AuthTime: now.Add(-time.Minute), SID: "ses_" + name, ExpiresAt: now.Add(time.Hour),
		IdleTimeout: 15 * time.Minute, LastActivity: now, Told: now, ReportedAt: now, Reached: now, IDToken: "id", AccessToken: "at",
		AccessExpires: now.Add(time.Minute), RefreshToken: "rt", RefreshAt: now.Add(time.Second),
	}
}

func testKeeps(t *testing.T, one, other rp.Store) {
	want := sample("keeps")
	must(t, one.Create(t.Context(), "keeps", want))
	got, err := other.Find(t.Context(), "keeps")
	must(t, err)
	want.Version = 1
	if !reflect.DeepEqual(got, want) {
		t.Errorf("found %+v, want %+v", got, want)
	}
	must(t, other.Delete(t.Context(), "keeps"))
	must(t, other.Delete(t.Context(), "keeps"))
	is(t, "find after delete", second(one.Find(t.Context(), "keeps")), rp.ErrNoSession)
	is(t, "find what never was", second(one.Find(t.Context(), "never")), rp.ErrNoSession)
}

func testUpdates(t *testing.T, one, other rp.Store) {
	must(t, one.Create(t.Context(), "updates", sample("updates")))
	mine, err := one.Find(t.Context(), "updates")
	must(t, err)
	theirs, err := other.Find(t.Context(), "updates")
	must(t, err)
	mine.AccessToken = "new"
	must(t, one.Update(t.Context(), "updates", mine))
	is(t, "update of what has changed", other.Update(t.Context(), "updates", theirs), rp.ErrChanged)
	found, err := other.Find(t.Context(), "updates")
	must(t, err)
	if string(found.AccessToken) != "new" || found.Version != 2 {
		t.Errorf("version %d holds %q", found.Version, string(found.AccessToken))
	}
	must(t, one.Delete(t.Context(), "updates"))
	is(t, "update of what is gone", other.Update(t.Context(), "updates", found), rp.ErrNoSession)
	is(t, "find after that", second(one.Find(t.Context(), "updates")), rp.ErrNoSession)
	testUpdatesAtOnce(t, one, other)
}

// testUpdatesAtOnce counts in a session from two sides: none is lost.
func testUpdatesAtOnce(t *testing.T, one, other rp.Store) {
	const each = 25
	start := sample("count")
	start.IdleTimeout = 0
	must(t, one.Create(t.Context(), "count", start))
	var group sync.WaitGroup
	for _, store := range []rp.Store{one, other} {
		group.Go(func() {
			for done := 0; done < each; {
				s, err := store.Find(t.Context(), "count")
				if err == nil {
					s.IdleTimeout++
					err = store.Update(t.Context(), "count", s)
				}
				switch {
				case err == nil:
					done++
				case !errors.Is(err, rp.ErrChanged):
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	s, err := one.Find(t.Context(), "count")
	must(t, err)
	if s.IdleTimeout != 2*each {
		t.Errorf("%d of %d updates are there", s.IdleTimeout, 2*each)
	}
}

func testEnds(t *testing.T, one, other rp.Store) {
	for _, name := range []string{"a", "b", "c"} {
		s := sample("ends-" + name)
		s.Subject = "usr_ends"
		must(t, one.Create(t.Context(), "ends-"+name, s))
	}
	must(t, one.Create(t.Context(), "ends-x", sample("ends-x")))
	count(t, other, "usr_somebody", "ses_ends-a", 0)
	count(t, other, "usr_ends", "ses_ends-a", 1)
	is(t, "the ended one", second(one.Find(t.Context(), "ends-a")), rp.ErrNoSession)
	count(t, other, "", "ses_ends-b", 1)
	must(t, second(one.Find(t.Context(), "ends-c")))
	count(t, other, "usr_ends", "", 1)
	is(t, "the last one", second(one.Find(t.Context(), "ends-c")), rp.ErrNoSession)
	count(t, other, "", "", 0)
	must(t, second(one.Find(t.Context(), "ends-x")))
}

func testEndedFirst(t *testing.T, one, other rp.Store) {
	count(t, other, "usr_first", "ses_first", 0)
	is(t, "create after the end", one.Create(t.Context(), "first", sample("first")), rp.ErrNoSession)
	is(t, "find it", second(one.Find(t.Context(), "first")), rp.ErrNoSession)
	count(t, other, "usr_second", "", 0)
	must(t, one.Create(t.Context(), "second", sample("second"))) // a new sign-in of the person is not what was ended
}

func testClaims(t *testing.T, one, other rp.Store) {
	var group sync.WaitGroup
	var won atomic.Int32
	for i := range 40 {
		group.Go(func() {
			store := one
			if i%2 == 1 {
				store = other
			}
			mine, err := store.Claim(t.Context(), "claimed", time.Minute)
			if err != nil {
				t.Error(err)
			}
			if mine {
				won.Add(1)
			}
		})
	}
	group.Wait()
	if n := won.Load(); n != 1 {
		t.Errorf("%d of 40 got the name", n)
	}
	mine, err := one.Claim(t.Context(), "short", 30*time.Millisecond)
	must(t, err)
	for deadline := time.Now().Add(10 * time.Second); mine && time.Now().Before(deadline); {
		again, err := other.Claim(t.Context(), "short", time.Minute)
		must(t, err)
		if again {
			return
		}
	}
	t.Errorf("a claim that ran out is still held, or was never given (%v)", mine)
}

func count(t *testing.T, s rp.Store, subject, sid string, want int) {
	t.Helper()
	n, err := s.End(t.Context(), subject, sid)
	must(t, err)
	if n != want {
		t.Errorf("End(%q, %q) ended %d sessions, not %d", subject, sid, n, want)
	}
}

func is(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(fmt.Errorf("store: %w", err))
	}
}

func second[T any](_ T, err error) error { return err }
