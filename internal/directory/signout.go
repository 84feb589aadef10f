package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// SignOutEverywhere ends all sessions of the caller, at every app; each leaves its event. Errors: idp.CodeForbidden for a
// caller who is no active person.
func (s *Account) SignOutEverywhere(ctx context.Context, caller Caller, now time.Time) error {
	return s.run(ctx, policy.CommandSignOutEverywhere, caller, now, func(ctx context.Context, c *command) error {
		user, err := c.self()
		if err != nil {
			return err
		}
		c.event.Type = "" // each session has an event of its own
		return c.signOut(ctx, user, "sign_out_everywhere")
	})
}

// EndSession ends one session: the caller's own, or that of a person whom the caller manages. A session that is over already stays
// as it is, without an event. Errors: idp.CodeNotFound if there is no such session in reach of the caller; idp.CodeForbidden.
func (s *People) EndSession(ctx context.Context, caller Caller, id idp.SID, now time.Time) error {
	return s.run(ctx, policy.CommandEndSession, caller, now, func(ctx context.Context, c *command) error {
		session, err := c.session(ctx, id)
		if err != nil {
			return err
		}
		return c.endOne(ctx, session)
	})
}

// EndOwnSession ends one session of the caller's own. Errors: idp.CodeNotFound for any other, whatever rights the caller has;
// idp.CodeForbidden for a caller who is no active person.
func (s *Account) EndOwnSession(ctx context.Context, caller Caller, id idp.SID, now time.Time) error {
	return s.run(ctx, policy.CommandEndOwnSession, caller, now, func(ctx context.Context, c *command) error {
		user, err := c.self()
		if err != nil {
			return err
		}
		session, err := c.FindSession(ctx, id)
		if errors.Is(err, idp.ErrNotFound) || err == nil && session.UserID != user.ID {
			return c.unknown("session", string(id), idp.ReasonNotFound)
		}
		if err != nil {
			return err
		}
		return c.endOne(ctx, session)
	})
}

// endOne ends the session with an event of its own, which the store writes if it was not over.
func (c *command) endOne(ctx context.Context, session idp.Session) error {
	event := c.ended("end_session")
	event.PracticeID, event.UserID, event.ClientID, event.SID = session.PracticeID, session.UserID, session.ClientID, session.ID
	c.event.Type = ""
	_, err := c.Unit.EndSession(ctx, session.ID, idp.EndRevoked, event, c.now)
	return err
}

// session returns the session that the command is about, if policy lets the caller end it.
func (c *command) session(ctx context.Context, id idp.SID) (idp.Session, error) {
	session, err := c.FindSession(ctx, id)
	if errors.Is(err, idp.ErrNotFound) {
		return idp.Session{}, c.unknown("session", string(id), idp.ReasonNotFound)
	}
	if err != nil {
		return idp.Session{}, err
	}
	_, err = c.account(ctx, session.UserID)
	if errors.Is(err, idp.ErrNotFound) { // the caller must not learn either whose session it is
		return idp.Session{}, c.unknown("session", string(id), policy.PermissionOtherPractice.Reason())
	}
	c.event.SID = session.ID
	return session, err
}
