package sqlstore_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// told is what the store said after its commits of sessions that ended.
type told struct {
	mu    sync.Mutex
	store *sqlstore.Store
	calls [][]idp.SID
	early []idp.SID // said before it could be read

	outdated []idp.Copied
	queued   int
}

// hear is the store's Options.Ended.
func (h *told) hear(ctx context.Context, ids []idp.SID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range ids {
		s, err := h.store.FindSession(ctx, id)
		if err != nil || s.EndedAt.IsZero() {
			h.early = append(h.early, id)
		}
	}
	h.calls = append(h.calls, slices.Sorted(slices.Values(ids)))
}

// hearOutdated is the store's Options.Outdated.
func (h *told) hearOutdated(_ context.Context, what []idp.Copied) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.outdated = append(h.outdated, what...)
}

// takeOutdated returns what hearOutdated heard since the last time.
func (h *told) takeOutdated() []idp.Copied {
	h.mu.Lock()
	defer h.mu.Unlock()
	heard := h.outdated
	h.outdated = nil
	return heard
}

// hearQueued is the store's Options.Queued.
func (h *told) hearQueued() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queued++
}

// takeQueued returns how often hearQueued was called since the last time.
func (h *told) takeQueued() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	calls := h.queued
	h.queued = 0
	return calls
}

// take returns the calls since the last take.
func (h *told) take(t testing.TB) [][]idp.SID {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.early) != 0 {
		t.Errorf("told before the commit: %v", h.early)
	}
	calls := h.calls
	h.calls, h.early = nil, nil
	return calls
}

// logouts returns the messages to apps that are queued, by session, and empties the queue.
func (w *world) logouts(t testing.TB) map[idp.SID]idp.Logout {
	t.Helper()
	args := map[sqlstore.Engine]string{sqlstore.Postgres: "CAST(args AS text)", sqlstore.SQLite: "json(args)"}[w.Engine()]
	rows, err := w.DB().QueryContext(t.Context(), "SELECT "+args+" FROM river_job WHERE kind = 'logout'")
	must(t, err)
	defer func() { _ = rows.Close() }()
	queued := map[idp.SID]idp.Logout{}
	for rows.Next() {
		var raw string
		must(t, rows.Scan(&raw))
		l, err := readLogout(raw)
		must(t, err)
		if _, twice := queued[l.SID]; twice {
			t.Errorf("%s is told twice", l.SID)
		}
		queued[l.SID] = l
	}
	must(t, rows.Err())
	must(t, rows.Close())
	_, err = w.DB().ExecContext(t.Context(), "DELETE FROM river_job")
	must(t, err)
	return queued
}

// readLogout reads what lies in the queue: exactly that, and nothing of the person beyond identifiers.
func readLogout(raw string) (idp.Logout, error) {
	var fields map[string]string
	if err := json.Unmarshal([]byte(raw), &fields); err != nil {
		return idp.Logout{}, err
	}
	l := idp.Logout{
		SID: idp.SID(fields["sid"]), PracticeID: idp.PracticeID(fields["practice_id"]), UserID: idp.UserID(fields["user_id"]),
		ClientID: idp.ClientID(fields["client_id"]), Reason: idp.EndReason(fields["reason"]),
	}
	if err := l.At.UnmarshalText([]byte(fields["at"])); err != nil {
		return idp.Logout{}, err
	}
	if len(fields) != 6 {
		return idp.Logout{}, fmt.Errorf("the queue holds %s", raw)
	}
	return l, nil
}
