package conform

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
)

const sectionEnds = "The end of a session"

func endChecks() []check {
	return []check{
		{name: "ends: idle", section: sectionEnds, run: checkIdle, slow: true,
			rule: "a session ends session_idle_timeout after the person's last input, without being told; renewed tokens and polls do not put it off"},
		{name: "ends: lifetime", section: sectionEnds, run: checkLifetime, slow: true,
			rule: "a session ends session_expires_in after the sign-in, whatever happens in it"},
		{name: "ends: told by the report", section: sectionEnds, run: checkToldByReport,
			rule: "a report answered with 401 session_ended ends the app's session at once"},
		{name: "ends: told by the renewal", section: sectionEnds, run: checkToldByRenewal,
			rule: "a refresh token answered with invalid_grant ends the app's session at once"},
		{name: "tokens: renewed once", section: sectionEnds, run: checkRenewedOnce,
			rule: "a refresh token is used once, however many requests are under way: using it twice ends the session"},
		{name: "provider away: sessions go on", section: sectionEnds, run: checkAway,
			rule: "while the provider does not answer, sessions go on until their end"},
	}
}

// idleRun is what happened to a session that was only polled.
type idleRun struct {
	err      error
	invented string // a report of input that nobody made
	early    bool   // it ended before its time
	late     bool   // it was still there after its time
	renewals int
}

const (
	untouched = 3 * time.Second // so long nothing happens at first, to tell a poll from the sign-in
	rounding  = 2 * time.Second // of ages in seconds, at both sides
)

// runIdle polls a session as scripts and pages do by themselves, renewed tokens among it, until it should be over.
func (s *suite) runIdle(ctx context.Context) (run idleRun) {
	plan := s.plan()
	plan.idle, plan.access = s.config.Idle, max(s.config.Idle/4, time.Second).Truncate(time.Second)
	began := time.Now()
	someone, err := s.signIn(ctx, plan)
	if err != nil {
		return idleRun{err: err}
	}
	signedIn := time.Now()
	if !pause(ctx, untouched) {
		return idleRun{err: ctx.Err()}
	}
	for ways := []how{script, reload}; time.Since(began) < s.config.Idle*3/4; ways[0], ways[1] = ways[1], ways[0] {
		in, err := s.shown(ctx, someone, ways[0])
		if err != nil {
			return idleRun{err: err}
		}
		run.early = run.early || !in
		if !pause(ctx, s.config.Idle/20) {
			return idleRun{err: ctx.Err()}
		}
	}
	if !pause(ctx, time.Until(signedIn.Add(s.config.Idle+s.config.Grace))) {
		return idleRun{err: ctx.Err()}
	}
	for _, as := range []how{script, reload} {
		in, err := s.shown(ctx, someone, as)
		if err != nil {
			return idleRun{err: err}
		}
		run.late = run.late || in
	}
	s.provider.look(someone.sid(), func(session *session) { run.renewals = session.renewals })
	run.invented = invented(s.reports(someone, time.Time{}), signedIn)
	return run
}

// invented says which report tells of input after the last there was.
func invented(reports []report, last time.Time) string {
	for _, r := range reports {
		if at := r.at.Add(-r.idle); at.After(last.Add(rounding)) {
			return fmt.Sprintf("a report of input %s ago, when the last one was %s ago", r.idle, r.at.Sub(last).Round(time.Second))
		}
	}
	return ""
}

func checkIdle(_ context.Context, s *suite) verdict {
	run := s.idleRun()
	switch {
	case run.err != nil:
		return failed(run.err)
	case run.late:
		return wrong(fmt.Sprintf("the page is shown %s after the end; the app renewed its tokens %d times meanwhile", s.config.Grace, run.renewals))
	case run.early:
		return wrong(fmt.Sprintf("the session ended before its %s were over", s.config.Idle))
	default:
		return fine()
	}
}

func checkLifetime(ctx context.Context, s *suite) verdict {
	plan := s.plan()
	plan.lifetime, plan.access = s.config.Lifetime, max(s.config.Lifetime/4, time.Second).Truncate(time.Second)
	someone, err := s.signIn(ctx, plan)
	if err != nil {
		return failed(err)
	}
	ends := time.Now().Add(s.config.Lifetime)
	for time.Until(ends) > s.config.Lifetime/4 {
		in, err := s.shown(ctx, someone, click)
		if err != nil {
			return failed(err)
		}
		if !in {
			return wrong(fmt.Sprintf("the session ended %s before its time", time.Until(ends).Round(time.Second)))
		}
		if !pause(ctx, s.config.Lifetime/10) {
			return failed(ctx.Err())
		}
	}
	if !pause(ctx, time.Until(ends.Add(s.config.Grace))) {
		return failed(ctx.Err())
	}
	in, err := s.shown(ctx, someone, reload)
	if err != nil {
		return failed(err)
	}
	if in {
		return wrong(fmt.Sprintf("the page is shown %s after the end", s.config.Grace))
	}
	return fine()
}

func checkToldByReport(ctx context.Context, s *suite) verdict {
	if s.config.ActivityURL == "" {
		return unchecked(noActivity)
	}
	someone, err := s.signIn(ctx, s.plan())
	if err != nil {
		return failed(err)
	}
	s.end(someone)
	if !pause(ctx, rounding) { // input right after the sign-in is no news
		return failed(ctx.Err())
	}
	if _, err := s.input(ctx, someone, 0); err != nil {
		return failed(err)
	}
	if !await(ctx, s.config.Grace, func() bool { return s.told(someone) }) {
		return unchecked("no report came that could have been answered")
	}
	return s.afterTold(ctx, someone)
}

func checkToldByRenewal(ctx context.Context, s *suite) verdict {
	plan := s.plan()
	plan.access = time.Second
	someone, err := s.signIn(ctx, plan)
	if err != nil {
		return failed(err)
	}
	s.end(someone)
	if !pause(ctx, 1500*time.Millisecond) {
		return failed(ctx.Err())
	}
	if _, err := s.shown(ctx, someone, reload); err != nil {
		return failed(err)
	}
	if !await(ctx, s.config.Grace, func() bool { return s.told(someone) }) {
		return unchecked("the app does not renew its tokens")
	}
	return s.afterTold(ctx, someone)
}

// end ends the session at the provider, and tells nobody.
func (s *suite) end(someone *person) {
	s.provider.look(someone.sid(), func(session *session) { session.ended = apsid.EndedRevoked })
}

func (s *suite) told(someone *person) (told bool) {
	s.provider.look(someone.sid(), func(session *session) { told = session.told > 0 })
	return told
}

// afterTold holds that the app's session ends soon after the provider's answer.
func (s *suite) afterTold(ctx context.Context, someone *person) verdict {
	if !s.gone(ctx, someone) {
		return wrong("the page is still shown")
	}
	return fine()
}

// gone waits a little until the app does not show its page any more.
func (s *suite) gone(ctx context.Context, someone *person) bool {
	return await(ctx, s.config.Grace, func() bool {
		in, err := s.shown(ctx, someone, reload)
		return err == nil && !in
	})
}

func checkRenewedOnce(ctx context.Context, s *suite) verdict {
	plan := s.plan()
	plan.access = time.Second
	someone, err := s.signIn(ctx, plan)
	if err != nil {
		return failed(err)
	}
	s.provider.look(someone.sid(), func(session *session) { session.slow = 500 * time.Millisecond })
	if !pause(ctx, 1500*time.Millisecond) {
		return failed(ctx.Err())
	}
	var asking sync.WaitGroup
	for range 10 {
		asking.Go(func() { _, _ = s.shown(ctx, someone.with(someone.jar.clone()), script) }) // what it answers is seen below
	}
	asking.Wait()
	renewals, reuses := 0, 0
	s.provider.look(someone.sid(), func(session *session) { renewals, reuses = session.renewals, session.reuses })
	switch {
	case reuses > 0:
		return wrong("ten requests at once used one refresh token twice")
	case renewals == 0:
		return unchecked("the app does not renew its tokens")
	default:
		return fine()
	}
}

func checkAway(ctx context.Context, s *suite) verdict {
	plan := s.plan()
	plan.access = time.Second
	someone, err := s.signIn(ctx, plan)
	if err != nil {
		return failed(err)
	}
	s.provider.look(someone.sid(), func(session *session) { session.away = true })
	if !pause(ctx, 1500*time.Millisecond) {
		return failed(ctx.Err())
	}
	for range 2 {
		in, err := s.shown(ctx, someone, reload)
		if err != nil {
			return failed(err)
		}
		if !in {
			return wrong("the session ended because the provider answered 503")
		}
	}
	return fine()
}
