package account_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// People see and download what concerns themselves, whatever their address says (ABUSE 32).
func TestOwnActivity(t *testing.T) {
	h := newHouse(t)
	h.in("olivia")
	s := h.in("tom")
	olivia, tom := string(h.Account("olivia").User.ID), string(h.Account("tom").User.ID)
	for _, address := range []string{"/account/activity", "/account/activity?user=" + olivia, "/account/activity?person=olivia"} {
		p := s.Get(address).OK(t, "activity").Shows(t, "Signed in", "<bdi>You</bdi></td>", `href="/account/activity.csv"`)
		if strings.Contains(p.Body, "Olivia") || strings.Contains(p.Body, `name="person"`) {
			t.Errorf("%s shows another person\n%s", address, p.Body)
		}
	}
	s.Get("/account/activity?type=mfa.").OK(t, "activity").Shows(t, "Show everything")
	if p := s.Get("/account/activity?from=never"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("no day: %d", p.Status)
	}
	for _, kind := range []string{"csv", "jsonl"} {
		p := s.Get("/account/activity." + kind + "?user=" + olivia)
		rows := strings.Split(strings.TrimSpace(p.Body), "\n")
		if p.Status != http.StatusOK || len(rows) < 2 || strings.Contains(p.Body, olivia) || strings.Contains(p.Body, "olivia@") {
			t.Errorf("%s: %d\n%s", kind, p.Status, p.Body)
		}
		for _, row := range rows {
			if !strings.Contains(row, tom) && !strings.Contains(row, "event_id,") {
				t.Errorf("%s: %s", kind, row)
			}
		}
	}
	if p := h.surfer().Ask(http.MethodGet, "/account/activity.csv", nil); p.Status != http.StatusSeeOther {
		t.Errorf("without a sign-in: %d", p.Status)
	}
}

// All sessions end on a page that says how many there are, and not on the list itself.
func TestSigningOutEverywhereIsConfirmed(t *testing.T) {
	h := newHouse(t)
	s := h.in("tom")
	h.Clock.Advance(time.Minute)
	h.in("tom")
	list := s.Get("/account/sessions").OK(t, "sessions").Shows(t, `href="/account/sessions/end"`)
	if strings.Contains(list.Body, `action="/account/sessions/end"`) {
		t.Error("the list signs out everywhere at once")
	}
	s.Get("/account/sessions/end").OK(t, "end-all").Shows(t, "1 app at once: 2 sessions, this one too", `<form method="post"`)
	s.Get("/account").OK(t, "account")
}
