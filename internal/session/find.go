package session

import (
	"context"

	"github.com/apscloud/apsid/internal/idp"
)

// Find returns the session, over or not; idp.ErrNotFound if there is none. Ask Check whether it is alive.
func (s *Service) Find(ctx context.Context, sid idp.SID) (idp.Session, error) {
	return s.Sessions.FindSession(ctx, sid)
}

// FindHere returns this browser's session at the app, over or not; idp.ErrNotFound if it has none. Ask Current for a live one.
func (s *Service) FindHere(ctx context.Context, cookie idp.Secret, client idp.ClientID) (idp.Session, error) {
	if cookie.IsZero() {
		return idp.Session{}, idp.ErrNotFound
	}
	return s.Sessions.FindSessionByBrowser(ctx, cookie.Hash(), client)
}

// ListApps returns every app.
func (s *Service) ListApps(ctx context.Context) ([]idp.ClientID, error) {
	apps, err := s.Clients.ListApps(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]idp.ClientID, len(apps))
	for i, app := range apps {
		ids[i] = app.ID
	}
	return ids, nil
}

// ListGroup returns the other apps that share a sign-in with this one; none, if it is in no group.
func (s *Service) ListGroup(ctx context.Context, client idp.Client) ([]idp.ClientID, error) {
	if client.SignOnGroup == "" {
		return nil, nil
	}
	apps, err := s.Clients.ListApps(ctx)
	if err != nil {
		return nil, err
	}
	var group []idp.ClientID
	for _, other := range apps {
		if other.ID != client.ID && other.SignOnGroup == client.SignOnGroup {
			group = append(group, other.ID)
		}
	}
	return group, nil
}
