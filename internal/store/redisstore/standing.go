package redisstore

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/standing"
)

// standingLife is how long a version is kept: far longer than anything is remembered under it.
const standingLife = time.Hour

// Standing is the version of who is signed in, and which access tokens are revoked; it is a standing.Versions.
type Standing struct{ store *Store }

var _ standing.Versions = (*Standing)(nil)

// Standing returns the version of who is signed in.
func (s *Store) Standing() *Standing { return &Standing{store: s} }

// Version is another one after each Change, on any node, and after Redis has lost it: then it is made up, and comes never again.
func (v *Standing) Version(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	version, err := v.store.client.Get(ctx, v.key()).Result()
	if !errors.Is(err, redis.Nil) {
		return version, translate(err)
	}
	version = rand.Text()
	first, err := v.store.client.SetNX(ctx, v.key(), version, standingLife).Result()
	if err == nil && !first {
		version, err = v.store.client.Get(ctx, v.key()).Result()
	}
	return version, translate(err)
}

// Change makes every node ask SQL again.
func (v *Standing) Change(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return translate(v.store.client.Set(ctx, v.key(), rand.Text(), standingLife).Err())
}

func (v *Standing) key() string { return v.store.granted("standing:", "") }
