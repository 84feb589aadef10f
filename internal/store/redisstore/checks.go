package redisstore

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
)

// Checks remembers whose password was checked; it is a signin.PasswordChecks. It keeps when, under a name that does not show whose.
type Checks struct{ store *Store }

var _ signin.PasswordChecks = (*Checks)(nil)

// Checks returns the checks of passwords that were kept.
func (s *Store) Checks() *Checks { return &Checks{store: s} }

// IsKept reports whether a check of this name was kept within policy.PasswordCheckAfter before now.
func (c *Checks) IsKept(ctx context.Context, name string, now time.Time) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	stored, err := c.store.client.Get(ctx, c.key(name)).Result()
	if err := translate(err); errors.Is(err, idp.ErrNotFound) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	at, err := strconv.ParseInt(stored, 10, 64)
	if err != nil {
		return false, unexpected(stored)
	}
	return now.Before(time.UnixMilli(at).Add(policy.PasswordCheckAfter)), nil
}

// Keep remembers that a check of this name was made at now.
func (c *Checks) Keep(ctx context.Context, name string, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return translate(c.store.client.Set(ctx, c.key(name), now.UnixMilli(), policy.PasswordCheckAfter).Err())
}

func (c *Checks) key(name string) string {
	return c.store.granted("password-check:", c.store.sealer.Blind(name, "password-check"))
}
