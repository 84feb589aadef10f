package adminapi

import (
	"context"
	"maps"
	"net/http"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// Event is one record of the audit trail.
type Event struct {
	ID         idp.EventID       `json:"id"`
	At         time.Time         `json:"at"`
	Type       idp.EventType     `json:"type" example:"mfa.reset"`
	Actor      Actor             `json:"actor"`
	PracticeID idp.PracticeID    `json:"practice_id,omitempty"`
	UserID     idp.UserID        `json:"user_id,omitempty" doc:"Whom it concerns."`
	ClientID   idp.ClientID      `json:"client_id,omitempty"`
	SessionID  idp.SID           `json:"session_id,omitempty"`
	Result     idp.Result        `json:"result" enum:"success,failure"`
	Reason     idp.Reason        `json:"reason,omitempty"`
	Address    string            `json:"address,omitempty"`
	UserAgent  string            `json:"user_agent,omitempty"`
	Details    map[string]string `json:"details"`
}

// Actor is who did something.
type Actor struct {
	Kind idp.ActorKind `json:"kind" enum:"user,staff,client,system"`
	ID   string        `json:"id,omitempty" doc:"Of the person or the integration."`
}

func eventOf(e idp.AuditEvent) Event {
	shown := Event{
		ID: e.ID, At: e.At.UTC(), Type: e.Type, Actor: Actor{Kind: e.Actor.Kind, ID: e.Actor.ID}, PracticeID: e.PracticeID, UserID: e.UserID,
		ClientID: e.ClientID, SessionID: e.SID, Result: e.Result, Reason: e.Reason, Address: e.Address, UserAgent: e.UserAgent,
		Details: map[string]string{},
	}
	maps.Copy(shown.Details, e.Details)
	return shown
}

type listEventsInput struct {
	PracticePath
	Paging
	User    idp.UserID    `query:"user" maxLength:"100" doc:"Whom it concerns."`
	Client  idp.ClientID  `query:"client" maxLength:"100"`
	Session idp.SID       `query:"session" maxLength:"100"`
	Type    idp.EventType `query:"type" maxLength:"100" doc:"Whole, or with a dot at its end the beginning: mfa."`
	Result  idp.Result    `query:"result" enum:"success,failure"`
	From    time.Time     `query:"from" doc:"At or after."`
	Until   time.Time     `query:"until" doc:"Before."`
}

func (a *API) addEvents() {
	register(a, operation{
		id: "list-events", method: http.MethodGet, path: "/practices/{practice}/events", tag: "Audit trail", scope: EventsRead,
		summary: "List what happened in a practice", about: "Newest first. People without access to User Management+ see what concerns themselves, with `user`.",
	}, a.listEvents)
}

func (a *API) listEvents(ctx context.Context, c call, in *listEventsInput) (*Listed[Event], error) {
	q := directory.EventQuery{
		UserID: in.User, ClientID: in.Client, SID: in.Session, Type: in.Type, Result: in.Result, From: in.From, Until: in.Until,
	}
	found, next, err := a.deps.Practices.ListEvents(ctx, c.Caller, in.Practice, q, in.page(), c.now)
	if err != nil {
		return nil, err
	}
	return listed(c, found, next, eventOf), nil
}
