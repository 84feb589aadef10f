package redisstore_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
)

const codeLife = time.Minute

func createCode(t *testing.T, s redisStore, ttl time.Duration) (hash string, g oidcop.Grant) {
	t.Helper()
	hash, g = idp.RandomSecret(32).Hash(), filled[oidcop.Grant](t)
	if err := s.Codes.CreateCode(t.Context(), hash, g, ttl); err != nil {
		t.Fatal(err)
	}
	return hash, g
}

func codeRoundTrip(t *testing.T, s redisStore) {
	hash, g := createCode(t, s, codeLife)
	consumed, err := s.Codes.ConsumeCode(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	if diff := differences(g, consumed); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if local := localTimes(consumed); len(local) > 0 {
		t.Errorf("not in UTC: %q", local)
	}
	if _, err := s.Codes.ConsumeCode(t.Context(), idp.HashToken("never issued")); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("an unknown code: %v", err)
	}
}

func codeCreateOnce(t *testing.T, s redisStore) {
	hash, g := createCode(t, s, codeLife)
	if err := s.Codes.CreateCode(t.Context(), hash, g, codeLife); !errors.Is(err, idp.ErrConflict) {
		t.Errorf("the second of one hash: %v", err)
	}
	if _, err := s.Codes.ConsumeCode(t.Context(), hash); err != nil {
		t.Fatal(err)
	}
	if err := s.Codes.CreateCode(t.Context(), hash, g, codeLife); !errors.Is(err, idp.ErrConflict) {
		t.Errorf("a spent code was issued again: %v", err)
	}
}

func codeConsumedOnceByMany(t *testing.T, s redisStore) { // ABUSE 2
	hash, g := createCode(t, s, codeLife)
	var won, used atomic.Int32
	inParallel(func(int) {
		consumed, err := s.Codes.ConsumeCode(t.Context(), hash)
		switch {
		case err == nil:
			won.Add(1)
		case errors.Is(err, idp.ErrUsed):
			used.Add(1)
		default:
			t.Error(err)
		}
		if diff := differences(g, consumed); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	if won.Load() != 1 || used.Load() != racers-1 {
		t.Errorf("%d consumed it and %d learnt that it is used, want 1 and %d", won.Load(), used.Load(), racers-1)
	}
}

func codeIsOver(t *testing.T, s redisStore) { // ABUSE 3
	const short = 50 * time.Millisecond
	hash, _ := createCode(t, s, short)
	// Asking for the code would spend it. What Redis keeps as long and was stored later is gone later.
	witness := filled[oidcop.Reference](t)
	witness.ExpiresAt = witness.IssuedAt.Add(short)
	createReference(t, s, "witness", witness)
	awaitGone(t, func(ctx context.Context) bool {
		_, err := s.References.FindReference(ctx, "witness")
		return errors.Is(err, idp.ErrNotFound)
	})
	for range 2 { // and it does not count as used: no session ends for a late answer
		if _, err := s.Codes.ConsumeCode(t.Context(), hash); !errors.Is(err, idp.ErrNotFound) {
			t.Errorf("consumed after its time: %v", err)
		}
	}
	if err := s.Codes.CreateCode(t.Context(), "at once", oidcop.Grant{}, 0); err == nil {
		t.Error("a code without a lifetime was stored")
	}
}

func codeReuseIsRememberedTenMinutes(t *testing.T, s redisStore) { // ABUSE 1
	hash, g := createCode(t, s, codeLife)
	if _, err := s.Codes.ConsumeCode(t.Context(), hash); err != nil {
		t.Fatal(err)
	}
	reused, err := s.Codes.ConsumeCode(t.Context(), hash)
	if !errors.Is(err, idp.ErrUsed) || reused.SID != g.SID {
		t.Errorf("reuse names session %q, %v; want %q", reused.SID, err, g.SID)
	}
	key := keyOf(t, s, hash)
	within(t, "used", lifeOf(t, s, key), 9*time.Minute, 10*time.Minute)
	if err := s.Raw.PExpire(t.Context(), key, time.Millisecond).Err(); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, func(ctx context.Context) bool {
		_, err := s.Codes.ConsumeCode(ctx, hash)
		return errors.Is(err, idp.ErrNotFound)
	})
}

func codeMovedIsRefused(t *testing.T, s redisStore) {
	hash, _ := createCode(t, s, codeLife)
	elsewhere := idp.HashToken("a code that the thief knows")
	move(t, s, hash, elsewhere)
	if g, err := s.Codes.ConsumeCode(t.Context(), elsewhere); idp.CodeOf(err) != idp.CodeInternal || g.SID != "" {
		t.Errorf("consumed under another hash: %q, %v", g.SID, err)
	}
}
