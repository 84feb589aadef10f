package redisstore

import (
	"context"
	"fmt"
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
//
// A breaker does not judge the newest messages, so a clock that is set back would hide from it what it has judged before. Its time
// is therefore the latest that it was asked at, until a clock has caught up, or for as long as a breaker looks back.
//
// The keys that contribute counts go from the narrowest circle to the widest. One with a share counts no more messages than that of any
// narrower circle, so that no practice alone can close a network, no network a country, or open one.
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
local function latest(key, now, life)
  local seen = tonumber(redis.call('GET', key) or '')
  if seen and seen > now then return seen end
  redis.call('SET', key, string.format('%.0f', now), 'PX', life)
  return now
end
local function contribute(keys, shares, bucket, first, life)
  local most = 0
  for i = 1, #keys do
    local before = total(keys[i], first)
    if shares[i] == 0 or most < shares[i] then count(keys[i], bucket, first, life) end
    most = math.max(most, before)
  end
end
`
	// takeSMS gets three keys of intervals, the third of which is not asked and only set, those of windows, two for each breaker (what
	// was sent and what was verified), and the breakers' clock. Its arguments are now, the interval and the number of windows; for each window its bucket, the first bucket
	// that counts, the limit (0: it only counts) and its life; then, for the breakers, the width and the number of buckets, the grace, the
	// life and the percentage, and for each breaker how many sent messages it needs to judge (0: it only counts) and its share (0:
	// it counts all). It answers {wait, reached, bucket}: milliseconds to wait, or the number of the window or breaker that is closed
	// and the bucket that has to leave it.
	takeSMS = windows + leavesWindow + `
local now, interval, many = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local wait = 0
for i = 1, 2 do
  local last = tonumber(redis.call('GET', KEYS[i]) or '')
  if last then wait = math.max(wait, math.min(last + interval - now, interval)) end
end
if wait > 0 then return {wait, 0, 0} end
for i = 1, many do
  local at = 4 + (i - 1) * 4
  local first, limit = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  if limit > 0 and total(KEYS[3 + i], first) >= limit then return {0, i, leaves(KEYS[3 + i], first, limit)} end
end
local at = 4 + many * 4
local width, life, percent = tonumber(ARGV[at]), ARGV[at + 3], tonumber(ARGV[at + 4])
local breakers = (#KEYS - 4 - many) / 2
if breakers > 0 then now = latest(KEYS[#KEYS], now, life) end
local bucket = math.floor(now / width)
local first = bucket - tonumber(ARGV[at + 1]) + 1
local last = math.floor((now - tonumber(ARGV[at + 2])) / width) - 1
for i = 1, breakers do
  local sent, verified = KEYS[2 + many + 2 * i], KEYS[3 + many + 2 * i]
  local least = tonumber(ARGV[at + 3 + 2 * i])
  local judged = total(sent, first) - total(sent, last + 1)
  if least > 0 and judged >= least and total(verified, first) * 100 < judged * percent then
    return {0, many + i, leaves(sent, first, least)}
  end
end
for i = 1, 3 do redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2]) end
for i = 1, many do
  local at = 4 + (i - 1) * 4
  count(KEYS[3 + i], tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 3])
end
local sample, shares = {}, {}
for i = 1, breakers do
  sample[i] = KEYS[2 + many + 2 * i]
  shares[i] = tonumber(ARGV[at + 4 + 2 * i])
end
contribute(sample, shares, bucket, first, life)
return {0, 0, 0}`

	// verifiedSMS counts one right code for each breaker; the last key is their clock. Its arguments are now, the width and the number
	// of buckets, the life, and the share of each breaker.
	verifiedSMS = windows + `
local now = latest(KEYS[#KEYS], tonumber(ARGV[1]), ARGV[4])
local bucket = math.floor(now / tonumber(ARGV[2]))
local sample, shares = {}, {}
for i = 1, #KEYS - 1 do
  sample[i] = KEYS[i]
  shares[i] = tonumber(ARGV[4 + i])
end
contribute(sample, shares, bucket, bucket - tonumber(ARGV[3]) + 1, ARGV[4])
return 1`
)

// SMSLimits counts text messages; it is a proof.SMSLimits.
type SMSLimits struct {
	store          *Store
	limits         idp.Limits
	reached        func(idp.LimitName)
	take, verified *redis.Script
}

var _ proof.SMSLimits = (*SMSLimits)(nil)

// SMSLimits returns the counters of text messages under limits; reached is called whenever one of them refuses. An error names the
// limit that is not among them, or lets nothing through.
func (s *Store) SMSLimits(limits idp.Limits, reached func(idp.LimitName)) (*SMSLimits, error) {
	for _, name := range textLimits() {
		if rate := limits[name]; rate.Most < 1 || rate.Window <= 0 {
			return nil, fmt.Errorf("limits of text messages: %s is %s", name, rate)
		}
	}
	return &SMSLimits{
		store:    s,
		limits:   limits,
		reached:  reached,
		take:     redis.NewScript(takeSMS),
		verified: redis.NewScript(verifiedSMS),
	}, nil
}

// Take asks to send one message now, and counts it under every limit if it may go; under none if it may not.
func (l *SMSLimits) Take(ctx context.Context, ask idp.SMSAsk, now time.Time) (idp.SMSVerdict, error) {
	bounds, breakers := l.bounds(ask), l.breakers(ask)
	keys := []string{
		l.key("interval-user", string(ask.UserID)), l.key("interval-number", numberOf(ask)), l.key("interval-number", ask.Phone.Reveal()),
	}
	args := []any{now.UnixMilli(), policy.TextInterval.Milliseconds(), len(bounds)}
	for _, b := range bounds {
		keys = append(keys, b.key)
		args = append(args, b.window.bucket(now), b.window.first(now), b.most, b.window.life())
	}
	w := breakerWindow()
	args = append(args, w.width.Milliseconds(), w.count, policy.TextGrace.Milliseconds(), w.life(), policy.TextsVerifiedPercent)
	for _, b := range breakers {
		keys = append(keys, b.sent, b.verified)
		args = append(args, b.least, b.share)
	}
	keys = append(keys, breakerClock)
	result, err := l.store.run(ctx, l.take, keys, args...)
	if err != nil {
		return idp.SMSVerdict{}, err
	}
	wait, reached, bucket, err := three(result)
	if err != nil {
		return idp.SMSVerdict{}, err
	}
	var verdict idp.SMSVerdict
	switch n := int(reached); {
	case n == 0:
		return idp.SMSVerdict{Wait: time.Duration(wait) * time.Millisecond}, nil
	case n <= len(bounds):
		verdict = idp.SMSVerdict{Closed: bounds[n-1].name, Until: bounds[n-1].window.leaves(bucket)}
	default:
		verdict = idp.SMSVerdict{Closed: breakers[n-len(bounds)-1].name, Until: w.leaves(bucket)}
	}
	l.reached(verdict.Closed)
	return verdict, nil
}

// Verified records that a message led to a right code. A number that was verified before is not judged, and so not counted.
func (l *SMSLimits) Verified(ctx context.Context, ask idp.SMSAsk, now time.Time) error {
	breakers := l.breakers(ask)
	if len(breakers) == 0 {
		return nil
	}
	var keys []string
	w := breakerWindow()
	args := []any{now.UnixMilli(), w.width.Milliseconds(), w.count, w.life()}
	for _, b := range breakers {
		keys = append(keys, b.verified)
		args = append(args, b.share)
	}
	_, err := l.store.runInt(ctx, l.verified, append(keys, breakerClock), args...)
	return err
}

// breaker compares what was sent with what was verified. The last one of a message is that of its country.
type breaker struct {
	name           idp.LimitName // "": it only counts
	sent, verified string        // keys
	least          int           // sent messages that it needs to judge; 0: it only counts
	share          int           // the most that it counts of any narrower circle; 0: all
}

// breakers lists what judges a message, narrowest first: none for a number that was verified before.
func (l *SMSLimits) breakers(ask idp.SMSAsk) []breaker {
	if ask.Verified {
		return nil
	}
	of := func(name idp.LimitName, kind, who string) breaker {
		return breaker{name: name, sent: l.key("sent-"+kind, who), verified: l.key("verified-"+kind, who), least: l.limits[name].Most}
	}
	network := of(idp.LimitNetworkBreaker, "address", policy.Network(ask.Address))
	network.share = policy.NetworkShare(network.least)
	country := l.limits[idp.LimitCountryBreaker].Most
	return []breaker{
		of(idp.LimitPracticeBreaker, "practice", string(ask.PracticeID)),
		network,
		of("", "site", policy.Site(ask.Address)),
		{
			name: idp.LimitCountryBreaker, least: country, share: policy.CountryShare(country),
			sent: countryKey("sent", ask.Country), verified: countryKey("verified", ask.Country),
		},
	}
}

// bound is one limit applied to one message.
type bound struct {
	name   idp.LimitName
	key    string
	window window
	most   int // 0: it only counts
}

// bounds lists the limits of a message, narrowest first: the first that is full is the one named. A number that was verified
// before is under those of its person, of the number and of the day only.
func (l *SMSLimits) bounds(ask idp.SMSAsk) []bound {
	of := func(name idp.LimitName, who string) bound {
		w := windowOf(l.limits[name].Window)
		return bound{name: name, key: l.key(w.counts(name), who), window: w, most: l.limits[name].Most}
	}
	user, number := string(ask.UserID), numberOf(ask)
	bounds := []bound{
		of(idp.LimitTextsToUser, user),
		of(idp.LimitTextsToUserByDay, user),
		of(idp.LimitTextsToNumber, number),
		of(idp.LimitTextsToNumberByDay, number),
	}
	if ask.Verified {
		for _, name := range []idp.LimitName{idp.LimitTextsToNumber, idp.LimitTextsToNumberByDay} {
			forOthers := of(name, ask.Phone.Reveal())
			forOthers.most = 0
			bounds = append(bounds, forOthers)
		}
	} else {
		bounds = append(bounds,
			of(idp.LimitUnverifiedByNetwork, policy.Network(ask.Address)),
			of(idp.LimitUnverifiedOfPractice, string(ask.PracticeID)),
			of(idp.LimitUnverifiedByDay, ""))
	}
	return append(bounds, of(idp.LimitTextsByDay, ""))
}

// numberOf is whom the limits on a number count. Those of a person whose number it is count the messages to such people alone: others
// who ask for messages to it would keep the person from signing in. Theirs count all messages to the number.
func numberOf(ask idp.SMSAsk) string {
	if ask.Verified {
		return "verified " + ask.Phone.Reveal()
	}
	return ask.Phone.Reveal()
}

// textLimits are those that bounds and breakers name.
func textLimits() []idp.LimitName {
	return []idp.LimitName{
		idp.LimitTextsToUser, idp.LimitTextsToUserByDay, idp.LimitTextsToNumber, idp.LimitTextsToNumberByDay,
		idp.LimitUnverifiedByNetwork, idp.LimitUnverifiedOfPractice, idp.LimitUnverifiedByDay, idp.LimitTextsByDay,
		idp.LimitPracticeBreaker, idp.LimitNetworkBreaker, idp.LimitCountryBreaker,
	}
}

// smsPrefix carries the hash tag that keeps all counters of text messages in one slot of a cluster.
const (
	smsPrefix    = prefix + "{sms}:"
	breakerClock = smsPrefix + "clock"
)

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

// breakerWindow holds the messages that are old enough to be judged; minutes, because the grace is counted in them.
func breakerWindow() window {
	return window{width: time.Minute, count: int((policy.TextBreakerWindow+policy.TextGrace)/time.Minute) + 1}
}

func (w window) bucket(now time.Time) int64 { return now.UnixMilli() / w.width.Milliseconds() }
func (w window) first(now time.Time) int64  { return w.bucket(now) - int64(w.count) + 1 }
func (w window) life() int64                { return w.width.Milliseconds() * int64(w.count+1) }

// three reads an answer of three integers.
func three(result any) (first, second, third int64, err error) {
	values, ok := result.([]any)
	if !ok || len(values) != 3 {
		return 0, 0, 0, unexpected(result)
	}
	var numbers [3]int64
	for i, value := range values {
		if numbers[i], ok = value.(int64); !ok {
			return 0, 0, 0, unexpected(result)
		}
	}
	return numbers[0], numbers[1], numbers[2], nil
}

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
