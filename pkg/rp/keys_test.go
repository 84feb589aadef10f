package rp_test

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/rp"
	"github.com/apscloud/apsid/pkg/rp/rptest"
)

// counting counts the app's questions for keys.
type counting struct {
	keys atomic.Int32
	away atomic.Bool
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/keys") {
		c.keys.Add(1)
		if c.away.Load() {
			return nil, http.ErrServerClosed
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

func TestForgedLogoutsCostTheProviderNothing(t *testing.T) { // ABUSE 15
	calls := &counting{}
	w := newWorld(t, func(_ *world, c *rp.Config) { c.Client = &http.Client{Transport: calls} })
	s := w.signedIn("usr_mia")
	before := calls.keys.Load()
	stranger := rptest.New(t)
	wrong, err := stranger.Sign("logout+jwt", w.provider.LogoutClaims("usr_mia", ""))
	if err != nil {
		t.Fatal(err)
	}
	header := "eyJhbGciOiJFUzI1NiIsInR5cCI6ImxvZ291dCtqd3QiLCJraWQiOiIuLi8uLi94In0" // kid "../../x"
	unknown := header + wrong[strings.Index(wrong, "."):]
	for _, token := range []string{wrong, unknown} {
		var group sync.WaitGroup
		for range 30 {
			group.Go(func() {
				if status, err := rptest.SendLogout(w.url+"/auth/backchannel-logout", token); err != nil || status != http.StatusBadRequest {
					t.Errorf("%d %v", status, err)
				}
			})
		}
		group.Wait()
	}
	if n := calls.keys.Load() - before; n > 1 {
		t.Errorf("60 forged tokens had the provider asked %d times", n)
	}
	w.clock.advance(2 * time.Hour) // keys are due, and not to be had: the known ones hold
	calls.away.Store(true)
	if status := w.tell("logout+jwt", w.provider.LogoutClaims("usr_mia", "")); status != http.StatusOK {
		t.Errorf("an honest one: %d", status)
	}
	if p := s.fetch("/page"); p.status != http.StatusUnauthorized {
		t.Errorf("afterwards: %d", p.status)
	}
}

func TestRefreshWithoutKeysKeepsTheSession(t *testing.T) {
	calls, store := &counting{}, rp.NewMemoryStore()
	w := newWorld(t, func(_ *world, c *rp.Config) { c.Store = store })
	s := w.signedIn("usr_mia")
	calls.away.Store(true)
	s.base, _ = w.serve(func(_ *world, c *rp.Config) { c.Client, c.Store = &http.Client{Transport: calls}, store }) // it has no keys yet
	w.clock.advance(10 * time.Minute)
	s.fetch("/page").is(t, "/page usr_mia")
	if n := w.provider.Refreshes(); n != 1 {
		t.Errorf("%d refreshes", n)
	}
	w.url = s.base
	if status := w.tell("logout+jwt", w.provider.LogoutClaims("usr_mia", "")); status != http.StatusServiceUnavailable {
		t.Errorf("a logout token that can't be judged: %d", status)
	}
}
