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

// askRates gets the key of a window, its bucket, the first bucket that counts, the limit and its life, and whether to count. It answers
// {full, bucket}: 1 if the window is full, and the newest bucket that has to leave it before it lets one more through.
const askRates = windows + leavesWindow + `
local first, limit = tonumber(ARGV[2]), tonumber(ARGV[3])
if total(KEYS[1], first) >= limit then return {1, leaves(KEYS[1], first, limit)} end
if ARGV[5] == 'count' then count(KEYS[1], tonumber(ARGV[1]), first, ARGV[4]) end
return {0, 0}`

// Rates counts what has a limit. Losing Redis starts every count again: no count here guards a proof.
type Rates struct {
	store   *Store
	limits  idp.Limits
	reached func(idp.LimitName)
	ask     *redis.Script
	back    *redis.Script
}

// Rates returns the counters under limits; reached is called whenever one of them refuses.
func (s *Store) Rates(limits idp.Limits, reached func(idp.LimitName)) *Rates {
	return &Rates{store: s, limits: limits, reached: reached, ask: redis.NewScript(askRates), back: redis.NewScript(giveBack)}
}

// Take counts one more of each use if every limit lets it through, and nothing if one of them is full: of several, the first is
// named. idp.ErrUnavailable if Redis does not answer. Each is asked by itself, and one that refuses makes those before it give back.
func (r *Rates) Take(ctx context.Context, now time.Time, uses ...idp.Use) (idp.Reached, error) {
	for i, use := range uses {
		reached, err := r.look(ctx, now, "count", use)
		if err != nil || reached.Limit != "" {
			r.giveBack(ctx, now, uses[:i])
			return reached, err
		}
	}
	return idp.Reached{}, nil
}

// giveBack is as that of SMSLimits.
func (r *Rates) giveBack(ctx context.Context, now time.Time, uses []idp.Use) {
	for _, use := range uses {
		bucket := windowOf(r.limits[use.Limit].Window).bucket(now)
		_, _ = r.store.runInt(context.WithoutCancel(ctx), r.back, []string{r.key(use)}, now.UnixMilli(), 0, bucket)
	}
}

// Full counts nothing, and names the first of these limits that is full. It is for what is counted only by how it ends. Errors as Take. All
// are asked in one round trip.
func (r *Rates) Full(ctx context.Context, now time.Time, uses ...idp.Use) (idp.Reached, error) {
	calls := make([]call, len(uses))
	for i, use := range uses {
		var err error
		if calls[i], err = r.call(now, "look", use); err != nil {
			return idp.Reached{}, err
		}
	}
	results, err := r.store.runAll(ctx, r.ask, calls)
	if err != nil {
		return idp.Reached{}, err
	}
	for i, use := range uses {
		reached, err := r.read(use, results[i])
		if err != nil || reached.Limit != "" {
			return reached, err
		}
	}
	return idp.Reached{}, nil
}

func (r *Rates) look(ctx context.Context, now time.Time, mode string, use idp.Use) (idp.Reached, error) {
	c, err := r.call(now, mode, use)
	if err != nil {
		return idp.Reached{}, err
	}
	result, err := r.store.run(ctx, r.ask, c.keys, c.args...)
	if err != nil {
		return idp.Reached{}, err
	}
	return r.read(use, result)
}

// call is that of the script askRates for one use.
func (r *Rates) call(now time.Time, mode string, use idp.Use) (call, error) {
	rate, known := r.limits[use.Limit]
	if !known {
		return call{}, idp.Wrap(idp.CodeInternal, fmt.Errorf("there is no limit %q", use.Limit))
	}
	w := windowOf(rate.Window)
	return call{[]string{r.key(use)}, []any{w.bucket(now), w.first(now), rate.Most, w.life(), mode}}, nil
}

// read reads the answer of the script.
func (r *Rates) read(use idp.Use, result any) (idp.Reached, error) {
	answer, err := numbers(result)
	if err != nil || len(answer) != 2 {
		return idp.Reached{}, unexpected(result)
	}
	if answer[0] == 0 {
		return idp.Reached{}, nil
	}
	r.reached(use.Limit)
	return idp.Reached{Limit: use.Limit, Until: windowOf(r.limits[use.Limit].Window).leaves(answer[1])}, nil
}

// key names a counter without showing whom it counts.
func (r *Rates) key(use idp.Use) string {
	kind := windowOf(r.limits[use.Limit].Window).counts(use.Limit)
	return prefix + "rate:" + kind + ":" + r.store.sealer.Blind(use.Of, "rate/"+kind)
}
