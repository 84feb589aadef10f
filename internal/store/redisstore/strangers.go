package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
)

var _ signin.Strangers = (*Store)(nil)

// FindStranger returns the failure counter of the password of a user name that no account has; a zero one if there is none.
func (s *Store) FindStranger(ctx context.Context, subject string) (idp.Guard, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	g := idp.Guard{Subject: subject, Proof: idp.ProofPassword}
	text, err := s.client.Get(ctx, s.strangerKey(subject)).Result()
	if errors.Is(err, redis.Nil) {
		return g, nil
	}
	if err != nil {
		return idp.Guard{}, translate(err)
	}
	var until, updated int64
	if _, err := fmt.Sscan(text, &g.Failures, &g.Locks, &until, &updated); err != nil {
		return idp.Guard{}, idp.Wrap(idp.CodeInternal, fmt.Errorf("redis: a stranger's counter: %w", err))
	}
	g.UpdatedAt = time.UnixMilli(updated).UTC()
	if until != 0 {
		g.Locked, g.LockedUntil = true, time.UnixMilli(until).UTC()
	}
	return g, nil
}

// SaveStranger stores the counter for policy.CountersKept. Its name is stored as no one can read it.
func (s *Store) SaveStranger(ctx context.Context, g idp.Guard) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	var until int64
	if g.Locked {
		until = g.LockedUntil.UnixMilli()
	}
	text := fmt.Sprint(g.Failures, " ", g.Locks, " ", until, " ", g.UpdatedAt.UnixMilli())
	return translate(s.client.Set(ctx, s.strangerKey(g.Subject), text, policy.CountersKept).Err())
}

func (s *Store) strangerKey(subject string) string {
	return prefix + "stranger:" + s.sealer.Blind(subject, "stranger")
}
