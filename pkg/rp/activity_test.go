package rp_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
)

func strict(t *testing.T) (*world, *surfer) {
	t.Helper()
	w := newWorld(t, nil)
	w.provider.Limit(24*time.Hour, 15*time.Minute)
	return w, w.signedIn("usr_mia")
}

func TestInputKeepsAndSilenceEnds(t *testing.T) {
	w, s := strict(t)
	w.clock.advance(14*time.Minute + 59*time.Second)
	p := s.report(`{"idle_seconds": 0}`)
	if left := p.answer(t); p.status != http.StatusOK || left["idle_expires_in"] != 900.0 || left["idle_timeout"] != 900.0 {
		t.Fatalf("%d %s", p.status, p.body)
	}
	w.clock.advance(14*time.Minute + 59*time.Second)
	s.fetch("/page").is(t, "/page usr_mia")
	w.clock.advance(2 * time.Second)
	if p := s.fetch("/page"); p.status != http.StatusUnauthorized {
		t.Errorf("at 15:01: %d", p.status)
	}
	if p := s.report(`{"idle_seconds": 0}`); p.status != http.StatusUnauthorized {
		t.Errorf("a report after the end: %d %s", p.status, p.body)
	}
	if reports := w.provider.Reports(); len(reports) != 1 || reports[0].Status != http.StatusOK {
		t.Errorf("reports %+v", reports)
	}
}

func TestPagesOpenedByHandKeepAnAppWithoutScript(t *testing.T) {
	w, s := strict(t)
	for i := range 10 {
		w.clock.advance(14 * time.Minute)
		s.click("/page").is(t, "/page usr_mia")
		eventually(t, "the provider is told", func() bool { return len(w.provider.Reports()) == i+1 })
	}
	if alive := w.provider.Sessions("usr_mia"); len(alive) != 1 {
		t.Error("the provider ended the session")
	}
}

func TestWhatWasDoneInTimeMayBeToldLate(t *testing.T) {
	w, s := strict(t)
	w.clock.advance(14*time.Minute + 30*time.Second)
	s.fetch("/auth/session")
	w.clock.advance(time.Minute) // a computer that slept
	if p := s.report(`{"idle_seconds": 60}`); p.status != http.StatusOK {
		t.Fatalf("%d %s", p.status, p.body)
	}
	s.fetch("/page").is(t, "/page usr_mia")
	w.clock.advance(15 * time.Minute)
	for _, body := range []string{`{"idle_seconds": 0}`, `{"idle_seconds": 29}`} {
		if p := s.report(body); p.status != http.StatusUnauthorized {
			t.Errorf("%s was done after the end: %d", body, p.status)
		}
	}
}

func TestProviderIsToldOnceAMinute(t *testing.T) {
	w, s := strict(t)
	for range 30 {
		w.clock.advance(10 * time.Second)
		if p := s.report(`{"idle_seconds": 0}`); p.status != http.StatusOK {
			t.Fatalf("%d %s", p.status, p.body)
		}
	}
	for _, r := range w.provider.Reports() {
		if r.Status != http.StatusOK {
			t.Errorf("told too often: %+v", w.provider.Reports())
		}
	}
	if n := len(w.provider.Reports()); n != 5 {
		t.Errorf("%d reports in five minutes", n)
	}
}

func TestReportsThatAreRefusedChangeNothing(t *testing.T) { // ABUSE 38
	w, s := strict(t)
	w.clock.advance(10 * time.Minute)
	for _, body := range []string{`{"idle_seconds": -1}`, `{"idle_seconds": 86401}`, `{"idle_seconds": 1e99}`, `{"idle_seconds": "0"}`, `{}`, `[]`, ``, `{"idle_seconds": 0.5}`} {
		if p := s.report(body); p.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, p.status, p.body)
		}
	}
	form := s.do(http.MethodPost, "/auth/activity", `{"idle_seconds": 0}`, map[string]string{"Content-Type": "text/plain"})
	foreign := s.do(http.MethodPost, "/auth/activity", `{"idle_seconds": 0}`, map[string]string{"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"})
	if form.status != http.StatusUnsupportedMediaType || foreign.status != http.StatusForbidden { // ABUSE 37
		t.Errorf("another site: %d, %d", form.status, foreign.status)
	}
	if left := s.fetch("/auth/session").answer(t); left["idle_expires_in"] != 300.0 {
		t.Errorf("left %v", left)
	}
	if n := len(w.provider.Reports()); n != 0 {
		t.Errorf("the provider was told %d times", n)
	}
	if p := w.surfer().report(`{"idle_seconds": 0}`); p.status != http.StatusUnauthorized {
		t.Errorf("without a session: %d", p.status)
	}
}

func TestProvidersWordEndsTheSession(t *testing.T) {
	w, s := strict(t)
	w.provider.End(w.provider.Sessions("usr_mia")[0], apsid.EndedRevoked)
	p := s.report(`{"idle_seconds": 0}`)
	if p.status != http.StatusOK { // nothing new to tell
		t.Fatalf("%d %s", p.status, p.body)
	}
	w.clock.advance(2 * time.Second)
	if p = s.report(`{"idle_seconds": 0}`); p.status != http.StatusUnauthorized || p.answer(t)["reason"] != apsid.EndedRevoked {
		t.Fatalf("%d %s", p.status, p.body)
	}
	if p := s.fetch("/page"); p.status != http.StatusUnauthorized {
		t.Errorf("afterwards: %d", p.status)
	}
}

func TestStandingNamesThePersonToTheirBrowserOnly(t *testing.T) {
	w := newWorld(t, nil)
	mia, again, tom := w.signedIn("usr_mia"), w.signedIn("usr_mia"), w.signedIn("usr_tom")
	first, second, third := mia.fetch("/auth/session").answer(t), again.fetch("/auth/session").answer(t), tom.fetch("/auth/session").answer(t)
	for _, member := range []string{"person", "draft_key"} {
		if first[member] == "" || first[member] != second[member] || first[member] == third[member] {
			t.Errorf("%s: %v, %v, %v", member, first[member], second[member], third[member])
		}
	}
	if first["idle_timeout"] != 0.0 || first["expires_in"] != 86400.0 {
		t.Errorf("standing %v", first)
	}
}

// brief is a world whose sessions have the shortest limit of inactivity there is.
func brief(t *testing.T) (*world, *surfer) {
	t.Helper()
	w := newWorld(t, nil)
	w.provider.Limit(24*time.Hour, time.Minute)
	return w, w.signedIn("usr_mia")
}

// busy has a person use the page without a break, whose script reports each 15 seconds, and is told how each report was answered.
func (s *surfer) busy(long time.Duration, answered func(p page)) {
	s.w.t.Helper()
	for range int(long / (15 * time.Second)) {
		s.w.clock.advance(15 * time.Second)
		answered(s.report(`{"idle_seconds": 0}`))
	}
}

func TestAnActivePersonIsKeptUnderTheShortestLimit(t *testing.T) {
	w, s := brief(t)
	s.busy(10*time.Minute, func(p page) {
		if p.status != http.StatusOK {
			t.Fatalf("%d %s: %+v", p.status, p.body, w.provider.Reports())
		}
	})
	if alive := w.provider.Sessions("usr_mia"); len(alive) != 1 {
		t.Error("the provider ended the session of an active person")
	}
	for _, r := range w.provider.Reports() {
		if r.Status != http.StatusOK {
			t.Errorf("told too often: %+v", r)
		}
	}
	w.clock.advance(time.Minute)
	if p := s.report(`{"idle_seconds": 0}`); p.status != http.StatusUnauthorized || len(w.provider.Sessions("usr_mia")) != 0 {
		t.Errorf("a minute of silence: %d", p.status)
	}
}

// A provider that is away for longer than the limit finds, when it is back, a person who never stopped.
func TestReportsThatFailedAreMadeUpFor(t *testing.T) {
	w, s := brief(t)
	all := func(p page) {
		if p.status != http.StatusOK {
			t.Fatalf("%d %s: %+v", p.status, p.body, w.provider.Reports())
		}
	}
	s.busy(30*time.Second, all)
	w.provider.Away(true)
	s.busy(75*time.Second, all)
	w.provider.Away(false)
	s.busy(10*time.Minute, all)
	if alive := w.provider.Sessions("usr_mia"); len(alive) != 1 {
		t.Fatalf("the provider ended the session of an active person: %+v", w.provider.Reports())
	}
	reports := w.provider.Reports()
	if newest, late := reports[2], reports[3]; newest.Status != http.StatusUnauthorized || late.IdleSeconds == 0 || late.Status != http.StatusOK {
		t.Errorf("the first reports after that: %+v, %+v", newest, late)
	}
}

// A person who was silent for the limit while the provider was away is not given any time for it.
func TestSilenceIsNotMadeUpFor(t *testing.T) {
	w, s := brief(t)
	s.busy(30*time.Second, func(page) {})
	w.provider.Away(true)
	w.clock.advance(61 * time.Second)
	w.provider.Away(false)
	if p := s.report(`{"idle_seconds": 0}`); p.status != http.StatusUnauthorized {
		t.Errorf("%d %s", p.status, p.body)
	}
	if alive := w.provider.Sessions("usr_mia"); len(alive) != 0 {
		t.Error("the session lives on at the provider")
	}
}
