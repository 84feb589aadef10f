package tally_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/tally"
)

// trail remembers what was written, or fails as it is told.
type trail struct {
	sync.Mutex
	events []idp.AuditEvent
	fail   error
}

// AppendEvent implements tally.Audit.
func (a *trail) AppendEvent(_ context.Context, e idp.AuditEvent) error {
	a.Lock()
	defer a.Unlock()
	if a.fail != nil {
		return a.fail
	}
	a.events = append(a.events, e)
	return nil
}

// suppressed are the counts that stand in the events.
func (a *trail) suppressed() (counts []string) {
	for _, e := range a.events {
		counts = append(counts, e.Details["suppressed"])
	}
	return counts
}

func refused(client idp.ClientID, reason idp.Reason, at time.Time) idp.AuditEvent {
	return idp.AuditEvent{ID: idp.NewEventID(at), At: at, Type: idp.EventRequestRefused, Result: idp.ResultFailure, ClientID: client, Reason: reason}
}

func TestAFloodIsOneEventAMinute(t *testing.T) { // ABUSE 52
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	audit := &trail{}
	counted := tally.New(audit, slog.New(slog.DiscardHandler))
	for second := range 150 {
		at := now.Add(time.Duration(second) * time.Second)
		counted.Refuse(t.Context(), refused("", idp.ReasonUnknownClient, at))
		counted.Flush(t.Context(), at, false)
	}
	if got := audit.suppressed(); len(got) != 3 || got[0] != "" || got[1] != "59" || got[2] != "59" {
		t.Fatalf("events with %q", got)
	}
	// The flood is over: the rest is written when its minute is, and then nothing any more.
	for _, after := range []time.Duration{179 * time.Second, 180 * time.Second, time.Hour, 2 * time.Hour} {
		counted.Flush(t.Context(), now.Add(after), false)
	}
	if got := audit.suppressed(); len(got) != 4 || got[3] != "28" || !audit.events[3].At.Equal(now.Add(3*time.Minute)) {
		t.Fatalf("afterwards %q at %s", got, audit.events[len(audit.events)-1].At)
	}
}

func TestKindsDoNotHideEachOther(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	audit := &trail{}
	counted := tally.New(audit, slog.New(slog.DiscardHandler))
	for range 100 {
		counted.Refuse(t.Context(), refused("timesheets", idp.ReasonRedirectURI, now))
	}
	counted.Refuse(t.Context(), refused("contacts", idp.ReasonRedirectURI, now))
	counted.Refuse(t.Context(), refused("timesheets", idp.ReasonMalformed, now))
	if len(audit.events) != 3 {
		t.Fatalf("%d events", len(audit.events))
	}
	counted.Flush(t.Context(), now.Add(time.Second), true) // the node stops
	if got := audit.suppressed(); len(got) != 4 || got[3] != "98" {
		t.Fatalf("at the end %q", got)
	}
}

func TestWhatCouldNotBeWrittenIsCounted(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	audit := &trail{fail: errors.New("read-only")}
	counted := tally.New(audit, slog.New(slog.DiscardHandler))
	for range 5 {
		counted.Refuse(t.Context(), refused("timesheets", idp.ReasonRedirectURI, now))
	}
	counted.Flush(t.Context(), now.Add(time.Minute), false)
	audit.fail = nil
	counted.Flush(t.Context(), now.Add(2*time.Minute), false)
	if got := audit.suppressed(); len(got) != 1 || got[0] != "4" {
		t.Fatalf("written %q", got)
	}
}
