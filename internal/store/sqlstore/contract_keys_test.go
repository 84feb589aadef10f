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

// ABUSE 61: a key is retired once, with its successor, and stays so; the event says it.
func testKeyRetired(t *testing.T, w *world) {
	leaked, next := w.key("ES256", w.now), w.key("ES256", w.now.Add(time.Minute))
	next.CreatedAt = w.now.Add(time.Second)
	must(t, w.CreateKey(t.Context(), leaked, w.event("", w.now, idp.EventKeyRotated)))
	event := w.event("", w.now, idp.EventKeyRetired)
	at := w.now.Add(time.Minute)
	clash := w.key("ES256", w.now) // has the slot of another one
	wants(t, w.RetireKey(t.Context(), keyring.Withdrawal{ID: leaked.ID, At: at, Successor: &clash, Event: event}), idp.ErrConflict)
	list, err := w.ListKeys(t.Context())
	must(t, err)
	same(t, list, []keyring.Key{leaked})
	withdrawal := keyring.Withdrawal{ID: leaked.ID, At: at, Successor: &next, Event: event}
	must(t, w.RetireKey(t.Context(), withdrawal))
	leaked.RetiredAt = at
	again := w.key("ES256", w.now.Add(time.Hour))
	withdrawal.Successor = &again
	wants(t, w.RetireKey(t.Context(), withdrawal), idp.ErrConflict)
	wants(t, w.RetireKey(t.Context(), keyring.Withdrawal{ID: "key_unknown", At: at, Event: event}), idp.ErrConflict)
	list, err = w.ListKeys(t.Context())
	must(t, err)
	same(t, list, []keyring.Key{leaked, next})
	if n := w.count(t, "events"); n != 2 {
		t.Errorf("%d events, want 2", n)
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
