package redisstore_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// smsOnePracticeClosesNothingElse: six people of one practice, each in a network of their own, ask for texts and verify none.
func smsOnePracticeClosesNothingElse(t *testing.T, s redisStore) { // ABUSE 50
	now := smsStart()
	closed := pumped(t, s, now, 6, func(person int) idp.SMSAsk {
		ask := stranger(person)
		ask.PracticeID = "prc_bought"
		return ask
	})
	if closed.Closed != "practice-breaker" {
		t.Errorf("the practice itself: %+v", closed)
	}
	wantOthersGoOn(t, s, now.Add(10*time.Minute))
	own := stranger(400)
	own.PracticeID, own.Verified = "prc_bought", true
	wantVerdict(t, "a verified number of the practice", take(t, s, own, now.Add(10*time.Minute)), idp.SMSVerdict{})
	after := stranger(401)
	after.PracticeID = "prc_bought"
	wantVerdict(t, "when it said", take(t, s, after, closed.Until), idp.SMSVerdict{})
}

// smsOneNetworkClosesNothingElse: the holder of an IPv6 /48 has bought many practices.
func smsOneNetworkClosesNothingElse(t *testing.T, s redisStore) { // ABUSE 50
	now := smsStart()
	_ = pumped(t, s, now, 60, func(person int) idp.SMSAsk {
		ask := stranger(person)
		ask.Address = fmt.Sprintf("2001:db8:7:%x::1", person)
		return ask
	})
	wantOthersGoOn(t, s, now.Add(10*time.Minute))
}

// pumped asks for texts for so many people, five minutes long, and returns the verdict on one more ask of the first after that.
func pumped(t *testing.T, s redisStore, now time.Time, people int, of func(person int) idp.SMSAsk) idp.SMSVerdict {
	t.Helper()
	for minute := range 5 {
		for person := range people {
			_ = take(t, s, of(person), now.Add(time.Duration(minute)*time.Minute))
		}
	}
	more := of(0)
	more.UserID, more.Phone = "usr_more", idp.NewSecret("+61491599999")
	return take(t, s, more, now.Add(10*time.Minute))
}

// wantOthersGoOn: people of other practices and networks set up text messages in the same country.
func wantOthersGoOn(t *testing.T, s redisStore, now time.Time) {
	t.Helper()
	for i := range 9 {
		wantVerdict(t, "another practice", take(t, s, stranger(300+i), now), idp.SMSVerdict{})
	}
}

// smsOfficeAtWork: 34 people behind one address open three apps each; the limit of the contract for an address is 20 an hour.
func smsOfficeAtWork(t *testing.T, s redisStore) { // ABUSE 50
	office := func(person int) idp.SMSAsk {
		ask := stranger(person)
		ask.PracticeID, ask.Address = "prc_office", "198.51.100.7"
		return ask
	}
	now := smsStart()
	for app := range 3 {
		for person := range 34 {
			ask := office(person)
			ask.Verified = true
			wantVerdict(t, "at work", take(t, s, ask, now.Add(time.Duration(app)*time.Minute)), idp.SMSVerdict{})
		}
	}
	for person := range 20 {
		ask := office(100 + person)
		wantVerdict(t, "set up beside them", take(t, s, ask, now.Add(4*time.Minute)), idp.SMSVerdict{})
		verified(t, s, ask, now.Add(4*time.Minute))
	}
	closed := take(t, s, office(200), now.Add(5*time.Minute))
	if closed.Closed != "address" || closed.Until.Before(now.Add(time.Hour)) || closed.Until.After(now.Add(75*time.Minute)) {
		t.Errorf("one set-up too many: %+v", closed)
	}
	wantVerdict(t, "when it said", take(t, s, office(200), closed.Until), idp.SMSVerdict{})
}

// smsBreakerDecides counts so many sent and verified in a country of its own for each case.
func smsBreakerDecides(t *testing.T, s redisStore) { // ABUSE 27
	for i, c := range []struct {
		sent, verified int
		closed         idp.LimitName
	}{
		{49, 0, ""}, {50, 0, "country-breaker"}, {50, 9, "country-breaker"}, {50, 10, ""}, {51, 10, "country-breaker"}, {60, 60, ""},
	} {
		now := smsStart().Add(time.Duration(10*i) * time.Minute)
		of := func(n int) idp.SMSAsk {
			ask := stranger(i*100 + n)
			ask.Country = fmt.Sprintf("X%d", i)
			return ask
		}
		for n := range c.sent {
			wantVerdict(t, "sent", take(t, s, of(n), now), idp.SMSVerdict{})
		}
		for n := range c.verified {
			verified(t, s, of(n), now)
		}
		name := fmt.Sprintf("%d sent, %d verified", c.sent, c.verified)
		wantVerdict(t, name, take(t, s, of(99), now.Add(5*time.Minute)), idp.SMSVerdict{Closed: c.closed})
	}
}
