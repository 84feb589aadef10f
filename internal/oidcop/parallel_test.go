package oidcop_test

import (
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

// ABUSE 2: of fifty who bring the same code or refresh token at once exactly one gets tokens; and since forty-nine others
// brought it too, they are worth nothing (ABUSE 1, 11).
func TestFiftyParallelRedemptions(t *testing.T) {
	for name, on := range map[string]func(testing.TB) engines{
		"embedded": embedded,
		"servers": func(t testing.TB) engines {
			return engines{sql: storetest.Postgres(t), redis: testenv.Redis(t)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := buildHouse(t, on(t), issuer)
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

func (h *house) race(t *testing.T, redeem func() *httptest.ResponseRecorder) {
	t.Helper()
	const racers = 50
	answers := make([]*httptest.ResponseRecorder, racers)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range racers {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			answers[i] = redeem()
		})
	}
	ready.Wait()
	close(start)
	done.Wait()

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
