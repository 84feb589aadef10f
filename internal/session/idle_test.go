package session_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/session"
)

func TestActivityAt1459KeepsAndSilenceUntil1501Ends(t *testing.T) {
	h := newHouse(t)
	keeps, silent := h.signIn("lodgements"), h.signIn("lodgements")
	h.pass(14*time.Minute + 59*time.Second)
	keeps.active()
	h.pass(2 * time.Second)
	keeps.alive()
	silent.over(idp.EndIdle)
	h.pass(14*time.Minute + 57*time.Second)
	keeps.alive()
	h.pass(time.Second) // 15 minutes to the second
	keeps.over(idp.EndIdle)
}

func TestRefreshingEveryMinuteDoesNotKeep(t *testing.T) {
	h := newHouse(t)
	v := h.signIn("lodgements")
	for minute := range 15 {
		v.alive()
		if minute == 7 { // nor does a page that reports the same activity again
			if _, err := v.report(7 * time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		h.pass(time.Minute)
	}
	v.over(idp.EndIdle)
}

// What a person did in time may be told late, as an app reports once a minute; what was done after the end never counts.
func TestActivityJustBeforeTheEndMayBeToldLate(t *testing.T) {
	h := newHouse(t)
	v, late, after := h.signIn("lodgements"), h.signIn("lodgements"), h.signIn("lodgements")
	h.pass(15*time.Minute + 30*time.Second)
	if _, err := after.report(29 * time.Second); err == nil {
		t.Fatal("activity of after the idle end counted")
	}
	st, err := v.report(31 * time.Second)
	must(t, err)
	if want := 15*time.Minute - 31*time.Second; st.IdleExpiresIn != want {
		t.Errorf("idle end in %s, want %s", st.IdleExpiresIn, want)
	}
	v.alive()
	after.over(idp.EndIdle)
	h.pass(30 * time.Second) // the allowance is over
	_, err = late.report(61 * time.Second)
	wantEnded(t, err, idp.EndIdle)
	v.alive()
}

func TestAnAppWithoutALimitNeverIdles(t *testing.T) {
	h := newHouse(t)
	v := h.signIn("timesheets")
	h.pass(24*time.Hour - time.Second)
	v.alive()
	st, err := v.report(0)
	must(t, err)
	if want := (session.Standing{ExpiresIn: time.Second}); st != want {
		t.Errorf("standing %+v, want %+v", st, want)
	}
	h.pass(time.Second)
	v.over(idp.EndLifetime)
}

// Activity reports that are negative, huge, too frequent or from another app have no effect on the session.
func TestReportsThatCannotBeHaveNoEffect(t *testing.T) {
	h := newHouse(t)
	v := h.signIn("lodgements")
	h.pass(2 * time.Minute)
	v.active()
	h.pass(time.Minute)
	for _, age := range []time.Duration{-1, -time.Second, 24*time.Hour + 1, math.MinInt64, math.MaxInt64} {
		_, err := v.report(age)
		wantCode(t, err, idp.CodeInvalid)
	}
	for name, app := range map[string]idp.ClientID{"without a limit": "timesheets", "with one": "returns"} {
		_, err := h.Report(t.Context(), v.sid, h.apps[app], 0, h.now)
		if idp.CodeOf(err) != idp.CodeNotFound {
			t.Errorf("another app, %s: %v", name, err)
		}
	}
	_, err := h.Report(t.Context(), "ses_none", h.apps["lodgements"], 0, h.now)
	wantCode(t, err, idp.CodeNotFound)
	h.pass(13*time.Minute + 59*time.Second)
	v.alive()
	h.pass(time.Second) // 15 minutes after the one good report
	v.over(idp.EndIdle)
}

func TestReportsThatComeTooSoonMoveNothing(t *testing.T) {
	h := newHouse(t)
	v := h.signIn("lodgements")
	h.pass(time.Minute)
	v.active()
	for range 5 {
		h.pass(10 * time.Second)
		_, err := v.report(0)
		wantCode(t, err, idp.CodeBusy)
	}
	h.pass(10 * time.Second)
	if _, err := v.report(20 * time.Second); err != nil { // a minute after the last; what was too soon may be told now
		t.Fatal(err)
	}
	h.pass(15*time.Minute - 20*time.Second - 1)
	v.alive()
	h.pass(1)
	v.over(idp.EndIdle)
}

// shortest is Lodgements with the shortest limit of inactivity there is.
func shortest(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	h.change("lodgements", func(c *idp.Client) { c.SessionIdleTimeout = time.Minute })
	return h
}

// A person who never stops is kept at the pace that the contract asks for, with input a little old and each second report lost.
func TestAnActivePersonIsKeptUnderTheShortestLimit(t *testing.T) {
	for name, pace := range map[string]time.Duration{"at the pace of the contract": 15 * time.Second, "each second report is lost": 30 * time.Second} {
		t.Run(name, func(t *testing.T) {
			h := shortest(t)
			v := h.signIn("lodgements")
			for range 20 {
				h.pass(pace)
				if _, err := v.report(14 * time.Second); err != nil {
					t.Fatalf("after %s: %v", h.now.Sub(v.stored().CreatedAt), err)
				}
				v.alive()
			}
			h.pass(46*time.Second - 1)
			v.alive()
			h.pass(1)
			v.over(idp.EndIdle)
		})
	}
}

func TestReportsOfAShortLimitComeTooSoonLikewise(t *testing.T) {
	h := shortest(t)
	v := h.signIn("lodgements")
	h.pass(15 * time.Second)
	v.active()
	h.pass(9 * time.Second)
	_, err := v.report(0)
	wantCode(t, err, idp.CodeBusy)
	var busy *idp.Error
	if errors.As(err, &busy); busy.RetryAfter != 6*time.Second {
		t.Errorf("retry after %s", busy.RetryAfter)
	}
	h.pass(time.Second)
	v.active()
}

// Pages of the provider's own bring no age that could be told later, so each counts, however soon it comes after another.
func TestEveryPageOfTheProvidersOwnCounts(t *testing.T) {
	for name, without := range map[string]bool{"with Redis": false, "without Redis": true} {
		t.Run(name, func(t *testing.T) {
			h := shortest(t)
			v := h.signIn("lodgements")
			if without {
				h.loseRedis()
			}
			for _, after := range []time.Duration{20 * time.Second, 6 * time.Second, 59 * time.Second, time.Second} { // the last one is the same moment as the one before
				h.pass(after)
				must(t, h.Seen(t.Context(), v.sid, h.apps["lodgements"], h.now))
			}
			h.pass(59*time.Second - 1)
			must(t, v.refresh())
			h.pass(1)
			wantEnded(t, h.Seen(t.Context(), v.sid, h.apps["lodgements"], h.now), idp.EndIdle)
			if err := h.Seen(t.Context(), v.sid, h.apps["returns"], h.now); idp.CodeOf(err) != idp.CodeNotFound {
				t.Errorf("another app's page: %v", err)
			}
		})
	}
}

// Several tabs, and several nodes: one active tab keeps the session for all.
func TestOneActiveTabKeepsTheOther(t *testing.T) {
	h := newHouse(t)
	v := h.signIn("lodgements")
	other := h.node()
	for minute := range 60 {
		h.pass(time.Minute)
		if minute%2 == 0 {
			v.active()
			continue
		}
		_, err := other.Report(context.Background(), v.sid, h.apps["lodgements"], time.Duration(minute)*time.Minute, h.now)
		if err != nil {
			t.Fatalf("minute %d: the silent tab: %v", minute, err)
		}
	}
	v.alive()
}

func TestStandingSaysWhatIsLeft(t *testing.T) {
	h := newHouse(t)
	v := h.signIn("lodgements")
	h.pass(10 * time.Minute)
	st, err := v.report(90 * time.Second)
	must(t, err)
	want := session.Standing{
		IdleTimeout: 15 * time.Minute, IdleExpiresIn: 13*time.Minute + 30*time.Second, ExpiresIn: 24*time.Hour - 11*time.Minute,
	}
	if st != want {
		t.Errorf("a report answers %+v, want %+v", st, want)
	}
	live, err := h.Check(t.Context(), v.sid, h.apps["lodgements"], h.now)
	must(t, err)
	if st := session.StandingOf(live.Session, h.apps["lodgements"], h.now); st != want {
		t.Errorf("a check says %+v, want %+v", st, want)
	}
}
