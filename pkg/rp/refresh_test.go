package rp_test

import (
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
	"github.com/apscloud/apsid/pkg/rp"
)

func TestTokensAreFreshAndSessionsFollow(t *testing.T) {
	w := newWorld(t, nil)
	s := w.signedIn("usr_mia")
	first := s.fetch("/token").body
	w.clock.advance(4*time.Minute + time.Second) // due, not yet over: beside the request
	s.fetch("/page").is(t, "/page usr_mia")
	eventually(t, "a refresh beside a request", func() bool { return w.provider.Refreshes() == 1 && s.fetch("/token").body != first })
	second := s.fetch("/token").body
	w.clock.advance(6 * time.Minute) // over: before the answer
	if third := s.fetch("/token").body; third == second || w.provider.Refreshes() != 2 {
		t.Errorf("token %q after %q, %d refreshes", third, second, w.provider.Refreshes())
	}
	if alive := w.provider.Sessions("usr_mia"); len(alive) != 1 {
		t.Errorf("sessions %v", alive)
	}
	w.provider.End(w.provider.Sessions("usr_mia")[0], apsid.EndedRevoked)
	w.clock.advance(6 * time.Minute)
	if p := s.fetch("/page"); p.status != http.StatusUnauthorized {
		t.Errorf("after the provider's refusal: %d %s", p.status, p.body)
	}
}

func TestRefreshTokenIsUsedOnceByManyRequestsOfManyProcesses(t *testing.T) { // ABUSE 2
	store := rp.NewMemoryStore()
	share := func(_ *world, c *rp.Config) { c.Store = store }
	w := newWorld(t, share)
	other, _ := w.serve(share)
	s := w.signedIn("usr_mia")
	for round := 1; round <= 3; round++ {
		w.clock.advance(10 * time.Minute)
		var group sync.WaitGroup
		var mu sync.Mutex
		var tokens []string
		for i := range 30 {
			there := *s
			if i%2 == 1 {
				there.base = other // cookies do not tell ports apart
			}
			group.Go(func() {
				p := there.fetch("/token")
				mu.Lock()
				defer mu.Unlock()
				tokens = append(tokens, p.body)
				if p.status != http.StatusOK {
					t.Errorf("%d %s", p.status, p.body)
				}
			})
		}
		group.Wait()
		if slices.Sort(tokens); len(slices.Compact(tokens)) != 1 {
			t.Errorf("round %d: different tokens", round)
		}
		if n := w.provider.Refreshes(); n != round {
			t.Fatalf("round %d: %d refreshes", round, n)
		}
	}
	if alive := w.provider.Sessions("usr_mia"); len(alive) != 1 {
		t.Error("the session ended: a refresh token came twice")
	}
}

func TestRefreshThatSpeaksOfSomebodyElseEndsTheSession(t *testing.T) {
	for _, claim := range []string{"sub", "sid", "iss", "aud"} {
		w := newWorld(t, nil)
		s := w.signedIn("usr_mia")
		w.provider.Tamper(func(c map[string]any) { c[claim] = "somebody" })
		w.clock.advance(10 * time.Minute)
		if p := s.fetch("/page"); p.status != http.StatusUnauthorized {
			t.Errorf("another %s: %d %s", claim, p.status, p.body)
		}
	}
}

func TestRefreshNeverKeepsASessionAlive(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.Limit(24*time.Hour, 15*time.Minute)
	s := w.signedIn("usr_mia")
	for range 14 {
		w.clock.advance(time.Minute)
		s.fetch("/page").is(t, "/page usr_mia")
		if p := s.fetch("/auth/session"); p.status != http.StatusOK {
			t.Fatalf("poll: %d %s", p.status, p.body)
		}
	}
	s.open("/page").is(t, "/page usr_mia") // a page that reloads itself
	w.clock.advance(time.Minute)
	if p := s.fetch("/auth/session"); p.status != http.StatusUnauthorized || p.answer(t)["error"] != apsid.ErrorSessionEnded {
		t.Errorf("after 15 minutes without a person: %d %s", p.status, p.body)
	}
	if n := len(w.provider.Reports()); n != 0 {
		t.Errorf("%d reports of activity that was none", n)
	}
	eventually(t, "a refresh, without which this test shows nothing", func() bool { return w.provider.Refreshes() > 0 })
}

func TestAppWithoutRefreshTokensGoesOn(t *testing.T) {
	w := newWorld(t, nil)
	w.provider.AccessTokens(5*time.Minute, false)
	s := w.signedIn("usr_mia")
	w.clock.advance(time.Hour)
	s.click("/page").is(t, "/page usr_mia")
	if p := s.fetch("/token"); p.status != http.StatusTeapot {
		t.Errorf("a token from nowhere: %d", p.status)
	}
}
