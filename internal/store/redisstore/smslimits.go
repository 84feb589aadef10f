package redisstore

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
)

// A window is a hash of counts by bucket of time. The buckets of the window and all later ones are summed, so that a clock
// that is set back frees nothing, and older ones are dropped when the next is counted. All keys of text messages lie in one
// slot: asking and counting is then one step, over all limits at once. (A rate-limiting library counts each limit for
// itself: a message that one of them refuses would still use up the others.)
const (
	windows = `
local function total(key, first)
  local sum, counts = 0, redis.call('HGETALL', key)
  for i = 1, #counts, 2 do
    if tonumber(counts[i]) >= first then sum = sum + tonumber(counts[i + 1]) end
  end
  return sum
end
local function count(key, bucket, first, life)
  for _, old in ipairs(redis.call('HKEYS', key)) do
    if tonumber(old) < first then redis.call('HDEL', key, old) end
  end
  redis.call('HINCRBY', key, string.format('%.0f', bucket), 1)
  redis.call('PEXPIRE', key, life)
end
`
	// takeSMS gets two keys of intervals and then those of windows; now and the interval, and for each window its bucket, the
	// first bucket that counts, the limit (0: none) and its life. It answers {wait, reached}: milliseconds to wait, or the
	// number of the window that is full.
	takeSMS = windows + `
local now, interval = tonumber(ARGV[1]), tonumber(ARGV[2])
local wait = 0
for i = 1, 2 do
  local last = tonumber(redis.call('GET', KEYS[i]) or '')
  if last then wait = math.max(wait, math.min(last + interval - now, interval)) end
end
if wait > 0 then return {wait, 0} end
for i = 3, #KEYS do
  local at = 3 + (i - 3) * 4
  local limit = tonumber(ARGV[at + 2])
  if limit > 0 and total(KEYS[i], tonumber(ARGV[at + 1])) >= limit then return {0, i - 2} end
end
for i = 1, 2 do redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2]) end
for i = 3, #KEYS do
  local at = 3 + (i - 3) * 4
  count(KEYS[i], tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 3])
end
return {0, 0}`

	// verifiedSMS counts one in one window.
	verifiedSMS = windows + `
count(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3])
return 1`

	// ratioSMS answers what was sent, in buckets up to ARGV[2], and what was verified; both from bucket ARGV[1] on.
	ratioSMS = windows + `
local first, last = tonumber(ARGV[1]), tonumber(ARGV[2])
return {total(KEYS[1], first) - total(KEYS[1], last + 1), total(KEYS[2], first)}`
)

// SMSLimits counts text messages; it is a proof.SMSLimits.
type SMSLimits struct {
	store                 *Store
	limits                Limits
	take, verified, ratio *redis.Script
}

var _ proof.SMSLimits = (*SMSLimits)(nil)

// SMSLimits returns the counters of text messages under limits; an error names the limit that makes no sense.
func (s *Store) SMSLimits(limits Limits) (*SMSLimits, error) {
	if err := limits.validate(); err != nil {
		return nil, err
	}
	return &SMSLimits{
		store:    s,
		limits:   limits,
		take:     redis.NewScript(takeSMS),
		verified: redis.NewScript(verifiedSMS),
		ratio:    redis.NewScript(ratioSMS),
	}, nil
}

// Take asks to send one message now, and counts it under every limit if it may go; under none if it may not.
func (l *SMSLimits) Take(ctx context.Context, ask idp.SMSAsk, now time.Time) (idp.SMSVerdict, error) {
	closed, err := l.closed(ctx, ask.Country, now)
	if err != nil {
		return idp.SMSVerdict{}, err
	}
	if closed {
		return idp.SMSVerdict{Closed: "breaker"}, nil
	}
	bounds := l.bounds(ask)
	keys := []string{l.key("interval-user", string(ask.UserID)), l.key("interval-number", ask.Phone.Reveal())}
	args := []any{now.UnixMilli(), l.limits.Interval.Milliseconds()}
	for _, b := range bounds {
		keys = append(keys, b.key)
		args = append(args, b.window.bucket(now), b.window.first(now), b.limit, b.window.life())
	}
	result, err := l.store.run(ctx, l.take, keys, args...)
	if err != nil {
		return idp.SMSVerdict{}, err
	}
	wait, reached, err := pair(result)
	if err != nil {
		return idp.SMSVerdict{}, err
	}
	verdict := idp.SMSVerdict{Wait: time.Duration(wait) * time.Millisecond}
	if reached > 0 {
		verdict.Closed = bounds[reached-1].name
	}
	return verdict, nil
}

// Verified records that a message to this country led to a right code.
func (l *SMSLimits) Verified(ctx context.Context, country string, now time.Time) error {
	w := breakerWindow(l.limits.Breaker)
	_, err := l.store.runInt(ctx, l.verified, []string{countryKey("verified", country)}, w.bucket(now), w.first(now), w.life())
	return err
}

// closed asks the breaker of the country.
func (l *SMSLimits) closed(ctx context.Context, country string, now time.Time) (bool, error) {
	w := breakerWindow(l.limits.Breaker)
	judged := w.bucket(now.Add(-l.limits.Breaker.Grace)) - 1 // the last bucket whose messages are all old enough
	keys := []string{countryKey("sent", country), countryKey("verified", country)}
	result, err := l.store.run(ctx, l.ratio, keys, w.first(now), judged)
	if err != nil {
		return false, err
	}
	sent, verified, err := pair(result)
	if err != nil {
		return false, err
	}
	return l.limits.Breaker.closed(sent, verified), nil
}

// bound is one limit applied to one message.
type bound struct {
	name   string // as in SMSVerdict.Closed
	key    string
	window window
	limit  int
}

// bounds lists the limits of a message, narrowest first: the first that is full is the one named.
func (l *SMSLimits) bounds(ask idp.SMSAsk) []bound {
	user, number, practice := string(ask.UserID), ask.Phone.Reveal(), string(ask.PracticeID)
	return []bound{
		{"user", l.key("user-hour", user), hour(), l.limits.UserHour},
		{"user", l.key("user-day", user), day(), l.limits.UserDay},
		{"number", l.key("number-hour", number), hour(), l.limits.NumberHour},
		{"number", l.key("number-day", number), day(), l.limits.NumberDay},
		{"address", l.key("address-hour", policy.Network(ask.Address)), hour(), l.limits.AddressHour},
		{"practice", l.key("practice-day", practice), day(), l.limits.PracticeDay},
		{"day", smsPrefix + "day", day(), l.limits.Day},
		{"", countryKey("sent", ask.Country), breakerWindow(l.limits.Breaker), 0},
	}
}

// smsPrefix carries the hash tag that keeps all counters of text messages in one slot of a cluster.
const smsPrefix = prefix + "{sms}:"

// key names a counter without showing whom it counts.
func (l *SMSLimits) key(kind, who string) string {
	return smsPrefix + kind + ":" + l.store.sealer.Blind(who, "sms/"+kind)
}

func countryKey(what, country string) string { return smsPrefix + what + ":" + country }

// window is a sliding window of so many buckets, the current one and the oldest included.
type window struct {
	width time.Duration // of a bucket
	count int
}

func hour() window { return windowOf(time.Hour) }
func day() window  { return windowOf(24 * time.Hour) }

// breakerWindow is an hour of messages that are old enough to be judged; minutes, because the grace is counted in them.
func breakerWindow(b Breaker) window {
	return window{width: time.Minute, count: int((time.Hour+b.Grace)/time.Minute) + 1}
}

func (w window) bucket(now time.Time) int64 { return now.UnixMilli() / w.width.Milliseconds() }
func (w window) first(now time.Time) int64  { return w.bucket(now) - int64(w.count) + 1 }
func (w window) life() int64                { return w.width.Milliseconds() * int64(w.count+1) }

// pair reads an answer of two integers.
func pair(result any) (first, second int64, err error) {
	values, ok := result.([]any)
	if !ok || len(values) != 2 {
		return 0, 0, unexpected(result)
	}
	first, ok1 := values[0].(int64)
	second, ok2 := values[1].(int64)
	if !ok1 || !ok2 {
		return 0, 0, unexpected(result)
	}
	return first, second, nil
}
