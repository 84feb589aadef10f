package session

import (
	"context"
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Service answers whether a session is alive, and ends it.
type Service struct{ sessions Sessions }

// New returns a service on the store.
func New(sessions Sessions) (*Service, error) {
	if sessions == nil {
		return nil, fmt.Errorf("session: no store")
	}
	return &Service{sessions: sessions}, nil
}

// Current returns the live session of this browser at this app; idp.ErrNotFound if it has none.
func (s *Service) Current(ctx context.Context, cookie idp.Secret, client idp.Client, now time.Time) (idp.Session, error) {
	if cookie.IsZero() {
		return idp.Session{}, idp.ErrNotFound
	}
	found, err := s.sessions.FindSessionByBrowser(ctx, cookie.Hash(), client.ID)
	if err != nil {
		return idp.Session{}, err
	}
	return live(found, client, now)
}

// Check returns the session if it is alive and of this app; idp.ErrNotFound otherwise.
func (s *Service) Check(ctx context.Context, sid idp.SID, client idp.Client, now time.Time) (idp.Session, error) {
	found, err := s.sessions.FindSession(ctx, sid)
	if err != nil {
		return idp.Session{}, err
	}
	return live(found, client, now)
}

// End ends a session, with its refresh tokens, and writes the event. One that has ended already is left alone.
func (s *Service) End(ctx context.Context, sid idp.SID, reason idp.EndReason, event idp.AuditEvent, now time.Time) error {
	_, err := s.sessions.EndSession(ctx, sid, reason, event, now)
	return err
}

func live(s idp.Session, client idp.Client, now time.Time) (idp.Session, error) {
	if s.ClientID != client.ID {
		return idp.Session{}, idp.ErrNotFound
	}
	if alive, reason := policy.SessionState(s, client, now); !alive {
		return idp.Session{}, idp.Wrap(idp.CodeNotFound, fmt.Errorf("the session ended: %s", reason))
	}
	return s, nil
}
