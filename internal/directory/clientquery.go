package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// FindClient shows a client: to a caller of a practice only its integrations, and to APS every client. Its secrets are shown with
// names, and without hashes. Errors: idp.CodeNotFound if there is no such client for the caller; idp.CodeForbidden.
func (s *Clients) FindClient(ctx context.Context, caller Caller, id idp.ClientID, now time.Time) (client idp.Client, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		client, err = q.FindClient(ctx, id)
		if errors.Is(err, idp.ErrNotFound) {
			return q.unknown("client", string(id), idp.ReasonNotFound)
		}
		if err != nil {
			return err
		}
		answer := policy.MayReadClient(q.actor, client.PracticeID)
		if answer == policy.PermissionOtherPractice {
			return q.unknown("client", string(id), answer.Reason())
		}
		q.event.ClientID, q.event.PracticeID = client.ID, client.PracticeID
		return refuse(answer)
	})
	if err != nil {
		return idp.Client{}, err
	}
	return shown(client), nil
}

// ListClients lists clients: the integrations of one practice to a caller who may see it, and every client to APS. Without
// ClientQuery.PracticeID, people and integrations of a practice get the integrations of their own practice. Errors:
// idp.CodeNotFound for a practice out of reach; idp.CodeForbidden.
func (s *Clients) ListClients(ctx context.Context, caller Caller, q ClientQuery, page Page, now time.Time) (clients []idp.Client, next string, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, ask *query) error {
		everywhere := policy.MayServe(ask.actor)
		if q.PracticeID == "" && everywhere != policy.Permitted {
			q.PracticeID = ask.actor.Practice.ID
		}
		if q.PracticeID != "" {
			_, err = ask.practice(ctx, q.PracticeID)
		} else {
			err = refuse(everywhere)
		}
		if err != nil {
			return err
		}
		clients, next, err = ask.SearchClients(ctx, q, page)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	for i := range clients {
		clients[i] = shown(clients[i])
	}
	return clients, next, nil
}
