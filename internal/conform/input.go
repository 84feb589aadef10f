package conform

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"
)

const sectionActivity = "Activity"

func activityChecks() []check {
	return []check{
		{name: "activity: report", section: sectionActivity, run: checkReport,
			rule: "a person's input reaches session_activity_endpoint within a minute, as {\"idle_seconds\": n} with its age, under the session's access token", slow: true},
		{name: "activity: once a minute", section: sectionActivity, run: checkRate, slow: true,
			rule: "at most one report a minute of one session, whatever the person does and in however many tabs"},
		{name: "activity: polls", section: sectionActivity, run: checkPolls, slow: true,
			rule: "only a person's input counts: not what a script asks for by itself, not a page that loads itself again, not a renewed token"},
		{name: "activity: other sites", section: sectionActivity, run: checkCrossSite, slow: true,
			rule: "a report that a page of another site caused is not taken"},
		{name: "activity: told late", section: sectionActivity, run: checkLate, slow: true,
			rule: "input from before the end counts when it is told a little after it: nobody is cut off because the page waits for its turn"},
		{name: "activity: keeps", section: sectionActivity, run: checkKeeps, slow: true,
			rule: "a session whose person was active goes on"},
	}
}

// input tells the app that the person did something, as its page would. ok is false if the app takes no reports of input.
func (s *suite) input(ctx context.Context, someone *person, idle time.Duration) (status int, err error) {
	body := fmt.Sprintf(`{"idle_seconds":%d}`, idle/time.Second)
	response, err := someone.post(ctx, s.config.ActivityURL, originOf(s.provider.app), script, "application/json", body)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, nil
}

// reports returns the reports of the person's session that came since.
func (s *suite) reports(someone *person, since time.Time) []report {
	var all []report
	s.provider.look(someone.sid(), func(session *session) {
		for _, r := range session.reports {
			if r.at.After(since) {
				all = append(all, r)
			}
		}
	})
	return all
}

const noActivity = "the app reports no activity (no --activity-url)"

func checkReport(ctx context.Context, s *suite) verdict {
	if s.config.ActivityURL == "" {
		return unchecked(noActivity)
	}
	return attempts("grace", func(times time.Duration) verdict {
		someone, err := s.signIn(ctx, s.plan())
		if err != nil {
			return failed(err)
		}
		pause(ctx, untouched) // input from before the sign-in need not be reported
		const age = time.Second
		began := time.Now()
		status, err := s.input(ctx, someone, age)
		if err != nil {
			return failed(err)
		}
		if status == http.StatusNotFound || status == http.StatusMethodNotAllowed {
			return wrong(fmt.Sprintf("the app answers %d at %s: name the right place with --activity-url, or none", status, s.config.ActivityURL))
		}
		grace := s.config.Grace * times
		if !await(ctx, s.config.Report+grace, func() bool { return len(s.reports(someone, began)) > 0 }) {
			return someone.pace.sure(wrong(fmt.Sprintf("no report within %s; the app answered the page's own with %d", s.config.Report, status)), grace/2)
		}
		return s.reports(someone, began)[0].of(age, began)
	})
}

// of judges a report of input that was age old at began, when the report was sent. The verdict holds however slow the report was
// on its way.
func (r report) of(age time.Duration, began time.Time) verdict {
	older := age + r.at.Sub(began)
	switch {
	case r.flaw != "":
		return wrong(r.flaw)
	case r.idle < age || r.idle > older+rounding:
		return wrong(fmt.Sprintf("the input was %s old and the report says %s", older.Round(time.Second), r.idle))
	default:
		return fine()
	}
}

func checkRate(ctx context.Context, s *suite) verdict {
	if s.config.ActivityURL == "" {
		return unchecked(noActivity)
	}
	return attempts("grace", func(times time.Duration) verdict {
		began := time.Now()
		someone, err := s.signIn(ctx, s.plan())
		if err != nil {
			return failed(err)
		}
		for range 6 {
			if _, err := s.input(ctx, someone, 0); err != nil {
				return failed(err)
			}
			pause(ctx, 300*time.Millisecond)
		}
		grace := s.config.Grace * times
		if await(ctx, grace, func() bool { return len(s.reports(someone, time.Time{})) > 1 }) {
			return tooMany(began, s.reports(someone, time.Time{}))
		}
		if !await(ctx, s.config.Report, func() bool { return len(s.reports(someone, time.Time{})) > 0 }) {
			return someone.pace.sure(unproved(noReport), grace/2)
		}
		return someone.pace.sure(fine(), grace/2)
	})
}

// tooMany judges more than one report of a session. Those that came when a minute since its sign-in was over may have been due.
func tooMany(began time.Time, all []report) verdict {
	last := all[len(all)-1].at
	if !all[1].at.Before(began.Add(time.Minute - reportSlack)) {
		return doubtful()
	}
	return wrong(fmt.Sprintf("%d reports in %s", len(all), last.Sub(all[0].at).Round(100*time.Millisecond)))
}

// noReport is why an app that reports too little passes no check of what it reports too much.
const noReport = "what a person does on the app's own page is not reported either"

func checkPolls(ctx context.Context, s *suite) verdict {
	v := s.idleRun().polls
	switch {
	case v.state != OK:
		return v
	case s.config.ActivityURL == "":
		return unchecked(noActivity)
	}
	return attempts("grace", func(times time.Duration) verdict {
		someone, err := s.signIn(ctx, s.plan())
		if err != nil {
			return failed(err)
		}
		pause(ctx, untouched)
		return s.honest(ctx, someone, time.Now(), s.config.Grace*times)
	})
}

// honest is the control of checks that pass when no report comes: one of real input does.
func (s *suite) honest(ctx context.Context, someone *person, since time.Time, grace time.Duration) verdict {
	if _, err := s.input(ctx, someone, 0); err != nil {
		return failed(err)
	}
	if !await(ctx, s.config.Report+grace, func() bool { return len(s.reports(someone, since)) > 0 }) {
		return someone.pace.sure(unproved(noReport), grace/2)
	}
	return fine()
}

func checkCrossSite(ctx context.Context, s *suite) verdict {
	if s.config.ActivityURL == "" {
		return unchecked(noActivity)
	}
	return attempts("grace", func(times time.Duration) verdict {
		someone, err := s.signIn(ctx, s.plan())
		if err != nil {
			return failed(err)
		}
		signedIn := time.Now()
		// The pause keeps a report of the sign-in from being taken for one of these.
		pause(ctx, untouched)
		for _, kind := range []string{"application/json", "text/plain"} { // the second one needs no permission of the app (CORS)
			if _, err := someone.post(ctx, s.config.ActivityURL, "https://elsewhere.example", script, kind, `{"idle_seconds":0}`); err != nil {
				return failed(err)
			}
		}
		kept := func() bool {
			return slices.ContainsFunc(s.reports(someone, signedIn), func(r report) bool { return r.at.Add(-r.idle).After(signedIn.Add(rounding)) })
		}
		if await(ctx, s.config.Grace*times, kept) {
			return someone.pace.sure(wrong("a page of another site kept the session alive"), untouched-rounding)
		}
		if v := someone.pace.sure(fine(), s.config.Grace*times/2); v.state != OK {
			return v
		}
		return s.honest(ctx, someone, time.Now(), s.config.Grace*times)
	})
}

// telling is a session in which input was reported, and the one look at the page after that.
type telling struct {
	length   time.Duration
	authTime time.Time // no app counts from earlier than this
	signedIn time.Time // nor from later
	age      time.Duration
	sent     time.Time // when the input was, so old
	answered time.Time
	status   int
	then     look
}

// verdict checks that the session goes on. If it does, it must be because of the input; if not, the input must have
// been in time, and the look in the time that it gave.
func (t telling) verdict(seen string) verdict {
	inTime := t.authTime.Add(t.length - fraction)
	taken := t.answered
	if t.age > 0 {
		taken = t.then.answered // the provider's answer counts too, which may come later than the app's
	}
	switch {
	case t.then.in && t.then.sent.After(t.signedIn.Add(t.length)):
		return fine()
	case !t.then.in && taken.Add(-t.age).Before(inTime) && t.then.answered.Before(t.sent.Add(t.length-t.age-fraction)):
		return wrong(seen)
	default:
		return doubtful()
	}
}

// inform signs a person in, reports input after a while, and looks at the page after another.
func (s *suite) inform(ctx context.Context, t telling, before, after time.Duration) (telling, error) {
	plan := s.plan()
	plan.idle = t.length
	someone, err := s.signIn(ctx, plan)
	if err != nil {
		return t, err
	}
	t.signedIn = time.Now()
	s.provider.look(someone.sid(), func(session *session) { t.authTime = session.authTime })
	pause(ctx, before)
	t.sent = time.Now()
	if t.status, err = s.input(ctx, someone, t.age); err != nil {
		return t, err
	}
	t.answered = time.Now()
	pause(ctx, after)
	t.then, err = s.look(ctx, someone, script)
	return t, err
}

func checkKeeps(ctx context.Context, s *suite) verdict {
	if s.config.ActivityURL == "" {
		return unchecked(noActivity)
	}
	return attempts("idle", func(times time.Duration) verdict {
		idle := s.config.Idle * times
		t, err := s.inform(ctx, telling{length: idle}, idle*2/3, idle/2)
		if err != nil {
			return failed(err)
		}
		return t.verdict(fmt.Sprintf("the session ended %s after an input, with a limit of %s", idle/2, idle))
	})
}

// checkLate reports, after the idle end, input from before it, as a page does that waited until it might report again.
func checkLate(ctx context.Context, s *suite) verdict {
	if s.config.ActivityURL == "" {
		return unchecked(noActivity)
	}
	return attempts("idle", func(times time.Duration) verdict {
		idle := s.config.Idle * times
		t, err := s.inform(ctx, telling{length: idle, age: (idle * 2 / 3).Truncate(time.Second)}, idle+rounding, 0)
		if err != nil {
			return failed(err)
		}
		return t.verdict(fmt.Sprintf("told %s after the end of input %s before it, the app answers %d and the session is over", rounding, t.age-rounding, t.status))
	})
}
