package redisstore_test

import (
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/redisstore"
)

// limitsOn are counters of text messages on the store, under the defaults with some changed.
func limitsOn(t *testing.T, store *redisstore.Store, changes idp.Limits, reached func(idp.LimitName)) redisStore {
	t.Helper()
	limits := policy.DefaultLimits()
	for name, rate := range changes {
		limits[name] = rate
	}
	sms, err := store.SMSLimits(limits, reached)
	if err != nil {
		t.Fatal(err)
	}
	return redisStore{SMSLimits: sms, Store: store, Raw: store.Raw()}
}

// smsRefusalsAreReported: each limit and each breaker that refuses is counted by its name, and nothing else is.
func smsRefusalsAreReported(t *testing.T, s redisStore) {
	var reported, want []idp.LimitName
	now := smsStart()
	few := idp.Rate{Most: 1, Window: time.Hour}
	fewByDay := idp.Rate{Most: 1, Window: 24 * time.Hour}
	for n, c := range []struct {
		name  idp.LimitName
		rate  idp.Rate
		share func(*idp.SMSAsk)
	}{
		{idp.LimitTextsToUser, few, func(a *idp.SMSAsk) { a.UserID = "usr_one" }},
		{idp.LimitTextsToUserByDay, fewByDay, func(a *idp.SMSAsk) { a.UserID = "usr_two" }},
		{idp.LimitTextsToNumber, few, func(a *idp.SMSAsk) { a.Phone = idp.NewSecret("+64211234501") }},
		{idp.LimitTextsToNumberByDay, fewByDay, func(a *idp.SMSAsk) { a.Phone = idp.NewSecret("+64211234502") }},
		{idp.LimitUnverifiedByNetwork, few, func(a *idp.SMSAsk) { a.Address = "198.51.100.7" }},
		{idp.LimitUnverifiedOfPractice, few, func(a *idp.SMSAsk) { a.PracticeID = "prc_one" }},
		{idp.LimitPracticeBreaker, few, func(a *idp.SMSAsk) { a.PracticeID = "prc_two" }},
		{idp.LimitNetworkBreaker, few, func(a *idp.SMSAsk) { a.Address = "198.51.101.7" }},
		{idp.LimitCountryBreaker, few, func(a *idp.SMSAsk) { a.Country = "X" }},
		{idp.LimitUnverifiedByDay, fewByDay, func(*idp.SMSAsk) {}},
		{idp.LimitTextsByDay, fewByDay, func(a *idp.SMSAsk) { a.Verified = true }},
	} {
		must(t, s.Raw.FlushDB(t.Context()).Err())
		limited := limitsOn(t, s.Store, idp.Limits{c.name: c.rate}, func(name idp.LimitName) { reported = append(reported, name) })
		for i, closed := range []idp.LimitName{"", c.name} {
			ask := stranger(10*n + i)
			c.share(&ask)
			wantVerdict(t, string(c.name), take(t, limited, ask, now.Add(time.Duration(i)*5*time.Minute)), idp.SMSVerdict{Closed: closed})
		}
		ask := stranger(10*n + 1)
		c.share(&ask)
		again := take(t, limited, ask, now.Add(5*time.Minute))
		wantVerdict(t, string(c.name), again, idp.SMSVerdict{Closed: c.name})
		want = append(want, c.name, c.name)
	}
	if !slices.Equal(reported, want) {
		t.Errorf("reported %q, want %q", reported, want)
	}
}

// limitsWithAnotherWindow: when an operator sets another window, what was counted before counts no longer, and closes nothing.
func limitsWithAnotherWindow(t *testing.T, s redisStore) {
	now, use := smsStart(), idp.Use{Limit: ratePerNetwork, Of: "203.0.113.9"}
	for _, window := range []time.Duration{time.Minute, 24 * time.Hour, time.Hour} {
		rate := idp.Rate{Most: 2, Window: window}
		rates := s.Store.Rates(idp.Limits{ratePerNetwork: rate}, func(idp.LimitName) {})
		texts := limitsOn(t, s.Store, idp.Limits{idp.LimitUnverifiedByNetwork: rate}, func(idp.LimitName) {})
		for i := range 3 {
			now = now.Add(time.Second)
			reached, err := rates.Take(t.Context(), now, use)
			must(t, err)
			if full := i == 2; full != (reached.Limit != "") || reached.Until.After(now.Add(2*window)) {
				t.Errorf("%s, take %d: %+v", window, i, reached)
			}
			ask := stranger(now.Hour()*3600 + now.Minute()*60 + now.Second())
			ask.Address = "203.0.113.9"
			verdict := take(t, texts, ask, now)
			if full := i == 2; full != (verdict.Closed != "") || verdict.Until.After(now.Add(2*window)) {
				t.Errorf("%s, text %d: %+v", window, i, verdict)
			}
		}
	}
}
