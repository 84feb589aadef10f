package redisstore_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

func heldRoundTrip(t *testing.T, s redisStore) {
	name, value := answerName(), []byte("noor@harbourfinch.example\x00\xff")
	if _, err := s.Held.Find(t.Context(), name); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("before: %v", err)
	}
	must(t, s.Held.Put(t.Context(), name, []byte("first"), time.Minute))
	must(t, s.Held.Put(t.Context(), name, value, time.Hour))
	found, err := s.Held.Find(t.Context(), name)
	if err != nil || !bytes.Equal(found, value) {
		t.Errorf("found %q, %v", found, err)
	}
	within(t, "held", lifeOf(t, s, keyOf(t, s, name)), 59*time.Minute, time.Hour)
	raw, err := s.Raw.Get(t.Context(), keyOf(t, s, name)).Bytes()
	if err != nil || bytes.Contains(raw, []byte("noor")) {
		t.Errorf("a thief of Redis reads %q, %v", raw, err)
	}
	elsewhere := answerName()
	move(t, s, name, elsewhere)
	if _, err := s.Held.Find(t.Context(), elsewhere); idp.CodeOf(err) != idp.CodeInternal {
		t.Errorf("found under another name: %v", err)
	}
	if err := s.Held.Put(t.Context(), name, value, 0); idp.CodeOf(err) != idp.CodeInternal {
		t.Errorf("held for ever: %v", err)
	}
	must(t, s.Held.Put(t.Context(), name, value, time.Hour))
	s.Store.EnterEpoch(idp.Epoch{Number: 1, Since: time.Now()}) // ABUSE 54
	if _, err := s.Held.Find(t.Context(), name); !errors.Is(err, idp.ErrNotFound) {
		t.Errorf("after a restore: %v", err)
	}
}
