package redisstore_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/oidcop"
)

func newReference(t *testing.T) (hash string, r oidcop.Reference) {
	t.Helper()
	r = filled[oidcop.Reference](t)
	r.ExpiresAt = r.IssuedAt.Add(5 * time.Minute)
	return idp.RandomSecret(32).Hash(), r
}

func createReference(t *testing.T, s redisStore, hash string, r oidcop.Reference) {
	t.Helper()
	if err := s.References.CreateReference(t.Context(), hash, r); err != nil {
		t.Fatal(err)
	}
}

func referenceRoundTrip(t *testing.T, s redisStore) {
	hash, r := newReference(t)
	createReference(t, s, hash, r)
	found, err := s.References.FindReference(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	if diff := differences(r, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if local := localTimes(found); len(local) > 0 {
		t.Errorf("not in UTC: %q", local)
	}
	within(t, "created", lifeOf(t, s, keyOf(t, s, hash)), 4*time.Minute, 5*time.Minute)
	if _, err := s.References.FindReference(t.Context(), idp.HashToken("never issued")); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("an unknown token: %v", err)
	}
}

func referenceDelete(t *testing.T, s redisStore) {
	hash, r := newReference(t)
	createReference(t, s, hash, r)
	for range 2 { // the second time it is gone, which is no error (RFC 7009, section 2.2)
		if err := s.References.DeleteReference(t.Context(), hash); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.References.FindReference(t.Context(), hash); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("found after it was deleted: %v", err)
	}
}

func referenceIsOver(t *testing.T, s redisStore) {
	hash, r := newReference(t)
	r.ExpiresAt = r.IssuedAt.Add(50 * time.Millisecond)
	createReference(t, s, hash, r)
	awaitGone(t, func(ctx context.Context) bool {
		_, err := s.References.FindReference(ctx, hash)
		return errors.Is(err, idp.ErrNotFound)
	})
	r.ExpiresAt = r.IssuedAt
	if err := s.References.CreateReference(t.Context(), hash, r); err == nil {
		t.Error("one that was over before it began was stored, for ever perhaps")
	}
}

func referenceMovedIsRefused(t *testing.T, s redisStore) {
	hash, r := newReference(t)
	createReference(t, s, hash, r)
	elsewhere := idp.HashToken("a token that the thief holds")
	move(t, s, hash, elsewhere)
	if _, err := s.References.FindReference(t.Context(), elsewhere); idp.CodeOf(err) != idp.CodeInternal {
		t.Errorf("found under another hash: %v", err)
	}
}
