package directory_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func TestSecretIsReplacedWithoutAPause(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		client := w.integration()
		first := client.Secrets[0]
		overlap := w.now.Add(7 * 24 * time.Hour)
		added, secret, err := w.AddSecret(ctx, by(riley), client.ID, w.now.AddDate(1, 0, 0), overlap, w.now)
		w.must(err)
		if e := w.left("add", idp.EventClientSecretAdded, ""); e.Details["secret"] != added.ID || e.ClientID != client.ID || e.PracticeID != practiceX {
			t.Errorf("event %+v", e)
		}
		stored, err := w.store.FindClient(ctx, client.ID)
		w.must(err)
		if len(stored.Secrets) != 2 || !stored.Secrets[0].ExpiresAt.Equal(overlap) || stored.Secrets[1].Hash != secret.Hash() || added.Hash != "" {
			t.Fatalf("stored %+v", stored.Secrets)
		}
		_, _, err = w.AddSecret(ctx, by(riley), client.ID, time.Time{}, time.Time{}, w.now)
		w.refusedWith("a third", err, idp.CodeConflict, "two secrets")
		w.left("a third", idp.EventClientSecretAdded, "two_secrets")

		w.must(w.RemoveSecret(ctx, by(riley), client.ID, first.ID, w.now))
		w.left("remove", idp.EventClientSecretRemoved, "")
		w.refusedWith("the last one", w.RemoveSecret(ctx, by(riley), client.ID, added.ID, w.now), idp.CodeConflict, "only secret")
		w.left("the last one", idp.EventClientSecretRemoved, "last_secret")
		w.refusedWith("one that is gone", w.RemoveSecret(ctx, by(riley), client.ID, first.ID, w.now), idp.CodeNotFound, "")
		w.left("one that is gone", idp.EventClientSecretRemoved, "not_found")
	})
}

func TestSecretsThatAreOverMakeRoom(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		client := w.integration()
		_, _, err := w.AddSecret(ctx, by(riley), client.ID, time.Time{}, w.now.Add(time.Hour), w.now)
		w.must(err)
		later := w.now.Add(2 * time.Hour)
		_, _, err = w.AddSecret(ctx, by(riley), client.ID, time.Time{}, later.Add(time.Hour), later)
		w.must(err)
		stored, err := w.store.FindClient(ctx, client.ID)
		w.must(err)
		if len(stored.Secrets) != 2 {
			t.Errorf("stored %+v", stored.Secrets)
		}
		for _, field := range []string{"expires_at", "old_ends_at"} {
			expires, ends := time.Time{}, later
			if field == "expires_at" {
				expires, ends = later, time.Time{}
			}
			_, _, err = w.AddSecret(ctx, by(riley), client.ID, expires, ends, later)
			wantField(t, err, field)
		}
	})
}

// The end of a secret that ends anyway is never moved to a later time by adding another one.
func TestOldSecretNeverLivesLonger(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		n := registered()
		n.SecretExpires = w.now.Add(time.Hour)
		client, _, err := w.RegisterClient(t.Context(), by(riley), n, w.now)
		w.must(err)
		_, _, err = w.AddSecret(t.Context(), by(riley), client.ID, time.Time{}, w.now.Add(48*time.Hour), w.now)
		w.must(err)
		stored, err := w.store.FindClient(t.Context(), client.ID)
		w.must(err)
		if !stored.Secrets[0].ExpiresAt.Equal(n.SecretExpires) {
			t.Errorf("ends %s", stored.Secrets[0].ExpiresAt)
		}
	})
}
