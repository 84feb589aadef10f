package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Ports are what the service needs.
type Ports struct {
	Sessions Sessions
	Tokens   Tokens
	Clients  Clients
	Activity Activity
	Log      *slog.Logger
}

// Service answers whether a session is alive, keeps it alive while its person is active, and ends it.
type Service struct{ Ports }

// New returns a service; every port must be given.
func New(ports Ports) (*Service, error) {
	for name, missing := range map[string]bool{
		"Sessions": ports.Sessions == nil, "Tokens": ports.Tokens == nil, "Clients": ports.Clients == nil, "Activity": ports.Activity == nil, "Log": ports.Log == nil,
	} {
		if missing {
			return nil, fmt.Errorf("session: no %s", name)
		}
	}
	return &Service{Ports: ports}, nil
}

// Ended is the error of a session that is over, and says what ended it. errors.Is takes it for idp.ErrNotFound.
type Ended struct{ Reason idp.EndReason }

// Error implements error.
func (e *Ended) Error() string { return fmt.Sprintf("the session ended: %s", e.Reason) }

// Unwrap makes errors.Is take it for idp.ErrNotFound.
func (e *Ended) Unwrap() error { return idp.ErrNotFound }

// Current returns the live session of this browser at this app, with its person; *Ended or idp.ErrNotFound if it has none.
func (s *Service) Current(ctx context.Context, cookie idp.Secret, client idp.Client, now time.Time) (idp.SignedIn, error) {
	if cookie.IsZero() {
		return idp.SignedIn{}, idp.ErrNotFound
	}
	found, err := s.Sessions.FindSignedInByBrowser(ctx, cookie.Hash(), client.ID)
	if err != nil {
		return idp.SignedIn{}, err
	}
	return s.CheckFound(ctx, found, client, now)
}

// Check returns the session if it is alive and of this app, with its person; *Ended or idp.ErrNotFound otherwise.
func (s *Service) Check(ctx context.Context, sid idp.SID, client idp.Client, now time.Time) (idp.SignedIn, error) {
	found, err := s.Sessions.FindSignedIn(ctx, sid)
	if err != nil {
		return idp.SignedIn{}, err
	}
	return s.CheckFound(ctx, found, client, now)
}

// CheckUnspent is Check for something of the session that has a name: idp.ErrNotFound if that was spent, too. Both are asked at once.
func (s *Service) CheckUnspent(ctx context.Context, sid idp.SID, name string, client idp.Client, now time.Time) (idp.SignedIn, error) {
	found, err := s.Tokens.FindSignedInUnspent(ctx, sid, name, now)
	if err != nil {
		return idp.SignedIn{}, err
	}
	return s.CheckFound(ctx, found, client, now)
}

// FindUnspent returns the session, over or not, with its person, for something of it that has a name: idp.ErrNotFound if that was spent,
// or there is no such session.
func (s *Service) FindUnspent(ctx context.Context, sid idp.SID, name string, now time.Time) (idp.SignedIn, error) {
	return s.Tokens.FindSignedInUnspent(ctx, sid, name, now)
}

// CheckElsewhere asks whether a live session would be alive at another app too, by that app's limits of lifetime and inactivity: *Ended if
// not, and then the session goes on all the same.
func (s *Service) CheckElsewhere(ctx context.Context, alive idp.SignedIn, app idp.Client, now time.Time) error {
	found := alive.Session
	if policy.IdleTimeout(app) > 0 {
		newest, _ := s.newest(ctx, found) // without Redis, the older time counts: then a call is refused that could have been made
		found = newest[0]
	}
	if is, reason := policy.SessionState(found, app, now); !is {
		return &Ended{Reason: reason}
	}
	return nil
}

// CheckFound is Check of a session that was just read. It asks for the newest activity only where that matters: for a session that has
// not ended, at an app with a limit of inactivity.
func (s *Service) CheckFound(ctx context.Context, found idp.SignedIn, client idp.Client, now time.Time) (idp.SignedIn, error) {
	if found.Session.ClientID != client.ID {
		return idp.SignedIn{}, idp.ErrNotFound
	}
	over := s.over
	if policy.IdleTimeout(client) > 0 && found.Session.EndedAt.IsZero() {
		newest, err := s.newest(ctx, found.Session)
		if err != nil {
			over = s.unknown
		}
		found.Session = newest[0]
	}
	if alive, reason := policy.SessionState(found.Session, client, now); !alive {
		return idp.SignedIn{}, over(ctx, found.Session, client, reason, now)
	}
	return found, nil
}

// Confirm asks, before a live session gives something new, whether its person may still have it at the app, with the strength that it
// has: what it rests on may have changed in a way that ended no session, as when MFA was activated or the app disabled. A session that
// does not suffice any more is ended, with an event and the message to its app, and the error is *Ended.
//
// Whatever ends sessions does so in the transaction of the change. So a caller that then writes under the session's lock, as creating
// and rotating refresh tokens do, grants nothing that a change has taken away since the person was read.
func (s *Service) Confirm(ctx context.Context, alive idp.SignedIn, client idp.Client, now time.Time) error {
	why := policy.Suffices(alive.Session.ACR, alive.User, alive.Practice, client, now)
	if why == policy.FallenNothing {
		return nil
	}
	if _, err := s.close(ctx, alive.Session, idp.EndRevoked, why.Reason(), now); err != nil {
		return err
	}
	return &Ended{Reason: idp.EndRevoked}
}

// End ends a session, with its refresh tokens, tells its app, and writes the event. One that has ended already is left alone.
func (s *Service) End(ctx context.Context, sid idp.SID, reason idp.EndReason, event idp.AuditEvent, now time.Time) error {
	_, err := s.Sessions.EndSession(ctx, sid, reason, event, now)
	return err
}

// over is the error of a session that is not alive, for the reason that policy named. One that has not been ended yet is ended
// now, so that a clock that is set back does not revive it; but not within the allowance, in which activity from before the
// idle end may still be told.
func (s *Service) over(ctx context.Context, found idp.Session, client idp.Client, reason idp.EndReason, now time.Time) error {
	if over, _ := policy.IsOver(found, client, now); over && found.EndedAt.IsZero() {
		if _, err := s.close(ctx, found, reason, reason.Reason(), now); err != nil {
			return err
		}
	}
	return &Ended{Reason: reason}
}

// unknown stands in for over while Redis is away: a person who seems idle is refused, but the session is not ended, as they may
// have been active since activity was last written to SQL.
func (s *Service) unknown(ctx context.Context, found idp.Session, client idp.Client, reason idp.EndReason, now time.Time) error {
	if reason == idp.EndIdle {
		return &Ended{Reason: reason}
	}
	return s.over(ctx, found, client, reason, now)
}

// newest completes the sessions with the last activity that Redis knows of. Without Redis, which is an error, they stay as
// they are, and SQL's older time counts: no session lives longer for it.
func (s *Service) newest(ctx context.Context, sessions ...idp.Session) ([]idp.Session, error) {
	ids := make([]idp.SID, len(sessions))
	for i, each := range sessions {
		ids[i] = each.ID
	}
	last, err := s.Activity.Last(ctx, ids)
	if err != nil {
		s.mind(ctx, err)
		return sessions, err
	}
	for i, each := range sessions {
		if at, found := last[each.ID]; found && at.After(each.LastActivity) {
			sessions[i].LastActivity = at
		}
	}
	return sessions, nil
}

// close ends a session that is over, for the reason that policy names, as nothing else would end it; closed is false if it was
// ended already. why is the reason in the event.
func (s *Service) close(ctx context.Context, over idp.Session, reason idp.EndReason, why idp.Reason, now time.Time) (closed bool, err error) {
	return s.Sessions.EndSession(ctx, over.ID, reason, idp.AuditEvent{
		ID: idp.NewEventID(now), At: now, Type: idp.EventSessionEnded, Actor: idp.Actor{Kind: idp.ActorSystem},
		PracticeID: over.PracticeID, UserID: over.UserID, ClientID: over.ClientID, SID: over.ID,
		Result: idp.ResultSuccess, Reason: why,
	}, now)
}

func gone(err error) bool { return errors.Is(err, idp.ErrNotFound) }
