package notify_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/notify"
	"github.com/apscloud/apsid/internal/proof"
)

var (
	_ proof.SMSSender   = (*notify.Inbox)(nil)
	_ notify.MailSender = (*notify.Inbox)(nil)
)

// evening is when the clock of these tests stands.
func evening() time.Time {
	return time.Date(2026, 8, 3, 18, 5, 0, 0, time.FixedZone("AEST", 10*60*60))
}

func newInbox(t *testing.T) (*notify.Inbox, http.Handler) {
	t.Helper()
	inbox := notify.NewInbox(evening)
	handler, err := inbox.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return inbox, handler
}

func get(handler http.Handler, method, target string) *httptest.ResponseRecorder {
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, httptest.NewRequest(method, target, nil))
	return response
}

func TestInboxShowsTheNewestFirst(t *testing.T) {
	inbox, handler := newInbox(t)
	_ = inbox.SendSMS(t.Context(), idp.NewSecret("+61412345678"), "123456 is your code")
	_ = inbox.SendMail(t.Context(), notify.Mail{To: "zoe@example.com", Subject: "Hello", Text: "Words", HTML: "<p>Words</p>"})

	var got []map[string]string
	response := get(handler, http.MethodGet, "/inbox.json")
	if err := json.Unmarshal(response.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := []map[string]string{
		{"kind": "email", "to": "zoe@example.com", "subject": "Hello", "text": "Words", "at": "2026-08-03T08:05:00Z"},
		{"kind": "sms", "to": "+61412345678", "text": "123456 is your code", "at": "2026-08-03T08:05:00Z"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if kind := response.Header().Get("Content-Type"); kind != "application/json" {
		t.Errorf("type %q", kind)
	}
}

func TestEmptyInboxIsAnEmptyList(t *testing.T) {
	_, handler := newInbox(t)
	if got := strings.TrimSpace(get(handler, http.MethodGet, "/inbox.json").Body.String()); got != "[]" {
		t.Errorf("%q", got)
	}
}

func TestInboxKeeps200UnderConcurrentUse(t *testing.T) {
	inbox, handler := newInbox(t)
	var all sync.WaitGroup
	for n := range 50 {
		all.Go(func() {
			for m := range 10 {
				_ = inbox.SendSMS(t.Context(), idp.NewSecret("+61412345678"), fmt.Sprint(n, m))
				get(handler, http.MethodGet, "/inbox")
			}
		})
	}
	all.Wait()
	_ = inbox.SendSMS(t.Context(), idp.NewSecret("+61412345678"), "last")
	messages := inbox.Messages()
	if len(messages) != 200 || messages[0].Text != "last" {
		t.Errorf("%d messages, the newest %q", len(messages), messages[0].Text)
	}
}

func TestInboxPageIsInertAndItsPolicyFitsIt(t *testing.T) { // ABUSE 37
	inbox, handler := newInbox(t)
	const evil = `</pre><script>alert(1)</script><style>*{}</style>`
	_ = inbox.SendMail(t.Context(), notify.Mail{To: evil, Subject: evil, Text: evil})
	response := get(handler, http.MethodGet, "/inbox")
	page := response.Body.String()

	if strings.Contains(page, "<script") || strings.Count(page, html.EscapeString("<script>")) != 3 {
		t.Errorf("page:\n%s", page)
	}
	_, rest, _ := strings.Cut(page, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	policy := response.Header().Get("Content-Security-Policy")
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
		t.Errorf("policy %q lacks %q", policy, want)
	}
	if strings.Contains(policy, "unsafe") || !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
	for name, want := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Refresh": ""} {
		if got := response.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestInboxRefreshesOnlyWhenAsked(t *testing.T) { // WCAG 2.2.1: the reader decides
	_, handler := newInbox(t)
	if got := get(handler, http.MethodGet, "/inbox?follow").Header().Get("Refresh"); got != "3" {
		t.Errorf("Refresh %q", got)
	}
}

func TestInboxIsForReading(t *testing.T) {
	_, handler := newInbox(t)
	response := get(handler, http.MethodPost, "/inbox")
	if response.Code != http.StatusMethodNotAllowed || response.Header().Get("Allow") == "" {
		t.Errorf("%d, Allow %q", response.Code, response.Header().Get("Allow"))
	}
	if response := get(handler, http.MethodHead, "/inbox"); response.Code != http.StatusOK {
		t.Errorf("HEAD: %d", response.Code)
	}
}

func TestALinkInAMessageCanBeFollowed(t *testing.T) {
	inbox, handler := newInbox(t)
	err := inbox.SendMail(t.Context(), notify.Mail{To: "zoe@example.com", Text: "Choose:\nhttps://id.aps.example/account/link/t\n\n<b>x</b>"})
	if err != nil {
		t.Fatal(err)
	}
	page := get(handler, http.MethodGet, "/inbox").Body.String()
	if !strings.Contains(page, `<a href="https://id.aps.example/account/link/t">`) || strings.Contains(page, "<b>x") {
		t.Error(page)
	}
}
