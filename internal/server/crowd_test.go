package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apscloud/apsid/internal/web"
)

// site is a crowd before pages that take a while, and what was seen of them.
type site struct {
	handler http.Handler
	places  int

	mu            sync.Mutex
	running, most int
}

func newSite(t *testing.T, takes time.Duration) *site {
	t.Helper()
	pages, err := web.NewPages(web.Config{
		Support: web.Support{Name: "APS Support", Phone: "+61 2 5550 1000"}, Logger: slog.New(slog.DiscardHandler),
		Issuer: &url.URL{Scheme: "https", Host: "id.example.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := newCrowd(2, pages)
	s := &site{places: cap(c.places)}
	s.handler = c.wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		s.count(1)
		time.Sleep(takes)
		s.count(-1)
	}))
	return s
}

func (s *site) count(by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running += by
	s.most = max(s.most, s.running)
}

// at is how many pages are worked on now.
func (s *site) at() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running
}

// ask returns the status of a request, and how long it took.
func (s *site) ask(ctx context.Context, path string) (status int, took time.Duration) {
	began, answer := time.Now(), httptest.NewRecorder()
	s.handler.ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
	return answer.Code, time.Since(began)
}

// come lets n visitors ask for the page at once, and waits until all of them stand in the queue or are served.
func (s *site) come(t *testing.T, n int, path string) (all *sync.WaitGroup) {
	all = &sync.WaitGroup{}
	for range n {
		all.Go(func() {
			if status, _ := s.ask(t.Context(), path); status != http.StatusOK {
				t.Errorf("%s: status %d", path, status)
			}
		})
	}
	synctest.Wait()
	return all
}

func TestACrowdStandsInAQueue(t *testing.T) {
	for _, path := range []string{"/signin/timesheets/x/password", "/authorize", "/end_session", "/account", "/manage/people", "/support", "/", "/oauth/tokens"} {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, time.Millisecond)
			began := time.Now()
			s.come(t, 100*s.places, path).Wait()
			if s.most != s.places {
				t.Errorf("%s: %d at once, want %d", path, s.most, s.places)
			}
			if took := time.Since(began); took != 100*time.Millisecond {
				t.Errorf("%s: %s for all", path, took)
			}
		})
	}
}

func TestProgramsPassTheCrowd(t *testing.T) {
	for _, path := range []string{
		"/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/userinfo", "/session/activity", "/.well-known/jwks.json",
		"/.well-known/openid-configuration", "/api/v1/users", "/livez", "/readyz", "/healthz", "/static/app.css",
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, 40*time.Millisecond)
			crowd := s.come(t, 10*s.places, "/signin/timesheets/x/password")
			if _, took := s.ask(t.Context(), path); took != 40*time.Millisecond {
				t.Errorf("%s took %s beside a crowd", path, took)
			}
			crowd.Wait()
		})
	}
}

func TestWhatHangsKeepsNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, time.Minute)
		hanging := s.come(t, s.places, "/signin/timesheets/x/sms")
		after := s.come(t, 1, "/signin/timesheets/y/password")
		time.Sleep(placeHeld)
		synctest.Wait()
		if at := s.at(); at != s.places+1 {
			t.Errorf("%d at once, after %s", at, placeHeld)
		}
		hanging.Wait()
		after.Wait()
		// The places that were taken away and those that were given back are the same number: as many get in as at first.
		s.most = 0
		s.come(t, 2*s.places, "/").Wait()
		if s.most != 2*s.places { // all of them hang, the second half after placeHeld
			t.Errorf("%d at once", s.most)
		}
	})
}

func TestAPlaceIsNotWaitedForForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, placeHeld-time.Millisecond)
		for range 3 * int(placeWaited/placeHeld) * s.places {
			go s.ask(t.Context(), "/")
		}
		synctest.Wait()
		left, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		go func() {
			if status, took := s.ask(left, "/"); status != http.StatusServiceUnavailable || took != time.Second {
				t.Errorf("a visitor who left: status %d after %s", status, took)
			}
		}()
		if status, took := s.ask(t.Context(), "/"); status != http.StatusServiceUnavailable || took != placeWaited {
			t.Errorf("the last in the queue: status %d after %s", status, took)
		}
		time.Sleep(2 * placeWaited)
		if at := s.at(); at != 0 {
			t.Errorf("%d are still served", at)
		}
	})
}
