package redisstore_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/signin"
)

// newTransaction returns a transaction with every field set, that lives for a sign-in.
func newTransaction(t *testing.T) signin.Transaction {
	t.Helper()
	tx := filled[signin.Transaction](t)
	tx.ID = idp.NewID("")
	tx.Version = 1
	tx.ExpiresAt = tx.CreatedAt.Add(signin.Lifetime)
	return tx
}

func createTransaction(t *testing.T, s redisStore, tx signin.Transaction) {
	t.Helper()
	if err := s.Transactions.Create(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
}

func transactionRoundTrip(t *testing.T, s redisStore) {
	tx := newTransaction(t)
	createTransaction(t, s, tx)
	found, err := s.Transactions.Find(t.Context(), tx.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := differences(tx, found); diff != "" {
		t.Errorf("found another transaction than was created (-want +got):\n%s", diff)
	}
	if local := localTimes(found); len(local) > 0 {
		t.Errorf("not in UTC: %q", local)
	}

	empty := signin.Transaction{ID: idp.NewID(""), Version: 1, CreatedAt: tx.CreatedAt, ExpiresAt: tx.ExpiresAt}
	createTransaction(t, s, empty)
	consumed, err := s.Transactions.Consume(t.Context(), empty.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := differences(empty, consumed); diff != "" {
		t.Errorf("an empty transaction gained something (-want +got):\n%s", diff)
	}
}

// transactionKeepsForeignBytes: what an app sent goes back to it byte for byte, be it text or not (RFC 6749, section 4.1.2).
func transactionKeepsForeignBytes(t *testing.T, s redisStore) {
	foreign := "\xff\x00\u2028<script>\r\n{\"a\":1}\xed\xa0\x80"
	tx := newTransaction(t)
	tx.Request.State, tx.Request.Nonce, tx.Request.LoginHint, tx.Request.Query = foreign, foreign, foreign, foreign
	createTransaction(t, s, tx)
	found, err := s.Transactions.Find(t.Context(), tx.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := differences(tx.Request, found.Request); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func transactionCreateOnce(t *testing.T, s redisStore) {
	tx := newTransaction(t)
	createTransaction(t, s, tx)
	second := tx
	second.Binding = "another browser"
	if err := s.Transactions.Create(t.Context(), second); !errors.Is(err, idp.ErrConflict) {
		t.Errorf("the second of one identifier: %v", err)
	}
	found, err := s.Transactions.Find(t.Context(), tx.ID)
	if err != nil || found.Binding != tx.Binding {
		t.Errorf("bound to %q, %v", found.Binding, err)
	}
}

func transactionUpdateComparesVersions(t *testing.T, s redisStore) {
	tx := newTransaction(t)
	if err := s.Transactions.Update(t.Context(), tx); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("update before create: %v", err)
	}
	createTransaction(t, s, tx)
	next := tx
	next.State, next.Failures = signin.StateTOTP, 3
	if err := s.Transactions.Update(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	stale := tx
	stale.State = signin.StateDone
	if err := s.Transactions.Update(t.Context(), stale); !errors.Is(err, idp.ErrConflict) {
		t.Errorf("update of a version that is over: %v", err)
	}
	ahead := tx
	ahead.Version = 7
	if err := s.Transactions.Update(t.Context(), ahead); !errors.Is(err, idp.ErrConflict) {
		t.Errorf("update of a version that never was: %v", err)
	}
	found, err := s.Transactions.Find(t.Context(), tx.ID)
	if err != nil {
		t.Fatal(err)
	}
	next.Version = 2
	if diff := differences(next, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func transactionUpdateByManyIsOne(t *testing.T, s redisStore) { // ABUSE 17: parallel guesses can't share a version
	tx := newTransaction(t)
	createTransaction(t, s, tx)
	var won, lost atomic.Int32
	inParallel(func(int) {
		switch err := s.Transactions.Update(t.Context(), tx); {
		case err == nil:
			won.Add(1)
		case errors.Is(err, idp.ErrConflict):
			lost.Add(1)
		default:
			t.Error(err)
		}
	})
	if won.Load() != 1 || lost.Load() != racers-1 {
		t.Errorf("%d updates succeeded and %d conflicted, want 1 and %d", won.Load(), lost.Load(), racers-1)
	}
}

func transactionConsumedOnceByMany(t *testing.T, s redisStore) { // ABUSE 2
	tx := newTransaction(t)
	createTransaction(t, s, tx)
	var won, lost atomic.Int32
	inParallel(func(int) {
		consumed, err := s.Transactions.Consume(t.Context(), tx.ID)
		switch {
		case err == nil:
			won.Add(1)
			if diff := differences(tx, consumed); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		case errors.Is(err, idp.ErrNotFound):
			lost.Add(1)
		default:
			t.Error(err)
		}
	})
	if won.Load() != 1 || lost.Load() != racers-1 {
		t.Errorf("%d got it and %d did not, want 1 and %d", won.Load(), lost.Load(), racers-1)
	}
}

func transactionStaysConsumed(t *testing.T, s redisStore) { // ABUSE 20
	tx := newTransaction(t)
	createTransaction(t, s, tx)
	if _, err := s.Transactions.Consume(t.Context(), tx.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Transactions.Find(t.Context(), tx.ID); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("found after it was consumed: %v", err)
	}
	if err := s.Transactions.Update(t.Context(), tx); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("updated after it was consumed: %v", err)
	}
	if _, err := s.Transactions.Consume(t.Context(), tx.ID); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("consumed after it was consumed: %v", err)
	}
}

func transactionLifetime(t *testing.T, s redisStore) {
	tx := newTransaction(t)
	tx.PasswordAt, tx.Alone, tx.ExpiresAt = time.Time{}, false, tx.CreatedAt.Add(signin.Untouched)
	createTransaction(t, s, tx)
	key := keyOf(t, s, tx.ID)
	within(t, "created", lifeOf(t, s, key), signin.Untouched-time.Minute, signin.Untouched)
	if err := s.Raw.PExpire(t.Context(), key, time.Minute).Err(); err != nil {
		t.Fatal(err)
	}
	if err := s.Transactions.Update(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	within(t, "updated by a wrong password", lifeOf(t, s, key), time.Second, time.Minute)
	tx.Version, tx.PasswordAt, tx.ExpiresAt = 2, tx.CreatedAt.Add(10*time.Minute), tx.CreatedAt.Add(signin.Lifetime)
	if err := s.Transactions.Update(t.Context(), tx); err != nil {
		t.Fatal(err)
	}
	within(t, "with a right password after ten minutes", lifeOf(t, s, key), signin.Lifetime-11*time.Minute, signin.Lifetime-10*time.Minute)
}

func transactionIsOver(t *testing.T, s redisStore) {
	tx := newTransaction(t)
	tx.PasswordAt, tx.Alone, tx.ExpiresAt = time.Time{}, false, tx.CreatedAt.Add(50*time.Millisecond)
	createTransaction(t, s, tx)
	awaitGone(t, func(ctx context.Context) bool {
		_, err := s.Transactions.Find(ctx, tx.ID)
		return errors.Is(err, idp.ErrNotFound)
	})
	if err := s.Transactions.Update(t.Context(), tx); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("updated: %v", err)
	}
	tx.ID, tx.ExpiresAt = idp.NewID(""), tx.CreatedAt.Add(-time.Hour)
	if err := s.Transactions.Create(t.Context(), tx); err == nil {
		t.Error("one that was over before it began was stored, for ever perhaps")
	}
}

func transactionMovedIsRefused(t *testing.T, s redisStore) { // ABUSE 21
	mine, theirs := newTransaction(t), newTransaction(t)
	createTransaction(t, s, mine)
	move(t, s, mine.ID, theirs.ID)
	if _, err := s.Transactions.Find(t.Context(), theirs.ID); idp.CodeOf(err) != idp.CodeInternal {
		t.Errorf("found under another identifier: %v", err)
	}
	if _, err := s.Transactions.Consume(t.Context(), theirs.ID); idp.CodeOf(err) != idp.CodeInternal {
		t.Errorf("consumed under another identifier: %v", err)
	}
}

// inParallel runs fn in many goroutines that start together.
func inParallel(fn func(i int)) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	ready.Add(racers)
	for i := range racers {
		done.Go(func() {
			ready.Done()
			<-start
			fn(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

func within(t *testing.T, what string, got, least, most time.Duration) {
	t.Helper()
	if got < least || got > most {
		t.Errorf("%s: kept for %s, want %s to %s", what, got, least, most)
	}
}

// Any caller can begin sign-ins: one that no person has touched is small, even with a long state (ABUSE 52).
func transactionIsSmall(t *testing.T, s redisStore) {
	now := time.Now()
	tx := signin.Transaction{
		ID: idp.NewID(""), Version: 1, State: signin.StatePassword, Binding: idp.RandomSecret(32).Hash(), SID: idp.NewSID(),
		CreatedAt: now, ExpiresAt: now.Add(signin.Lifetime),
		Request: signin.Request{
			ClientID: "timesheets", RedirectURI: "https://timesheets.example/auth/callback", ResponseMode: "query",
			Scopes: []string{"openid", "profile", "email", "offline_access"}, State: strings.Repeat("s", 900),
			Nonce: strings.Repeat("n", 43), CodeChallenge: strings.Repeat("c", 43),
		},
	}
	createTransaction(t, s, tx)
	row, err := s.Raw.HGet(t.Context(), keyOf(t, s, tx.ID), "row").Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if stored := len(keyOf(t, s, tx.ID)) + len(row); stored > 2048 {
		t.Errorf("an untouched sign-in takes %d bytes", stored)
	}
}
