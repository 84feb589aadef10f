package redisstore_test

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

const (
	answerHold = time.Minute
	answerKeep = 24 * time.Hour
	answerText = "noor@harbourfinch.example"
)

func answerName() string { return idp.RandomSecret(32).Hash() }

func mustClaim(t *testing.T, s redisStore, name, request, claim string) {
	t.Helper()
	answer, err := s.Answers.Claim(t.Context(), name, request, claim, answerHold)
	if answer != nil || err != nil {
		t.Fatalf("claim: %q, %v", answer, err)
	}
}

func mustFinish(t *testing.T, s redisStore, name, claim string, answer []byte) {
	t.Helper()
	if err := s.Answers.Finish(t.Context(), name, claim, answer, answerKeep); err != nil {
		t.Fatal(err)
	}
}

func answerRoundTrip(t *testing.T, s redisStore) {
	name, answer := answerName(), []byte("{\"a\":\"\\u0000\"}\x00\xff")
	mustClaim(t, s, name, "request", "one")
	if _, err := s.Answers.Claim(t.Context(), name, "request", "two", answerHold); !errors.Is(err, idp.ErrConflict) {
		t.Errorf("while it is carried out: %v", err)
	}
	mustFinish(t, s, name, "one", answer)
	for range 2 {
		found, err := s.Answers.Claim(t.Context(), name, "request", "two", answerHold)
		if err != nil || !bytes.Equal(found, answer) {
			t.Errorf("found %q, %v", found, err)
		}
	}
	within(t, "finished", lifeOf(t, s, keyOf(t, s, name)), 23*time.Hour, answerKeep)
}

func answerOfAnotherRequest(t *testing.T, s redisStore) {
	name := answerName()
	mustClaim(t, s, name, "request", "one")
	for _, when := range []string{"while it is carried out", "afterwards"} {
		if _, err := s.Answers.Claim(t.Context(), name, "another", "two", answerHold); !errors.Is(err, idp.ErrInvalid) {
			t.Errorf("%s: %v", when, err)
		}
		if err := s.Answers.Finish(t.Context(), name, "one", []byte("a"), answerKeep); when == "while it is carried out" && err != nil {
			t.Fatal(err)
		}
	}
}

// answerClaimedOnceByMany: of any number of callers exactly one carries the request out.
func answerClaimedOnceByMany(t *testing.T, s redisStore) {
	name := answerName()
	var won, busy atomic.Int32
	inParallel(func(int) {
		answer, err := s.Answers.Claim(t.Context(), name, "request", idp.NewID("clm_"), answerHold)
		switch {
		case err == nil && answer == nil:
			won.Add(1)
		case errors.Is(err, idp.ErrConflict):
			busy.Add(1)
		default:
			t.Errorf("%q, %v", answer, err)
		}
	})
	if won.Load() != 1 || busy.Load() != racers-1 {
		t.Errorf("%d won, %d were told to wait", won.Load(), busy.Load())
	}
}

func answerReleased(t *testing.T, s redisStore) {
	name := answerName()
	mustClaim(t, s, name, "request", "one")
	if err := s.Answers.Release(t.Context(), name, "two"); err != nil { // not the holder: nothing happens
		t.Fatal(err)
	}
	if _, err := s.Answers.Claim(t.Context(), name, "request", "two", answerHold); !errors.Is(err, idp.ErrConflict) {
		t.Errorf("somebody else gave it back: %v", err)
	}
	if err := s.Answers.Release(t.Context(), name, "one"); err != nil {
		t.Fatal(err)
	}
	mustClaim(t, s, name, "another", "three")
	mustFinish(t, s, name, "three", []byte("a"))
	if err := s.Answers.Release(t.Context(), name, "three"); err != nil { // what is finished stays
		t.Fatal(err)
	}
	if found, err := s.Answers.Claim(t.Context(), name, "another", "four", answerHold); err != nil || string(found) != "a" {
		t.Errorf("a finished one was given back: %q, %v", found, err)
	}
}

// answerClaimIsOver: a node that was too slow, or died, does not overwrite what came after.
func answerClaimIsOver(t *testing.T, s redisStore) {
	name := answerName()
	if _, err := s.Answers.Claim(t.Context(), name, "request", "slow", 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	awaitGone(t, func(ctx context.Context) bool {
		answer, err := s.Answers.Claim(ctx, name, "request", "next", answerHold)
		return answer == nil && err == nil
	})
	if err := s.Answers.Finish(t.Context(), name, "slow", []byte("old"), answerKeep); !errors.Is(err, idp.ErrConflict) {
		t.Errorf("a claim that is over finished: %v", err)
	}
	mustFinish(t, s, name, "next", []byte("new"))
}

func answerMovedIsRefused(t *testing.T, s redisStore) {
	name := answerName()
	mustClaim(t, s, name, "request", "one")
	mustFinish(t, s, name, "one", []byte("of somebody else"))
	elsewhere := answerName()
	move(t, s, name, elsewhere)
	if _, err := s.Answers.Claim(t.Context(), elsewhere, "request", "two", answerHold); idp.CodeOf(err) != idp.CodeInternal {
		t.Errorf("found under another name: %v", err)
	}
}
