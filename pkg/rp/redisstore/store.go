package redisstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/pkg/rp"
)

// DefaultPrefix begins every key that is used.
const DefaultPrefix = "aps-app:"

// Options of a Store.
type Options struct {
	// Keys seal what is kept: 32 random bytes each. The first one seals, all open: a new key goes in front, and the old one
	// can go when the longest session is over.
	Keys   [][]byte
	Prefix string           // of every key, to share a Redis between apps; "": DefaultPrefix
	Now    func() time.Time // nil: time.Now
}

// Store implements rp.Store.
type Store struct {
	redis  redis.UniversalClient
	sealer sealer
	prefix string
	now    func() time.Time
}

var _ rp.Store = (*Store)(nil)

// New returns a store, or an error that names the wrong option. It does not call the Redis.
func New(client redis.UniversalClient, o Options) (*Store, error) {
	s, err := newSealer(o.Keys)
	if err != nil {
		return nil, err
	}
	if client == nil {
		return nil, errors.New("redisstore: no client")
	}
	if o.Prefix == "" {
		o.Prefix = DefaultPrefix
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Store{redis: client, sealer: s, prefix: o.Prefix, now: o.Now}, nil
}

// A session is a hash {v: version, s: sealed}. Two sets name the keys of the sessions of a SID and of a person; they are hints
// only, so they need not change together with the hash.
const (
	fieldVersion = "v"
	fieldSealed  = "s"
)

func (s *Store) sessionKey(key string) string  { return s.prefix + "session:" + key }
func (s *Store) sidKey(sid string) string      { return s.prefix + "sid:" + sid }
func (s *Store) subjectKey(sub string) string  { return s.prefix + "sub:" + sub }
func (s *Store) endedKey(sid string) string    { return s.prefix + "ended:" + sid }
func (s *Store) claimedKey(name string) string { return s.prefix + "claim:" + name }

// Create keeps a session until its end. It is named in the sets before it is there, and what End was told is looked at after:
// whichever comes first, End or Create, the session does not live on.
func (s *Store) Create(ctx context.Context, key string, session rp.Session) error {
	now := s.now()
	life := session.ExpiresAt.Sub(now)
	if life <= 0 {
		return nil
	}
	session.Version = 1
	sealed, err := s.seal(key, session)
	if err != nil {
		return err
	}
	for _, set := range s.sets(session) {
		if err := addScript.Run(ctx, s.redis, []string{set}, key, session.ExpiresAt.UnixMilli(), now.UnixMilli()).Err(); err != nil {
			return fmt.Errorf("redisstore: create: %w", err)
		}
	}
	if err := putScript.Run(ctx, s.redis, []string{s.sessionKey(key)}, 1, sealed, life.Milliseconds()).Err(); err != nil {
		return fmt.Errorf("redisstore: create: %w", err)
	}
	ended, err := s.redis.Exists(ctx, s.endedKey(session.SID)).Result()
	if err != nil {
		return fmt.Errorf("redisstore: create: %w", err)
	}
	if ended > 0 && session.SID != "" {
		return errors.Join(rp.ErrNoSession, s.Delete(ctx, key))
	}
	return nil
}

func (s *Store) sets(session rp.Session) []string {
	sets := []string{s.subjectKey(session.Subject)}
	if session.SID != "" {
		sets = append(sets, s.sidKey(session.SID))
	}
	return sets
}

// Find returns the session under key or rp.ErrNoSession.
func (s *Store) Find(ctx context.Context, key string) (rp.Session, error) {
	found, err := s.redis.HMGet(ctx, s.sessionKey(key), fieldVersion, fieldSealed).Result()
	if err != nil {
		return rp.Session{}, fmt.Errorf("redisstore: find: %w", err)
	}
	version, hasVersion := found[0].(string)
	sealed, hasSealed := found[1].(string)
	if !hasVersion || !hasSealed {
		return rp.Session{}, rp.ErrNoSession
	}
	return s.open(key, version, sealed)
}

// Update replaces the session under key if it is the one that was read.
func (s *Store) Update(ctx context.Context, key string, session rp.Session) error {
	read := session.Version
	session.Version++
	sealed, err := s.seal(key, session)
	if err != nil {
		return err
	}
	life := max(session.ExpiresAt.Sub(s.now()), time.Millisecond)
	answer, err := updateScript.Run(ctx, s.redis, []string{s.sessionKey(key)}, read, session.Version, sealed, life.Milliseconds()).Text()
	switch {
	case err != nil:
		return fmt.Errorf("redisstore: update: %w", err)
	case answer == "gone":
		return rp.ErrNoSession
	case answer == "changed":
		return rp.ErrChanged
	default:
		return nil
	}
}

// Delete forgets the session under key.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := s.redis.Del(ctx, s.sessionKey(key)).Err(); err != nil {
		return fmt.Errorf("redisstore: delete: %w", err)
	}
	return nil
}

// End forgets the sessions with the SID, or all of the subject.
func (s *Store) End(ctx context.Context, subject, sid string) (int, error) {
	set := s.subjectKey(subject)
	if sid != "" {
		set = s.sidKey(sid)
		if err := s.redis.Set(ctx, s.endedKey(sid), 1, rp.EndedMemory).Err(); err != nil {
			return 0, fmt.Errorf("redisstore: end: %w", err)
		}
	}
	keys, err := s.redis.ZRange(ctx, set, 0, -1).Result()
	if err != nil {
		return 0, fmt.Errorf("redisstore: end: %w", err)
	}
	ended := 0
	for _, key := range keys {
		n, err := s.endOne(ctx, set, key, subject)
		if err != nil {
			return ended, fmt.Errorf("redisstore: end: %w", err)
		}
		ended += n
	}
	return ended, nil
}

// endOne deletes the session under key if it is the subject's, and takes it out of the set.
func (s *Store) endOne(ctx context.Context, set, key, subject string) (int, error) {
	found, err := s.Find(ctx, key)
	if err != nil && !errors.Is(err, rp.ErrNoSession) {
		return 0, err
	}
	if err == nil && subject != "" && found.Subject != subject {
		return 0, nil
	}
	n, err := s.redis.Del(ctx, s.sessionKey(key)).Result()
	if err != nil {
		return 0, err
	}
	return int(n), s.redis.ZRem(ctx, set, key).Err()
}

// Claim takes the name until d from now, if it is free.
func (s *Store) Claim(ctx context.Context, name string, d time.Duration) (bool, error) {
	err := s.redis.SetArgs(ctx, s.claimedKey(name), 1, redis.SetArgs{Mode: "NX", TTL: d}).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("redisstore: claim: %w", err)
	}
	return true, nil
}

func (s *Store) seal(key string, session rp.Session) (string, error) {
	text, err := json.Marshal(session) // #nosec G117 -- it is sealed below
	if err != nil {
		return "", fmt.Errorf("redisstore: %w", err)
	}
	return s.sealer.seal(text, s.bound(key)), nil
}

// open reads a session. One that was sealed with a key that is gone is gone too.
func (s *Store) open(key, version, sealed string) (rp.Session, error) {
	text, ok := s.sealer.open(sealed, s.bound(key))
	if !ok {
		return rp.Session{}, rp.ErrNoSession
	}
	var session rp.Session
	if err := json.Unmarshal(text, &session); err != nil {
		return rp.Session{}, fmt.Errorf("redisstore: %w", err)
	}
	if strconv.FormatInt(session.Version, 10) != version {
		return rp.Session{}, rp.ErrNoSession // an older one was put back
	}
	return session, nil
}

// bound is what a sealed session is tied to: it opens nowhere else.
func (s *Store) bound(key string) []byte { return []byte(s.sessionKey(key)) }
