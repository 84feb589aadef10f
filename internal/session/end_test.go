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

// ABUSE 35: whatever ended the session, on whichever node, the next report, refresh and page are refused.
func TestEndedElsewhereIsRefusedAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		end    func(h *house, v *visit) error
		reason idp.EndReason
	}{
		"logout": {func(h *house, v *visit) error {
			return h.node().End(context.Background(), v.sid, idp.EndLogout, h.event(), h.now)
		}, idp.EndLogout},
		"reset": {func(h *house, _ *visit) error {
			_, err := h.sql.EndUserSessions(context.Background(), "prc_harbour", "usr_kim", idp.EndRevoked, h.event(), h.now)
			return err
		}, idp.EndRevoked},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			v := h.signIn("lodgements")
			h.pass(time.Minute)
			v.active()
			h.pass(time.Minute)
			must(t, c.end(h, v))
			v.over(c.reason)
			h.pass(2 * time.Minute)
			v.over(c.reason)
			if told := h.told.of(v.sid); len(told) != 1 || told[0] != c.reason {
				t.Errorf("the app was told %q", told)
			}
		})
	}
}

// ABUSE 35: a node dies between ending a session and telling Redis. The next write to SQL finds that the session has ended, and
// every read of SQL does so at once.
func TestEndedWithoutAWordToRedis(t *testing.T) {
	h := newHouse(t)
	v := h.signIn("lodgements")
	h.pass(time.Minute)
	v.active()
	kept := h.redis
	h.openRedis("embedded")
	h.loseRedis()
	v.logOut()
	h.redis = kept
	h.Service = h.node()
	wantEnded(t, v.refresh(), idp.EndLogout)
	for range 4 {
		h.pass(time.Minute)
		if _, err := v.report(0); err != nil {
			v.over(idp.EndLogout)
			return
		}
	}
	h.pass(time.Minute)
	v.over(idp.EndLogout)
}

func TestAShortenedLifetimeAppliesToRunningSessions(t *testing.T) {
	h := newHouse(t)
	v, other := h.signIn("timesheets"), h.signIn("ledger")
	h.pass(2 * time.Hour)
	v.active()
	h.change("timesheets", func(c *idp.Client) { c.SessionLifetime = 3 * time.Hour })
	h.pass(time.Hour - time.Second)
	v.alive()
	h.pass(time.Second)
	ended, err := h.Sweep(t.Context(), h.now)
	if err != nil || ended != 1 {
		t.Errorf("swept %d, %v; want 1", ended, err)
	}
	if told := h.told.of(v.sid); len(told) != 1 {
		t.Errorf("the app was told %q", told)
	}
	h.change("timesheets", func(c *idp.Client) { c.SessionLifetime = 0 })
	v.over(idp.EndLifetime)
	other.alive()
}

func TestALimitOfInactivityAppliesToRunningSessions(t *testing.T) {
	h := newHouse(t)
	v, silent := h.signIn("timesheets"), h.signIn("timesheets")
	h.pass(20 * time.Minute)
	v.active()
	h.change("timesheets", func(c *idp.Client) { c.SessionIdleTimeout = 10 * time.Minute })
	v.alive()
	silent.over(idp.EndIdle)
	h.pass(10 * time.Minute)
	v.over(idp.EndIdle)
}

func TestALongerLifetimeRevivesAndExtendsNobody(t *testing.T) {
	h := newHouse(t)
	h.change("timesheets", func(c *idp.Client) { c.SessionLifetime = time.Hour })
	v := h.signIn("timesheets")
	h.change("timesheets", func(c *idp.Client) { c.SessionLifetime = 10 * time.Hour })
	h.pass(time.Hour)
	v.over(idp.EndLifetime)
}

// ABUSE 46: a session that was found to be over stays over when the clock goes back.
func TestAClockThatIsSetBackRevivesNobody(t *testing.T) {
	const past = 16 * time.Minute
	for name, see := range map[string]func(v *visit){
		"refresh": func(v *visit) { _ = v.refresh() },
		"browser": func(v *visit) { _, _ = v.Current(context.Background(), v.cookie, v.apps[v.app], v.now) },
		"report":  func(v *visit) { _, _ = v.report(0) },
		"sweep":   func(v *visit) { _, _ = v.Sweep(context.Background(), v.now) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			idle, old := h.signIn("lodgements"), h.signIn("timesheets")
			h.pass(past)
			see(idle)
			h.pass(-10 * time.Minute)
			idle.over(idp.EndIdle)
			h.pass(24 * time.Hour)
			see(old)
			h.pass(-10 * time.Hour)
			old.over(idp.EndLifetime)
			for _, v := range []*visit{idle, old} {
				if told := h.told.of(v.sid); len(told) != 1 {
					t.Errorf("the app was told %q, want once", told)
				}
			}
		})
	}
}

func TestSweepEndsExactlyWhatIsOver(t *testing.T) {
	h := newHouse(t)
	old := h.signIn("timesheets")
	h.pass(24*time.Hour - 17*time.Minute)
	silent := make([]*visit, 450) // more than two goes
	for i := range silent {
		silent[i] = h.signIn("lodgements")
	}
	busy, gone := h.signIn("lodgements"), h.signIn("lodgements")
	h.pass(4 * time.Minute)
	busy.active() // which SQL has not heard of
	gone.logOut()
	h.pass(12*time.Minute - time.Second)
	if ended, err := h.Sweep(t.Context(), h.now); ended != 0 || err != nil { // within the allowance
		t.Fatalf("swept %d, %v; want none yet", ended, err)
	}
	h.pass(time.Minute + time.Second)
	ended, err := h.Sweep(t.Context(), h.now)
	if err != nil || ended != len(silent)+1 {
		t.Fatalf("swept %d, %v; want %d", ended, err, len(silent)+1)
	}
	for _, v := range append(silent, old, gone) {
		s := v.stored()
		if s.EndedAt.IsZero() || len(h.told.of(v.sid)) != 1 {
			t.Errorf("%s at %s: ended %s, its app told %q", v.sid, v.app, s.EndedAt, h.told.of(v.sid))
		}
	}
	if s := busy.stored(); !s.EndedAt.IsZero() || !s.LastActivity.Equal(busy.stored().CreatedAt.Add(4*time.Minute)) {
		t.Errorf("the busy one: ended %s, last active %s", s.EndedAt, s.LastActivity)
	}
	busy.alive()
	if ended, err := h.Sweep(t.Context(), h.now); ended != 0 || err != nil {
		t.Errorf("swept again: %d, %v", ended, err)
	}
}

func TestNodesThatSweepAtOnceEndEachSessionOnce(t *testing.T) {
	h := newHouse(t)
	visits := make([]*visit, 60)
	for i := range visits {
		visits[i] = h.signIn("lodgements")
	}
	h.pass(16 * time.Minute)
	var all sync.WaitGroup
	counts := make([]int, 4)
	for i := range counts {
		node := h.node()
		all.Go(func() {
			n, err := node.Sweep(context.Background(), h.now)
			if err != nil {
				t.Error(err)
			}
			counts[i] = n
		})
	}
	all.Wait()
	total := 0
	for _, n := range counts {
		total += n
	}
	if total != len(visits) {
		t.Errorf("ended %v, want %d in all", counts, len(visits))
	}
	for _, v := range visits {
		if told := h.told.of(v.sid); len(told) != 1 {
			t.Fatalf("an app was told %q, want once", told)
		}
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	if _, err := session.New(session.Ports{}); err == nil {
		t.Error("a service without ports was built")
	}
	h := newHouse(t)
	if _, err := h.Current(t.Context(), idp.Secret{}, h.apps["ledger"], h.now); idp.CodeOf(err) != idp.CodeNotFound {
		t.Errorf("no cookie: %v", err)
	}
	v := h.signIn("ledger")
	if _, err := h.Check(t.Context(), v.sid, h.apps["payroll"], h.now); idp.CodeOf(err) != idp.CodeNotFound {
		t.Errorf("another app's session: %v", err)
	}
	if got := policy.LifetimeEnd(v.stored(), h.apps["ledger"]); !got.Equal(h.now.Add(24 * time.Hour)) {
		t.Errorf("ends at %s", got)
	}
}
