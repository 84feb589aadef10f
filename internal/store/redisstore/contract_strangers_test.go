package redisstore_test

import (
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// strangersAreKept: the counter of a made-up user name comes back as it was stored, belongs to its name alone, and is over after a day.
func strangersAreKept(t *testing.T, s redisStore) {
	now := smsStart()
	for name, g := range map[string]idp.Guard{
		"one wrong":       {Failures: 1, UpdatedAt: now},
		"a second lock":   {Failures: 5, Locks: 2, Locked: true, LockedUntil: now.Add(30 * time.Minute), UpdatedAt: now},
		"after two locks": {Locks: 2, UpdatedAt: now.Add(time.Millisecond)},
	} {
		g.Subject, g.Proof = "username:"+name, idp.ProofPassword
		before := allKeys(t, s)
		if err := s.Strangers.SaveStranger(t.Context(), g); err != nil {
			t.Fatal(err)
		}
		found, err := s.Strangers.FindStranger(t.Context(), g.Subject)
		if err != nil || differences(g, found) != "" {
			t.Errorf("%s: %+v, %v, want %+v", name, found, err, g)
		}
		for _, key := range allKeys(t, s) {
			if !slices.Contains(before, key) {
				within(t, name, lifeOf(t, s, key), 23*time.Hour, 24*time.Hour)
			}
		}
	}
	other, err := s.Strangers.FindStranger(t.Context(), "username:another")
	if err != nil || other.Failures != 0 || other.Locked || other.Subject != "username:another" || other.Proof != idp.ProofPassword {
		t.Errorf("another name: %+v, %v", other, err)
	}
}
