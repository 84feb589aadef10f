package conform_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/conform"
)

// refusing is an app that signs so many people in and refuses everybody else, on a page of this status.
func refusing(t *testing.T, s setting, after int64, status int) http.Handler {
	t.Helper()
	good := newApp(t, s, nil)
	var signIns atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/auth/callback" && signIns.Add(1) > after {
			w.WriteHeader(status)
			return
		}
		good.ServeHTTP(w, r)
	})
}

// An app that refuses everything refuses what it must refuse too. No check says so, and the reason is given: whether the refusal
// looks like one, or like a page.
func TestAnAppThatRefusesEverythingIsNotChecked(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusForbidden, http.StatusOK, http.StatusInternalServerError} {
		_, err := tryOut(t, func(s setting) http.Handler { return refusing(t, s, 0, status) })
		if err == nil || !strings.Contains(err.Error(), "no one can sign in: ") || !strings.Contains(err.Error(), "/auth/callback") {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// An app that shows its page to whoever comes back, without looking at the code, signs nobody in.
func TestAnAppThatTakesEverybodyAtTheirWordIsNotChecked(t *testing.T) {
	t.Parallel()
	_, err := tryOut(t, func(s setting) http.Handler {
		good := newApp(t, s, nil)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := r.Cookie("in"); err == nil {
				return
			}
			if r.URL.Path == "/auth/callback" {
				http.SetCookie(w, &http.Cookie{Name: "in", Value: "yes", Path: "/"})
				http.Redirect(w, r, "/details", http.StatusSeeOther)
				return
			}
			good.ServeHTTP(w, r)
		})
	})
	if err == nil || !strings.Contains(err.Error(), "has not redeemed the code") {
		t.Errorf("%v", err)
	}
}

// One that stops letting people in while it is checked gets no check right that it could pass by refusing everything.
func TestAnAppThatComesToRefuseEverythingPassesNothingByThat(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusForbidden, http.StatusOK} {
		results, err := tryOut(t, func(s setting) http.Handler { return refusing(t, s, 3, status) })
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			switch {
			case strings.HasPrefix(r.Check, "sign-in: requests"), strings.HasPrefix(r.Check, "sign-in: state"): // of what the app sent, which is good
			case r.State != conform.Wrong:
				t.Errorf("%d: %s: %s %s", status, r.Check, r.State, r.Seen)
			case !strings.Contains(r.Seen, "nothing is proved") && !strings.Contains(r.Seen, "/auth/callback"):
				t.Errorf("%d: %s: %s", status, r.Check, r.Seen)
			}
		}
		var faults conform.Faults
		if err := conform.Print(io.Discard, results); !errors.As(err, &faults) || faults.Spec < 5 {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestAnAppThatOnlyFailsIsNotReady(t *testing.T) {
	t.Parallel()
	_, err := tryOut(t, func(setting) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	})
	if err == nil || !strings.Contains(err.Error(), "answers 500 instead of sending people to sign in") {
		t.Errorf("%v", err)
	}
}

// tryOut examines an app that may not be ready within a second.
func tryOut(t *testing.T, app func(setting) http.Handler) ([]conform.Result, error) {
	t.Helper()
	provider := start(t, app, nil)
	waiting, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := provider.Await(waiting); err != nil {
		return nil, err
	}
	return provider.Run(t.Context())
}
