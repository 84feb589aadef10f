package session_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/session"
)

// browser is what one browser holds: a cookie for each app.
type browser struct {
	*house
	cookies map[idp.ClientID]idp.Secret
}

func (h *house) browser(visits ...*visit) *browser {
	b := &browser{house: h, cookies: map[idp.ClientID]idp.Secret{}}
	for _, v := range visits {
		b.cookies[v.app] = v.cookie
	}
	return b
}

func (b *browser) candidate(app idp.ClientID) session.Candidate {
	b.t.Helper()
	found, err := b.FindCandidate(context.Background(), b.apps[app], func(id idp.ClientID) (idp.Secret, error) { return b.cookies[id], nil }, b.now)
	must(b.t, err)
	return found
}

// enter joins the app, as the browser may.
func (b *browser) enter(app idp.ClientID) *visit {
	b.t.Helper()
	found := b.candidate(app)
	if found.Answer != policy.JoinGranted {
		b.t.Fatalf("the answer is %s", found.Answer)
	}
	v := &visit{house: b.house, app: app, cookie: idp.RandomSecret(32)}
	joined, err := b.Join(context.Background(), b.apps[app], found.From.Session, v.cookie, b.joined(), mayJoin, b.now)
	must(b.t, err)
	v.sid, b.cookies[app] = joined.ID, v.cookie
	return v
}

func (h *house) joined() idp.AuditEvent {
	e := h.event()
	e.Type = idp.EventSessionJoined
	return e
}

func (b *browser) refuses(app idp.ClientID, want policy.Join) {
	b.t.Helper()
	if got := b.candidate(app).Answer; got != want {
		b.t.Fatalf("%s answers %q, want %q", app, got, want)
	}
}

func TestAppsOfAGroupShareASignIn(t *testing.T) {
	h := newHouse(t)
	ledger := h.signIn("ledger")
	b := h.browser(ledger)
	h.pass(10 * time.Minute)
	returns := b.enter("returns")

	s, from := returns.stored(), ledger.stored()
	want := idp.Session{
		ID: returns.sid, PracticeID: from.PracticeID, UserID: from.UserID, ClientID: "returns", BrowserHash: returns.cookie.Hash(),
		ACR: from.ACR, AMR: from.AMR, AuthTime: from.AuthTime, CreatedAt: h.now, LastActivity: from.LastActivity, SignOn: ledger.sid,
		// its own lifetime, counted from the proofs and not from the joining
		ExpiresAt: from.AuthTime.Add(policy.GovernmentLifetime),
	}
	if !sameSession(s, want) {
		t.Errorf("joined %+v, want %+v", s, want)
	}
	// Entering is no activity: five minutes later the person has done nothing for fifteen.
	h.pass(5*time.Minute - 1)
	returns.alive()
	h.pass(1)
	returns.over(idp.EndIdle)
	ledger.alive()
}

func sameSession(a, b idp.Session) bool {
	return a.ID == b.ID && a.PracticeID == b.PracticeID && a.UserID == b.UserID && a.ClientID == b.ClientID &&
		a.BrowserHash == b.BrowserHash && a.ACR == b.ACR && len(a.AMR) == len(b.AMR) && a.AuthTime.Equal(b.AuthTime) &&
		a.CreatedAt.Equal(b.CreatedAt) && a.LastActivity.Equal(b.LastActivity) && a.SignOn == b.SignOn && a.ExpiresAt.Equal(b.ExpiresAt)
}

func TestNobodyElseSharesASignIn(t *testing.T) {
	h := newHouse(t)
	b := h.browser(h.signIn("ledger"), h.signIn("timesheets"))
	b.refuses("timesheets", policy.JoinNoGroup) // in no group
	b.refuses("payroll", policy.JoinNobody)     // in another group
	h.browser(h.signIn("payroll")).refuses("returns", policy.JoinNobody)
	h.browser().refuses("returns", policy.JoinNobody) // another browser

	theirs := h.signIn("ledger")
	theirs.logOut()
	h.browser(theirs).refuses("returns", policy.JoinNobody)
}

// A session that idled out at a strict app is not re-entered silently through another app, whatever goes on there.
func TestWhoIdledOutDoesNotComeBackThroughAnotherApp(t *testing.T) {
	h := newHouse(t)
	ledger := h.signIn("ledger")
	b := h.browser(ledger)
	returns := b.enter("returns")
	h.pass(10 * time.Minute)
	ledger.active()
	h.pass(5 * time.Minute)
	returns.over(idp.EndIdle) // what was done at the other app was not done here
	b.refuses("returns", policy.JoinEnded)
	delete(b.cookies, "returns") // nor if the browser forgets that it was there
	b.refuses("returns", policy.JoinEnded)
	_, err := h.Join(t.Context(), h.apps["returns"], ledger.stored(), idp.RandomSecret(32), h.joined(), mayJoin, h.now)
	wantCode(t, err, idp.CodeConflict)
}

func TestWhoIsIdleDoesNotEnterAStrictApp(t *testing.T) {
	h := newHouse(t)
	ledger := h.signIn("ledger")
	b := h.browser(ledger)
	h.pass(15 * time.Minute)
	b.refuses("returns", policy.JoinIdle)
	h.pass(time.Minute)
	ledger.active() // Redis knows, SQL not necessarily
	h.pass(15*time.Minute - 1)
	if got := b.candidate("returns").Answer; got != policy.JoinGranted {
		t.Errorf("the answer is %s", got)
	}
	h.pass(1)
	b.refuses("returns", policy.JoinIdle)
}

func TestProofsAreNotStretchedByJoining(t *testing.T) {
	h := newHouse(t)
	h.change("returns", func(c *idp.Client) { c.SessionLifetime = 8 * time.Hour })
	ledger := h.signIn("ledger")
	b := h.browser(ledger)
	h.pass(8*time.Hour - 1)
	ledger.active()
	returns := b.enter("returns")
	h.pass(1)
	returns.over(idp.EndLifetime)
	ledger.alive()

	late := h.browser(ledger)
	b.refuses("returns", policy.JoinEnded)
	h.change("payroll", func(c *idp.Client) { c.SignOnGroup, c.SessionLifetime = "books", 8*time.Hour })
	late.refuses("payroll", policy.JoinTooOld)
}

func TestJoiningManyTimesAtOnceIsOneSession(t *testing.T) {
	h := newHouse(t)
	ledger := h.signIn("ledger")
	var all sync.WaitGroup
	codes := make([]idp.Code, 50)
	for i := range codes {
		all.Go(func() {
			_, err := h.Join(context.Background(), h.apps["returns"], ledger.stored(), idp.RandomSecret(32), h.joined(), mayJoin, h.now)
			codes[i] = idp.CodeOf(err)
		})
	}
	all.Wait()
	won := 0
	for _, code := range codes {
		switch code {
		case "":
			won++
		case idp.CodeConflict:
		default:
			t.Errorf("answered %s", code)
		}
	}
	family, err := h.sql.ListSignOn(t.Context(), ledger.sid)
	must(t, err)
	if won != 1 || len(family) != 2 {
		t.Errorf("%d joined, and the sign-in has %d sessions", won, len(family))
	}
}

// ISM-2067: signing out of a shared sign-in ends it at every app, and no app can be entered on it after that.
func TestSigningOutEndsTheWholeSignOn(t *testing.T) {
	h := newHouse(t)
	ledger := h.signIn("ledger")
	b := h.browser(ledger)
	returns := b.enter("returns")
	from := ledger.stored()
	elsewhere := h.signIn("ledger") // the same person in another browser
	h.pass(time.Minute)
	returns.active()
	must(t, h.EndSignOn(t.Context(), returns.stored(), idp.EndLogout, h.event(), h.now))
	for _, v := range []*visit{ledger, returns} {
		v.over(idp.EndLogout)
		if told := h.told.of(v.sid); len(told) != 1 || told[0] != idp.EndLogout {
			t.Errorf("%s was told %q", v.app, told)
		}
	}
	elsewhere.alive()
	b.refuses("returns", policy.JoinNobody)
	_, err := h.Join(t.Context(), h.apps["returns"], from, idp.RandomSecret(32), h.joined(), mayJoin, h.now)
	wantCode(t, err, idp.CodeConflict)
	must(t, h.EndSignOn(t.Context(), returns.stored(), idp.EndRevoked, h.event(), h.now)) // again: nothing happens
	returns.over(idp.EndLogout)
}

// An app that was taken out of the group lets no one into the others any more; sessions that exist stay.
func TestLeavingTheGroupAppliesAtOnce(t *testing.T) {
	h := newHouse(t)
	ledger := h.signIn("ledger")
	b := h.browser(ledger)
	returns := b.enter("returns")
	h.change("ledger", func(c *idp.Client) { c.SignOnGroup = "" })
	delete(b.cookies, "returns")
	b.refuses("returns", policy.JoinNobody)
	returns.alive()
}
