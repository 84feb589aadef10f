package redisstore

// A window is a hash of counts by bucket of time. The buckets of the window and all later ones are summed, so that a clock
// that is set back frees nothing, and older ones are dropped when the next is counted. The keys of one circle lie in one
// slot: asking and counting is one step over all its limits. (A rate-limiting library counts each limit for
// itself: a message that one of them refuses would still use up the others.)
//
// A breaker does not judge the newest messages, so a clock that is set back would hide from it what it has judged before. Its time
// is therefore the latest that its circle was asked at, until a clock has caught up, or for as long as a breaker looks back.
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
local function contribute(keys, shares, bucket, first, life, most)
  local counted = {}
  for i = 1, #keys do
    local before = total(keys[i], first)
    counted[i] = 0
    if shares[i] == 0 or most < shares[i] then
      count(keys[i], bucket, first, life)
      counted[i] = 1
    end
    most = math.max(most, before)
  end
  return most, counted
end
`
	// takeSMS gets the keys of one circle: intervals that are asked and set, others that are only set, those of windows, two for each
	// breaker (what was sent and what was verified), and the breakers' clock. Its arguments are now, the interval, the numbers of these
	// intervals and of windows, and the most that a narrower circle has sent; for the breakers, the width and the number of buckets, the
	// grace, the life and the percentage; for each window its bucket, the first bucket that counts, the limit (0: it only counts) and its
	// life; for each breaker how many sent messages it needs to judge (0: it only counts) and its share (0: it counts all). It answers
	// {wait, reached, bucket, most, counts' bucket, counted...}: milliseconds to wait, or the number of the window or breaker that is closed
	// and the bucket that has to leave it; then what the next wider circle is told, and for each breaker whether it counted, and where.
	takeSMS = windows + leavesWindow + `
local now, interval, asked, set, many, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local width, life, percent = tonumber(ARGV[7]), ARGV[10], tonumber(ARGV[11])
local wait = 0
for i = 1, asked do
  local last = tonumber(redis.call('GET', KEYS[i]) or '')
  if last then wait = math.max(wait, math.min(last + interval - now, interval)) end
end
if wait > 0 then return {wait, 0, 0, 0, 0} end
set = asked + set
for i = 1, many do
  local at = 12 + (i - 1) * 4
  local first, limit = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  if limit > 0 and total(KEYS[set + i], first) >= limit then return {0, i, leaves(KEYS[set + i], first, limit), 0, 0} end
end
local at = 12 + many * 4
local breakers = math.floor((#KEYS - set - many) / 2)
local past = now
if breakers > 0 then past = latest(KEYS[#KEYS], now, life) end
local bucket = math.floor(past / width)
local first = bucket - tonumber(ARGV[8]) + 1
local last = math.floor((past - tonumber(ARGV[9])) / width) - 1
local sample, shares = {}, {}
for i = 1, breakers do
  local sent, verified = KEYS[set + many + 2 * i - 1], KEYS[set + many + 2 * i]
  local least = tonumber(ARGV[at + 2 * i - 2])
  local judged = total(sent, first) - total(sent, last + 1)
  if least > 0 and judged >= least and total(verified, first) * 100 < judged * percent then
    return {0, many + i, leaves(sent, first, least), 0, 0}
  end
  sample[i], shares[i] = sent, tonumber(ARGV[at + 2 * i - 1])
end
for i = 1, set do redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2]) end
for i = 1, many do
  local at = 12 + (i - 1) * 4
  count(KEYS[set + i], tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 3])
end
local told, counted = contribute(sample, shares, bucket, first, life, most)
return {0, 0, 0, told, bucket, unpack(counted)}`

	// giveBack undoes what takeSMS and askRates counted: of intervals that were set at now, and then of windows, one in each bucket.
	giveBack = `
local set = tonumber(ARGV[2])
for i = 1, set do
  if redis.call('GET', KEYS[i]) == ARGV[1] then redis.call('DEL', KEYS[i]) end
end
for i = set + 1, #KEYS do
  local bucket = ARGV[2 + i - set]
  if redis.call('HEXISTS', KEYS[i], bucket) == 1 and redis.call('HINCRBY', KEYS[i], bucket, -1) <= 0 then redis.call('HDEL', KEYS[i], bucket) end
end
return 1`

	// verifiedSMS counts one right code for each breaker of a circle; the last key is their clock. Its arguments are now, the width and the
	// number of buckets, the life, the most that a narrower circle has verified, and the share of each breaker. It answers the most.
	verifiedSMS = windows + `
local now = latest(KEYS[#KEYS], tonumber(ARGV[1]), ARGV[4])
local bucket = math.floor(now / tonumber(ARGV[2]))
local sample, shares = {}, {}
for i = 1, #KEYS - 1 do
  sample[i] = KEYS[i]
  shares[i] = tonumber(ARGV[5 + i])
end
local most = contribute(sample, shares, bucket, bucket - tonumber(ARGV[3]) + 1, ARGV[4], tonumber(ARGV[5]))
return most`
)
