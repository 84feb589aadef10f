package oidcop_test

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// sessions answers for the sessions in SQL, by policy alone.
type sessions struct{ *sqlstore.Store }

func (s sessions) Current(ctx context.Context, cookie idp.Secret, client idp.Client, now time.Time) (idp.Session, error) {
	found, err := s.FindSessionByBrowser(ctx, cookie.Hash(), client.ID)
	return live(found, err, client, now)
}

func (s sessions) Check(ctx context.Context, sid idp.SID, client idp.Client, now time.Time) (idp.Session, error) {
	found, err := s.FindSession(ctx, sid)
	return live(found, err, client, now)
}

func live(s idp.Session, err error, client idp.Client, now time.Time) (idp.Session, error) {
	if err != nil {
		return idp.Session{}, err
	}
	if alive, _ := policy.SessionState(s, client, now); !alive || s.ClientID != client.ID {
		return idp.Session{}, idp.ErrNotFound
	}
	return s, nil
}

func (s sessions) End(ctx context.Context, sid idp.SID, reason idp.EndReason, event idp.AuditEvent, now time.Time) error {
	_, err := s.EndSession(ctx, sid, reason, event, now)
	return err
}
