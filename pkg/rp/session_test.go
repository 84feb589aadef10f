package rp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestMemoryForgetsWhatIsOver(t *testing.T) {
	m := NewMemoryStore()
	over, alive := Session{ExpiresAt: time.Now().Add(-time.Second)}, Session{Subject: "usr_1", ExpiresAt: time.Now().Add(time.Hour)}
	if err := m.Create(t.Context(), "alive", alive); err != nil {
		t.Fatal(err)
	}
	for i := range 10 * sweepEvery {
		if err := m.Create(t.Context(), fmt.Sprint(i), over); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.sessions) > sweepEvery {
		t.Errorf("%d sessions are kept", len(m.sessions))
	}
	if s, err := m.Find(t.Context(), "alive"); err != nil || s.Subject != "usr_1" {
		t.Errorf("the living one: %+v, %v", s, err)
	}
	if err := m.Delete(t.Context(), "alive"); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Find(t.Context(), "alive"); !errors.Is(err, ErrNoSession) {
		t.Errorf("after its end: %v", err)
	}
}

func TestTokensPrintAsNothing(t *testing.T) {
	s := Session{IDToken: "hunter2"}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", s.IDToken, "session", s)
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%+v %#v %q", s, s, s.IDToken), log.String()} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("printed %s", text)
		}
	}
	kept, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(kept), "hunter2") {
		t.Error("a store could not keep it")
	}
}
