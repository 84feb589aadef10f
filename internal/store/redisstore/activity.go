package redisstore

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/session"
)

const (
	// pulseSlack is how much longer than its session a pulse is kept: Redis's clock may be ahead by so much.
	pulseSlack = time.Hour
	// overFor is how long it is remembered that a session has ended. A reader that got it from SQL before its end is done by then,
	// and must not bring its pulse back.
	overFor = time.Minute
	// atOnce is how many sessions one round trip asks about, so that the end of a large practice is no single command that takes longer
	// than answerWithin, and delays everybody else's meanwhile.
	atOnce = 100
)

// A pulse is a hash of instants in microseconds, as SQL keeps them, zero for none, and of its app; or of nothing but the mark
// "over". None of it is sealed: a session's identifier is no secret and says nothing about its person.
const (
	beatPulse = `
local pulse = redis.call('HMGET', KEYS[1], 'last', 'reported', 'stored', 'ends', 'auth', 'client')
if not pulse[1] or pulse[6] ~= ARGV[6] then return false end
local at, now, every, idle, allowance = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local last, reported = tonumber(pulse[1]), tonumber(pulse[2])
if reported > 0 and now - reported < every then return pulse end
if idle > 0 and (at >= last + idle or now >= last + idle + allowance) then return pulse end
redis.call('HSET', KEYS[1], 'reported', ARGV[2])
if at > last then redis.call('HSET', KEYS[1], 'last', ARGV[1]) end
return pulse`

	learnPulse = clock + `
if redis.call('HEXISTS', KEYS[1], 'over') == 1 then return 0 end
local known = redis.call('HMGET', KEYS[1], 'last', 'reported', 'stored')
for i, field in ipairs({'last', 'reported', 'stored'}) do
  if not known[i] or tonumber(ARGV[i]) > tonumber(known[i]) then redis.call('HSET', KEYS[1], field, ARGV[i]) end
end
redis.call('HSET', KEYS[1], 'ends', ARGV[4], 'auth', ARGV[5], 'client', ARGV[6])
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(ARGV[7] - now, 0) + ARGV[8]))
return 1`

	storedPulse = `
local stored = redis.call('HGET', KEYS[1], 'stored')
if stored and tonumber(ARGV[1]) > tonumber(stored) then redis.call('HSET', KEYS[1], 'stored', ARGV[1]) end
return 1`

	// forgetPulse is sent whole: scripts by name cannot be told of in a pipeline that goes to several servers.
	forgetPulse = `
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'over', 1)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1`
)

// Activity remembers the last activity of sessions; it is a session.Activity.
type Activity struct {
	store               *Store
	beat, learn, stored *redis.Script
}

var _ session.Activity = (*Activity)(nil)

// Activity returns the last activity of sessions.
func (s *Store) Activity() *Activity {
	return &Activity{
		store: s, beat: redis.NewScript(beatPulse), learn: redis.NewScript(learnPulse), stored: redis.NewScript(storedPulse),
	}
}

// Beat moves the session's last activity forward to at and the last report to now, in one round trip, and returns the pulse as
// it was before. It moves nothing if the report comes sooner than every after the last one, if at is not before the idle end
// (last activity plus idle; idle 0: none), or if the allowance after that end is over. It returns idp.ErrNotFound for an unknown
// pulse, that of another app, and that of a session that has ended.
func (a *Activity) Beat(ctx context.Context, id idp.SID, client idp.ClientID, at, now time.Time, every, idle, allowance time.Duration) (session.Pulse, error) {
	result, err := a.store.run(ctx, a.beat, a.store.pulseKeys(id), instant(at), instant(now),
		every.Microseconds(), idle.Microseconds(), allowance.Microseconds(), string(client))
	if err != nil {
		return session.Pulse{}, err
	}
	return pulse(result)
}

// Learn remembers the pulse of a session until its end. It keeps a later activity, and a later report, that are known already; a
// session that Forget dropped within overFor stays dropped.
func (a *Activity) Learn(ctx context.Context, id idp.SID, p session.Pulse, ends time.Time) error {
	_, err := a.store.runInt(ctx, a.learn, a.store.pulseKeys(id), instant(p.LastActivity), instant(p.ReportedAt), instant(p.StoredAt),
		instant(p.EndsAt), instant(p.AuthTime), string(p.ClientID), ends.UnixMilli(), pulseSlack.Milliseconds())
	return err
}

// Stored records that SQL has this activity, if the pulse is known.
func (a *Activity) Stored(ctx context.Context, id idp.SID, at time.Time) error {
	_, err := a.store.runInt(ctx, a.stored, a.store.pulseKeys(id), instant(at))
	return err
}

// Last returns the last activity known of each of the sessions, atOnce in a round trip to each server that keeps some.
func (a *Activity) Last(ctx context.Context, ids []idp.SID) (map[idp.SID]time.Time, error) {
	found := make(map[idp.SID]time.Time, len(ids))
	for some := range slices.Chunk(ids, atOnce) {
		if err := a.last(ctx, some, found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (a *Activity) last(ctx context.Context, ids []idp.SID, found map[idp.SID]time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	answers := make([]*redis.StringCmd, len(ids))
	_, err := a.store.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, id := range ids {
			answers[i] = pipe.HGet(ctx, a.store.pulseKey(id), "last")
		}
		return nil
	})
	if err := translate(err); err != nil && idp.CodeOf(err) != idp.CodeNotFound {
		return err
	}
	for i, answer := range answers {
		last, err := answer.Result()
		if err := translate(err); idp.CodeOf(err) == idp.CodeNotFound {
			continue
		} else if err != nil {
			return err
		}
		if found[ids[i]], err = parseInstant(last); err != nil {
			return err
		}
	}
	return nil
}

// Forget drops the pulses of sessions that have ended, and remembers for a moment that they have. What was dropped before an error
// stays dropped.
func (a *Activity) Forget(ctx context.Context, ids []idp.SID) error {
	for some := range slices.Chunk(ids, atOnce) {
		if err := a.forget(ctx, some); err != nil {
			return err
		}
	}
	return nil
}

func (a *Activity) forget(ctx context.Context, ids []idp.SID) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	_, err := a.store.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, id := range ids {
			pipe.Eval(ctx, forgetPulse, a.store.pulseKeys(id), overFor.Milliseconds())
		}
		return nil
	})
	return translate(err)
}

// pulse reads the answer of the script beatPulse.
func pulse(result any) (session.Pulse, error) {
	values, ok := result.([]any)
	if !ok || len(values) != 6 {
		return session.Pulse{}, unexpected(result)
	}
	var p session.Pulse
	for i, field := range []*time.Time{&p.LastActivity, &p.ReportedAt, &p.StoredAt, &p.EndsAt, &p.AuthTime} {
		text, ok := values[i].(string)
		if !ok {
			return session.Pulse{}, unexpected(values[i])
		}
		at, err := parseInstant(text)
		if err != nil {
			return session.Pulse{}, err
		}
		*field = at
	}
	client, ok := values[5].(string)
	if !ok {
		return session.Pulse{}, unexpected(values[5])
	}
	p.ClientID = idp.ClientID(client)
	return p, nil
}

// instant is a time as a pulse holds it: cut to the microsecond, which compares with the whole microseconds of SQL as the
// time itself does. A script's numbers are exact to the year 2255.
func instant(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMicro()
}

func parseInstant(text string) (time.Time, error) {
	micro, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, unexpected(text)
	}
	if micro == 0 {
		return time.Time{}, nil
	}
	return time.UnixMicro(micro).UTC(), nil
}

func (s *Store) pulseKey(id idp.SID) string    { return s.granted("pulse:", string(id)) }
func (s *Store) pulseKeys(id idp.SID) []string { return []string{s.pulseKey(id)} }
