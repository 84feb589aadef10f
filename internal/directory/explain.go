package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// explained is how many sign-ins and sessions an explanation goes back.
const explained = 10

// SigninExplanation says why a person can or can't enter an app, whether they are asked for MFA there and by which rule, and
// what became of the sign-ins so far.
type SigninExplanation struct {
	User     idp.User // without its password hash
	Practice idp.Practice
	Client   idp.Client // without its secrets
	Access   policy.Access
	Required policy.Requirement
	Rules    []policy.MFARule // all there are, strictest first
	Kinds    []idp.Kind       // of the authenticators that are bound, newest first
	HasPIN   bool
	Locks    []idp.Guard // those that are locked now

	Signins  []idp.AuditEvent // how the last ones at the app ended, newest first: idp.EventSigninSucceeded, …Refused, …Locked
	Sessions []SessionStory   // the last ones at the app, newest first
}

// SessionStory is a session and what ended it.
type SessionStory struct {
	Session idp.Session // EndedAt is zero while it has not been ended
	Alive   bool        // as far as SQL knows: see idp.Session.LastActivity
	Reason  idp.EndReason
	By      string // what ended it, where the event says: an event type ("mfa.reset"), "end_session"; "" otherwise
	Actor   idp.Actor
}

// ExplainSignin explains to APS staff whether the person can enter the app now, and why. Errors: idp.CodeNotFound if there is no
// such person or app for the caller; idp.CodeForbidden.
func (s *People) ExplainSignin(ctx context.Context, caller Caller, user idp.UserID, app idp.ClientID, now time.Time) (SigninExplanation, error) {
	var e SigninExplanation
	err := s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		account, err := q.served(ctx, user)
		if err != nil {
			return err
		}
		client, err := q.FindClient(ctx, app)
		if errors.Is(err, idp.ErrNotFound) || err == nil && !client.Kind.ForPeople() {
			return q.unknown("client", string(app), idp.ReasonNotFound)
		}
		if err != nil {
			return err
		}
		e = explain(account, client, now)
		return errors.Join(q.explainLocks(ctx, &e), q.explainSignins(ctx, &e), q.explainSessions(ctx, &e))
	})
	return e, err
}

// explain returns the part of the explanation that follows from the stored person, practice and app.
func explain(account idp.Account, client idp.Client, now time.Time) SigninExplanation {
	e := SigninExplanation{
		User: account.User, Practice: account.Practice, Client: client, HasPIN: account.PIN != nil,
		Access:   policy.MayEnter(account.User, account.Practice, client),
		Required: policy.RequireMFA(account.User, account.Practice, client, "", now),
		Rules:    policy.MFARules(account.User, account.Practice, client, now),
	}
	e.User.PasswordHash, e.Client.Secrets = idp.Secret{}, nil
	for _, each := range account.Authenticators {
		e.Kinds = append(e.Kinds, each.Kind)
	}
	return e
}

// served returns a person of any practice, to a caller who acts for APS.
func (q *query) served(ctx context.Context, id idp.UserID) (idp.Account, error) {
	account, err := q.account(ctx, id)
	if err != nil {
		return idp.Account{}, err
	}
	q.event.PracticeID, q.event.UserID = account.User.PracticeID, account.User.ID
	return account, q.serves()
}

// serves refuses a caller who does not act for APS.
func (q *query) serves() error {
	if answer := policy.MayServe(q.actor); answer != policy.Permitted {
		return notNow(answer.Reason(), "This is for APS staff.")
	}
	return nil
}

func (q *query) explainLocks(ctx context.Context, e *SigninExplanation) error {
	guards, err := q.FindGuards(ctx, e.User)
	for _, guard := range guards {
		if policy.IsLocked(guard, q.now) {
			e.Locks = append(e.Locks, guard)
		}
	}
	return err
}

func (q *query) explainSignins(ctx context.Context, e *SigninExplanation) error {
	const steps = 100 // a sign-in writes about five events
	about := EventQuery{UserID: e.User.ID, ClientID: e.Client.ID, Type: "signin."}
	events, _, err := q.SearchEvents(ctx, e.Practice.ID, about, Page{Limit: steps})
	for _, event := range events {
		switch event.Type {
		case idp.EventSigninSucceeded, idp.EventSigninRefused, idp.EventSigninLocked:
			if len(e.Signins) < explained {
				e.Signins = append(e.Signins, event)
			}
		}
	}
	return err
}

func (q *query) explainSessions(ctx context.Context, e *SigninExplanation) error {
	const back = 100
	sessions, _, err := q.ListSessions(ctx, e.Practice.ID, e.User.ID, Page{Limit: back})
	if err != nil {
		return err
	}
	about := EventQuery{UserID: e.User.ID, ClientID: e.Client.ID, Type: idp.EventSessionEnded}
	events, _, err := q.SearchEvents(ctx, e.Practice.ID, about, Page{Limit: back})
	ends := map[idp.SID]idp.AuditEvent{}
	for _, event := range events {
		ends[event.SID] = event
	}
	for _, session := range sessions {
		if session.ClientID != e.Client.ID || len(e.Sessions) == explained {
			continue
		}
		end := ends[session.ID]
		story := SessionStory{Session: session, By: end.Details["by"], Actor: end.Actor}
		story.Alive, story.Reason = policy.SessionState(session, e.Client, q.now)
		story.Session.BrowserHash = ""
		e.Sessions = append(e.Sessions, story)
	}
	return err
}
