package session

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// sweepBatch is how many sessions are looked at in one go.
const sweepBatch = 200

// Sweep ends the sessions whose lifetime is over, or whose person has done nothing for too long, so that their apps are
// told even if no request comes. It returns how many it ended. Any number of nodes may sweep at once. While Redis is
// away, no session is ended as idle, and an error says so.
func (s *Service) Sweep(ctx context.Context, now time.Time) (ended int, err error) {
	apps, err := s.apps(ctx)
	if err != nil {
		return 0, err
	}
	if ended, err = s.sweepLifetimes(ctx, apps, now); err != nil {
		return ended, err
	}
	idle, err := s.sweepIdle(ctx, apps, now)
	return ended + idle, err
}

// sweepLifetimes asks for each app anew: a lifetime that was shortened applies to running sessions.
func (s *Service) sweepLifetimes(ctx context.Context, apps map[idp.ClientID]idp.Client, now time.Time) (int, error) {
	proved := make(map[idp.ClientID]time.Time, len(apps))
	for id, client := range apps {
		proved[id] = now.Add(-policy.SessionLifetime(client))
	}
	return s.sweep(ctx, apps, now, func() ([]idp.Session, error) {
		return s.Sessions.ListLapsed(ctx, now, proved, nil, sweepBatch)
	})
}

func (s *Service) sweepIdle(ctx context.Context, apps map[idp.ClientID]idp.Client, now time.Time) (int, error) {
	active := make(map[idp.ClientID]time.Time)
	for id, client := range apps {
		if limit := policy.IdleTimeout(client); limit > 0 {
			active[id] = now.Add(-limit - policy.ReportAllowance)
		}
	}
	return s.sweep(ctx, apps, now, func() ([]idp.Session, error) {
		lapsed, err := s.Sessions.ListLapsed(ctx, now, nil, active, sweepBatch)
		if err != nil || len(lapsed) == 0 {
			return nil, err
		}
		return s.newest(ctx, lapsed...)
	})
}

// sweep goes on until nothing is left.
func (s *Service) sweep(ctx context.Context, apps map[idp.ClientID]idp.Client, now time.Time, list func() ([]idp.Session, error)) (ended int, err error) {
	for {
		lapsed, err := list()
		if err != nil {
			return ended, err
		}
		n, err := s.sweepSome(ctx, lapsed, apps, now)
		ended += n
		if err != nil || len(lapsed) < sweepBatch {
			return ended, err
		}
	}
}

// sweepSome ends those that are over. The others were active after SQL last heard of it: SQL is told, so that the next list
// goes on.
func (s *Service) sweepSome(ctx context.Context, lapsed []idp.Session, apps map[idp.ClientID]idp.Client, now time.Time) (ended int, err error) {
	for _, each := range lapsed {
		over, reason := policy.IsOver(each, apps[each.ClientID], now)
		if !over {
			if err := s.Sessions.TouchSession(ctx, each.ID, each.LastActivity); err != nil && !gone(err) {
				return ended, err
			}
			continue
		}
		closed, err := s.close(ctx, each, reason, reason.Reason(), now)
		if err != nil {
			return ended, err
		}
		if closed { // by this node
			ended++
		}
	}
	return ended, nil
}

func (s *Service) apps(ctx context.Context) (map[idp.ClientID]idp.Client, error) {
	list, err := s.Clients.ListApps(ctx)
	if err != nil {
		return nil, err
	}
	apps := make(map[idp.ClientID]idp.Client, len(list))
	for _, client := range list {
		apps[client.ID] = client
	}
	return apps, nil
}
