package session

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// sweepBatch is how many sessions are looked at in one go.
const sweepBatch = 200

// Sweep ends the sessions whose lifetime is over, or whose person has done nothing for too long, so that their apps are told
// even if nobody asks. It returns how many it ended. Any number of nodes may sweep at once. While Redis is away, nobody is
// called idle, and that is the error.
func (s *Service) Sweep(ctx context.Context, now time.Time) (ended int, err error) {
	apps, err := s.apps(ctx)
	if err != nil {
		return 0, err
	}
	idle := make(map[idp.ClientID]time.Time)
	for id, client := range apps {
		if limit := policy.IdleTimeout(client); limit > 0 {
			idle[id] = now.Add(-limit - policy.ReportAllowance)
		}
	}
	for _, idle := range []map[idp.ClientID]time.Time{nil, idle} {
		n, err := s.sweepAll(ctx, apps, idle, now)
		ended += n
		if err != nil {
			return ended, err
		}
	}
	return ended, nil
}

// sweepAll goes on until nothing is left.
func (s *Service) sweepAll(ctx context.Context, apps map[idp.ClientID]idp.Client, idle map[idp.ClientID]time.Time, now time.Time) (ended int, err error) {
	for {
		lapsed, err := s.Sessions.ListLapsed(ctx, now, idle, sweepBatch)
		if err != nil {
			return ended, err
		}
		if idle != nil && len(lapsed) > 0 {
			if lapsed, err = s.newest(ctx, lapsed...); err != nil {
				return ended, err
			}
		}
		n, err := s.sweep(ctx, lapsed, apps, now)
		ended += n
		if err != nil || len(lapsed) < sweepBatch {
			return ended, err
		}
	}
}

// sweep ends those that are over. The others were active after SQL last heard of it: SQL is told, so that the next list goes on.
func (s *Service) sweep(ctx context.Context, lapsed []idp.Session, apps map[idp.ClientID]idp.Client, now time.Time) (ended int, err error) {
	for _, each := range lapsed {
		over, reason := policy.IsOver(each, apps[each.ClientID], now)
		if over {
			err = s.close(ctx, each, reason, now)
			ended++
		} else {
			err = s.Sessions.TouchSession(ctx, each.ID, each.LastActivity)
		}
		if err != nil && !gone(err) {
			return ended, err
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
