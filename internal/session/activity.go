package session

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

const (
	// reportSlack lets a report come a little before its time: clocks and networks jitter.
	reportSlack = 5 * time.Second
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
	at := now.Add(-age)
	pulse, err := s.beat(ctx, sid, client, at, now)
	if gone(err) {
		pulse, err = s.learn(ctx, sid, client, at, now)
	}
	if err != nil {
		return Standing{}, err
	}
	known := idp.Session{ID: sid, ClientID: client.ID, AuthTime: pulse.AuthTime, ExpiresAt: pulse.EndsAt, LastActivity: pulse.LastActivity}
	if counts, _ := policy.MayReport(known, client, at, now); !counts {
		return Standing{}, s.over(ctx, sid, client, now)
	}
	if since := now.Sub(pulse.ReportedAt); !pulse.ReportedAt.IsZero() && since < policy.ReportEvery-reportSlack {
		return Standing{}, idp.Busy(policy.ReportEvery - max(since, 0))
	}
	if at.After(known.LastActivity) {
		known.LastActivity = at
	}
	if known.LastActivity.Sub(pulse.StoredAt) >= behind(client) {
		if err := s.store(ctx, known, client, now); err != nil {
			return Standing{}, err
		}
	}
	return standing(known, client, now), nil
}

func (s *Service) beat(ctx context.Context, sid idp.SID, client idp.Client, at, now time.Time) (Pulse, error) {
	return s.Activity.Beat(ctx, sid, at, now, policy.ReportEvery-reportSlack, policy.IdleTimeout(client), policy.ReportAllowance)
}

// learn is Report for a session that Redis does not know: it is read from SQL, and remembered.
func (s *Service) learn(ctx context.Context, sid idp.SID, client idp.Client, at, now time.Time) (Pulse, error) {
	found, err := s.Sessions.FindSession(ctx, sid)
	if err != nil {
		return Pulse{}, err
	}
	if found.ClientID != client.ID {
		return Pulse{}, idp.ErrNotFound
	}
	if counts, _ := policy.MayReport(found, client, at, now); !counts {
		return Pulse{}, s.over(ctx, sid, client, now)
	}
	p := Pulse{LastActivity: found.LastActivity, StoredAt: found.LastActivity, EndsAt: found.ExpiresAt, AuthTime: found.AuthTime}
	if err := s.Activity.Learn(ctx, sid, p, policy.LifetimeEnd(found, client)); err != nil {
		return Pulse{}, err
	}
	return s.beat(ctx, sid, client, at, now)
}

// over is the error of a session that takes no report any more; one that nobody has ended yet is ended now, unless it is
// within the allowance in which an earlier activity may still be told.
func (s *Service) over(ctx context.Context, sid idp.SID, client idp.Client, now time.Time) error {
	found, err := s.Sessions.FindSession(ctx, sid)
	if err != nil {
		return err
	}
	found = s.newest(ctx, found)[0]
	if !found.EndedAt.IsZero() {
		return &Ended{Reason: found.EndReason}
	}
	isOver, reason := policy.IsOver(found, client, now)
	if isOver {
		if err := s.close(ctx, found, reason, now); err != nil {
			return err
		}
		return &Ended{Reason: reason}
	}
	_, reason = policy.SessionState(found, client, now)
	return &Ended{Reason: reason}
}

// store writes the activity to SQL, and learns there whether somebody has ended the session.
func (s *Service) store(ctx context.Context, known idp.Session, client idp.Client, now time.Time) error {
	err := s.Sessions.TouchSession(ctx, known.ID, known.LastActivity)
	if gone(err) {
		if err := s.Activity.Forget(ctx, []idp.SID{known.ID}); err != nil {
			return err
		}
		return s.over(ctx, known.ID, client, now)
	}
	if err != nil {
		return err
	}
	return s.Activity.Stored(ctx, known.ID, known.LastActivity)
}

// behind is how far SQL's last activity may be behind: so much a session loses at most when Redis forgets.
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
