package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/apscloud/apsid/internal/idp"
)

// book is where touches are written, unless it is closed.
type book struct {
	closed bool
	lines  map[string]time.Time
}

func (b *book) write(line string, now time.Time) error {
	if b.closed {
		return errors.New("closed")
	}
	b.lines[line] = now
	return nil
}

func (b *book) TouchClient(_ context.Context, id idp.ClientID, now time.Time) error {
	return b.write(fmt.Sprint(id, " token"), now)
}

func (b *book) TouchClientNoPKCE(_ context.Context, id idp.ClientID, now time.Time) error {
	return b.write(fmt.Sprint(id, " without PKCE"), now)
}

// What could not be stored is stored later, each use by itself, and the latest of it.
func TestUsesAreKeptUntilTheyAreWrittenDown(t *testing.T) {
	nine := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	b := &book{closed: true, lines: map[string]time.Time{}}
	u := newUsage(b, slog.New(slog.DiscardHandler))
	u.Used("rota", nine)
	u.UsedWithoutPKCE("rota", nine)
	u.Used("books", nine)
	u.flush(t.Context())
	u.UsedWithoutPKCE("rota", nine.Add(-time.Hour))
	u.Used("rota", nine.Add(time.Hour))
	b.closed = false
	u.flush(t.Context())
	want := map[string]time.Time{"rota token": nine.Add(time.Hour), "rota without PKCE": nine, "books token": nine}
	if diff := cmp.Diff(want, b.lines); diff != "" {
		t.Error(diff)
	}
	clear(b.lines)
	u.flush(t.Context())
	if len(b.lines) > 0 {
		t.Errorf("written twice: %v", b.lines)
	}
}
