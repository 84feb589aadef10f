package redisstore

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/restore"
)

// markLife is how long a mark is kept after the last node has seen the database: much longer than an installation is ever off.
const markLife = 400 * 24 * time.Hour

// raiseMark keeps the text unless the mark that is there is of a later epoch, or of a larger tree in the same one. Epochs are compared
// as numbers of microseconds, which a script's numbers hold exactly to the year 2255.
const raiseMark = `
local kept = redis.call('HMGET', KEYS[1], 'since', 'size')
local since, size = tonumber(kept[1] or '0'), tonumber(kept[2] or '-1')
if tonumber(ARGV[1]) > since or (tonumber(ARGV[1]) == since and tonumber(ARGV[2]) > size) then
  redis.call('HSET', KEYS[1], 'since', ARGV[1], 'size', ARGV[2], 'mark', ARGV[3])
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1`

// Marks keeps what was seen of the database; it is a restore.Keeper.
type Marks struct {
	store *Store
	raise *redis.Script
}

var _ restore.Keeper = (*Marks)(nil)

// Marks returns what was seen of the database.
func (s *Store) Marks() *Marks { return &Marks{store: s, raise: redis.NewScript(raiseMark)} }

// FindMark returns the mark of the trail; the zero mark if there is none.
func (m *Marks) FindMark(ctx context.Context, trail string) (mark restore.Mark, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	text, err := m.store.client.HGet(ctx, markKey(trail), "mark").Bytes()
	if err := translate(err); errors.Is(err, idp.ErrNotFound) {
		return restore.Mark{}, nil
	} else if err != nil {
		return restore.Mark{}, err
	}
	return mark, mark.UnmarshalText(text)
}

// RaiseMark keeps the mark unless one is kept that tells more.
func (m *Marks) RaiseMark(ctx context.Context, trail string, mark restore.Mark) error {
	text, err := mark.MarshalText()
	if err != nil {
		return err
	}
	_, err = m.store.runInt(ctx, m.raise, []string{markKey(trail)}, instant(mark.Epoch.Since), mark.Place.Size, text, markLife.Milliseconds())
	return err
}

func markKey(trail string) string { return prefix + "mark:" + trail }
