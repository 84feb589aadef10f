package oidcop_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func TestActivityKeepsASessionAndSilenceEndsIt(t *testing.T) {
	m := newHouse(t).visitor().enter("vault", "usr_ana")
	if m.first["session_idle_timeout"] != 900.0 || m.first["session_expires_in"] != 86340.0 {
		t.Fatalf("%v", m.first)
	}
	for range 3 {
		m.pass(14*time.Minute + 59*time.Second)
		if w := m.report(`{"idle_seconds": 0}`); w.Code != http.StatusOK || decode(t, w)["idle_expires_in"] != 900.0 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	m.pass(14 * time.Minute)
	m.clock.pass(time.Minute) // the last token is a minute old
	m.wantOver("idle")
	m.clock.pass(time.Minute) // and after the allowance it is over for good
	m.wantOver("idle")
	if got := m.told.apps(); !slices.Equal(got, []string{"vault idle"}) {
		t.Errorf("told %v", got)
	}
	events := m.events(idp.EventSessionEnded)
	if len(events) != 1 || events[0].Reason != "idle" || events[0].SID != m.sid() || events[0].PracticeID != "prc_mfa" || events[0].Actor.Kind != idp.ActorSystem {
		t.Errorf("audit trail: %+v", events)
	}
}

func TestAnswerSaysWhatIsLeft(t *testing.T) {
	h := newHouse(t)
	m := h.visitor().enter("vault", "usr_ana")
	h.clock.pass(3 * time.Minute)
	wantAnswer(t, m.report(`{"idle_seconds": 60}`), 900, 840, 86340-180)
	free := h.visitor().enter("timesheets", "usr_ana")
	h.clock.pass(time.Minute)
	wantAnswer(t, free.report(`{"idle_seconds": 60}`), 0, 0, 86400-60)
}

// An app reports once a minute at most: what the person did in time may be told late, but not what came too late.
func TestActivityBeforeTheEndMayBeToldAfterIt(t *testing.T) {
	for age, counts := range map[string]bool{"31": true, "30": false, "0": false} {
		m := newHouse(t).visitor().enter("vault", "usr_ana")
		m.pass(14 * time.Minute)
		m.clock.pass(90 * time.Second)
		w := m.report(`{"idle_seconds":` + age + `}`)
		if !counts {
			wantProblem(t, w, 401, "session_ended", "idle")
			m.wantSilent("login_required")
			continue
		}
		wantAnswer(t, w, 900, 869, 86340-930)
		m.wantSilent("")
	}
}

// ABUSE 11: a refresh is no activity of a person.
func TestRefreshingEveryMinuteKeepsNothing(t *testing.T) {
	m := newHouse(t).visitor().enter("vault", "usr_ana")
	for range 14 {
		m.clock.pass(time.Minute)
		if w := m.renew(); w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		m.wantSilent("") // nor is a browser that is sent through
	}
	m.clock.pass(time.Minute)
	m.wantOver("idle")
}

func TestReportsThatCantBe(t *testing.T) {
	m := newHouse(t).visitor().enter("vault", "usr_ana")
	m.pass(8 * time.Minute)
	before := m.stored()
	for body, status := range map[string]int{
		``:                                    400,
		`{`:                                   400,
		`idle_seconds=1`:                      400,
		`{"idle_seconds":1} {}`:               400,
		`{"idle_seconds":01}`:                 400,
		`null`:                                422,
		`[]`:                                  422,
		`{}`:                                  422,
		`1`:                                   422,
		`"idle_seconds"`:                      422,
		`[{"idle_seconds":1}]`:                422,
		`{"idle_seconds":null}`:               422,
		`{"idle_seconds":"1"}`:                422,
		`{"idle_seconds":[1]}`:                422,
		`{"idle_seconds":true}`:               422,
		`{"idle_seconds":1.5}`:                422,
		`{"idle_seconds":1e3}`:                422,
		`{"idle_seconds":-1}`:                 422,
		`{"idle_seconds":86401}`:              422,
		`{"idle_seconds":9223372037}`:         422, // seconds that overflow as nanoseconds
		`{"idle_seconds":18446744074}`:        422,
		`{"idle_seconds":-9223372037}`:        422,
		`{"idle_seconds":1` + nines(40) + `}`: 422,
		`{"IDLE_SECONDS":1}`:                  422,
		`{"idle_seconds":1,"idle_seconds":0}`: 422,
		`{"idle_seconds":1,"sid":"ses_x"}`:    422, // ABUSE 34
		`{"sid":"ses_x","idle_seconds":1}`:    422,
		`{"idle_seconds":1` + strings.Repeat(" ", 1024) + `}`: 413,
	} {
		w := m.report(body)
		wantProblem(t, w, status, "invalid_request", "")
		if strings.Contains(w.Body.String(), "ses_") {
			t.Errorf("%.40s: reflected", body)
		}
	}
	for _, media := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"} {
		r := httptest.NewRequest("POST", "/session/activity", strings.NewReader(`{"idle_seconds":0}`))
		r.Header.Set("Authorization", "Bearer "+m.access)
		r.Header.Set("Content-Type", media)
		wantProblem(t, m.do(r), 415, "invalid_request", "")
	}
	if after := m.stored(); !after.LastActivity.Equal(before.LastActivity) {
		t.Error("the session was touched")
	}
	m.clock.pass(7 * time.Minute)
	m.wantSilent("login_required") // none of them kept it
}

func nines(n int) string { return strings.Repeat("9", n) }

func TestReportsComeOnceAMinute(t *testing.T) {
	m := newHouse(t).visitor().enter("vault", "usr_ana")
	m.clock.pass(2 * time.Minute)
	wantAnswer(t, m.report(`{"idle_seconds":60}`), 900, 840, 86340-120)
	m.clock.pass(30 * time.Second)
	w := m.report(`{"idle_seconds":0}`)
	wantProblem(t, w, 429, "too_soon", "")
	if w.Header().Get("Retry-After") != "30" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
	m.clock.pass(30 * time.Second)
	wantAnswer(t, m.report(`{"idle_seconds":120}`), 900, 840-60, 86340-180) // the one too many moved nothing
}

// ABUSE 8 and 10: what names no session of this provider, or not by an access token.
func TestReportsWithoutTheRightToken(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	m := v.enter("vault", "usr_ana")
	machine := decode(t, h.post("/oauth/token", url.Values{"grant_type": {"client_credentials"}}, "fusesign", secret))["access_token"].(string)
	for name, token := range map[string]string{
		"none": "", "made up": "x", "ID token": m.id, "refresh token": m.renewal, "machine's": machine, "session identifier": string(m.sid()),
		"unsigned": unsigned(m.access), "changed": m.access[:len(m.access)-4] + "AAAA",
	} {
		t.Run(name, func(t *testing.T) { wantProblem(t, h.report(token, `{"idle_seconds":0}`), 401, "invalid_token", "") })
	}
	for name, r := range map[string]*http.Request{
		"in the query":  httptest.NewRequest("POST", "/session/activity?access_token="+m.access, strings.NewReader(`{"idle_seconds":0}`)),
		"in the body":   httptest.NewRequest("POST", "/session/activity", strings.NewReader(`{"idle_seconds":0,"access_token":"`+m.access+`"}`)),
		"by the cookie": httptest.NewRequest("POST", "/session/activity", strings.NewReader(`{"idle_seconds":0}`)),
	} {
		t.Run(name, func(t *testing.T) {
			r.Header.Set("Content-Type", "application/json")
			wantProblem(t, v.send(r), 401, "", "")
		})
	}
	r := httptest.NewRequest("GET", "/session/activity", nil)
	r.Header.Set("Authorization", "Bearer "+m.access)
	if w := h.do(r); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d", w.Code)
	}
}

// unsigned is the token with the algorithm none.
func unsigned(token string) string {
	parts := strings.Split(token, ".")
	return "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0." + parts[1] + "."
}

func TestTokenThatIsOverReportsNothing(t *testing.T) {
	m := newHouse(t).visitor().enter("vault", "usr_ana")
	m.clock.pass(5 * time.Minute)
	wantProblem(t, m.report(`{"idle_seconds":0}`), 401, "invalid_token", "")
	if !m.stored().LastActivity.Equal(m.stored().CreatedAt) {
		t.Error("it moved the session's activity")
	}
	m.clock.pass(11 * time.Minute)
	wantProblem(t, m.report(`{"idle_seconds":0}`), 401, "session_ended", "idle") // the app learns why all the same
}

func TestLastTokenNamesTheLifetime(t *testing.T) {
	m := newHouse(t).visitor().enter("payroll", "usr_ana")
	m.pass(8*time.Hour - time.Minute)
	wantAnswer(t, m.report(`{"idle_seconds":0}`), 0, 0, 60)
	m.clock.pass(time.Minute)
	m.wantOver("lifetime")
}

// ABUSE 35: whatever ends a session, the next report is refused, and says why.
func TestReportAfterTheSessionWasEnded(t *testing.T) {
	h := newHouse(t)
	m := h.visitor().enter("vault", "usr_ana")
	h.clock.pass(time.Minute)
	wantAnswer(t, m.report(`{"idle_seconds":0}`), 900, 900, 86340-60)
	event := idp.AuditEvent{ID: idp.NewEventID(h.clock.read()), At: h.clock.read(), Type: idp.EventMFAReset, Result: idp.ResultSuccess, Actor: idp.Actor{Kind: idp.ActorSystem}}
	must(h.sql.EndUserSessions(context.Background(), "prc_mfa", "usr_ana", idp.EndRevoked, event, h.clock.read()))
	m.wantOver("revoked")

	again := h.visitor().enter("vault", "usr_ana")
	h.clock.pass(time.Minute)
	wantAnswer(t, again.report(`{"idle_seconds":0}`), 900, 900, 86340-60)
	again.get("/end_session", url.Values{"id_token_hint": {again.id}})
	again.wantOver("logout")
	if got := h.told.apps(); !slices.Equal(got, []string{"vault logout", "vault revoked"}) {
		t.Errorf("told %v", got)
	}
}

func TestDisabledAppReportsNothing(t *testing.T) {
	h := newHouse(t)
	m := h.visitor().enter("vault", "usr_ana")
	h.change("vault", func(c *idp.Client) { c.Disabled = true })
	h.clock.pass(time.Minute)
	wantProblem(t, m.report(`{"idle_seconds":0}`), 401, "invalid_token", "")
}

func TestOpaqueTokenReports(t *testing.T) {
	h := newHouse(t)
	h.change("opaque", func(c *idp.Client) { c.SessionIdleTimeout = 10 * time.Minute })
	m := h.visitor().enter("opaque", "usr_ana")
	h.clock.pass(4 * time.Minute)
	wantAnswer(t, m.report(`{"idle_seconds":0}`), 600, 600, 86400-240)
	h.post("/oauth/revoke", url.Values{"token": {m.access}}, "opaque", secret)
	h.clock.pass(time.Minute)
	wantProblem(t, m.report(`{"idle_seconds":0}`), 401, "invalid_token", "")
}

// A report touches the session of its token and no other, not even of the same person in the same browser.
func TestReportKeepsNoOtherSession(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	vault, books := v.enter("vault", "usr_ana"), v.enter("books", "usr_ana")
	other := h.visitor().enter("vault", "usr_ana")
	for range 14 {
		h.clock.pass(time.Minute)
		for _, m := range []*member{books, other} {
			if w := m.renew(); w.Code != http.StatusOK {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			if w := m.report(`{"idle_seconds":0}`); w.Code != http.StatusOK {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
		}
		if w := vault.renew(); w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	h.clock.pass(time.Minute)
	vault.wantOver("idle")
	other.wantSilent("")
	books.wantSilent("")
}

func TestReportNeedsNoSQLOnceTheSessionIsKnown(t *testing.T) {
	h := newHouse(t)
	m := h.visitor().enter("vault", "usr_ana")
	h.clock.pass(10 * time.Second)
	wantAnswer(t, m.report(`{"idle_seconds":0}`), 900, 900, 86340-10)
	h.clock.pass(45 * time.Second)
	m.wantSilent("") // the client is in memory again
	h.clock.pass(10 * time.Second)
	h.outage.Store(true)
	asked := h.clients.count()
	wantAnswer(t, m.report(`{"idle_seconds":0}`), 900, 900, 86340-65)
	if h.clients.count() != asked {
		t.Error("the client was read from SQL")
	}
}

func TestReportWithoutStores(t *testing.T) {
	h := newHouse(t)
	m := h.visitor().enter("vault", "usr_ana")
	h.clock.pass(time.Minute)
	_ = h.redis.Close()
	wantAnswer(t, m.report(`{"idle_seconds":0}`), 900, 900, 86340-60) // SQL alone will do
	h.clock.pass(time.Minute)
	m.wantSilent("temporarily_unavailable") // a code needs Redis
	h.outage.Store(true)
	w := m.report(`{"idle_seconds":0}`)
	wantProblem(t, w, 503, "temporarily_unavailable", "")
	if w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "redis") || strings.Contains(w.Body.String(), "spy") {
		t.Errorf("%v %s", w.Header(), w.Body)
	}
}
