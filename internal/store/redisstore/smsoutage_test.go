package redisstore_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/redisstore"
)

// away is a hook that fails commands with a key that begins so, as a part of a cluster that does not answer.
type away struct{ part string }

func (a *away) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		key := func(arg any) bool { return a.part != "" && strings.HasPrefix(fmt.Sprint(arg), a.part) }
		if slices.ContainsFunc(cmd.Args(), key) {
			cmd.SetErr(errors.New("away"))
			return cmd.Err()
		}
		return next(ctx, cmd)
	}
}

func (*away) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		return next(ctx, network, address)
	}
}

func (*away) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ABUSE 44: what counts for many people cannot be asked. A failover does not keep people from signing in; what lasts longer closes.
func TestTextsWhileAPartOfTheLimitsIsAway(t *testing.T) {
	for _, part := range []string{"apsid:{sms:practice:", "apsid:{sms:site:", "apsid:{sms}:"} {
		store := open(t, redisstore.Embedded)
		hook := &away{part: part}
		store.Raw().AddHook(hook)
		limits := limitsOn(t, store, idp.Limits{}, func(idp.LimitName) {})
		now := smsStart()
		for i, after := range []time.Duration{0, 29 * time.Second, 31 * time.Second, 5 * time.Minute, 10 * time.Minute} {
			_, err := limits.SMSLimits.Take(t.Context(), stranger(i), now.Add(after))
			if late := after > 30*time.Second; late != errors.Is(err, idp.ErrUnavailable) {
				t.Errorf("%s away for %s: %v", part, after, err)
			}
		}
		hook.part = ""
		wantVerdict(t, "back", take(t, limits, stranger(9), now.Add(11*time.Minute)), idp.SMSVerdict{})
		hook.part = part
		if _, err := limits.SMSLimits.Take(t.Context(), stranger(10), now.Add(time.Hour)); err != nil {
			t.Errorf("%s away again, an hour later: %v", part, err)
		}
	}
}

// ABUSE 44: without the counters of a person, or of a number, nothing is sent, and nothing stays counted.
func TestNoTextWithoutTheLimitsOfItsPerson(t *testing.T) {
	for _, part := range []string{"apsid:{sms:user:", "apsid:{sms:number:"} {
		store := open(t, redisstore.Embedded)
		hook := &away{part: part}
		store.Raw().AddHook(hook)
		limits := limitsOn(t, store, idp.Limits{}, func(idp.LimitName) {})
		now := smsStart()
		if _, err := limits.SMSLimits.Take(t.Context(), stranger(1), now); !errors.Is(err, idp.ErrUnavailable) {
			t.Errorf("%s away: %v", part, err)
		}
		if keys, err := store.Raw().Keys(t.Context(), "*").Result(); err != nil || len(keys) != 0 {
			t.Errorf("%s away: left %q, %v", part, keys, err)
		}
		hook.part = ""
		wantVerdict(t, "at once after it", take(t, limits, stranger(1), now), idp.SMSVerdict{})
	}
}

// Counters of people who have nothing in common lie in slots of their own: a part of a cluster that is away concerns its share of them.
func TestLimitsAreSpreadOverACluster(t *testing.T) {
	store := open(t, redisstore.Embedded)
	seen := &scripts{}
	store.Raw().AddHook(seen)
	limits := limitsOn(t, store, idp.Limits{}, func(idp.LimitName) {})
	rates := store.Rates(testLimits(), func(idp.LimitName) {})
	tags := map[string]bool{}
	const people = 20
	for i := range people {
		ask := stranger(i)
		ask.Verified = true
		take(t, limits, ask, smsStart())
		if _, err := rates.Take(t.Context(), smsStart(), idp.Use{Limit: ratePerNetwork, Of: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, keys := range seen.keys {
		tags[hashTag(keys[0])] = true
	}
	if want := 3*people + 1; len(tags) != want { // person, number and network of each, and the day
		t.Errorf("%d slots, want %d", len(tags), want)
	}
}
