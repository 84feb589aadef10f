package redisstore_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/redisstore"
)

// smsVerifiedIsLeftAlone: whatever others ask for, from wherever, a person with a verified number gets the same answers as if there
// were nobody else. The others set the same number up too, which is not theirs.
func smsVerifiedIsLeftAlone(t *testing.T, s redisStore) { // ABUSE 50
	alone := open(t, redisstore.Embedded)
	refused := map[idp.LimitName]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		must(t, s.Raw.FlushDB(t.Context()).Err())
		must(t, alone.Raw().FlushDB(t.Context()).Err())
		limits := randomLimits(rt)
		crowded := limitsOn(t, s.Store, limits, func(name idp.LimitName) { refused[name] = true })
		twin := limitsOn(t, alone, limits, func(idp.LimitName) {})
		owner := stranger(1)
		owner.Verified = true
		now := smsStart()
		for range rapid.IntRange(1, 60).Draw(rt, "events") {
			now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 7, 31, 40, 200, 1500}).Draw(rt, "seconds")) * time.Second)
			if rapid.IntRange(0, 3).Draw(rt, "who") > 0 {
				others(t, rt, crowded, now, owner)
				continue
			}
			owner.Address = rapid.SampledFrom(networks()).Draw(rt, "owner's network")
			got, want := take(t, crowded, owner, now), take(t, twin, owner, now)
			if got != want {
				rt.Fatalf("at %s in the crowd: %+v, alone: %+v", now, got, want)
			}
		}
	})
	for _, name := range []idp.LimitName{
		idp.LimitTextsToUser, idp.LimitTextsToNumber, idp.LimitUnverifiedByNetwork, idp.LimitUnverifiedOfPractice, idp.LimitUnverifiedByDay,
		idp.LimitPracticeBreaker, idp.LimitNetworkBreaker, idp.LimitCountryBreaker,
	} {
		if !refused[name] {
			t.Errorf("the traffic never reached %s, so it shows nothing of it", name)
		}
	}
}

func networks() []string { return []string{"203.0.1.7", "198.51.100.7", "2001:db8:7:1::1"} }

// randomLimits are so low that the others reach them. What is meant for everybody together is high enough for all who are verified.
func randomLimits(rt *rapid.T) idp.Limits {
	limits := idp.Limits{}
	for _, name := range []idp.LimitName{
		idp.LimitTextsToUser, idp.LimitTextsToNumber, idp.LimitUnverifiedByNetwork, idp.LimitUnverifiedOfPractice, idp.LimitPracticeBreaker,
		idp.LimitNetworkBreaker, idp.LimitCountryBreaker,
	} {
		limits[name] = idp.Rate{Most: rapid.SampledFrom([]int{1, 2, 4, 1000}).Draw(rt, string(name)), Window: time.Hour}
	}
	limits[idp.LimitUnverifiedByDay] = idp.Rate{Most: rapid.SampledFrom([]int{3, 10, 100}).Draw(rt, "a day"), Window: 24 * time.Hour}
	return limits
}

// others is one thing that somebody else does: a text that is asked for, or a right code.
func others(t *testing.T, rt *rapid.T, s redisStore, now time.Time, owner idp.SMSAsk) {
	t.Helper()
	person := rapid.IntRange(100, 108).Draw(rt, "person")
	ask := stranger(person)
	ask.PracticeID = rapid.SampledFrom([]idp.PracticeID{owner.PracticeID, "prc_a", "prc_b", ask.PracticeID}).Draw(rt, "practice")
	ask.Address = rapid.SampledFrom(append(networks(), ask.Address)).Draw(rt, "network")
	switch rapid.SampledFrom([]string{"own", "own", "own", "owner's", "verified"}).Draw(rt, "number") {
	case "owner's":
		ask.Phone = owner.Phone
	case "verified":
		ask.Verified = true
	}
	_ = take(t, s, ask, now)
	if rapid.IntRange(0, 9).Draw(rt, "code") == 0 {
		verified(t, s, ask, now.Add(time.Second))
	}
}

// smsOfficeSetsUp: at the limits as they are, an office of 100 behind one address sets up its telephones within an hour: all at nine
// o'clock, or one after the other.
func smsOfficeSetsUp(t *testing.T, s redisStore) { // ABUSE 50
	for name, every := range map[string]time.Duration{"all at nine": time.Second, "one after the other": 35 * time.Second} {
		must(t, s.Raw.FlushDB(t.Context()).Err())
		house := limitsOn(t, s.Store, nil, func(limit idp.LimitName) { t.Errorf("%s: %s was reached", name, limit) })
		const typing = 70 * time.Second
		type right struct {
			at  time.Time
			ask idp.SMSAsk
		}
		var codes []right
		for person := range 100 {
			now, ask := smsStart().Add(time.Duration(person)*every), inOffice(person)
			for len(codes) > 0 && !codes[0].at.After(now) {
				verified(t, house, codes[0].ask, codes[0].at)
				codes = codes[1:]
			}
			wantVerdict(t, fmt.Sprintf("%s: person %d", name, person), take(t, house, ask, now), idp.SMSVerdict{})
			codes = append(codes, right{now.Add(typing), ask})
		}
	}
}

// smsOfficeOpensThreeApps: 34 people of an office set up their telephones in the first of three apps, and open the others.
func smsOfficeOpensThreeApps(t *testing.T, s redisStore) { // ABUSE 50
	house := limitsOn(t, s.Store, nil, func(limit idp.LimitName) { t.Errorf("%s was reached", limit) })
	for app := range 3 {
		for person := range 34 {
			now, ask := smsStart().Add(time.Duration(5*app)*time.Minute+time.Duration(person)*time.Second), inOffice(person)
			ask.Verified = app > 0
			wantVerdict(t, fmt.Sprintf("person %d, app %d", person, app), take(t, house, ask, now), idp.SMSVerdict{})
			verified(t, house, ask, now.Add(30*time.Second))
		}
	}
}

func inOffice(person int) idp.SMSAsk {
	ask := stranger(person)
	ask.PracticeID, ask.Address = "prc_office", "198.51.100.7"
	return ask
}

// smsSixPeopleCloseTheirPractice: six people of a practice ask for texts for an hour and verify none. They close their practice at most:
// neither their country, nor for other practices the network that they share with them.
func smsSixPeopleCloseTheirPractice(t *testing.T, s redisStore) { // ABUSE 50
	for name, network := range map[string]func(person int) string{
		"in one network":  func(int) string { return "198.51.100.7" },
		"in six networks": func(person int) string { return fmt.Sprintf("198.51.%d.7", person) },
	} {
		must(t, s.Raw.FlushDB(t.Context()).Err())
		reached := map[idp.LimitName]int{}
		house := limitsOn(t, s.Store, nil, func(limit idp.LimitName) { reached[limit]++ })
		now := smsStart()
		for range 60 {
			for person := range 6 {
				ask := stranger(person)
				ask.PracticeID, ask.Address = "prc_bought", network(person)
				_ = take(t, house, ask, now)
			}
			now = now.Add(time.Minute)
			if now.Minute()%3 == 0 {
				neighbour := stranger(500 + now.Minute()) // each of another practice
				neighbour.Address = network(0)
				wantVerdict(t, name+": a neighbour", take(t, house, neighbour, now), idp.SMSVerdict{})
				verified(t, house, neighbour, now.Add(30*time.Second))
			}
		}
		if reached[idp.LimitPracticeBreaker] == 0 {
			t.Errorf("%s: the practice was not closed: %v", name, reached)
		}
		for i := range 44 { // with five of the practice, these are one less than the country's breaker needs
			wantVerdict(t, name+": the country", take(t, house, stranger(300+i), now), idp.SMSVerdict{})
		}
		now = now.Add(5 * time.Minute)
		wantVerdict(t, name+": the country, judged", take(t, house, stranger(400), now), idp.SMSVerdict{})
		for limit := range reached {
			if limit != idp.LimitPracticeBreaker && limit != idp.LimitTextsToUser && limit != idp.LimitTextsToNumber {
				t.Errorf("%s: %s was reached", name, limit)
			}
		}
	}
}

// smsBreakersWhenTheClockStepsBack: a clock that is set back by ten minutes opens no breaker that is closed before its time, and keeps
// none closed for longer than the window and the step.
func smsBreakersWhenTheClockStepsBack(t *testing.T, s redisStore) { // ABUSE 46
	const step = 10 * time.Minute
	for limit, share := range map[idp.LimitName]func(ask *idp.SMSAsk){
		idp.LimitPracticeBreaker: func(a *idp.SMSAsk) { a.PracticeID = "prc_shared" },
		idp.LimitNetworkBreaker:  func(a *idp.SMSAsk) { a.Address = "198.51.100.7" },
		idp.LimitCountryBreaker:  func(*idp.SMSAsk) {},
	} {
		for _, after := range []time.Duration{3 * time.Minute, 4 * time.Minute, 9 * time.Minute, 11 * time.Minute, 40 * time.Minute, 58 * time.Minute} {
			name := fmt.Sprintf("%s, set back %s after the texts", limit, after)
			must(t, s.Raw.FlushDB(t.Context()).Err())
			house := limitsOn(t, s.Store, nil, func(idp.LimitName) {})
			next := 0
			ask := func(now time.Time) idp.SMSVerdict {
				next++
				one := stranger(next)
				share(&one)
				return take(t, house, one, now)
			}
			sent := smsStart()
			for range 50 { // none of them leads to a right code
				wantVerdict(t, name, ask(sent), idp.SMSVerdict{})
			}
			now := sent.Add(after)
			closed := ask(now)
			if closed.Closed != limit {
				t.Fatalf("%s: %+v", name, closed)
			}
			for now = now.Add(-step); now.Before(closed.Until); now = now.Add(time.Minute) {
				wantVerdict(t, name+", at "+now.Format(time.TimeOnly), ask(now), idp.SMSVerdict{Closed: limit})
			}
			wantVerdict(t, name+", when it said", ask(closed.Until), idp.SMSVerdict{})
			if shut := closed.Until.Add(step).Sub(sent); shut > 65*time.Minute+step {
				t.Errorf("%s: closed for %s", name, shut)
			}
		}
	}
}

// smsFairPeopleWhenTheClockStepsBack: people who type their codes are refused nothing while the clock is set back and after.
func smsFairPeopleWhenTheClockStepsBack(t *testing.T, s redisStore) { // ABUSE 46
	house := limitsOn(t, s.Store, nil, func(limit idp.LimitName) { t.Errorf("%s was reached", limit) })
	now := smsStart()
	for person := range 90 {
		if person == 30 || person == 60 {
			now = now.Add(-10 * time.Minute)
		}
		wantVerdict(t, fmt.Sprintf("person %d", person), take(t, house, inOffice(person), now), idp.SMSVerdict{})
		now = now.Add(40 * time.Second)
		verified(t, house, inOffice(person), now)
	}
}

// smsOthersWaitForTheOwner: what a number's owner is sent counts for those who set the number up and are not known to own it, so that
// nobody is sent twice as many; never the other way round.
func smsOthersWaitForTheOwner(t *testing.T, s redisStore) { // ABUSE 27
	now, owner, other := smsStart(), stranger(1), stranger(2)
	owner.Verified, other.Phone = true, owner.Phone
	for range 4 { // of the five an hour of the contract
		wantVerdict(t, "the owner", take(t, s, owner, now), idp.SMSVerdict{})
		wantVerdict(t, "another at once", take(t, s, other, now), idp.SMSVerdict{Wait: 30 * time.Second})
		now = now.Add(time.Minute)
	}
	wantVerdict(t, "another", take(t, s, other, now), idp.SMSVerdict{})
	wantVerdict(t, "another once more", take(t, s, other, now.Add(time.Minute)), idp.SMSVerdict{Closed: "number"})
	wantVerdict(t, "the owner's fifth", take(t, s, owner, now), idp.SMSVerdict{})
	wantVerdict(t, "the owner's sixth", take(t, s, owner, now.Add(time.Minute)), idp.SMSVerdict{Closed: "user"})
}
