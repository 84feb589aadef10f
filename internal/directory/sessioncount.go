package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// MostSessions is how many sessions are counted at most.
const MostSessions = 10_000

// SessionQuery narrows a count of sessions; zero fields do not.
type SessionQuery struct {
	PracticeID idp.PracticeID
	Clients    []idp.ClientID
	WithoutMFA bool // those that a requirement of MFA ends
}

// SessionCount is how many people an act signs out, and of how many sessions. The pages that ask to confirm the act say it.
type SessionCount struct {
	People   int64
	Sessions int64
	More     bool // there are more than MostSessions
}

// CountSessions counts the open sessions of a practice's people: all of them, or those without MFA. Errors are those of FindPractice.
func (s *Practices) CountSessions(ctx context.Context, caller Caller, id idp.PracticeID, withoutMFA bool, now time.Time) (count SessionCount, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		practice, err := q.practice(ctx, id)
		if err != nil {
			return err
		}
		count, err = q.CountSessions(ctx, SessionQuery{PracticeID: practice.ID, WithoutMFA: withoutMFA}, now)
		return err
	})
	return count, err
}

// AppRemoval is what RemoveApp would do.
type AppRemoval struct {
	Practice idp.Practice
	Apps     []idp.Client // that the practice would lose, the app itself first; without their secrets
	Ends     SessionCount
}

// ViewAppRemoval says what RemoveApp would do. Errors: idp.CodeNotFound if there is no such practice for the caller, or if it does not
// have the app; idp.CodeForbidden; idp.CodeConflict for an app that comes with another one of the practice.
func (s *Practices) ViewAppRemoval(ctx context.Context, caller Caller, id idp.PracticeID, app idp.ClientID, now time.Time) (view AppRemoval, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		practice, err := q.practice(ctx, id)
		if err != nil {
			return err
		}
		if app == "" || !practice.HasApp(app) {
			return idp.ErrNotFound
		}
		removed, err := removedWith(ctx, q, practice, app)
		var refused *refusal
		if errors.As(err, &refused) {
			return refused.answer // nothing was tried that would have to stand in the trail
		}
		if err != nil {
			return err
		}
		view.Practice = practice
		for _, each := range removed {
			client, err := q.FindClient(ctx, each)
			if errors.Is(err, idp.ErrNotFound) {
				client, err = idp.Client{Registration: idp.Registration{ID: each, Name: string(each)}}, nil
			}
			if err != nil {
				return err
			}
			view.Apps = append(view.Apps, shown(client))
		}
		view.Ends, err = q.CountSessions(ctx, SessionQuery{PracticeID: practice.ID, Clients: removed}, now)
		return err
	})
	return view, err
}

// CountClientSessions counts the open sessions at an app, of all practices, for APS: all of them, or those without MFA. Errors:
// idp.CodeNotFound if there is no such client; idp.CodeForbidden.
func (s *Clients) CountClientSessions(ctx context.Context, caller Caller, id idp.ClientID, withoutMFA bool, now time.Time) (count SessionCount, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		if err := q.serves(); err != nil {
			return err
		}
		client, err := q.FindClient(ctx, id)
		if errors.Is(err, idp.ErrNotFound) {
			return q.unknown("client", string(id), idp.ReasonNotFound)
		}
		if err != nil {
			return err
		}
		count, err = q.CountSessions(ctx, SessionQuery{Clients: []idp.ClientID{client.ID}, WithoutMFA: withoutMFA}, now)
		return err
	})
	return count, err
}
