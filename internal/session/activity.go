package session

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

const (
	// reportSlack lets a report come a little before its time: clocks and networks jitter.
	reportSlack = 5 * time.Second
	// seenEvery is how exact Seen is: pages that are opened one upon the other count once.
	seenEvery = 5 * time.Second
	// storeEvery bounds how far SQL's last activity is behind for an app without a limit; with one it is a third of the limit.
	storeEvery = 5 * time.Minute
)

// Standing is what an app is told of a session, in the inactivity contract.
type Standing struct {
	IdleTimeout   time.Duration // zero: no limit
	IdleExpiresIn time.Duration // until the session ends if nothing more happens; zero with no limit
	ExpiresIn     time.Duration // until its lifetime ends
}

// Report records that the person was active age ago. Only this keeps a session alive: refreshing a token never does. In the
// common case it costs one round trip to Redis, and none to SQL.
//
// Errors: idp.ErrInvalid (field "idle_seconds") for an age that can't be; idp.ErrBusy with RetryAfter for a report sooner
// than policy.ReportEvery after the last, which changes nothing; *Ended; idp.ErrNotFound for a session of another app.
func (s *Service) Report(ctx context.Context, sid idp.SID, client idp.Client, age time.Duration, now time.Time) (Standing, error) {
	if age < 0 || age > policy.DefaultLifetime {
		return Standing{}, idp.Invalid("idle_seconds", "must be between 0 and %d", int(policy.DefaultLifetime/time.Second))
	}
	return s.take(ctx, sid, client, now.Add(-age), now, paceOf(client))
}

// Seen records that the person has just opened a page of the provider's own. Unlike an app's reports, which bring their age and
// may wait, such a page has one moment to be counted in, so each counts. Errors: *Ended; idp.ErrNotFound for a session of another
// app.
func (s *Service) Seen(ctx context.Context, sid idp.SID, client idp.Client, now time.Time) error {
	_, err := s.take(ctx, sid, client, now, now, pace{every: seenEvery})
	if idp.CodeOf(err) == idp.CodeBusy {
		return nil
	}
	return err
}

// pace is how often activity is taken.
type pace struct{ every, slack time.Duration }

func paceOf(client idp.Client) pace {
	every := policy.ReportEvery(client)
	return pace{every: every, slack: min(reportSlack, every/3)}
}

func (p pace) least() time.Duration { return p.every - p.slack }

func (p pace) tooSoon(since time.Duration) error { return idp.Busy(p.every - max(since, 0)) }

// take records activity at a time.
func (s *Service) take(ctx context.Context, sid idp.SID, client idp.Client, at, now time.Time, p pace) (Standing, error) {
	pulse, err := s.beat(ctx, sid, client, at, now, p)
	if gone(err) || err == nil && !counts(pulse, client, at, now) {
		pulse, err = s.learn(ctx, sid, client, at, now, p)
	}
	if errors.Is(err, idp.ErrUnavailable) {
		return s.takeToSQL(ctx, sid, client, at, now, p)
	}
	if err != nil {
		return Standing{}, err
	}
	if since := now.Sub(pulse.ReportedAt); !pulse.ReportedAt.IsZero() && since < p.least() {
		return Standing{}, p.tooSoon(since)
	}
	known := pulse.session(sid)
	if at.After(known.LastActivity) {
		known.LastActivity = at
	}
	if known.LastActivity.Sub(pulse.StoredAt) >= behind(client) {
		if err := s.store(ctx, known); err != nil {
			return Standing{}, err
		}
	}
	return standing(known, client, now), nil
}

func (s *Service) beat(ctx context.Context, sid idp.SID, client idp.Client, at, now time.Time, p pace) (Pulse, error) {
	return s.Activity.Beat(ctx, sid, client.ID, at, now, p.least(), policy.IdleTimeout(client), policy.ReportAllowance)
}

// learn is for a session that Redis does not know, or of whose last activity SQL may know better: it is read from SQL,
// remembered, and reported again.
func (s *Service) learn(ctx context.Context, sid idp.SID, client idp.Client, at, now time.Time, p pace) (Pulse, error) {
	found, err := s.find(ctx, sid, client)
	if err != nil {
		return Pulse{}, err
	}
	known := Pulse{ClientID: found.ClientID, StoredAt: found.LastActivity, EndsAt: found.ExpiresAt, AuthTime: found.AuthTime}
	newest, err := s.newest(ctx, found)
	if err != nil {
		return Pulse{}, err
	}
	found = newest[0]
	if counts, reason := policy.MayReport(found, client, at, now); !counts {
		return Pulse{}, s.over(ctx, found, client, reason, now)
	}
	known.LastActivity = found.LastActivity
	if err := s.Activity.Learn(ctx, sid, known, policy.LifetimeEnd(found, client)); err != nil {
		return Pulse{}, err
	}
	return s.beat(ctx, sid, client, at, now, p)
}

// takeToSQL is take while Redis is away: SQL takes its place, so that no session ends for it.
func (s *Service) takeToSQL(ctx context.Context, sid idp.SID, client idp.Client, at, now time.Time, p pace) (Standing, error) {
	found, err := s.find(ctx, sid, client)
	if err != nil {
		return Standing{}, err
	}
	if counts, reason := policy.MayReport(found, client, at, now); !counts {
		return Standing{}, s.unknown(ctx, found, client, reason, now)
	}
	if since := now.Sub(found.LastActivity); since < p.least() {
		return Standing{}, p.tooSoon(since)
	}
	if at.After(found.LastActivity) {
		found.LastActivity = at
		if err := s.Sessions.TouchSession(ctx, sid, at); err != nil {
			return Standing{}, err
		}
	}
	return standing(found, client, now), nil
}

// find returns a session of this app.
func (s *Service) find(ctx context.Context, sid idp.SID, client idp.Client) (idp.Session, error) {
	found, err := s.Sessions.FindSession(ctx, sid)
	if err != nil {
		return idp.Session{}, err
	}
	if found.ClientID != client.ID {
		return idp.Session{}, idp.ErrNotFound
	}
	return found, nil
}

// session is as much of the session as its life depends on.
func (p Pulse) session(sid idp.SID) idp.Session {
	return idp.Session{ID: sid, ClientID: p.ClientID, AuthTime: p.AuthTime, ExpiresAt: p.EndsAt, LastActivity: p.LastActivity}
}

func counts(p Pulse, client idp.Client, at, now time.Time) bool {
	yes, _ := policy.MayReport(p.session(""), client, at, now)
	return yes
}

// store writes the activity to SQL, and learns there whether the session has been ended.
func (s *Service) store(ctx context.Context, known idp.Session) error {
	err := s.Sessions.TouchSession(ctx, known.ID, known.LastActivity)
	if gone(err) {
		s.mind(ctx, s.Activity.Forget(ctx, []idp.SID{known.ID}))
		found, err := s.Sessions.FindSession(ctx, known.ID)
		if err != nil {
			return err
		}
		return &Ended{Reason: found.EndReason}
	}
	if err != nil {
		return err
	}
	s.mind(ctx, s.Activity.Stored(ctx, known.ID, known.LastActivity))
	return nil
}

// mind notes that Redis, which only saves work here, did not answer.
func (s *Service) mind(ctx context.Context, err error) {
	if err != nil {
		s.Log.WarnContext(ctx, "last activity is not known to the minute", "error", err)
	}
}

// behind is how far SQL's last activity may be behind: a session loses so much at most when Redis forgets.
func behind(client idp.Client) time.Duration {
	if idle := policy.IdleTimeout(client); idle > 0 {
		return min(idle/3, storeEvery)
	}
	return storeEvery
}

func standing(s idp.Session, client idp.Client, now time.Time) Standing {
	st := Standing{IdleTimeout: policy.IdleTimeout(client), ExpiresIn: policy.LifetimeEnd(s, client).Sub(now)}
	if st.IdleTimeout > 0 {
		st.IdleExpiresIn = policy.IdleEnd(s, client).Sub(now)
	}
	return st
}

// StandingOf is what the app is told of a session that Check or Current returned.
func StandingOf(s idp.Session, client idp.Client, now time.Time) Standing {
	return standing(s, client, now)
}
