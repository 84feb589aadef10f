package redisstore_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func createPushed(t *testing.T, s redisStore, life time.Duration) (hash string, r idp.PushedRequest) {
	t.Helper()
	hash, r = idp.RandomSecret(32).Hash(), idp.PushedRequest{ClientID: "timesheets", Query: "state=\xff&nonce=secret-of-the-request"}
	must(t, s.Pushed.CreatePushed(t.Context(), hash, r, life))
	return hash, r
}

func pushedRoundTrip(t *testing.T, s redisStore) {
	hash, r := createPushed(t, s, time.Minute)
	for range 2 {
		found, err := s.Pushed.FindPushed(t.Context(), hash)
		must(t, err)
		same(t, found, r)
	}
	within(t, "pushed", lifeOf(t, s, keyOf(t, s, hash)), 50*time.Second, time.Minute)
	_, err := s.Pushed.FindPushed(t.Context(), idp.HashToken("never pushed"))
	wants(t, err, idp.ErrNotFound)
	if err := s.Pushed.CreatePushed(t.Context(), hash, r, 0); err == nil {
		t.Error("one that is over before it begins was kept, for ever perhaps")
	}
}

func pushedIsOver(t *testing.T, s redisStore) {
	hash, _ := createPushed(t, s, 50*time.Millisecond)
	awaitGone(t, func(ctx context.Context) bool {
		_, err := s.Pushed.FindPushed(ctx, hash)
		return errors.Is(err, idp.ErrNotFound)
	})
}

func pushedMovedIsRefused(t *testing.T, s redisStore) {
	hash, _ := createPushed(t, s, time.Minute)
	elsewhere := idp.HashToken("a name that the thief holds")
	move(t, s, hash, elsewhere)
	if _, err := s.Pushed.FindPushed(t.Context(), elsewhere); idp.CodeOf(err) != idp.CodeInternal {
		t.Errorf("found under another hash: %v", err)
	}
}

// proofSeenOnceByMany: RFC 9449, section 11.1.
func proofSeenOnceByMany(t *testing.T, s redisStore) {
	seen := make(chan bool, racers)
	for _, err := range race(func(int) error {
		first, err := s.SeenProofs.See(t.Context(), "one", time.Minute)
		seen <- first
		return err
	}) {
		must(t, err)
	}
	firsts := 0
	for range racers {
		if <-seen {
			firsts++
		}
	}
	if firsts != 1 {
		t.Errorf("%d were first", firsts)
	}
	within(t, "proof", lifeOf(t, s, keyOf(t, s, "proof:one")), 50*time.Second, time.Minute)
	other, err := s.SeenProofs.See(t.Context(), "other", time.Minute)
	must(t, err)
	same(t, other, true)
}

// proofIsForgotten: once it is too old for everybody.
func proofIsForgotten(t *testing.T, s redisStore) {
	_, err := s.SeenProofs.See(t.Context(), "short", 50*time.Millisecond)
	must(t, err)
	awaitGone(t, func(context.Context) bool { return len(allKeys(t, s)) == 0 })
	if _, err := s.SeenProofs.See(t.Context(), "over", 0); err == nil {
		t.Error("a proof that is over was remembered, for ever perhaps")
	}
}

// pushedIsHidden: a thief of the memory reads nothing of it, and nothing that was pushed before a backup was restored is found after it.
func pushedIsHidden(t *testing.T, s redisStore) {
	hash, _ := createPushed(t, s, time.Minute)
	for _, text := range []string{"secret-of-the-request", "timesheets"} {
		if strings.Contains(dump(t, s), text) {
			t.Errorf("%q can be read", text)
		}
	}
	s.Store.EnterEpoch(idp.Epoch{Number: 1, Since: time.Now()})
	_, err := s.Pushed.FindPushed(t.Context(), hash)
	wants(t, err, idp.ErrNotFound)
}
