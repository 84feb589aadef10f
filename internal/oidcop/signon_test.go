package oidcop_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func TestAppsOfAGroupShareASigninEachWithItsOwnSession(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	books := v.enter("books", "usr_ana")
	h.clock.pass(10 * time.Minute)
	payroll := v.member("payroll", v.get("/authorize", requestOf("payroll"))) // straight to a code, no form
	h.clock.pass(time.Minute)
	lodgements := v.silently("lodgements")

	sids := map[idp.SID]bool{books.sid(): true, payroll.sid(): true, lodgements.sid(): true}
	if len(sids) != 3 {
		t.Errorf("sessions are shared: %v", sids)
	}
	for m, want := range map[*member][2]float64{
		books: {86400, 0}, payroll: {8*3600 - 600, 0}, lodgements: {86340 - 660, 900}, // counted from the proofs
	} {
		if m.first["session_expires_in"] != want[0] || m.first["session_idle_timeout"] != want[1] {
			t.Errorf("%s: %v", m.app, m.first)
		}
		_, claims := h.open(m.id)
		_, first := h.open(books.id)
		for _, claim := range []string{"sub", "acr", "amr", "auth_time", "practice_id"} {
			if text(claims[claim]) != text(first[claim]) {
				t.Errorf("%s: %s is %v, at books %v", m.app, claim, claims[claim], first[claim])
			}
		}
	}
	events := h.events(idp.EventSessionJoined)
	if len(events) != 2 {
		t.Fatalf("audit trail: %+v", events)
	}
	for _, e := range events {
		if e.UserID != "usr_ana" || e.PracticeID != "prc_mfa" || !sids[e.SID] || e.SID == books.sid() || e.Details["sign_on"] != string(books.sid()) || e.Result != idp.ResultSuccess {
			t.Errorf("audit trail: %+v", e)
		}
	}
}

// Sharing is off by default: no app shares that was not put in the group, and no browser without a cookie of the group.
func TestNobodyOutsideTheGroupShares(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	v.enter("books", "usr_ana")
	v.enter("vault", "usr_ana")
	for _, outside := range []string{"timesheets", "rs", "opaque"} {
		v.wantSilent(outside, "login_required")
		v.wantForm(outside)
	}
	stranger := h.visitor()
	stranger.wantSilent("payroll", "login_required")
	stranger.enter("vault", "usr_ana")
	stranger.enter("timesheets", "usr_ana")
	stranger.wantSilent("payroll", "login_required") // nor does an app outside let one into the group
	stranger.wantForm("payroll")

	h.change("payroll", func(c *idp.Client) { c.SignOnGroup = "another" })
	h.clock.pass(time.Minute)
	v.wantSilent("payroll", "login_required")
	if events := h.events(idp.EventSessionJoined); len(events) != 0 {
		t.Errorf("audit trail: %+v", events)
	}
}

// The strict app's own inactivity stands, whatever the person does elsewhere in the group.
func TestIdleAppIsNotEnteredAgainThroughAnother(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	books := v.enter("books", "usr_ana")
	lodgements := v.silently("lodgements")
	for range 15 {
		h.clock.pass(time.Minute)
		books.renew()
		if w := books.report(`{"idle_seconds":0}`); w.Code != http.StatusOK {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	wantEnded := func() {
		t.Helper()
		v.wantSilent("books", "")
		v.wantSilent("lodgements", "login_required")
		v.wantForm("lodgements")
		v.wantForm("lodgements", "acr_values", "urn:aps:acr:pwd")
	}
	wantEnded()
	wantError(t, lodgements.renew(), 400, "invalid_grant")
	h.clock.pass(2 * time.Minute) // past the allowance
	must(h.sessions.Sweep(context.Background(), h.clock.read()))
	if got := h.told.apps(); !slices.Equal(got, []string{"lodgements idle"}) {
		t.Errorf("told %v", got)
	}
	wantEnded()
}

// A second sign-in, made elsewhere in the group while the strict app was still open, is no proof after its end.
func TestSigninBeforeTheIdleEndBringsNothingBack(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	v.enter("lodgements", "usr_ana")
	h.clock.pass(10 * time.Minute)
	v.enter("books", "usr_ana", "prompt", "login")
	h.clock.pass(6 * time.Minute)
	v.wantSilent("lodgements", "login_required")
	h.clock.pass(time.Minute)
	must(h.sessions.Sweep(context.Background(), h.clock.read()))
	v.wantSilent("lodgements", "login_required")
	v.wantForm("lodgements")

	h.clock.pass(time.Minute)
	v.enter("books", "usr_ana", "prompt", "login") // whereas a sign-in after it is a sign-in
	v.wantSilent("lodgements", "")
}

func TestSharingNeedsARecentPerson(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	v.enter("books", "usr_ana")
	late := h.visitor()
	maps.Copy(late.jar, v.jar)
	h.clock.pass(15 * time.Minute)
	v.wantSilent("lodgements", "login_required") // the person has not been active for as long as it allows
	v.wantSilent("payroll", "")                  // which allows more
	h.clock.pass(8*time.Hour - 15*time.Minute)
	late.wantSilent("books", "")
	late.wantSilent("payroll", "login_required") // the proofs are older than its sessions may be
}

// The newest activity anywhere in the sign-in counts, and a session does not begin at its end.
func TestJoinedSessionIsAsActiveAsItsPerson(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	v.enter("books", "usr_ana")
	payroll := v.silently("payroll")
	for range 5 {
		h.clock.pass(4 * time.Minute)
		payroll.renew()
	}
	if w := payroll.report(`{"idle_seconds":0}`); w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h.clock.pass(4 * time.Minute)
	lodgements := v.silently("lodgements")
	wantAnswer(t, lodgements.report(`{"idle_seconds":240}`), 900, 660, 86340-24*60)
	h.clock.pass(11 * time.Minute)
	lodgements.wantSilent("login_required") // joining was no activity
}

func TestGroupKeepsEachAppsStrength(t *testing.T) {
	h := newHouse(t)
	h.change("payroll", func(c *idp.Client) { c.MFARequiredFrom = h.clock.read().Add(-time.Hour) })
	ben := h.visitor()
	ben.enter("books", "usr_ben") // password only
	ben.wantSilent("payroll", "interaction_required")
	ben.wantForm("payroll")
	ben.wantSilent("lodgements", "interaction_required", "acr_values", "urn:aps:acr:mfa")
	ben.wantSilent("lodgements", "")
	ana := h.visitor()
	ana.enter("books", "usr_ana")
	ana.wantSilent("payroll", "")
	if events := h.events(idp.EventSessionJoined); len(events) != 2 {
		t.Errorf("audit trail: %+v", events)
	}
}

// What a request asks of an own session it asks of a shared sign-in.
func TestSharingAnswersTheRequest(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	v.enter("books", "usr_ana")
	other := h.visitor().enter("payroll", "usr_ben")
	h.clock.pass(time.Minute)
	v.wantSilent("payroll", "login_required", "max_age", "59")
	v.wantSilent("payroll", "login_required", "max_age", "0")
	v.wantSilent("payroll", "login_required", "id_token_hint", other.id)
	v.wantSilent("payroll", "login_required", "claims", `{"id_token":{"sub":{"value":"usr_ben"}}}`)
	v.wantForm("payroll", "prompt", "login")
	v.wantForm("payroll", "prompt", "select_account")
	v.wantSilent("payroll", "", "max_age", "60")
}

// ABUSE 35
func TestNobodyJoinsWhoMayNotEnter(t *testing.T) {
	for name, change := range map[string]string{
		"disabled":        `UPDATE users SET state = 'disabled' WHERE id = 'usr_ana'`,
		"suspended":       `UPDATE practices SET state = 'suspended' WHERE id = 'prc_mfa'`,
		"without the app": `UPDATE practices SET apps = '["books"]' WHERE id = 'prc_mfa'`,
	} {
		t.Run(name, func(t *testing.T) {
			on := embedded(t)
			h := buildHouse(t, on, issuer)
			v := h.visitor()
			v.enter("books", "usr_ana")
			h.exec(on, change)
			v.wantSilent("payroll", "login_required")
			if events := h.events(idp.EventSessionJoined); len(events) != 0 {
				t.Errorf("audit trail: %+v", events)
			}
		})
	}
}

// ABUSE 35: what ended the session one would join on ended it for that too.
func TestNobodyJoinsASigninThatWasEnded(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	v.enter("books", "usr_ana")
	event := idp.AuditEvent{At: h.clock.read(), Type: idp.EventMFAReset, Result: idp.ResultSuccess, Actor: idp.Actor{Kind: idp.ActorSystem}}
	must(h.sql.EndUserSessions(context.Background(), "prc_mfa", "usr_ana", idp.EndRevoked, event, h.clock.read()))
	v.wantSilent("payroll", "login_required")
}

// ABUSE 1 and 2: a code that comes again ends the app's session, and silence does not bring it back.
func TestReusedCodeEndsASharedSession(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	books := v.enter("books", "usr_ana")
	code := location(v.get("/authorize", requestOf("payroll"))).Query().Get("code")
	redeem := func() *httptest.ResponseRecorder {
		return h.post("/oauth/token", redemption(code, "redirect_uri", "https://payroll.example/cb"), "payroll", secret)
	}
	payroll := &member{visitor: v, app: "payroll"}
	payroll.keep(decode(t, redeem()))
	wantError(t, redeem(), 400, "invalid_grant")
	payroll.wantOver("revoked")
	v.wantForm("payroll")
	books.wantSilent("")
	if got := h.told.apps(); !slices.Equal(got, []string{"payroll revoked"}) {
		t.Errorf("told %v", got)
	}
}

// ABUSE 1 and 11: a stolen token ends a session that has lapsed too, as it could still be told of an earlier activity.
func TestReuseEndsASessionWithinItsAllowance(t *testing.T) {
	h := newHouse(t)
	m := h.visitor().enter("vault", "usr_ana")
	spent := m.renewal
	m.pass(14 * time.Minute)
	h.clock.pass(70 * time.Second)
	m.renewal = spent
	wantError(t, m.renew(), 400, "invalid_grant")
	wantProblem(t, m.report(`{"idle_seconds":30}`), 401, "session_ended", "revoked")
	if events := h.events(idp.EventRefreshReused); len(events) != 1 || events[0].PracticeID != "prc_mfa" || events[0].UserID != "usr_ana" {
		t.Errorf("audit trail: %+v", events)
	}
}

// Two tabs that open the app at once: one joins, the other is sent round once and finds the session.
func TestTwoTabsJoinOnce(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	v.enter("books", "usr_ana")
	behind := h.visitor() // the same browser, before the answer to the first tab
	maps.Copy(behind.jar, v.jar)
	h.join.before = func() {
		h.join.before = nil
		v.wantSilent("payroll", "")
	}
	query := requestOf("payroll", "prompt", "none", "state", "tab")
	w := behind.get("/authorize", query)
	if w.Code != http.StatusSeeOther || location(w).Path != "/authorize" || location(w).RawQuery != query.Encode() {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
	}
	if to := location(v.get("/authorize", location(w).Query())).Query(); to.Get("code") == "" || to.Get("state") != "tab" {
		t.Errorf("sent round: %v", to)
	}
	if n := len(h.events(idp.EventSessionJoined)); n != 1 {
		t.Errorf("joined %d times", n)
	}
	v.wantSilent("payroll", "")
	behind.wantForm("payroll") // without the cookie of the first tab: a form, no circle
}

// ABUSE 23
func TestPlantedCookieOfTheGroupIsRefused(t *testing.T) {
	h := newHouse(t)
	v := h.visitor()
	v.enter("books", "usr_ana")
	r := httptest.NewRequest("GET", "/authorize?"+requestOf("payroll", "prompt", "none").Encode(), nil)
	for name, value := range v.jar {
		r.Header.Add("Cookie", name+"=planted; "+name+"="+value)
	}
	if w := h.do(r); w.Code != http.StatusBadRequest || !strings.HasPrefix(w.Body.String(), "error page") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
