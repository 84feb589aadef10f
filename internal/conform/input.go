package conform

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const sectionActivity = "Activity"

func activityChecks() []check {
	return []check{
		{name: "activity: report", section: sectionActivity, run: checkReport,
			rule: "a person's input reaches session_activity_endpoint within a minute, as {\"idle_seconds\": n} with its age, under the session's access token", slow: true},
		{name: "activity: once a minute", section: sectionActivity, run: checkRate,
			rule: "at most one report a minute of one session, whatever the person does and in however many tabs"},
		{name: "activity: polls", section: sectionActivity, run: checkPolls, slow: true,
			rule: "only a person's input counts: not what a script asks for by itself, not a page that loads itself again, not a renewed token"},
		{name: "activity: other sites", section: sectionActivity, run: checkCrossSite,
			rule: "a report that a page of another site caused is not taken"},
		{name: "activity: told late", section: sectionActivity, run: checkLate, slow: true,
			rule: "input from before the end counts when it is told a little after it: nobody is cut off because the page waits for its turn"},
		{name: "activity: keeps", section: sectionActivity, run: checkKeeps, slow: true,
			rule: "a session whose person was active goes on"},
	}
}

// input tells the app that the person did something, as its page would. ok is false if the app has no such thing.
func (s *suite) input(ctx context.Context, someone *person, idle time.Duration) (status int, err error) {
	body := fmt.Sprintf(`{"idle_seconds":%d}`, idle/time.Second)
	response, err := someone.post(ctx, s.config.ActivityURL, originOf(s.provider.app), script, "application/json", body)
	if err != nil {
		return 0, err
	}
	return response.StatusCode, nil
}

// reports returns those that came since.
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
	someone, err := s.signIn(ctx, s.plan())
	if err != nil {
		return failed(err)
	}
	if !pause(ctx, 3*time.Second) { // an input before the sign-in would be no news
		return failed(ctx.Err())
	}
	const age = time.Second
	began := time.Now()
	status, err := s.input(ctx, someone, age)
	if err != nil {
		return failed(err)
	}
	if status == http.StatusNotFound || status == http.StatusMethodNotAllowed {
		return wrong(fmt.Sprintf("the app answers %d at %s: name the right place with --activity-url, or none", status, s.config.ActivityURL))
	}
	if !await(ctx, s.config.Report+s.config.Grace, func() bool { return len(s.reports(someone, began)) > 0 }) {
		return wrong(fmt.Sprintf("no report within %s; the app answered the page's own with %d", s.config.Report, status))
	}
	first := s.reports(someone, began)[0]
	older := age + first.at.Sub(began)
	switch {
	case first.flaw != "":
		return wrong(first.flaw)
	case first.idle < age || first.idle > older+2*time.Second:
		return wrong(fmt.Sprintf("the input was %s old and the report says %s", older.Round(time.Second), first.idle))
	default:
		return fine()
	}
}

func checkRate(ctx context.Context, s *suite) verdict {
	if s.config.ActivityURL == "" {
		return unchecked(noActivity)
	}
	someone, err := s.signIn(ctx, s.plan())
	if err != nil {
		return failed(err)
	}
	for range 6 {
		if _, err := s.input(ctx, someone, 0); err != nil {
			return failed(err)
		}
		if !pause(ctx, 300*time.Millisecond) {
			return failed(ctx.Err())
		}
	}
	if all := s.reports(someone, time.Time{}); len(all) > 1 {
		return wrong(fmt.Sprintf("%d reports in %s", len(all), all[len(all)-1].at.Sub(all[0].at).Round(100*time.Millisecond)))
	}
	return fine()
}

func checkPolls(ctx context.Context, s *suite) verdict {
	run := s.idleRun()
	if run.err != nil {
		return failed(run.err)
	}
	return fineIf(run.invented)
}

func checkCrossSite(ctx context.Context, s *suite) verdict {
	if s.config.ActivityURL == "" {
		return unchecked(noActivity)
	}
	someone, err := s.signIn(ctx, s.plan())
	if err != nil {
		return failed(err)
	}
	began := time.Now()
	for _, kind := range []string{"application/json", "text/plain"} { // the second one needs no leave of the app (CORS)
		if _, err := someone.post(ctx, s.config.ActivityURL, "https://elsewhere.example", script, kind, `{"idle_seconds":0}`); err != nil {
			return failed(err)
		}
	}
	if await(ctx, s.config.Grace, func() bool { return len(s.reports(someone, began)) > 0 }) {
		return wrong("a page of another site kept the session alive")
	}
	return fine()
}

func checkKeeps(ctx context.Context, s *suite) verdict {
	if s.config.ActivityURL == "" {
		return unchecked(noActivity)
	}
	plan := s.plan()
	plan.idle = s.config.Idle
	someone, err := s.signIn(ctx, plan)
	if err != nil {
		return failed(err)
	}
	if !pause(ctx, s.config.Idle*2/3) {
		return failed(ctx.Err())
	}
	if _, err := s.input(ctx, someone, 0); err != nil {
		return failed(err)
	}
	if !pause(ctx, s.config.Idle/2) {
		return failed(ctx.Err())
	}
	in, err := s.shown(ctx, someone, script)
	if err != nil {
		return failed(err)
	}
	if !in {
		return wrong(fmt.Sprintf("the session ended %s after an input, with a limit of %s", s.config.Idle/2, s.config.Idle))
	}
	return fine()
}

// checkLate tells after the idle end of an input before it, as a page does that waited until it might report again.
func checkLate(ctx context.Context, s *suite) verdict {
	if s.config.ActivityURL == "" {
		return unchecked(noActivity)
	}
	plan := s.plan()
	plan.idle = s.config.Idle
	someone, err := s.signIn(ctx, plan)
	if err != nil {
		return failed(err)
	}
	if !pause(ctx, s.config.Idle+rounding) {
		return failed(ctx.Err())
	}
	status, err := s.input(ctx, someone, s.config.Idle/2)
	if err != nil {
		return failed(err)
	}
	in, err := s.shown(ctx, someone, script)
	if err != nil {
		return failed(err)
	}
	if !in {
		return wrong(fmt.Sprintf("told %s after the end of input %s before it, the app answers %d and the session is over", rounding, s.config.Idle/2-rounding, status))
	}
	return fine()
}
