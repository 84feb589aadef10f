package conform

import (
	"context"
	"sync"
	"time"

	"github.com/apscloud/apsid/pkg/apsid"
)

const (
	sectionEnds    = "The end of a session"
	sectionRefresh = "Refreshing"
)

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
		{name: "tokens: renewed once", section: sectionRefresh, run: checkRenewedOnce,
			rule: "a refresh token is used once, however many requests are under way: using it twice ends the session"},
		{name: "provider away: sessions go on", section: sectionEnds, run: checkAway,
			rule: "while the provider does not answer, sessions go on until their end"},
	}
}

// idleRun is the verdicts on a session that was only polled.
type idleRun struct{ end, polls verdict }

// runIdle polls a session as scripts and pages do by themselves, renewed tokens among it, until it should be over.
func (s *suite) runIdle(ctx context.Context) idleRun {
	run := idleRun{doubtful(), doubtful()}
	for times := range time.Duration(tries) {
		w, err := s.watchIdle(ctx, times+1)
		end, polls := w.end(), w.invented()
		if end.state == OK {
			end = w.beside
		}
		switch {
		case err != nil:
			end, polls = failed(err), failed(err)
		case end.state == Wrong && len(w.after) == 0:
			polls = unchecked("the session ended too early to tell")
		}
		if run.end.state == unclear {
			run.end = end
		}
		if run.polls.state == unclear {
			run.polls = polls
		}
		if run.end.state != unclear && run.polls.state != unclear {
			return run
		}
	}
	if run.end.state == unclear {
		run.end = tooSlow("idle")
	}
	if run.polls.state == unclear {
		run.polls = tooSlow("idle")
	}
	return run
}

func (s *suite) watchIdle(ctx context.Context, times time.Duration) (watch, error) {
	plan := s.plan()
	plan.idle = s.config.Idle * times
	plan.access = max(plan.idle/6, time.Second).Truncate(time.Second)
	someone, err := s.signIn(ctx, plan)
	if err != nil {
		return watch{}, err
	}
	bystander, err := s.signIn(ctx, s.plan())
	if err != nil {
		return watch{}, err
	}
	w := watch{length: plan.idle, grace: s.config.Grace, ways: []how{script, reload}}
	if w, err = s.watch(ctx, someone, w, untouched*times, plan.idle/20, script, reload); err != nil {
		return w, err
	}
	w.beside = s.beside(ctx, bystander, fine())
	return w, nil
}

func checkIdle(_ context.Context, s *suite) verdict { return s.idleRun().end }

func checkLifetime(ctx context.Context, s *suite) verdict {
	return attempts("lifetime", func(times time.Duration) verdict {
		plan := s.plan()
		plan.lifetime = s.config.Lifetime * times
		plan.access = max(plan.lifetime/6, time.Second).Truncate(time.Second)
		someone, err := s.signIn(ctx, plan)
		if err != nil {
			return failed(err)
		}
		w := watch{length: plan.lifetime, grace: s.config.Grace, ways: []how{click}}
		bystander, err := s.signIn(ctx, s.plan())
		if err != nil {
			return failed(err)
		}
		w, err = s.watch(ctx, someone, w, 0, plan.lifetime/10, reload)
		if err != nil {
			return failed(err)
		}
		return s.beside(ctx, bystander, w.end())
	})
}

func checkToldByReport(ctx context.Context, s *suite) verdict {
	if s.config.ActivityURL == "" {
		return unchecked(noActivity)
	}
	return attempts("grace", func(times time.Duration) verdict {
		someone, err := s.signIn(ctx, s.plan())
		if err != nil {
			return failed(err)
		}
		bystander, err := s.signIn(ctx, s.plan())
		if err != nil {
			return failed(err)
		}
		s.end(someone)
		pause(ctx, rounding) // input right after the sign-in need not be reported
		if _, err := s.input(ctx, someone, 0); err != nil {
			return failed(err)
		}
		v := s.afterTold(ctx, someone, s.config.Grace*times, "no report came that could have been answered")
		return s.beside(ctx, bystander, v)
	})
}

func checkToldByRenewal(ctx context.Context, s *suite) verdict {
	return attempts("grace", func(times time.Duration) verdict {
		plan := s.plan()
		plan.access = time.Second
		someone, err := s.signIn(ctx, plan)
		if err != nil {
			return failed(err)
		}
		bystander, err := s.signIn(ctx, s.plan())
		if err != nil {
			return failed(err)
		}
		s.end(someone)
		pause(ctx, plan.access*3/2)
		if _, err := s.shown(ctx, someone, reload); err != nil {
			return failed(err)
		}
		return s.beside(ctx, bystander, s.afterTold(ctx, someone, s.config.Grace*times, noRenewal))
	})
}

// end ends the session at the provider, and does not tell the app.
func (s *suite) end(someone *person) {
	s.provider.look(someone.sid(), func(session *session) { session.ended = apsid.EndedRevoked })
}

func (s *suite) told(someone *person) (told bool) {
	s.provider.look(someone.sid(), func(session *session) { told = session.told > 0 })
	return told
}

// afterTold checks that the app's session ends soon after the provider's answer, which must come within the grace.
func (s *suite) afterTold(ctx context.Context, someone *person, grace time.Duration, untold string) verdict {
	if !await(ctx, grace, func() bool { return s.told(someone) }) {
		return someone.pace.sure(unchecked(untold), grace/2)
	}
	if !s.gone(ctx, someone, grace) {
		return someone.pace.sure(wrong("the page is still shown"), grace/2)
	}
	return fine()
}

// gone waits a little until the app does not show its page any more.
func (s *suite) gone(ctx context.Context, someone *person, patience time.Duration) bool {
	return await(ctx, patience, func() bool {
		in, err := s.shown(ctx, someone, reload)
		return err == nil && !in
	})
}

const noRenewal = "the app does not renew its tokens"

// rush is what happened when a renewal took long and many requests came meanwhile.
type rush struct {
	asked    []time.Time // when the requests were sent
	answered time.Time   // when the renewal was
	took     time.Duration
	renewals int
	reuses   int
	then     bool // the page is shown to the person afterwards
}

// verdict confirms that the app renews once only if all requests had been under way for a good while.
func (r rush) verdict() verdict {
	if r.reuses > 0 {
		return wrong("ten requests at once used one refresh token twice")
	}
	if r.renewals == 0 {
		return unchecked(noRenewal)
	}
	if !r.then {
		return wrong("the page is not shown after ten requests at once, though one renewed the tokens and was answered")
	}
	for _, at := range r.asked {
		if at.After(r.answered.Add(-r.took / 2)) {
			return doubtful()
		}
	}
	return fine()
}

func checkRenewedOnce(ctx context.Context, s *suite) verdict {
	return attempts("", func(times time.Duration) verdict {
		r, err := s.rush(ctx, time.Second*times)
		if err != nil {
			return failed(err)
		}
		return r.verdict()
	})
}

func (s *suite) rush(ctx context.Context, took time.Duration) (rush, error) {
	plan := s.plan()
	plan.access = time.Second
	someone, err := s.signIn(ctx, plan)
	if err != nil {
		return rush{}, err
	}
	r := rush{asked: make([]time.Time, 10), took: took}
	s.provider.look(someone.sid(), func(session *session) { session.slow = took })
	pause(ctx, plan.access*3/2)
	var asking sync.WaitGroup
	for i := range r.asked {
		asking.Go(func() {
			r.asked[i] = time.Now()
			_, _ = s.shown(ctx, someone.with(someone.jar.clone()), script) // what it answers is seen below
		})
	}
	asking.Wait()
	s.provider.look(someone.sid(), func(session *session) {
		r.answered, r.renewals, r.reuses = session.held, len(session.renewed), session.reuses
	})
	r.then, err = s.shown(ctx, someone, script)
	return r, err
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
