package redisstore_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/idp"
)

func smsStart() time.Time { return time.Date(2026, time.March, 2, 9, 1, 2, 0, time.UTC) }

// stranger returns an ask that shares nothing with the asks for other numbers, not even the practice or the site.
func stranger(i int) idp.SMSAsk {
	return idp.SMSAsk{
		UserID:     idp.UserID(fmt.Sprintf("usr_%d", i)),
		PracticeID: idp.PracticeID(fmt.Sprintf("prc_%d", i)),
		Phone:      idp.NewSecret(fmt.Sprintf("+614915%05d", i)),
		Country:    "AU",
		Address:    fmt.Sprintf("203.%d.%d.7", i/250, i%250),
	}
}

func take(t *testing.T, s redisStore, ask idp.SMSAsk, now time.Time) idp.SMSVerdict {
	t.Helper()
	verdict, err := s.SMSLimits.Take(t.Context(), ask, now)
	if err != nil {
		t.Fatal(err)
	}
	return verdict
}

func wantVerdict(t *testing.T, what string, got, want idp.SMSVerdict) {
	t.Helper()
	got.Until = time.Time{} // smsClosedUntil looks at it
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func smsInterval(t *testing.T, s redisStore) { // ABUSE 27
	now := smsStart()
	wantVerdict(t, "first", take(t, s, stranger(1), now), idp.SMSVerdict{})
	wantVerdict(t, "at once", take(t, s, stranger(1), now), idp.SMSVerdict{Wait: 30 * time.Second})
	wantVerdict(t, "too soon", take(t, s, stranger(1), now.Add(29*time.Second)), idp.SMSVerdict{Wait: time.Second})

	sameNumber := stranger(2)
	sameNumber.Phone = stranger(1).Phone
	wantVerdict(t, "another user's ask for the number", take(t, s, sameNumber, now.Add(10*time.Second)), idp.SMSVerdict{Wait: 20 * time.Second})
	otherNumber := stranger(3)
	otherNumber.UserID = stranger(1).UserID
	wantVerdict(t, "the user's ask for another number", take(t, s, otherNumber, now.Add(10*time.Second)), idp.SMSVerdict{Wait: 20 * time.Second})

	wantVerdict(t, "in time", take(t, s, stranger(1), now.Add(30*time.Second)), idp.SMSVerdict{})
}

// smsFirstOfASignIn: the first message of a sign-in to a verified number does not wait, and the next one waits for it.
func smsFirstOfASignIn(t *testing.T, s redisStore) { // ABUSE 27, 60
	now := smsStart()
	first := stranger(1)
	first.Verified, first.First = true, true
	again := first
	again.First = false
	wantVerdict(t, "first sign-in", take(t, s, first, now), idp.SMSVerdict{})
	wantVerdict(t, "second sign-in at once", take(t, s, first, now.Add(10*time.Second)), idp.SMSVerdict{})
	wantVerdict(t, "resend in the second", take(t, s, again, now.Add(35*time.Second)), idp.SMSVerdict{Wait: 5 * time.Second})

	unverified := stranger(2)
	unverified.First = true
	wantVerdict(t, "a number that was never verified", take(t, s, unverified, now), idp.SMSVerdict{})
	wantVerdict(t, "the same at once", take(t, s, unverified, now), idp.SMSVerdict{Wait: 30 * time.Second})
}

// smsFirstsAreCounted: every first message counts for every limit, at once and in any number of sign-ins.
func smsFirstsAreCounted(t *testing.T, s redisStore) { // ABUSE 27
	for name, share := range map[string]func(*idp.SMSAsk){
		"user":   func(a *idp.SMSAsk) { a.UserID = "usr_many" },
		"number": func(a *idp.SMSAsk) { a.Phone = idp.NewSecret("+64211234599") },
	} {
		var permits atomic.Int32
		inParallel(func(i int) {
			ask := stranger(3000 + i)
			ask.Verified, ask.First = true, true
			share(&ask)
			switch verdict, err := s.SMSLimits.Take(t.Context(), ask, smsStart()); {
			case err != nil:
				t.Error(err)
			case verdict == idp.SMSVerdict{}:
				permits.Add(1)
			}
		})
		if permits.Load() != 5 {
			t.Errorf("%s: %d permits, want the 5 of an hour", name, permits.Load())
		}
	}
}

// smsFirstThatIsRefused: it takes the time between two messages from nobody, though it does not go.
func smsFirstThatIsRefused(t *testing.T, s redisStore) { // ABUSE 27
	now := smsStart()
	first := stranger(4)
	first.Verified, first.First = true, true
	for range 5 {
		wantVerdict(t, "within the limit", take(t, s, first, now), idp.SMSVerdict{})
	}
	other := first
	other.UserID = "usr_other" // the person's own count is free, and the number's is full
	wantVerdict(t, "the number is full", take(t, s, other, now.Add(time.Second)), idp.SMSVerdict{Closed: idp.LimitTextsToNumber})
	resend := first
	resend.First = false
	wantVerdict(t, "resend", take(t, s, resend, now.Add(20*time.Second)), idp.SMSVerdict{Wait: 10 * time.Second})
}

func smsParallelAsksOfOneUser(t *testing.T, s redisStore) { // ABUSE 27
	var permits atomic.Int32
	inParallel(func(i int) {
		ask := stranger(i)
		ask.UserID = "usr_pumped"
		verdict, err := s.SMSLimits.Take(t.Context(), ask, smsStart())
		if err != nil {
			t.Error(err)
		}
		if verdict == (idp.SMSVerdict{}) {
			permits.Add(1)
		}
	})
	if permits.Load() != 1 {
		t.Errorf("%d permits, want 1", permits.Load())
	}
}

// smsLimitsByName reaches each limit by asks that share nothing but what it counts, and checks that it holds exactly.
func smsLimitsByName(t *testing.T, s redisStore) { // ABUSE 27
	next := 1000
	fresh := func() idp.SMSAsk { next++; return stranger(next) }
	cases := []struct {
		name  idp.LimitName
		limit int
		every time.Duration
		share func(ask *idp.SMSAsk)
	}{
		{"user", 5, time.Minute, func(a *idp.SMSAsk) { a.UserID = "usr_hour" }},
		{"user-day", 10, 2 * time.Hour, func(a *idp.SMSAsk) { a.UserID = "usr_day" }},
		{"number", 5, time.Minute, func(a *idp.SMSAsk) { a.Phone = idp.NewSecret("+64211234567") }},
		{"number-day", 10, 2 * time.Hour, func(a *idp.SMSAsk) { a.Phone = idp.NewSecret("+64211234568") }},
		{"address", 20, time.Second, func(a *idp.SMSAsk) { a.Address = "198.51.100.7" }},
		{"address", 20, time.Second, func(a *idp.SMSAsk) { a.Address = fmt.Sprintf("2001:db8:1:2:%x::1", next) }},
		{"practice", 200, time.Second, func(a *idp.SMSAsk) { a.PracticeID = "prc_shared" }},
	}
	now := smsStart()
	for _, c := range cases {
		for i := range c.limit {
			ask := fresh()
			c.share(&ask)
			if verdict := take(t, s, ask, now); verdict != (idp.SMSVerdict{}) {
				t.Fatalf("%s: message %d of %d: %+v", c.name, i+1, c.limit, verdict)
			}
			verified(t, s, ask, now)
			now = now.Add(c.every)
		}
		ask := fresh()
		c.share(&ask)
		wantVerdict(t, string(c.name), take(t, s, ask, now), idp.SMSVerdict{Closed: c.name})
		wantVerdict(t, "a stranger beside "+string(c.name), take(t, s, fresh(), now), idp.SMSVerdict{})
	}
}

// smsRefusalCountsNowhere: what one limit refuses uses up no other.
func smsRefusalCountsNowhere(t *testing.T, s redisStore) { // ABUSE 27
	now := smsStart()
	for i := range 5 {
		ask := stranger(i)
		ask.UserID = "usr_full"
		wantVerdict(t, "filling", take(t, s, ask, now.Add(time.Duration(i)*time.Minute)), idp.SMSVerdict{})
	}
	now = now.Add(10 * time.Minute)
	victim := idp.NewSecret("+447400123456")
	for range 50 {
		ask := stranger(77)
		ask.UserID, ask.Phone = "usr_full", victim
		wantVerdict(t, "full", take(t, s, ask, now), idp.SMSVerdict{Closed: "user"})
	}
	ask := stranger(78)
	ask.Phone = victim
	wantVerdict(t, "the owner of the number", take(t, s, ask, now), idp.SMSVerdict{})
}

func smsWindowsSlide(t *testing.T, s redisStore) {
	now := smsStart()
	for i := range 5 {
		wantVerdict(t, "filling", take(t, s, stranger(1), now.Add(time.Duration(i)*time.Minute)), idp.SMSVerdict{})
	}
	wantVerdict(t, "within the hour", take(t, s, stranger(1), now.Add(59*time.Minute)), idp.SMSVerdict{Closed: "user"})
	wantVerdict(t, "after it", take(t, s, stranger(1), now.Add(70*time.Minute)), idp.SMSVerdict{})
}

func smsBreaker(t *testing.T, s redisStore) { // ABUSE 27
	now := smsStart()
	pump := func(from, count int, country string) {
		for i := range count {
			ask := stranger(from + i)
			ask.Country = country
			wantVerdict(t, country, take(t, s, ask, now), idp.SMSVerdict{})
		}
	}
	at := func(later time.Duration, ask idp.SMSAsk, country string) idp.SMSVerdict {
		ask.Country = country
		return take(t, s, ask, now.Add(later))
	}
	pump(0, 49, "NZ")
	wantVerdict(t, "49 sent", at(5*time.Minute, stranger(500), "NZ"), idp.SMSVerdict{})
	now = now.Add(5 * time.Minute)
	pump(100, 50, "GB")
	wantVerdict(t, "50 sent and none verified", at(5*time.Minute, stranger(501), "GB"), idp.SMSVerdict{Closed: "country-breaker"})
	wantVerdict(t, "another country", at(5*time.Minute, stranger(502), "AU"), idp.SMSVerdict{})

	for i := range 10 {
		ask := stranger(100 + i)
		ask.Country = "GB"
		verified(t, s, ask, now.Add(5*time.Minute))
	}
	wantVerdict(t, "a fifth verified", at(6*time.Minute, stranger(503), "GB"), idp.SMSVerdict{})

	now = now.Add(6 * time.Minute)
	pump(200, 50, "GB")
	wantVerdict(t, "a tenth verified", at(5*time.Minute, stranger(504), "GB"), idp.SMSVerdict{Closed: "country-breaker"})
	wantVerdict(t, "an hour later", at(80*time.Minute, stranger(505), "GB"), idp.SMSVerdict{})
}

// smsBreakerWaitsForPeople: a whole practice that signs in at nine must not close its country before its people could type a code.
func smsBreakerWaitsForPeople(t *testing.T, s redisStore) {
	for i := range 120 {
		wantVerdict(t, "at nine", take(t, s, stranger(i), smsStart().Add(time.Duration(i)*time.Second/2)), idp.SMSVerdict{})
	}
}

// smsClockSetBack: a clock that is set back gives nothing free.
func smsClockSetBack(t *testing.T, s redisStore) { // ABUSE 46
	now := smsStart()
	for i := range 5 {
		wantVerdict(t, "filling", take(t, s, stranger(1), now.Add(time.Duration(i)*time.Minute)), idp.SMSVerdict{})
	}
	back := take(t, s, stranger(1), now.Add(-3*time.Hour))
	wantVerdict(t, "three hours back", back, idp.SMSVerdict{Wait: 30 * time.Second})
	if err := s.Raw.Del(t.Context(), intervalKeys(t, s)...).Err(); err != nil { // the half minute passes
		t.Fatal(err)
	}
	wantVerdict(t, "and still", take(t, s, stranger(1), now.Add(-3*time.Hour)), idp.SMSVerdict{Closed: "user"})
}

// smsCountersStaySmall: a counter that is never idle must forget what is over, or it grows for ever.
func smsCountersStaySmall(t *testing.T, s redisStore) {
	now := smsStart()
	for i := range 120 {
		now = now.Add(7 * time.Hour)
		ask := stranger(i)
		ask.PracticeID = "prc_busy"
		wantVerdict(t, "ask", take(t, s, ask, now), idp.SMSVerdict{})
		verified(t, s, ask, now)
	}
	for _, key := range allKeys(t, s) {
		if kind, err := s.Raw.Type(t.Context(), key).Result(); err != nil || kind != "hash" {
			continue
		}
		if fields, err := s.Raw.HLen(t.Context(), key).Result(); err != nil || fields > 70 {
			t.Errorf("%s has %d counts, %v", key, fields, err)
		}
	}
}

// intervalKeys are the keys that hold a plain value; counts are hashes.
func intervalKeys(t *testing.T, s redisStore) []string {
	t.Helper()
	var plain []string
	for _, key := range allKeys(t, s) {
		kind, err := s.Raw.Type(t.Context(), key).Result()
		if err != nil {
			t.Fatal(err)
		}
		if kind == "string" {
			plain = append(plain, key)
		}
	}
	return plain
}

func verified(t *testing.T, s redisStore, ask idp.SMSAsk, now time.Time) {
	t.Helper()
	if err := s.SMSLimits.Verified(t.Context(), ask, now); err != nil {
		t.Fatal(err)
	}
}
