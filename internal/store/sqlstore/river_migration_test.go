package sqlstore

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/riverqueue/river/rivermigrate"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/outbox"
	"github.com/apscloud/apsid/internal/testenv"
)

// ABUSE 47: what waits in the outbox of an older version of River is sent after its tables were migrated, and what was sent is
// not sent again.
func TestOutboxOfAnOlderRiverIsSent(t *testing.T) {
	t.Parallel()
	for engine, fresh := range map[Engine]func(t *testing.T) string{
		SQLite:   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "river.db") },
		Postgres: func(t *testing.T) string { return testenv.Postgres(t) },
	} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			url := fresh(t)
			loadRiver(t, url, 6, filepath.Join("testdata", string(engine), "river6.sql"))
			if _, err := Migrate(t.Context(), url); err != nil {
				t.Fatal(err)
			}
			store, err := Open(t.Context(), url, placeSealer{}, noOutbox{}, Options{Limit: time.Minute})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			want := []string{"logout of ses_failed", "logout of ses_waiting", "notice to ada@harbour.example"}
			if diff := cmp.Diff(want, sentBy(t, store, len(want))); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			var open int
			err = store.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM river_job WHERE state <> 'completed'").Scan(&open)
			if err != nil || open != 0 {
				t.Errorf("%d jobs are not completed; %v", open, err)
			}
		})
	}
}

// loadRiver migrates our own tables fully and River's to the version, and writes what the file holds.
func loadRiver(t *testing.T, url string, version int, file string) {
	t.Helper()
	statements, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m, err := newMigrator(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.close() }()
	if _, err := m.goose.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := m.river.Migrate(t.Context(), rivermigrate.DirectionUp, &rivermigrate.MigrateOpts{TargetVersion: version}); err != nil {
		t.Fatal(err)
	}
	p, err := openPools(mustEngine(t, url), url, Limit)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.close() }()
	if _, err := p.writer.ExecContext(t.Context(), string(statements)); err != nil {
		t.Fatal(err)
	}
}

// sentBy lets workers send what waits, until it was want messages, and returns all that they sent until they stopped.
func sentBy(t *testing.T, store *Store, want int) []string {
	t.Helper()
	sink := &sink{sent: make(chan string, 10)}
	workers, err := outbox.NewWorkers(outbox.Engine(store.Engine()), store.DB(), outbox.Deps{
		Sealer: placeSealer{}, Notices: sink, Logouts: sink, Meter: sink, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- workers.Run(ctx) }()
	var sent []string
	for len(sent) < want {
		select {
		case message := <-sink.sent:
			sent = append(sent, message)
		case <-time.After(time.Minute):
			stop()
			t.Fatalf("sent only %q; %v", sent, <-done)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	close(sink.sent)
	for message := range sink.sent {
		sent = append(sent, message)
	}
	slices.Sort(sent)
	return sent
}

// sink takes every message and says what it was.
type sink struct{ sent chan string }

func (s *sink) DeliverNotice(_ context.Context, n idp.Notice) error {
	s.sent <- "notice to " + n.Email
	return nil
}

func (s *sink) DeliverLogout(_ context.Context, l idp.Logout) error {
	s.sent <- "logout of " + string(l.SID)
	return nil
}

func (s *sink) GiveUpLogout(context.Context, idp.Logout, error) error {
	return errors.New("nothing fails")
}

func (s *sink) Logout(string, time.Duration) {}
