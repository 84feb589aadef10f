package web

import (
	"html/template"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func TestInitials(t *testing.T) {
	for who, want := range map[string]string{"Mia Chen": "MC", "āroha": "Ā", "Jean de la Tour": "JT", "e\u0301mile zola": "E\u0301Z", "\u092e\u094b\u0939\u0928": "\u092e\u094b", "李 小龍": "李小", "محمد": "م", " ": "?", "": "?"} {
		if got := (Shell{Who: who}).Initials(); got != want {
			t.Errorf("%q: %q, want %q", who, got, want)
		}
	}
}

func TestPageOfAnApp(t *testing.T) { // ABUSE 37
	pages, _ := testPages(t)
	w := httptest.NewRecorder()
	const hurt = `"><script>alert(1)</script>`
	pages.Render(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, "error", Frame{
		Step: "people", Title: "People", Tab: "Mia – People",
		Shell: &Shell{
			App: "User Management+", Home: "/manage", Who: hurt, Username: hurt, Practice: hurt, Account: "/account", SignOut: "/manage/sign-out",
			Nav:  []NavItem{{URL: "/manage", Label: "People", Current: true}, {URL: "/manage/mfa", Label: "MFA", Count: "3"}},
			Back: &Link{URL: "javascript:alert(1)", Label: hurt}, Action: &Link{URL: "/manage/invite", Label: "Invite"},
		},
		Body: errorBody{Message: hurt},
	})
	body := w.Body.String()
	for _, part := range []string{
		"<title>Mia – People – User Management&#43;</title>", `href="/manage" aria-current="page"`, `action="/manage/sign-out"`,
		`href="/account"`, `<a class="skip" href="#main">`, `id="main"`,
	} {
		if !strings.Contains(body, part) {
			t.Errorf("no %s in\n%s", part, body)
		}
	}
	if strings.Contains(body, "<script>alert") || strings.Contains(body, "javascript:") {
		t.Errorf("script came through:\n%s", body)
	}
	if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "connect-src 'self'") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("policy %s", policy)
	}
}

func TestTheSigninMayNotConnectAnywhere(t *testing.T) {
	pages, _ := testPages(t)
	w := httptest.NewRecorder()
	pages.Error(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusNotFound, "x", "y")
	if policy := w.Header().Get("Content-Security-Policy"); strings.Contains(policy, "connect-src") {
		t.Errorf("policy %s", policy)
	}
}

// Every piece that the apps share can be rendered with its type, and escapes what it is given.
func TestPiecesTakeTheirTypes(t *testing.T) {
	pages, _ := testPages(t)
	const hurt = `<b>"'x`
	base, err := pages.book.page("error")
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]any{
		"badge":   Badge{Tone: ToneBad, Text: hurt},
		"pager":   Pager{First: "/a", Next: "/b", Of: hurt},
		"menu":    Menu{Label: hurt, Items: []MenuItem{{URL: "/a", Label: hurt}, {Label: hurt, Why: hurt}}},
		"confirm": Confirm{Lead: hurt, Consequences: []string{hurt}, Button: hurt, Cancel: "/a", Reason: &Area{Name: "reason", Label: hurt, Value: hurt}},
		"area":    Area{Name: "a", Label: hurt, Hint: hurt, Error: hurt, Value: hurt, MaxLength: 9, Optional: true},
		"select":  Options{Name: "a", Label: hurt, Options: []Option{{Value: hurt, Label: hurt, Chosen: true}}},
		"checks":  Options{Name: "a", Label: hurt, Error: hurt, Options: []Option{{Value: hurt, Label: hurt, Hint: hurt, Disabled: true}}},
		"moment":  NewMoment(time.Unix(1, 0), time.Unix(2, 0), idp.Place{}),
	} {
		page, err := template.Must(base.Clone()).New("piece").Parse(`{{template "` + name + `" .}}`)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := page.Execute(&out, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(out.String(), hurt) || out.Len() == 0 {
			t.Errorf("%s: %s", name, out.String())
		}
	}
}

func TestMomentsAndDays(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC) // 8 pm in Sydney
	for at, want := range map[time.Time]string{
		now.Add(-time.Hour):      "Today, 7:00 pm AEDT",
		now.Add(-21 * time.Hour): "Yesterday, 11:00 pm AEDT",
		now.AddDate(0, 0, -20):   "4 Nov 2026, 8:00 pm AEDT",
		now.AddDate(-1, 0, 0):    "24 Nov 2025, 8:00 pm AEDT",
		{}:                       "",
	} {
		if got := NewMoment(at, now, idp.Place{Zone: "Australia/Sydney"}).Human; got != want {
			t.Errorf("%s: %q, want %q", at, got, want)
		}
	}
	if day := NewDay(now.Add(8*time.Hour), idp.Place{Zone: "Australia/Sydney"}); day.Human != "25 November 2026" || day.Machine != "2026-11-25" {
		t.Errorf("%+v", day)
	}
	if day := NewDay(now, idp.Place{Zone: "Nowhere/None"}); day.Human != "24 November 2026" {
		t.Errorf("%+v", day)
	}
	if NewDay(time.Time{}, idp.Place{}).Known {
		t.Error("the zero time is a day")
	}
}
