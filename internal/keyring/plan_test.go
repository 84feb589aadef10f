package keyring

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestKeysAreKnownBeforeTheySignAndUntilTheirTokensEnd walks a deployment through random months: time passes, the administrator
// rotates and retires keys, nodes have clocks that differ. After every step there is a key that signs, all nodes agree which one, every
// token of a day that was signed under a key that was not retired is good, and nothing that a retired key signed is.
func TestKeysAreKnownBeforeTheySignAndUntilTheirTokensEnd(t *testing.T) { // ABUSE 15, 61
	rapid.Check(t, func(t *rapid.T) {
		m := &model{t: t, now: time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC), every: rapid.SampledFrom([]time.Duration{7 * 24 * time.Hour, rotateEvery}).Draw(t, "every")}
		begin, asked := m.now, 0
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			skew := time.Duration(rapid.IntRange(-90, 90).Draw(t, "skew in seconds")) * time.Second
			m.create(plan(m.keys, m.now, m.every))
			m.create(plan(m.keys, m.now.Add(skew), m.every)) // a node with another clock, at once
			switch rapid.IntRange(0, 20).Draw(t, "what") {
			case 0:
				m.create(planRotation(m.keys, m.now, m.every))
				asked++
			case 1:
				m.retire(rapid.IntRange(0, len(m.keys)-1).Draw(t, "which"))
				asked += 2 // the one in its place, and the one after that if it had not signed
			}
			if again := plan(m.keys, m.now, m.every); len(again) > 0 {
				m.create(again) // a retired successor is replaced at once, and nothing is missing then
				if again = plan(m.keys, m.now, m.every); len(again) > 0 {
					t.Fatalf("at %s, with all planned keys there: %+v is missing", m.now, again)
				}
			}
			m.check(skew)
			m.now = m.now.Add(time.Duration(rapid.IntRange(1, 12*60).Draw(t, "minutes")) * time.Minute)
		}
		planned := int(m.now.Sub(begin)/(m.every-planAhead)) + 1
		if got := len(m.keys) / 2; got > planned+asked {
			t.Fatalf("%d keys of each algorithm after %d rotations and retirements in %s", got, asked, m.now.Sub(begin))
		}
	})
}

// model is a store with what was signed under its keys.
type model struct {
	t      *rapid.T
	now    time.Time
	every  time.Duration
	keys   []Key
	tokens []token
	hasty  map[string]bool // keys that took the place of a retired one: they need not be known before they sign
}

// token is good for a day.
type token struct {
	kid string
	at  time.Time
}

func (m *model) create(spans []span) { m.keys = withKeys(m.keys, spans, m.now) }

func (m *model) retire(i int) {
	k := m.keys[i]
	state := stateOf(m.keys, k, m.now)
	if state == Retired || state == Over {
		return
	}
	m.keys[i].RetiredAt = m.now
	if state == Signs {
		next := newSpan(k.Alg, free(m.keys, k.Alg, m.now), m.now, m.every)
		m.create([]span{next})
		if m.hasty == nil {
			m.hasty = map[string]bool{}
		}
		m.hasty[idOf(next)] = true
	}
}

func (m *model) check(skew time.Duration) {
	for _, alg := range algs() {
		signs, found := current(m.keys, alg, m.now)
		if !found {
			m.t.Fatalf("at %s nobody signs %s", m.now, alg)
		}
		if signs.retired() {
			m.t.Fatalf("at %s the retired %s signs", m.now, signs.ID)
		}
		if _, found := current(m.keys, alg, m.now.Add(skew)); !found {
			m.t.Fatalf("at %s a node whose clock is %s off signs nothing", m.now, skew)
		}
		if known := m.now.Sub(signs.CreatedAt); known < publishAhead && !signs.SignFrom.Equal(firstSignFrom()) && !m.hasty[signs.ID] {
			m.t.Fatalf("at %s %s signs, and is known for only %s", m.now, signs.ID, known)
		}
		m.tokens = append(m.tokens, token{kid: signs.ID, at: m.now})
	}
	m.tokens = slices.DeleteFunc(m.tokens, func(each token) bool { return m.now.Sub(each.at) > 24*time.Hour })
	for _, each := range m.tokens {
		k, _ := latest(m.keys, func(k Key) bool { return k.ID == each.kid })
		state := stateOf(m.keys, k, m.now)
		if good := state != Over && state != Retired; good == k.retired() {
			m.t.Fatalf("at %s a token that %s signed at %s is good: %v", m.now, k.ID, each.at, good)
		}
	}
}

// A key that was superseded does not come back when its successor is retired: it would sign what outlives it.
func TestARetiredKeyIsFollowedAndNotReplacedByAnOlderOne(t *testing.T) { // ABUSE 61
	now := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	first := Key{ID: "first", Alg: ES256, CreatedAt: now, SignFrom: now, SignUntil: now.Add(rotateEvery), VerifyUntil: now.Add(rotateEvery + verifyFor)}
	second := Key{ID: "second", Alg: ES256, CreatedAt: now, SignFrom: now.Add(time.Hour), SignUntil: now.Add(rotateEvery), VerifyUntil: now.Add(rotateEvery + verifyFor)}
	now = now.Add(2 * time.Hour)
	second.RetiredAt = now
	third := Key{ID: "third", Alg: ES256, CreatedAt: now, SignFrom: now, SignUntil: now.Add(rotateEvery), VerifyUntil: now.Add(rotateEvery + verifyFor)}
	for what, c := range map[string]struct {
		keys []Key
		at   time.Time
		want string
	}{
		"without a successor nothing signs":               {[]Key{first, second}, now, ""},
		"a retired key alone does not sign":               {[]Key{second}, now, ""},
		"the successor signs":                             {[]Key{first, second, third}, now, "third"},
		"the successor signs where the clock is late too": {[]Key{first, second, third}, now.Add(-time.Minute), "third"},
	} {
		signs, found := current(c.keys, ES256, c.at)
		if signs.ID != c.want || found != (c.want != "") {
			t.Errorf("%s: %q, %v", what, signs.ID, found)
		}
	}
	missing := plan([]Key{first, second}, now, rotateEvery)
	keys := withKeys([]Key{first, second}, missing, now)
	if signs, found := current(keys, ES256, now); !found || signs.ID == "first" || signs.ID == "second" {
		t.Errorf("after the plan %q signs, %v", signs.ID, found)
	}
}

// TestADeploymentThatWasOffSignsAtOnce: after years in which no node planned keys, the first start has keys that sign and last.
func TestADeploymentThatWasOffSignsAtOnce(t *testing.T) {
	now := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	keys := withKeys(nil, plan(nil, now, rotateEvery), now)
	later := now.AddDate(3, 0, 0)
	if _, found := current(keys, ES256, later); found {
		t.Fatal("a key of three years ago signs")
	}
	keys = withKeys(keys, plan(keys, later, rotateEvery), later)
	signs, found := current(keys, ES256, later)
	if !found || signs.SignUntil.Before(later.Add(rotateEvery)) {
		t.Fatalf("signs: %v, until %s", found, signs.SignUntil)
	}
	if again := plan(keys, later, rotateEvery); len(again) > 0 {
		t.Fatalf("planned again: %+v", again)
	}
}

// A node that is told to rotate more often does so at once, without a key that signs before it was published.
func TestRotatingMoreOftenTakesEffect(t *testing.T) {
	now := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	keys := withKeys(nil, plan(nil, now, rotateEvery), now)
	now = now.Add(30 * 24 * time.Hour)
	if early := plan(keys, now, rotateEvery); len(early) > 0 {
		t.Fatalf("planned %+v", early)
	}
	missing := plan(keys, now, 7*24*time.Hour)
	if len(missing) != 2 || missing[0].signFrom.Sub(now) < publishAhead || missing[0].signFrom.Sub(now) > publishAhead+time.Minute {
		t.Fatalf("at %s: %+v", now, missing)
	}
	keys = withKeys(keys, missing, now)
	if again := plan(keys, now.Add(time.Minute), 7*24*time.Hour); len(again) > 0 {
		t.Fatalf("planned again: %+v", again)
	}
}

func idOf(s span) string { return fmt.Sprintf("%s from %s", s.alg, s.signFrom) }

// withKeys adds the planned keys, refusing a second one as the store does.
func withKeys(keys []Key, spans []span, now time.Time) []Key {
	for _, s := range spans {
		taken := false
		for _, k := range keys {
			taken = taken || (k.Alg == s.alg && k.SignFrom.Equal(s.signFrom))
		}
		if !taken {
			keys = append(keys, Key{ID: idOf(s), Alg: s.alg, CreatedAt: now, SignFrom: s.signFrom, SignUntil: s.signUntil, VerifyUntil: s.verifyUntil})
		}
	}
	return keys
}
