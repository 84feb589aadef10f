package redisstore

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
)

// leavesWindow finds the newest bucket that has to leave a full window before it lets one more through.
const leavesWindow = `
local function leaves(key, first, limit)
  local inside, left = {}, 0
  local counts = redis.call('HGETALL', key)
  for i = 1, #counts, 2 do
    local bucket, number = tonumber(counts[i]), tonumber(counts[i + 1])
    if bucket >= first then
      table.insert(inside, {bucket, number})
      left = left + number
    end
  end
  table.sort(inside, function(a, b) return a[1] < b[1] end)
  for _, one in ipairs(inside) do
    left = left - one[2]
    if left < limit then return one[1] end
  end
end
`

// askRates gets the keys of windows, and for each its bucket, the first bucket that counts, the limit and its life, and in the end
// whether to count. It answers {reached, bucket}: the number of the first window that is full, 0 if none is, and the newest bucket that
// has to leave that window before it lets one more through.
const askRates = windows + leavesWindow + `
for i = 1, #KEYS do
  local at = (i - 1) * 4
  local first, limit = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  if total(KEYS[i], first) >= limit then return {i, leaves(KEYS[i], first, limit)} end
end
if ARGV[#ARGV] ~= 'count' then return {0, 0} end
for i = 1, #KEYS do
  local at = (i - 1) * 4
  count(KEYS[i], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), ARGV[at + 4])
end
return {0, 0}`

// Rates counts what has a limit. Losing Redis starts every count again: no count here guards a proof.
type Rates struct {
	store   *Store
	limits  idp.Limits
	reached func(idp.LimitName)
	ask     *redis.Script
}

// Rates returns the counters under limits; reached is called whenever one of them refuses.
func (s *Store) Rates(limits idp.Limits, reached func(idp.LimitName)) *Rates {
	return &Rates{store: s, limits: limits, reached: reached, ask: redis.NewScript(askRates)}
}

// Take counts one more of each use if every limit lets it through, and nothing if one of them is full: of several, the first is
// named. idp.ErrUnavailable if Redis does not answer.
func (r *Rates) Take(ctx context.Context, now time.Time, uses ...idp.Use) (idp.Reached, error) {
	return r.look(ctx, now, "count", uses)
}

// Full counts nothing, and names the first of these limits that is full. It is for what is counted only by how it ends. Errors as Take.
func (r *Rates) Full(ctx context.Context, now time.Time, uses ...idp.Use) (idp.Reached, error) {
	return r.look(ctx, now, "look", uses)
}

func (r *Rates) look(ctx context.Context, now time.Time, mode string, uses []idp.Use) (idp.Reached, error) {
	var keys []string
	var args []any
	for _, use := range uses {
		rate, known := r.limits[use.Limit]
		if !known {
			return idp.Reached{}, idp.Wrap(idp.CodeInternal, fmt.Errorf("there is no limit %q", use.Limit))
		}
		w := windowOf(rate.Window)
		keys = append(keys, r.key(use))
		args = append(args, w.bucket(now), w.first(now), rate.Most, w.life())
	}
	result, err := r.store.run(ctx, r.ask, keys, append(args, mode)...)
	if err != nil {
		return idp.Reached{}, err
	}
	full, bucket, err := pair(result)
	if err != nil || full == 0 {
		return idp.Reached{}, err
	}
	name := uses[full-1].Limit
	r.reached(name)
	w := windowOf(r.limits[name].Window)
	return idp.Reached{Limit: name, Until: w.leaves(bucket)}, nil
}

// key names a counter without showing whom it counts. All of them lie in one slot of a cluster, so that they are asked at once.
func (r *Rates) key(use idp.Use) string {
	kind := windowOf(r.limits[use.Limit].Window).counts(use.Limit)
	return prefix + "{rate}:" + kind + ":" + r.store.sealer.Blind(use.Of, "rate/"+kind)
}

// windowOf is a window of twelfths of the length. It has one more than would fit, so that it is never shorter than the length.
func windowOf(length time.Duration) window { return window{width: length / 12, count: 12 + 1} }

// counts is what the counts of a limit lie under. The width is a part of it: the buckets of another window have other numbers, and
// those that an operator's former setting has left would never leave.
func (w window) counts(name idp.LimitName) string {
	return fmt.Sprintf("%s:%d", name, w.width.Milliseconds())
}

// leaves is when a bucket leaves the window.
func (w window) leaves(bucket int64) time.Time {
	return time.UnixMilli((bucket + int64(w.count)) * w.width.Milliseconds()).UTC()
}
