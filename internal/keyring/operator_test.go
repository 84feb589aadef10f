package keyring_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
)

// ABUSE 61: the key that signs has leaked. Its successor signs at once, on the node that has heard of it; a node that has not waits for the
// keys to be loaded rather than refuse what the successor signed; and what the leaked key signs is refused wherever it is heard of.
func TestARetiredKeySignsAndVerifiesNothing(t *testing.T) {
	store := &memory{}
	told, untold := open(t, store, start()), open(t, store, start())
	operator := keyring.NewOperator(store, 0)
	for _, alg := range []string{keyring.ES256, keyring.RS256} {
		old := sign(t, told, alg)
		now := start().Add(time.Hour)
		successor, err := operator.Retire(t.Context(), kidOf(t, old), "it leaked", shell(), now)
		if err != nil {
			t.Fatal(err)
		}
		refresh(t, told, now)
		fresh := sign(t, told, alg)
		if kidOf(t, fresh) != successor {
			t.Errorf("%s: %s signs after the retirement, want %s", alg, kidOf(t, fresh), successor)
		}
		verify(t, untold, fresh, alg) // it has not been told
		for name, ring := range map[string]*keyring.Ring{"told": told, "untold": untold} {
			if _, found := ring.Find(t.Context(), kidOf(t, old), now); found {
				t.Errorf("%s: the node that was %s takes the retired key", alg, name)
			}
			for _, key := range ring.Public().Keys {
				if key.KeyID == kidOf(t, old) {
					t.Errorf("%s: the node that was %s publishes the retired key", alg, name)
				}
			}
		}
		last := store.events[len(store.events)-1]
		if last.Type != idp.EventKeyRetired || last.Details["kid"] != kidOf(t, old) || last.Details["reason_given"] != "it leaked" || last.Actor != shell() || last.Details["successor"] != successor {
			t.Errorf("%s: the event is %+v", alg, last)
		}
	}
}

func TestKeysAreListedAsTheyAre(t *testing.T) {
	store := &memory{}
	ring := open(t, store, start())
	operator := keyring.NewOperator(store, 0)
	old := kidOf(t, sign(t, ring, keyring.ES256))
	now := start().Add(time.Hour)
	coming, err := operator.Rotate(t.Context(), shell(), now)
	if err != nil || len(coming) != 2 {
		t.Fatalf("%+v, %v", coming, err)
	}
	states := func(now time.Time) map[string]keyring.State {
		all, err := operator.List(t.Context(), now)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]keyring.State{}
		for _, k := range all {
			if k.Alg == keyring.ES256 {
				found[k.ID] = k.State
			}
		}
		return found
	}
	want := func(what string, at time.Time, of map[string]keyring.State) {
		t.Helper()
		for kid, state := range of {
			if got := states(at)[kid]; got != state {
				t.Errorf("%s: %s is %q, want %q", what, kid, got, state)
			}
		}
	}
	next := coming[0].ID
	want("just after the rotation", now, map[string]keyring.State{old: keyring.Signs, next: keyring.Published})
	want("after the hand-over", now.Add(time.Hour), map[string]keyring.State{old: keyring.Verifies, next: keyring.Signs})
	want("two days later", now.Add(48*time.Hour), map[string]keyring.State{old: keyring.Over, next: keyring.Signs})

	for kid, words := range map[string]string{"key_unknown": "there is no signing key", old: "is over"} {
		if _, err := operator.Retire(t.Context(), kid, "a test", shell(), now.Add(48*time.Hour)); err == nil || !strings.Contains(publicOf(t, err), words) {
			t.Errorf("%s: %v", kid, err)
		}
	}
	if _, err := operator.Retire(t.Context(), next, "a test", shell(), now); err != nil { // before it has signed
		t.Fatal(err)
	}
	want("a retired successor", now.Add(time.Hour), map[string]keyring.State{old: keyring.Signs, next: keyring.Retired})
	if _, err := operator.Retire(t.Context(), next, "a test", shell(), now); err == nil || !strings.Contains(publicOf(t, err), "retired already") {
		t.Errorf("retired twice: %v", err)
	}
}

func publicOf(t *testing.T, err error) string {
	t.Helper()
	refused, ok := err.(*idp.Error)
	if !ok {
		t.Fatalf("%v has no text", err)
	}
	return refused.Public
}

// Two operators see that the key leaked, and retire it at the same moment: one of them does, and one key takes its place.
func TestARetirementHappensOnce(t *testing.T) {
	store := &memory{}
	kid := kidOf(t, sign(t, open(t, store, start()), keyring.ES256))
	var group sync.WaitGroup
	errs := make([]error, 2)
	for i := range errs {
		group.Go(func() {
			_, errs[i] = keyring.NewOperator(store, 0).Retire(t.Context(), kid, "it leaked", shell(), start().Add(time.Hour+time.Duration(i)*time.Second))
		})
	}
	group.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("%v and %v", errs[0], errs[1])
	}
	if len(store.keys) != 3 {
		t.Errorf("%d keys, want 3", len(store.keys))
	}
}

// ABUSE 15: strangers make up identifiers that look like ours, by the thousand. All of them together cost the store one question a
// second, most of them are answered at once, and the one that is new is found meanwhile.
func TestAFloodOfMadeUpKidsCostsAQuestionASecond(t *testing.T) {
	store := &memory{}
	ring := open(t, store, start())
	before, began := store.lists, time.Now()
	var group sync.WaitGroup
	for range 5000 {
		group.Go(func() {
			if _, found := ring.Find(t.Context(), idp.NewID("key_"), start()); found {
				t.Error("found a key that someone made up")
			}
		})
	}
	group.Wait()
	most := 2 + int(time.Since(began)/time.Second)
	if asked := store.asked() - before; asked == 0 || asked > most {
		t.Errorf("the store was asked %d times in %s", asked, time.Since(began))
	}
	successor, err := keyring.NewOperator(store, 0).Retire(t.Context(), kidOf(t, sign(t, ring, keyring.ES256)), "it leaked", shell(), start())
	if err != nil {
		t.Fatal(err)
	}
	if _, found := ring.Find(t.Context(), successor, start()); !found {
		t.Error("the key that is new was not found after the flood")
	}
}

// A caller who gives up is not kept, and a store that does not answer keeps none for ever.
func TestLookingForAnUnknownKeyEnds(t *testing.T) {
	store := &memory{}
	ring := open(t, store, start())
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, found := ring.Find(gone, idp.NewID("key_"), start()); found {
		t.Error("found")
	}
	store.fail(idp.ErrUnavailable)
	if _, found := ring.Find(t.Context(), idp.NewID("key_"), start()); found {
		t.Error("found")
	}
}

// A hand-over needs nobody to say so: a node whose keys have not changed looks at the clock.
func TestRunHandsOverByTheClock(t *testing.T) {
	store := &memory{}
	ring := open(t, store, start())
	rotate(t, store, ring, start())
	old := kidOf(t, sign(t, ring, keyring.ES256))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go ring.Run(ctx, func() time.Time { return start().Add(time.Hour) })
	for until := time.Now().Add(30 * time.Second); kidOf(t, sign(t, ring, keyring.ES256)) == old; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("the old key goes on signing")
		}
	}
}
