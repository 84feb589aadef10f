package oidcop_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// renewed refreshes by the token, whatever the member holds, and returns the next one.
func (m *member) renewed(token string) string {
	m.t.Helper()
	m.renewal = token
	if w := m.renew(); w.Code != http.StatusOK {
		m.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return m.renewal
}

// refused expects that the token gives nothing.
func (m *member) refused(token string) {
	m.t.Helper()
	m.renewal = token
	wantError(m.t, m.renew(), 400, "invalid_grant")
}

// An answer was lost on its way: the app asks again by the token that it has, and goes on with what it gets. It does not ask for ever:
// the time counts from the first rotation, and not from the last answer.
func TestLostAnswerIsGivenAgain(t *testing.T) {
	h := newHouse(t)
	books := h.visitor().enter("books", "usr_ana")
	token, sid := books.renewal, books.sid()
	books.renewed(token)
	for range 3 { // 3, 6 and 9 s later
		h.clock.pass(3 * time.Second)
		books.renewed(token)
		if books.sid() != sid || books.userinfo(books.access).Code != http.StatusOK {
			t.Fatal("not the same session")
		}
	}
	if books.stored().EndedAt != (time.Time{}) || len(h.events(idp.EventRefreshReused)) != 0 {
		t.Error("the session ended")
	}
	h.clock.pass(2 * time.Second)
	books.refused(token)
	books.wantOver("revoked")
	if events := h.events(idp.EventRefreshReused); len(events) != 1 || events[0].SID != sid {
		t.Errorf("audit trail: %+v", events)
	}
}

// ABUSE 11: what a thief gets who is as quick as the owner's second tab, and how it ends. Both hold tokens of one session, and neither
// is noticed as long as each uses its own once; the first old one that comes back ends the session for both.
func TestStolenTokenWithinTheGrace(t *testing.T) {
	for name, twice := range map[string]func(stolen, thiefs, owners string) string{
		"the thief uses the stolen one again": func(stolen, _, _ string) string { return stolen },
		"the thief uses an own one again":     func(_, thiefs, _ string) string { return thiefs },
		"the owner uses an own one again":     func(_, _, owners string) string { return owners },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			books := h.visitor().enter("books", "usr_ana")
			stolen := books.renewal
			owners := books.renewed(stolen)
			h.clock.pass(9 * time.Second)
			thiefs := books.renewed(stolen)
			h.clock.pass(time.Minute)
			next := books.renewed(owners)
			thiefsNext := books.renewed(thiefs)
			h.clock.pass(11 * time.Second)
			books.refused(twice(stolen, thiefs, owners))
			books.refused(thiefsNext)
			books.refused(next)
			books.wantOver("revoked")
		})
	}
}

// ABUSE 11: within its grace a thief refreshes by a token, and by each that comes of it, as fast as possible. That is no use of two tabs:
// the session ends.
func TestRefreshingWithoutEndEndsSession(t *testing.T) {
	h := newHouse(t)
	books := h.visitor().enter("books", "usr_ana")
	token := books.renewal
	books.renewed(token)
	for range policy.MaxRefreshBurst - 2 {
		books.renewed(token)
	}
	books.refused(token)
	books.wantOver("revoked")
	if n := len(h.events(idp.EventRefreshReused)); n != 1 {
		t.Errorf("%d events", n)
	}
}

// ABUSE 11: an app that is connected to a government system, and one that is registered so, are never answered twice; an app that is
// registered with more time is answered for so long.
func TestGraceIsTheAppsSetting(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct {
		app    string
		change func(*idp.Client)
		grace  time.Duration
	}{
		"by default":           {"books", func(*idp.Client) {}, 10 * time.Second},
		"government-connected": {"vault", func(c *idp.Client) { c.RefreshGrace = time.Minute }, 0}, // as if it had been stored so
		"none":                 {"opaque", func(c *idp.Client) { c.RefreshGrace = idp.NoRefreshGrace }, 0},
		"a second":             {"payroll", func(c *idp.Client) { c.RefreshGrace = time.Second }, time.Second},
		"a minute":             {"rs", func(c *idp.Client) { c.RefreshGrace = time.Minute }, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			h.change(idp.ClientID(c.app), c.change)
			h.clock.pass(time.Minute) // the change is known
			m := h.visitor().enter(c.app, "usr_ana")
			token := m.renewal
			m.renewed(token)
			if c.grace > 0 {
				h.clock.pass(c.grace - time.Millisecond)
				m.renewed(token)
				h.clock.pass(time.Millisecond)
			}
			m.refused(token)
			m.wantOver("revoked")
		})
	}
}

// ABUSE 11: the second use is checked as the first was, and what is refused ends nothing.
func TestSecondRefreshIsCheckedAsTheFirst(t *testing.T) {
	h := newHouse(t)
	token := h.visitor().tokens("scope", "openid profile offline_access")["refresh_token"].(string)
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
	first := decode(t, h.refresh(token, "scope", "openid"))
	wantError(t, h.post("/oauth/token", form, "rs", secret), 400, "invalid_grant")
	wantError(t, h.post("/oauth/token", form, "timesheets", "wrong"), 401, "invalid_client")
	wantError(t, h.refresh(token, "scope", "openid email"), 400, "invalid_scope")
	second := decode(t, h.refresh(token))
	if second["scope"] != "openid profile offline_access" {
		t.Errorf("the scope of the first answer bound the second: %v", second["scope"])
	}
	for _, next := range []map[string]any{first, second} {
		if w := h.refresh(next["refresh_token"].(string)); w.Code != http.StatusOK {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
}

// ABUSE 11, 35: within the grace nothing is answered again that would not be answered at first: the session has to be alive, and the
// person must still be allowed there. Revoking any token of the family ends the session (RFC 7009), and revives none.
func TestNothingIsAnsweredAgainAfterTheEnd(t *testing.T) {
	for name, end := range map[string]func(h *house, m *member, used string, on engines){
		"signed out": func(_ *house, m *member, _ string, _ engines) {
			m.get("/end_session", url.Values{"id_token_hint": {m.id}})
		},
		"the next token revoked": func(h *house, m *member, _ string, _ engines) {
			h.post("/oauth/revoke", url.Values{"token": {m.renewal}}, "books", secret)
		},
		"the used token revoked": func(h *house, _ *member, used string, _ engines) {
			h.post("/oauth/revoke", url.Values{"token": {used}}, "books", secret)
		},
		"disabled":        func(h *house, _ *member, _ string, on engines) { h.exec(on, `UPDATE users SET state = 'disabled'`) },
		"without the app": func(h *house, _ *member, _ string, on engines) { h.exec(on, `UPDATE practices SET apps = '[]'`) },
		"idle": func(h *house, _ *member, _ string, on engines) {
			h.exec(on, `UPDATE clients SET session_idle_timeout = 60000000`)
			h.clock.pass(55 * time.Second) // 105 s after the person signed in; the client is read again
		},
	} {
		t.Run(name, func(t *testing.T) {
			on := embedded(t)
			h := buildHouse(t, on, issuer)
			h.change("books", func(c *idp.Client) { c.RefreshGrace = time.Minute })
			m := h.visitor().enter("books", "usr_ana")
			used := m.renewal
			h.clock.pass(50 * time.Second)
			m.renewed(used)
			end(h, m, used, on)
			next := m.renewal
			m.refused(used)
			m.refused(next)
			if w := h.userinfo(m.access); w.Code != http.StatusUnauthorized {
				t.Errorf("an access token is good: %d", w.Code)
			}
		})
	}
}

// An app that refreshes each token twice has one line a minute in the trail, which counts the others.
func TestRepeatedRefreshIsRecorded(t *testing.T) {
	h := newHouse(t)
	books := h.visitor().enter("books", "usr_ana")
	sid := books.sid()
	for range 20 {
		token := books.renewal
		books.renewed(token)
		books.renewed(token)
	}
	h.clock.pass(time.Minute)
	token := books.renewal
	books.renewed(token)
	books.renewed(token)
	events := h.events(idp.EventRefreshRepeated)
	if len(events) != 2 {
		t.Fatalf("%d events: %+v", len(events), events)
	}
	for _, e := range events {
		if e.Actor != (idp.Actor{Kind: idp.ActorClient, ID: "books"}) || e.UserID != "usr_ana" || e.PracticeID != "prc_mfa" || e.ClientID != "books" ||
			e.SID != sid || e.Result != idp.ResultSuccess {
			t.Errorf("%+v", e)
		}
	}
	if events[0].Details["suppressed"] != "19" || events[1].Details != nil {
		t.Errorf("%+v", events)
	}
}
