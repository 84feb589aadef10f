package sqlstore_test

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/keyring"
)

func (w *world) key(alg string, from time.Time) keyring.Key {
	return keyring.Key{
		ID: idp.NewID("key_"), Alg: alg, Private: idp.NewSecret("MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg"),
		CreatedAt: w.now, SignFrom: from, SignUntil: from.Add(90 * 24 * time.Hour), VerifyUntil: from.Add(91 * 24 * time.Hour),
	}
}

func testKey(t *testing.T, w *world) {
	list, err := w.ListKeys(t.Context())
	must(t, err)
	if len(list) != 0 {
		t.Fatalf("%d keys in a new store", len(list))
	}
	first, second, third := w.key("ES256", w.now), w.key("RS256", w.now), w.key("ES256", w.now.Add(time.Hour))
	want := map[string]keyring.Key{}
	for _, k := range []keyring.Key{first, second, third} {
		must(t, w.CreateKey(t.Context(), k, idp.AuditEvent{}))
		want[k.ID] = k
	}
	list, err = w.ListKeys(t.Context())
	must(t, err)
	got := map[string]keyring.Key{}
	for _, k := range list {
		got[k.ID] = k
	}
	same(t, got, want)
	wants(t, w.CreateKey(t.Context(), w.key("ES256", w.now), idp.AuditEvent{}), idp.ErrConflict)
	empty := w.key("ES256", w.now.Add(2*time.Hour))
	empty.Private = idp.Secret{}
	if err := w.CreateKey(t.Context(), empty, idp.AuditEvent{}); idp.CodeOf(err) != idp.CodeInvalid {
		t.Errorf("a key without its private part: %v", err)
	}
}

// ABUSE 15: nodes that start at once agree on one key.
func testKeyRace(t *testing.T, w *world) {
	oneWon(t, race(func(int) error { return w.CreateKey(t.Context(), w.key("ES256", w.now), idp.AuditEvent{}) }), idp.ErrConflict)
	list, err := w.ListKeys(t.Context())
	must(t, err)
	if len(list) != 1 {
		t.Errorf("%d keys, want 1", len(list))
	}
}
