package inbox_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/inbox"
)

// box is a fixed list of messages.
type box []inbox.Message

func (b box) Messages() []inbox.Message { return b }

func (b box) Open(id string) (inbox.Message, bool) {
	for _, m := range b {
		if m.ID == id {
			return m, true
		}
	}
	return inbox.Message{}, false
}

func serve(t *testing.T, messages ...inbox.Message) http.Handler {
	t.Helper()
	pages, err := web.NewPages(web.Config{
		Support: web.Support{Name: "APS support"}, Logger: slog.New(slog.DiscardHandler), Issuer: &url.URL{Scheme: "https", Host: "id.aps.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	surface, err := inbox.New(inbox.Config{
		Path: "/demo/inbox", Pages: pages, Messages: box(messages), Apps: []web.StartApp{{Name: "Contacts+", URL: "http://127.0.0.1:8082"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	surface.Routes(mux, func(next http.Handler) http.Handler { return next })
	return mux
}

func get(handler http.Handler, method, target string) *httptest.ResponseRecorder {
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, httptest.NewRequest(method, target, nil))
	return response
}

func text() inbox.Message {
	return inbox.Message{ID: "1", Kind: "sms", To: "+64210000134", Text: "123456 is your code", At: time.Date(2026, 8, 3, 8, 5, 0, 0, time.UTC)}
}

func mail() inbox.Message {
	return inbox.Message{
		ID: "2", Kind: "email", To: "zoe@example.com", Subject: "Zoë, your MFA was reset", Text: "Freeze it:\nhttps://id.aps.example/account/link/t\n\n<b>x</b>",
		At: time.Date(2026, 8, 3, 8, 6, 0, 0, time.UTC), Unread: true, HTML: `<!doctype html><html><head><title>x</title></head><body><img src="cid:logo"></body></html>`, Logo: []byte("PNG"),
	}
}

func TestTheListShowsWhatToolsAndPeopleNeed(t *testing.T) {
	handler := serve(t, mail(), text())
	response := get(handler, http.MethodGet, "/demo/inbox")
	page := response.Body.String()
	for _, want := range []string{
		`href="/demo/inbox/2">Zoë, your MFA was reset</a>`, "Unread", "123456 is your code", `<time datetime="2026-08-03T08:05:00Z" data-form="moment">3 Aug 2026, 8:05 am UTC</time>`,
		`href="http://127.0.0.1:8082">Contacts&#43;</a>`, `href="/">The start page</a>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("lacks %q:\n%s", want, page)
		}
	}
	if response.Header().Get("Refresh") != "" || get(handler, http.MethodGet, "/demo/inbox?follow").Header().Get("Refresh") != "3" {
		t.Error("it refreshes by itself without being asked, or not when it is")
	}
	var got []map[string]any
	answer := get(handler, http.MethodGet, "/demo/inbox.json")
	if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := []map[string]any{
		{"id": "2", "kind": "email", "to": "zoe@example.com", "subject": mail().Subject, "text": mail().Text, "at": "2026-08-03T08:06:00Z", "unread": true},
		{"id": "1", "kind": "sms", "to": "+64210000134", "text": "123456 is your code", "at": "2026-08-03T08:05:00Z", "unread": false},
	}
	if diff := cmp.Diff(want, got); diff != "" || answer.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%s (-want +got):\n%s", answer.Header().Get("Content-Type"), diff)
	}
	if got := strings.TrimSpace(get(serve(t), http.MethodGet, "/demo/inbox.json").Body.String()); got != "[]" {
		t.Errorf("an empty one: %q", got)
	}
}

func TestAnEmailIsShownAsItIs(t *testing.T) {
	handler := serve(t, mail())
	response := get(handler, http.MethodGet, "/demo/inbox/2")
	if page := response.Body.String(); !strings.Contains(page, `src="/demo/inbox/2/mail" sandbox="allow-popups allow-popups-to-escape-sandbox"`) || !strings.Contains(page, `href="/demo/inbox">Back to the inbox`) {
		t.Error(page)
	}
	if policy := response.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "; frame-src 'self'") || strings.Contains(policy, "unsafe") {
		t.Error(policy)
	}
	plain := get(handler, http.MethodGet, "/demo/inbox/2?show=text").Body.String()
	if strings.Contains(plain, "<iframe") || !strings.Contains(plain, `<a href="https://id.aps.example/account/link/t">`) || strings.Contains(plain, "<b>x") {
		t.Error(plain)
	}
	if phone := get(handler, http.MethodGet, "/demo/inbox/2?show=phone").Body.String(); !strings.Contains(phone, `class="mail phone"`) {
		t.Error(phone)
	}
	framed := get(handler, http.MethodGet, "/demo/inbox/2/mail")
	if body := framed.Body.String(); !strings.Contains(body, `<base target="_blank">`) || !strings.Contains(body, `src="data:image/png;base64,UE5H"`) {
		t.Error(body)
	}
}

// ABUSE 37: nothing in a message runs, is loaded or sends a form, however it is shown.
func TestMessagesAreInert(t *testing.T) {
	const evil = `</pre><script>alert(1)</script><style>*{}</style>`
	m := inbox.Message{ID: "1", Kind: "email", To: evil, Subject: evil, Text: evil, HTML: "<html><head></head>" + evil + "</html>"}
	handler := serve(t, m)
	for _, page := range []string{"/demo/inbox", "/demo/inbox/1", "/demo/inbox/1?show=text"} {
		if body := get(handler, http.MethodGet, page).Body.String(); strings.Contains(body, "<script>") || strings.Contains(body, "<style>") {
			t.Errorf("%s:\n%s", page, body)
		}
	}
	header := get(handler, http.MethodGet, "/demo/inbox/1/mail").Header()
	policy := header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'; style-src 'unsafe-inline'; img-src data:;", "form-action 'none'", "frame-ancestors 'self'", "; sandbox allow-popups"} {
		if !strings.Contains(policy, want) {
			t.Errorf("policy %q lacks %q", policy, want)
		}
	}
	if strings.Contains(policy, "script") || strings.Contains(policy, "same-origin") || header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", header)
	}
}

func TestTheInboxIsForReading(t *testing.T) {
	handler := serve(t, text())
	for _, path := range []string{"/demo/inbox", "/demo/inbox.json", "/demo/inbox/1"} {
		if response := get(handler, http.MethodPost, path); response.Code != http.StatusMethodNotAllowed || response.Header().Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %d, Allow %q", path, response.Code, response.Header().Get("Allow"))
		}
		if response := get(handler, http.MethodHead, path); response.Code != http.StatusOK {
			t.Errorf("HEAD %s: %d", path, response.Code)
		}
	}
	for _, path := range []string{"/demo/inbox/2", "/demo/inbox/1/mail", "/demo/inbox/2/mail"} { // a text has no HTML
		if response := get(handler, http.MethodGet, path); response.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, response.Code)
		}
	}
}
