package redisstore

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
)

// SMSLimits counts text messages; it is a proof.SMSLimits.
type SMSLimits struct {
	store                *Store
	limits               idp.Limits
	reached              func(idp.LimitName)
	take, verified, back *redis.Script
	outage               outage
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
		back:     redis.NewScript(giveBack),
		verified: redis.NewScript(verifiedSMS),
	}, nil
}

// Take asks to send one message now, and counts it under every limit if it may go; under none if it may not. Each circle is asked by
// itself, and one that refuses makes those before it give back: meanwhile they may refuse a message too many, and never let one through.
func (l *SMSLimits) Take(ctx context.Context, ask idp.SMSAsk, now time.Time) (idp.SMSVerdict, error) {
	var taken []taken
	var most int64
	for _, c := range l.circles(ask) {
		t, err := l.ask(ctx, c, most, now)
		if err != nil && c.wide && l.outage.brief(now) {
			continue
		}
		if err != nil || t.verdict != (idp.SMSVerdict{}) {
			l.giveBack(ctx, taken, now)
			return t.verdict, err
		}
		taken = append(taken, t)
		most = t.most
	}
	return idp.SMSVerdict{}, nil
}

// taken is the answer of one circle.
type taken struct {
	verdict idp.SMSVerdict // zero: the message may go, and was counted
	most    int64          // what the next wider circle is told
	set     []string       // keys of intervals that began
	windows []string       // keys that counted, and where
	buckets []any
}

func (l *SMSLimits) ask(ctx context.Context, c circle, most int64, now time.Time) (taken, error) {
	var t taken
	w := breakerWindow()
	keys := slices.Concat(c.asked, c.set)
	if len(c.asked) > 0 { // of others that began before, the one that was replaced would be given back
		t.set = slices.Clone(keys)
	}
	args := []any{
		now.UnixMilli(), policy.TextInterval.Milliseconds(), len(c.asked), len(c.set), len(c.bounds), most,
		w.width.Milliseconds(), w.count, policy.TextGrace.Milliseconds(), w.life(), policy.TextsVerifiedPercent,
	}
	for _, b := range c.bounds {
		keys = append(keys, b.key)
		args = append(args, b.window.bucket(now), b.window.first(now), b.most, b.window.life())
		t.windows = append(t.windows, b.key)
		t.buckets = append(t.buckets, b.window.bucket(now))
	}
	for _, b := range c.breakers {
		keys = append(keys, b.sent, b.verified)
		args = append(args, b.least, b.share)
	}
	if c.clock != "" {
		keys = append(keys, c.clock)
	}
	result, err := l.store.run(ctx, l.take, keys, args...)
	if err != nil {
		return taken{}, err
	}
	answer, err := numbers(result)
	if err != nil || len(answer) < 5 {
		return taken{}, unexpected(result)
	}
	wait, reached, bucket := answer[0], int(answer[1]), answer[2]
	switch {
	case reached > len(c.bounds):
		t.verdict = idp.SMSVerdict{Closed: c.breakers[reached-len(c.bounds)-1].name, Until: w.leaves(bucket)}
		l.reached(t.verdict.Closed)
	case reached > 0:
		t.verdict = idp.SMSVerdict{Closed: c.bounds[reached-1].name, Until: c.bounds[reached-1].window.leaves(bucket)}
		l.reached(t.verdict.Closed)
	default:
		t.verdict.Wait = time.Duration(wait) * time.Millisecond
	}
	t.most = answer[3]
	for i, counted := range answer[5:] {
		if counted == 1 {
			t.windows = append(t.windows, c.breakers[i].sent)
			t.buckets = append(t.buckets, answer[4])
		}
	}
	return t, nil
}

// giveBack undoes what the narrower circles counted of a message that does not go, even if its caller has gone away meanwhile. What
// cannot be given back, because Redis does not answer, is counted as if the message had gone.
func (l *SMSLimits) giveBack(ctx context.Context, all []taken, now time.Time) {
	for _, t := range all {
		args := append([]any{now.UnixMilli(), len(t.set)}, t.buckets...)
		_, _ = l.store.runInt(context.WithoutCancel(ctx), l.back, slices.Concat(t.set, t.windows), args...)
	}
}

// Verified records that a message led to a right code. A number that was verified before is not judged, and so not counted.
func (l *SMSLimits) Verified(ctx context.Context, ask idp.SMSAsk, now time.Time) error {
	if ask.Verified {
		return nil
	}
	w := breakerWindow()
	var most int64
	for _, c := range l.circles(ask) {
		if len(c.breakers) == 0 {
			continue
		}
		var keys []string
		args := []any{now.UnixMilli(), w.width.Milliseconds(), w.count, w.life(), most}
		for _, b := range c.breakers {
			keys = append(keys, b.verified)
			args = append(args, b.share)
		}
		var err error
		most, err = l.store.runInt(ctx, l.verified, append(keys, c.clock), args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// outage lets messages pass for a while whose wider circles cannot be asked: a part of a cluster that fails over would otherwise refuse
// most messages, though those of their person and number can be counted. It is over soon, so that nothing but a failover is bridged.
type outage struct {
	mu         sync.Mutex
	from, last time.Time
}

const (
	outageBridged = 30 * time.Second
	outageApart   = 10 * time.Minute // without a failure, before the next one is another outage
)

func (o *outage) brief(now time.Time) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last.IsZero() || now.Sub(o.last) > outageApart {
		o.from = now
	}
	o.last = now
	return now.Sub(o.from) < outageBridged
}

// textLimits are those that bounds and breakers name.
func textLimits() []idp.LimitName {
	return []idp.LimitName{
		idp.LimitTextsToUser, idp.LimitTextsToUserByDay, idp.LimitTextsToNumber, idp.LimitTextsToNumberByDay,
		idp.LimitUnverifiedByNetwork, idp.LimitUnverifiedOfPractice, idp.LimitUnverifiedByDay, idp.LimitTextsByDay,
		idp.LimitPracticeBreaker, idp.LimitNetworkBreaker, idp.LimitCountryBreaker,
	}
}

// numbers reads an answer of integers.
func numbers(result any) ([]int64, error) {
	values, ok := result.([]any)
	if !ok {
		return nil, unexpected(result)
	}
	list := make([]int64, len(values))
	for i, value := range values {
		if list[i], ok = value.(int64); !ok {
			return nil, unexpected(result)
		}
	}
	return list, nil
}
