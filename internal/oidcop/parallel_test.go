package oidcop_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

// ABUSE 2: of fifty who bring the same code at once, or the same refresh token of an app that is never answered twice, exactly one gets
// tokens; and since forty-nine others brought it too, they are worth nothing (ABUSE 1, 11).
func TestFiftyParallelRedemptions(t *testing.T) {
	for name, on := range pairs() {
		t.Run(name, func(t *testing.T) {
			h := buildHouse(t, on(t), issuer)
			h.change("timesheets", func(c *idp.Client) { c.RefreshGrace = idp.NoRefreshGrace })
			t.Run("code", func(t *testing.T) {
				code := h.visitor().code(request())
				h.race(t, func() *httptest.ResponseRecorder { return h.redeem(code) })
			})
			t.Run("refresh token", func(t *testing.T) {
				token := h.visitor().tokens()["refresh_token"].(string)
				h.race(t, func() *httptest.ResponseRecorder { return h.refresh(token) })
			})
		})
	}
}

// A page makes many calls at once, or many tabs of an app share a refresh token: each gets tokens that work, and can refresh by them
// later; no one is signed out (ABUSE 2, 11).
func TestParallelRefreshesSignNobodyOut(t *testing.T) {
	for name, on := range pairs() {
		t.Run(name, func(t *testing.T) {
			h := buildHouse(t, on(t), issuer)
			for _, tabs := range []int{10, 30, racers} {
				token := h.visitor().tokens()["refresh_token"].(string)
				answers := atOnce(tabs, func(int) *httptest.ResponseRecorder { return h.refresh(token) })
				siblings := map[string]bool{token: true}
				for _, w := range answers {
					if w.Code != http.StatusOK {
						t.Fatalf("%d %s", w.Code, w.Body)
					}
					got := decode(t, w)
					siblings[got["refresh_token"].(string)] = true
					if w := h.userinfo(got["access_token"].(string)); w.Code != http.StatusOK {
						t.Errorf("an access token is no good: %d", w.Code)
					}
				}
				if len(siblings) != tabs+1 {
					t.Errorf("%d different tokens", len(siblings))
				}
				h.clock.pass(4 * time.Minute)
				for _, w := range atOnce(tabs, func(i int) *httptest.ResponseRecorder {
					return h.refresh(decode(t, answers[i])["refresh_token"].(string))
				}) {
					if w.Code != http.StatusOK {
						t.Errorf("%d %s", w.Code, w.Body)
					}
				}
			}
			if events := h.events(idp.EventRefreshReused); len(events) != 0 {
				t.Errorf("audit trail: %+v", events)
			}
		})
	}
}

// pairs are the two pairs of stores.
func pairs() map[string]func(testing.TB) engines {
	return map[string]func(testing.TB) engines{
		"embedded": embedded,
		"servers": func(t testing.TB) engines {
			return engines{sql: storetest.Postgres(t), redis: testenv.Redis(t)}
		},
	}
}

const racers = 50

// atOnce sends n requests at the same moment.
func atOnce(n int, send func(i int) *httptest.ResponseRecorder) []*httptest.ResponseRecorder {
	answers := make([]*httptest.ResponseRecorder, n)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			answers[i] = send(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return answers
}

func (h *house) race(t *testing.T, redeem func() *httptest.ResponseRecorder) {
	t.Helper()
	answers := atOnce(racers, func(int) *httptest.ResponseRecorder { return redeem() })
	var won []*httptest.ResponseRecorder
	for _, w := range answers {
		if w.Code == http.StatusOK {
			won = append(won, w)
			continue
		}
		wantError(t, w, 400, "invalid_grant")
	}
	if len(won) != 1 {
		t.Fatalf("%d of %d succeeded", len(won), racers)
	}
	got := decode(t, won[0])
	if w := h.userinfo(got["access_token"].(string)); w.Code != http.StatusUnauthorized {
		t.Errorf("the winner's access token lives: %d", w.Code)
	}
	if token, given := got["refresh_token"].(string); given {
		wantError(t, h.refresh(token), 400, "invalid_grant")
	}
}
