package oidcop_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// member is a person signed in at an app: the browser, and what the app has of the session.
type member struct {
	*visitor
	app                 string
	access, id, renewal string
	first               map[string]any // the first token response
}

// requestOf is a good authorization request of an app.
func requestOf(app string, pairs ...string) url.Values {
	return request(append([]string{"client_id", app, "redirect_uri", "https://" + app + ".example/cb"}, pairs...)...)
}

// enter signs the user in at the app, by the form.
func (v *visitor) enter(app string, user idp.UserID, pairs ...string) *member {
	v.t.Helper()
	return v.member(app, v.signIn(requestOf(app, pairs...), user))
}

// silently gets into the app without a form.
func (v *visitor) silently(app string, pairs ...string) *member {
	v.t.Helper()
	return v.member(app, v.get("/authorize", requestOf(app, append(pairs, "prompt", "none")...)))
}

// member redeems the code that an answer brings.
func (v *visitor) member(app string, answer *httptest.ResponseRecorder) *member {
	v.t.Helper()
	code := location(answer).Query().Get("code")
	if code == "" {
		v.t.Fatalf("%s got no code: %d %s", app, answer.Code, answer.Header().Get("Location"))
	}
	w := v.house.post("/oauth/token", redemption(code, "redirect_uri", "https://"+app+".example/cb"), app, secret)
	if w.Code != http.StatusOK {
		v.t.Fatalf("%s got no tokens: %d %s", app, w.Code, w.Body)
	}
	m := &member{visitor: v, app: app, first: decode(v.t, w)}
	m.keep(m.first)
	return m
}

func (m *member) keep(tokens map[string]any) {
	m.access, m.id = tokens["access_token"].(string), tokens["id_token"].(string)
	m.renewal, _ = tokens["refresh_token"].(string)
}

// renew refreshes, and keeps what it gets.
func (m *member) renew() *httptest.ResponseRecorder {
	w := m.house.post("/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {m.renewal}}, m.app, secret)
	if w.Code == http.StatusOK {
		m.keep(decode(m.t, w))
	}
	return w
}

// report sends a report of activity.
func (m *member) report(body string) *httptest.ResponseRecorder {
	return m.house.report(m.access, body)
}

func (h *house) report(token, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/session/activity", strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	return h.do(r)
}

// pass lets time pass, with a refresh in each four minutes as an app has them.
func (m *member) pass(d time.Duration) {
	m.t.Helper()
	for ; d > 0; d -= 4 * time.Minute {
		m.clock.pass(min(d, 4*time.Minute))
		if w := m.renew(); w.Code != http.StatusOK {
			m.t.Fatalf("refresh: %d %s", w.Code, w.Body)
		}
	}
}

// sid is the member's session.
func (m *member) sid() idp.SID {
	_, claims := m.open(m.id)
	return idp.SID(claims["sid"].(string))
}

// stored is the session in SQL.
func (m *member) stored() idp.Session {
	m.t.Helper()
	return must(m.sql.FindSession(context.Background(), m.sid()))
}

// wantAnswer expects the standing of a session, in seconds.
func wantAnswer(t testing.TB, w *httptest.ResponseRecorder, timeout, idle, expires float64) {
	t.Helper()
	got := decode(t, w)
	if w.Code != http.StatusOK || len(got) != 3 || got["idle_timeout"] != timeout || got["idle_expires_in"] != idle || got["expires_in"] != expires {
		t.Fatalf("got %d %s, want %v %v %v", w.Code, w.Body, timeout, idle, expires)
	}
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", w.Header())
	}
}

// wantProblem expects a problem answer (RFC 9457), with a challenge if it is a 401.
func wantProblem(t testing.TB, w *httptest.ResponseRecorder, status int, code, reason string) {
	t.Helper()
	got := decode(t, w)
	text := func(name string) string { s, _ := got[name].(string); return s }
	if w.Code != status || got["status"] != float64(status) || text("error") != code || text("reason") != reason || text("title") == "" {
		t.Fatalf("got %d %s, want %d %s %s", w.Code, w.Body, status, code, reason)
	}
	if w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", w.Header())
	}
	if (status == http.StatusUnauthorized) != strings.HasPrefix(w.Header().Get("WWW-Authenticate"), "Bearer ") {
		t.Errorf("status %d with WWW-Authenticate %q", status, w.Header().Get("WWW-Authenticate"))
	}
}

// wantOver expects every surface to say that the member's session is over, for this reason.
func (m *member) wantOver(reason string) {
	m.t.Helper()
	wantProblem(m.t, m.report(`{"idle_seconds":0}`), 401, "session_ended", reason)
	w := m.renew()
	wantError(m.t, w, 400, "invalid_grant")
	if text, _ := decode(m.t, w)["error_description"].(string); !strings.Contains(text, reason) {
		m.t.Errorf("a refresh says %q, not %q", text, reason)
	}
	if w := m.userinfo(m.access); w.Code != http.StatusUnauthorized {
		m.t.Errorf("userinfo: %d %s", w.Code, w.Body)
	}
	for _, token := range []string{m.access, m.renewal} {
		if w := m.house.post("/oauth/introspect", url.Values{"token": {token}}, m.app, secret); strings.TrimSpace(w.Body.String()) != `{"active":false}` {
			m.t.Errorf("introspection: %d %s", w.Code, w.Body)
		}
	}
	m.wantSilent("login_required")
}

// wantSilent expects what the app gets without a form: an error, or "" for a code.
func (m *member) wantSilent(code string) { m.t.Helper(); m.visitor.wantSilent(m.app, code) }

func (v *visitor) wantSilent(app, code string, pairs ...string) {
	v.t.Helper()
	to := location(v.get("/authorize", requestOf(app, append([]string{"prompt", "none"}, pairs...)...))).Query()
	if to.Get("error") != code || (code == "") != (to.Get("code") != "") {
		v.t.Errorf("%s got %v without a form, want error %q", app, to, code)
	}
}

// wantForm expects a sign-in page.
func (v *visitor) wantForm(app string, pairs ...string) {
	v.t.Helper()
	w := v.get("/authorize", requestOf(app, pairs...))
	if w.Code != http.StatusSeeOther || !strings.HasPrefix(location(w).Path, "/signin/"+app+"/") {
		v.t.Errorf("%s got no sign-in: %d %s", app, w.Code, w.Header().Get("Location"))
	}
}
