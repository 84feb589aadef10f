package sqlstore_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// joined is a session of the user of first at another app, that rests on first's sign-in.
func (w *world) joined(first idp.Session, at idp.Client) idp.Session {
	s := w.session(idp.User{ID: first.UserID, PracticeID: first.PracticeID}, at)
	s.SignOn, s.CreatedAt, s.LastActivity = first.SignOn, w.now.Add(time.Hour), first.LastActivity
	return s
}

func testJoin(t *testing.T, w *world) {
	first := w.started(t, w.ada, w.app)
	s, event := w.joined(first, w.app2), w.event(w.mine.ID, w.now, idp.EventSessionJoined)
	must(t, w.JoinSession(t.Context(), s, event, mayJoin))
	got, err := w.FindSessionByBrowser(t.Context(), s.BrowserHash, w.app2.ID)
	must(t, err)
	same(t, got, s)
	family, err := w.ListSignOn(t.Context(), first.ID)
	must(t, err)
	want := []idp.Session{first, s}
	slices.SortFunc(want, func(a, b idp.Session) int { return cmpSID(a.ID, b.ID) })
	same(t, family, want)
	none, err := w.ListSignOn(t.Context(), s.ID) // a joined one has no family of its own
	must(t, err)
	same(t, len(none), 0)
	user, err := w.FindUser(t.Context(), w.mine.ID, w.ada.ID)
	must(t, err)
	same(t, user.LastSigninAt, first.CreatedAt) // joining is not a new sign-in
	events, _, err := w.SearchEvents(t.Context(), w.mine.ID, directory.EventQuery{}, sqlstore.Page{})
	must(t, err)
	same(t, events, []idp.AuditEvent{event})
}

func cmpSID(a, b idp.SID) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

// What may not be joined leaves neither a session nor an event.
func testJoinRefused(t *testing.T, w *world) {
	first, bobs := w.started(t, w.ada, w.app), w.started(t, w.bob, w.app)
	over, taken := w.started(t, w.ada, w.app), w.joined(first, w.app2)
	must(t, w.JoinSession(t.Context(), taken, w.event(w.mine.ID, w.now, idp.EventSessionJoined), mayJoin))
	_, err := w.EndSession(t.Context(), over.ID, idp.EndIdle, w.ending(), w.now)
	must(t, err)
	third, cleo := w.client("third"), w.user(w.mine, "cleo@harbour.example")
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateClient(ctx, third) })
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateUser(ctx, cleo) })
	sessions, events := w.count(t, "sessions"), w.count(t, "events")
	for name, c := range map[string]struct {
		change func(*idp.Session)
		want   error
	}{
		"there already":        {func(s *idp.Session) { s.ClientID = w.app2.ID }, idp.ErrConflict},
		"the app itself":       {func(s *idp.Session) { s.ClientID = w.app.ID }, idp.ErrConflict},
		"sign-in has ended":    {func(s *idp.Session) { s.SignOn = over.ID }, idp.ErrConflict},
		"no such sign-in":      {func(s *idp.Session) { s.SignOn = "ses_none" }, idp.ErrConflict},
		"on itself":            {func(s *idp.Session) { s.SignOn = s.ID }, idp.ErrConflict},
		"on nothing":           {func(s *idp.Session) { s.SignOn = "" }, idp.ErrConflict},
		"on one that joined":   {func(s *idp.Session) { s.SignOn = taken.ID }, idp.ErrConflict},
		"another's sign-in":    {func(s *idp.Session) { s.SignOn = bobs.ID }, idp.ErrConflict}, // ABUSE 32
		"in another's name":    {func(s *idp.Session) { s.UserID, s.PracticeID = w.bob.ID, w.other.ID }, idp.ErrConflict},
		"in a colleague's":     {func(s *idp.Session) { s.UserID = cleo.ID }, idp.ErrConflict},
		"another practice":     {func(s *idp.Session) { s.PracticeID = w.other.ID }, idp.ErrNotFound},
		"no such app":          {func(s *idp.Session) { s.ClientID = "none" }, idp.ErrNotFound},
		"a session's own name": {func(s *idp.Session) { s.ID = bobs.ID }, idp.ErrConflict},
	} {
		s := w.joined(first, third)
		c.change(&s)
		err := w.JoinSession(t.Context(), s, w.event(w.mine.ID, w.now, idp.EventSessionJoined), mayJoin)
		if idp.CodeOf(err) != idp.CodeOf(c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if s, e := w.count(t, "sessions"), w.count(t, "events"); s != sessions || e != events {
		t.Errorf("%d sessions and %d events, had %d and %d", s, e, sessions, events)
	}
	must(t, w.JoinSession(t.Context(), w.joined(first, third), w.event(w.mine.ID, w.now, idp.EventSessionJoined), mayJoin))
	// One that has ended is still one: silence must not bring it back.
	_, err = w.EndSession(t.Context(), taken.ID, idp.EndIdle, w.ending(), w.now)
	must(t, err)
	wants(t, w.JoinSession(t.Context(), w.joined(first, w.app2), w.event(w.mine.ID, w.now, idp.EventSessionJoined), mayJoin), idp.ErrConflict)
}

// Fifty requests of one browser enter three apps at once: one session at each.
func testJoinRace(t *testing.T, w *world) {
	const apps = 3
	list := make([]idp.Client, apps)
	for n := range list {
		list[n] = w.client(idp.ClientID(fmt.Sprintf("app-%d", n)))
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateClient(ctx, list[n]) })
	}
	first := w.started(t, w.ada, w.app)
	errs := race(func(n int) error {
		return w.JoinSession(t.Context(), w.joined(first, list[n%apps]), w.event(w.mine.ID, w.now, idp.EventSessionJoined), mayJoin)
	})
	for app := range apps {
		var of []error
		for n := app; n < len(errs); n += apps {
			of = append(of, errs[n])
		}
		oneWon(t, of, idp.ErrConflict)
	}
	family, err := w.ListSignOn(t.Context(), first.ID)
	must(t, err)
	if len(family) != 1+apps || w.count(t, "events") != apps {
		t.Errorf("%d sessions and %d events, want %d and %d", len(family), w.count(t, "events"), 1+apps, apps)
	}
}

// ABUSE 35: once a sign-in has ended no session joins it, however close they run.
func testJoinBesideEnd(t *testing.T, w *world) {
	const apps = 10
	for n := range apps {
		w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.CreateClient(ctx, w.client(idp.ClientID(fmt.Sprintf("app-%d", n))))
		})
	}
	first := w.started(t, w.ada, w.app)
	seen := 0
	for n, err := range race(func(n int) error {
		if n != racers/2 {
			app := w.client(idp.ClientID(fmt.Sprintf("app-%d", n%apps)))
			return w.JoinSession(t.Context(), w.joined(first, app), w.event(w.mine.ID, w.now, idp.EventSessionJoined), mayJoin)
		}
		if _, err := w.EndSession(t.Context(), first.ID, idp.EndLogout, w.ending(), w.now); err != nil {
			return err
		}
		family, err := w.ListSignOn(t.Context(), first.ID)
		seen = len(family)
		return err
	}) {
		if code := idp.CodeOf(err); code != "" && code != idp.CodeConflict {
			t.Errorf("racer %d: %v", n, err)
		}
	}
	family, err := w.ListSignOn(t.Context(), first.ID)
	must(t, err)
	if len(family) != seen {
		t.Errorf("%d sessions joined after the end", len(family)-seen)
	}
}

func testTouch(t *testing.T, w *world) {
	s := w.started(t, w.ada, w.app)
	touched := func(want time.Time) {
		t.Helper()
		got, err := w.FindSession(t.Context(), s.ID)
		must(t, err)
		s.LastActivity = want
		same(t, got, s)
	}
	must(t, w.TouchSession(t.Context(), s.ID, w.now.Add(time.Minute)))
	touched(w.now.Add(time.Minute))
	for _, back := range []time.Duration{time.Minute, 0, -time.Hour} { // ABUSE 46: a clock set back takes nothing away
		must(t, w.TouchSession(t.Context(), s.ID, w.now.Add(back)))
		touched(w.now.Add(time.Minute))
	}
	for _, err := range race(func(n int) error {
		return w.TouchSession(t.Context(), s.ID, w.now.Add(time.Hour+time.Duration(n)*time.Second))
	}) {
		must(t, err)
	}
	last := w.now.Add(time.Hour + (racers-1)*time.Second)
	touched(last)

	// ABUSE 46: what has ended stays as it was.
	_, err := w.EndSession(t.Context(), s.ID, idp.EndIdle, w.ending(), w.now.Add(2*time.Hour))
	must(t, err)
	s.EndedAt, s.EndReason = w.now.Add(2*time.Hour), idp.EndIdle
	for _, at := range []time.Time{w.now, last.Add(24 * time.Hour)} {
		wants(t, w.TouchSession(t.Context(), s.ID, at), idp.ErrNotFound)
		touched(last)
	}
	wants(t, w.TouchSession(t.Context(), "ses_none", w.now), idp.ErrNotFound)
	wants(t, w.TouchSession(t.Context(), "", w.now), idp.ErrNotFound)
}

func testLapsed(t *testing.T, w *world) {
	add := func(u idp.User, app idp.Client, created, expires, active time.Duration) string {
		s := w.session(u, app)
		s.CreatedAt, s.ExpiresAt, s.LastActivity = w.now.Add(created), w.now.Add(expires), w.now.Add(active)
		must(t, w.start(t, s))
		return string(s.ID)
	}
	const minute = time.Minute
	day := 24 * time.Hour
	over := add(w.ada, w.app, -5*time.Hour, -minute, -minute)
	justOver := add(w.bob, w.app2, -4*time.Hour, 0, 0) // of any practice
	idle := add(w.bob, w.app, -3*time.Hour, day, -16*minute)
	justIdle := add(w.ada, w.app, -2*time.Hour, day, -15*minute)
	both := add(w.ada, w.app, -time.Hour, -time.Second, -20*minute)
	active := add(w.ada, w.app, -6*time.Hour, day, -15*minute+time.Microsecond)
	add(w.ada, w.app2, -6*time.Hour, time.Microsecond, -day) // not over, and the app has no limit
	ended := add(w.ada, w.app, -7*time.Hour, -time.Hour, -day)
	_, err := w.EndSession(t.Context(), idp.SID(ended), idp.EndLogout, w.ending(), w.now)
	must(t, err)

	want := []string{over, justOver, idle, justIdle, both}
	limits := map[idp.ClientID]time.Time{w.app.ID: w.now.Add(-15 * minute), "none": w.now}
	for limit := 1; limit <= len(want)+1; limit++ {
		list, err := w.ListLapsed(t.Context(), w.now, nil, limits, limit)
		must(t, err)
		got := ids(list, sessionID)
		slices.Sort(got)
		if len(slices.Compact(got)) != min(limit, len(want)) {
			t.Errorf("%d of %d, want %d", len(got), len(want), limit)
		}
		for _, id := range got {
			if !slices.Contains(want, id) {
				t.Errorf("%s is not over", id)
			}
		}
	}
	list, err := w.ListLapsed(t.Context(), w.now, nil, nil, 10)
	must(t, err)
	same(t, ids(list, sessionID), []string{over, justOver, both})

	// A lifetime that was shortened: the proofs of everything at this app are a day old.
	proved := map[idp.ClientID]time.Time{w.app.ID: w.now, w.app2.ID: w.now.Add(-time.Microsecond)}
	list, err = w.ListLapsed(t.Context(), w.now, proved, nil, 10)
	must(t, err)
	same(t, ids(list, sessionID), []string{active, over, justOver, idle, justIdle, both})

	// A sweep gets on: what was ended or touched is not listed again, and what is listed comes whole.
	whole, err := w.FindSession(t.Context(), idp.SID(over))
	must(t, err)
	list, err = w.ListLapsed(t.Context(), w.now, nil, limits, 10)
	must(t, err)
	same(t, list[0], whole)
	_, err = w.EndSession(t.Context(), idp.SID(over), idp.EndLifetime, w.ending(), w.now)
	must(t, err)
	must(t, w.TouchSession(t.Context(), idp.SID(idle), w.now))
	list, err = w.ListLapsed(t.Context(), w.now, nil, limits, 10)
	must(t, err)
	same(t, ids(list, sessionID), []string{justOver, justIdle, both})
}

func testListApps(t *testing.T, w *world) {
	native, page, disabled, machine := w.client("native"), w.client("page"), w.client("disabled"), w.client("machine")
	api := w.client("api")
	api.Kind, api.Identifier, api.Disabled = idp.ClientAPI, "https://rota.example/api", true
	page.Kind = idp.ClientBrowser
	native.Kind, disabled.Disabled = idp.ClientNative, true
	machine.Kind, machine.PracticeID = idp.ClientMachine, w.mine.ID
	w.do(t, func(ctx context.Context, tx *sqlstore.Tx) error {
		for _, app := range []idp.Client{native, page, disabled, machine, api} {
			if err := tx.CreateClient(ctx, app); err != nil {
				return err
			}
		}
		return nil
	})
	apps, err := w.ListApps(t.Context())
	must(t, err)
	same(t, apps, []idp.Client{w.app2, disabled, native, page, w.app})
	apis, err := w.ListAPIs(t.Context())
	must(t, err)
	same(t, apis, []idp.Client{api})

	other := w.client("api2")
	other.Kind, other.Identifier = idp.ClientAPI, api.Identifier
	wants(t, w.InTx(t.Context(), func(tx *sqlstore.Tx) error { return tx.CreateClient(t.Context(), other) }), idp.ErrConflict)
}

// ABUSE 47: a session that a node of the version before starts, beside this one, is one like any other.
func testOldNodesSession(t *testing.T, w *world) {
	s := w.started(t, w.ada, w.app)
	s.ID, s.BrowserHash = idp.NewSID(), idp.HashToken("old")
	s.SignOn, s.LastActivity, s.Factors = s.ID, s.CreatedAt, nil
	_, err := w.DB().ExecContext(t.Context(), `INSERT INTO sessions
		(id, practice_id, user_id, client_id, browser_hash, acr, amr, auth_time, created_at, expires_at, ended_at, end_reason)
		SELECT '`+string(s.ID)+`', practice_id, user_id, client_id, '`+s.BrowserHash+`', acr, amr, auth_time, created_at, expires_at, NULL, ''
		FROM sessions`)
	must(t, err)
	got, err := w.FindSession(t.Context(), s.ID)
	must(t, err)
	same(t, got, s)
	idle := map[idp.ClientID]time.Time{w.app.ID: s.CreatedAt}
	list, err := w.ListLapsed(t.Context(), w.now, nil, idle, 10)
	must(t, err)
	same(t, len(list), 2)
	must(t, w.JoinSession(t.Context(), w.joined(s, w.app2), w.ending(), mayJoin))
	wants(t, w.JoinSession(t.Context(), w.joined(s, w.app2), w.ending(), mayJoin), idp.ErrConflict)
	must(t, w.TouchSession(t.Context(), s.ID, w.now.Add(-time.Hour)))
	must(t, w.TouchSession(t.Context(), s.ID, w.now.Add(time.Hour)))
	s.LastActivity = w.now.Add(time.Hour)
	got, err = w.FindSession(t.Context(), s.ID)
	must(t, err)
	same(t, got, s)
}

// mayJoin lets everyone join.
func mayJoin(idp.Account) bool { return true }
