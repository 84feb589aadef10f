package redisstore_test

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/session"
)

const every, idle, allowance = 55 * time.Second, 15 * time.Minute, time.Minute

func activityStart() time.Time { return time.Date(2026, time.March, 2, 9, 0, 0, 123456000, time.UTC) }

// learn makes a new session known, active at the given time.
func learn(t testing.TB, s redisStore, active time.Time) (idp.SID, session.Pulse) {
	t.Helper()
	id, p := idp.NewSID(), session.Pulse{
		ClientID: "lodgements", LastActivity: active, StoredAt: active.Add(-3 * time.Second), EndsAt: active.Add(9 * time.Hour), AuthTime: active.Add(-time.Hour),
	}
	must(t, s.Activity.Learn(t.Context(), id, p, p.EndsAt))
	return id, p
}

// beat reports activity at a time, now.
func beat(t testing.TB, s redisStore, id idp.SID, at, now time.Time) session.Pulse {
	t.Helper()
	before, err := s.Activity.Beat(t.Context(), id, "lodgements", at, now, every, idle, allowance)
	must(t, err)
	return before
}

// peek returns the pulse and moves nothing: a report from before everything is too late for any limit.
func peek(t testing.TB, s redisStore, id idp.SID) session.Pulse {
	t.Helper()
	p, err := s.Activity.Beat(t.Context(), id, "lodgements", time.Unix(1, 0), activityStart().AddDate(100, 0, 0), 0, time.Microsecond, 0)
	must(t, err)
	return p
}

func lastOf(t testing.TB, s redisStore, ids ...idp.SID) map[idp.SID]time.Time {
	t.Helper()
	last, err := s.Activity.Last(t.Context(), ids)
	must(t, err)
	return last
}

func activityRoundTrip(t *testing.T, s redisStore) {
	id, p := learn(t, s, activityStart())
	same(t, peek(t, s, id), p)
	same(t, lastOf(t, s, id), map[idp.SID]time.Time{id: p.LastActivity})

	now := p.LastActivity.Add(2 * time.Minute)
	same(t, beat(t, s, id, now.Add(-10*time.Second), now), p) // as it was before
	p.LastActivity, p.ReportedAt = now.Add(-10*time.Second), now
	same(t, peek(t, s, id), p)
	same(t, lastOf(t, s, id), map[idp.SID]time.Time{id: p.LastActivity})

	must(t, s.Activity.Stored(t.Context(), id, now))
	must(t, s.Activity.Stored(t.Context(), id, now.Add(-time.Minute))) // a slower node comes later
	p.StoredAt = now
	same(t, peek(t, s, id), p)

	// What no microsecond holds is cut, as SQL cuts it, and the zone of a node does not show.
	later := now.Add(2*time.Minute + 999*time.Nanosecond).In(time.FixedZone("NZDT", 13*3600))
	beat(t, s, id, later, later)
	p.LastActivity, p.ReportedAt = now.Add(2*time.Minute), now.Add(2*time.Minute)
	same(t, peek(t, s, id), p)
	if local := localTimes(peek(t, s, id)); len(local) > 0 {
		t.Errorf("not in UTC: %q", local)
	}
}

func activityNeverGoesBack(t *testing.T, s redisStore) {
	id, p := learn(t, s, activityStart())
	now := p.LastActivity.Add(5 * time.Minute)
	beat(t, s, id, p.LastActivity.Add(-time.Second), now)
	want := p
	want.ReportedAt = now // it was a report, though of nothing new
	same(t, peek(t, s, id), want)

	// ABUSE 46: nor does a report from a clock that was set back.
	beat(t, s, id, now.Add(-time.Hour), now.Add(-time.Hour))
	same(t, peek(t, s, id), want)
}

func activityIsThrottled(t *testing.T, s redisStore) {
	id, p := learn(t, s, activityStart())
	first := p.LastActivity.Add(time.Second)
	beat(t, s, id, first, first) // the first report is never too soon
	p.LastActivity, p.ReportedAt = first, first
	soon := first.Add(every - time.Microsecond)
	same(t, beat(t, s, id, soon, soon), p)
	same(t, peek(t, s, id), p)
	beat(t, s, id, first.Add(every), first.Add(every))
	p.LastActivity, p.ReportedAt = first.Add(every), first.Add(every)
	same(t, peek(t, s, id), p)
}

// activityAgreesWithPolicy: what Lua decides about a report is what policy.MayReport decides, to the nanosecond.
func activityAgreesWithPolicy(t *testing.T, s redisStore) {
	rapid.Check(t, func(rt *rapid.T) {
		client := idp.Client{Registration: idp.Registration{ID: "lodgements", SessionIdleTimeout: time.Duration(rapid.SampledFrom([]int{0, 1, 15, 60}).Draw(rt, "idle minutes")) * time.Minute}}
		limit := policy.IdleTimeout(client)
		id, known := learn(t, s, activityStart())
		now := known.LastActivity
		for range rapid.IntRange(1, 12).Draw(rt, "reports") {
			now = now.Add(step(rt, limit))
			at := now.Add(-rapid.OneOf(rapid.SampledFrom([]time.Duration{0, limit, time.Minute}), durations(2*limit+time.Minute)).Draw(rt, "age"))
			before, err := s.Activity.Beat(t.Context(), id, "lodgements", at, now, every, limit, policy.ReportAllowance)
			if err != nil || before != known {
				rt.Fatalf("before: %+v, %v; want %+v", before, err, known)
			}
			known = reported(known, client, at, now)
			if got := peek(t, s, id); got != known {
				rt.Fatalf("after a report at %s of %s: %+v, want %+v", now, at, got, known)
			}
		}
	})
}

// reported is the effect that a report should have.
func reported(p session.Pulse, client idp.Client, at, now time.Time) session.Pulse {
	live := idp.Session{LastActivity: p.LastActivity, AuthTime: now, ExpiresAt: now.Add(time.Hour)} // its lifetime is not Redis's to know
	counts, _ := policy.MayReport(live, client, at, now)
	if !counts || !p.ReportedAt.IsZero() && now.Sub(p.ReportedAt) < every {
		return p
	}
	p.ReportedAt = now.Truncate(time.Microsecond)
	if cut := at.Truncate(time.Microsecond); cut.After(p.LastActivity) {
		p.LastActivity = cut
	}
	return p
}

// step is a time that may pass between two reports: often near a limit, and sometimes backwards.
func step(rt *rapid.T, limit time.Duration) time.Duration {
	near := rapid.SampledFrom([]time.Duration{every, time.Minute, limit, limit + policy.ReportAllowance}).Draw(rt, "near")
	off := time.Duration(rapid.IntRange(-2000, 2000).Draw(rt, "nanoseconds off"))
	return rapid.OneOf(rapid.Just(near+off), durations(limit+2*time.Minute), rapid.Just(-90*time.Second)).Draw(rt, "step")
}

func durations(most time.Duration) *rapid.Generator[time.Duration] {
	return rapid.Map(rapid.Int64Range(0, int64(most)), func(n int64) time.Duration { return time.Duration(n) })
}

// activityOfMany: reports of fifty tabs at once are one report, and the newest activity stays.
func activityOfMany(t *testing.T, s redisStore) {
	id, p := learn(t, s, activityStart())
	now := p.LastActivity.Add(5 * time.Minute)
	var mu sync.Mutex
	var first []session.Pulse
	for _, err := range race(func(n int) error {
		before, err := s.Activity.Beat(t.Context(), id, "lodgements", now.Add(-time.Duration(n)*time.Second), now, every, idle, allowance)
		if err == nil && before.ReportedAt.IsZero() {
			mu.Lock()
			defer mu.Unlock()
			first = append(first, before)
		}
		return err
	}) {
		must(t, err)
	}
	if len(first) != 1 {
		t.Errorf("%d reports counted, want 1", len(first))
	}

	// Without a throttle in between, the newest of all wins, in whatever order they come.
	for _, err := range race(func(n int) error {
		at := now.Add(time.Duration(n) * time.Second)
		_, err := s.Activity.Beat(t.Context(), id, "lodgements", at, now.Add(time.Hour), 0, 0, 0)
		return err
	}) {
		must(t, err)
	}
	want := now.Add((racers - 1) * time.Second)
	if got := lastOf(t, s, id)[id]; !got.Equal(want) {
		t.Errorf("last activity %s, want %s", got, want)
	}
}

// activityOfCrowd: a sweep asks for hundreds at once, and the end of a practice forgets as many.
func activityOfCrowd(t *testing.T, s redisStore) {
	ids, want := make([]idp.SID, 1000), make(map[idp.SID]time.Time)
	for i := range ids {
		at := activityStart().Add(time.Duration(i) * time.Second)
		ids[i], _ = learn(t, s, at)
		want[ids[i]] = at
	}
	same(t, lastOf(t, s, ids...), want)
	must(t, s.Activity.Forget(t.Context(), ids))
	same(t, lastOf(t, s, ids...), map[idp.SID]time.Time{})
}

func activityUnknown(t *testing.T, s redisStore) {
	now := activityStart()
	for _, id := range []idp.SID{"", "ses_none", "ses_\xff\x00 * {x}"} {
		_, err := s.Activity.Beat(t.Context(), id, "lodgements", now, now, every, idle, allowance)
		wants(t, err, idp.ErrNotFound)
		must(t, s.Activity.Stored(t.Context(), id, now))
	}
	known, p := learn(t, s, now)
	_, err := s.Activity.Beat(t.Context(), known, "contacts", now.Add(time.Minute), now.Add(time.Minute), every, idle, allowance)
	wants(t, err, idp.ErrNotFound) // an app keeps no session of another app alive
	same(t, peek(t, s, known), p)
	same(t, lastOf(t, s, "ses_none", known, "ses_other", known), map[idp.SID]time.Time{known: p.LastActivity})
	same(t, lastOf(t, s, "ses_none"), map[idp.SID]time.Time{})
	same(t, lastOf(t, s), map[idp.SID]time.Time{})
	must(t, s.Activity.Forget(t.Context(), nil))
	if keys := allKeys(t, s); len(keys) != 1 {
		t.Errorf("asking for what is unknown left %q", keys)
	}
}

// activityForgotten: a report on its way while the session ends elsewhere does not bring its pulse back.
func activityForgotten(t *testing.T, s redisStore) { // ABUSE 35
	gone, p := learn(t, s, activityStart())
	kept, _ := learn(t, s, activityStart())
	unknown := idp.NewSID()
	must(t, s.Activity.Forget(t.Context(), []idp.SID{gone, unknown}))
	for _, id := range []idp.SID{gone, unknown} {
		must(t, s.Activity.Learn(t.Context(), id, p, p.EndsAt)) // read from SQL before the end
		must(t, s.Activity.Stored(t.Context(), id, activityStart().Add(time.Hour)))
		_, err := s.Activity.Beat(t.Context(), id, "lodgements", activityStart(), activityStart(), every, idle, allowance)
		wants(t, err, idp.ErrNotFound)
		within(t, "forgotten", lifeOf(t, s, keyOf(t, s, string(id))), 50*time.Second, time.Minute)
	}
	same(t, lastOf(t, s, gone, kept, unknown), map[idp.SID]time.Time{kept: activityStart()})
}

// activityLearntTwice: two nodes read the session from SQL, and the slower one knows less.
func activityLearntTwice(t *testing.T, s redisStore) {
	id, p := learn(t, s, activityStart())
	now := activityStart().Add(3 * time.Minute)
	beat(t, s, id, now, now)
	must(t, s.Activity.Stored(t.Context(), id, now))
	must(t, s.Activity.Learn(t.Context(), id, p, p.EndsAt))
	want := p
	want.LastActivity, want.ReportedAt, want.StoredAt = now, now, now
	same(t, peek(t, s, id), want)

	newer := p
	newer.LastActivity, newer.StoredAt = now.Add(time.Minute), now.Add(time.Minute)
	must(t, s.Activity.Learn(t.Context(), id, newer, p.EndsAt))
	want.LastActivity, want.StoredAt = newer.LastActivity, newer.StoredAt
	same(t, peek(t, s, id), want)
}

// activityLifetime: a pulse is kept to the end of its session and an hour more, whatever is reported, and even if the clocks
// of a node and of Redis are far apart.
func activityLifetime(t *testing.T, s redisStore) {
	for name, c := range map[string]struct{ in, least, most time.Duration }{
		"long":                   {24 * time.Hour, 25*time.Hour - time.Minute, 25*time.Hour + time.Second},
		"over by Redis's clock":  {-365 * 24 * time.Hour, 59 * time.Minute, time.Hour},
		"on the point of ending": {time.Second, 59 * time.Minute, time.Hour + time.Second},
	} {
		id, p := idp.NewSID(), session.Pulse{ClientID: "lodgements", LastActivity: activityStart()}
		must(t, s.Activity.Learn(t.Context(), id, p, time.Now().Add(c.in)))
		within(t, name, lifeOf(t, s, keyOf(t, s, string(id))), c.least, c.most)
		beat(t, s, id, activityStart(), activityStart().Add(time.Minute))
		within(t, name+", after a report", lifeOf(t, s, keyOf(t, s, string(id))), c.least, c.most)
	}
}

func activityFlushed(t *testing.T, s redisStore) { // ABUSE 44
	id, p := learn(t, s, activityStart())
	must(t, s.Raw.FlushDB(t.Context()).Err())
	must(t, s.Raw.ScriptFlush(t.Context()).Err()) // as a restart does
	_, err := s.Activity.Beat(t.Context(), id, "lodgements", activityStart(), activityStart(), every, idle, allowance)
	wants(t, err, idp.ErrNotFound)
	same(t, lastOf(t, s, id), map[idp.SID]time.Time{})
	must(t, s.Activity.Stored(t.Context(), id, activityStart()))
	must(t, s.Activity.Learn(t.Context(), id, p, p.EndsAt))
	same(t, peek(t, s, id), p)
}
