package sqlstore

import (
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/testenv"
)

// checkFixture16 looks at what version 16 added: the list of events that have no leaf yet.
func checkFixture16(t *testing.T, s *Store) {
	t.Helper()
	waiting, err := s.ListWaiting(t.Context(), "", 10)
	equal(t, err, recordIDs(waiting), []idp.EventID{"evt_2"})
}

func recordIDs(records []auditlog.Record) (ids []idp.EventID) {
	for _, r := range records {
		ids = append(ids, r.ID)
	}
	return ids
}

// ABUSE 47: the step takes over the events that have no leaf, and from then on what nodes of the version before write, and what they
// seal, is on the list and off it. A step back and forth again, or one that stopped in the middle, ends the same.
func TestTheMigrationListsWhatIsNotSealed(t *testing.T) {
	t.Parallel()
	for engine, url := range map[Engine]string{
		SQLite: "sqlite:" + filepath.Join(t.TempDir(), "unsealed.db"), Postgres: testenv.Postgres(t),
	} {
		t.Run(string(engine), func(t *testing.T) {
			loadFixture(t, url, 15, filepath.Join("testdata", string(engine), "00015.sql"))
			p, err := openPools(engine, url, Limit)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = p.close() })
			exec := func(statement string) {
				t.Helper()
				if _, err := p.writer.ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			write := func(id string) { // as every version does
				t.Helper()
				exec(`INSERT INTO events (id, at, type, actor_kind, actor_id, practice_id, user_id, client_id, sid, result, reason, address,
					user_agent, details) VALUES ('` + id + `', '2026-02-02T03:04:05.000000Z', 'a.b', '', '', '', '', '', '', '', '', '', '', '{}')
					ON CONFLICT (id) DO NOTHING`)
			}
			store, err := newStore(engine, p, placeSealer{}, noOutbox{}, Options{Limit: Limit})
			if err != nil {
				t.Fatal(err)
			}
			seal := func(index int64, id idp.EventID) { // as every version does
				t.Helper()
				leaf := auditlog.Leaf{Index: index, EventID: id, Hash: tlog.Hash{1}, Root: tlog.Hash{2}}
				now := time.Date(2026, 2, 2, 3, 4, 5, 0, time.UTC)
				err := store.AppendLeaves(t.Context(), []auditlog.Leaf{leaf}, auditlog.Checkpoint{Size: index + 1, Frontier: []byte{3}, CreatedAt: now}, 0)
				if err != nil {
					t.Fatal(err)
				}
			}
			waits := func(want ...idp.EventID) {
				t.Helper()
				waiting, err := store.ListWaiting(t.Context(), "", 10)
				equal(t, err, recordIDs(waiting), want)
			}
			if engine == Postgres { // a step that was stopped in the middle
				exec(`CREATE TABLE unsealed_events (id text COLLATE "C" PRIMARY KEY)`)
				exec("CREATE FUNCTION events_await_leaf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
				exec("CREATE TRIGGER events_await_leaf AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION events_await_leaf()")
				exec("INSERT INTO unsealed_events (id) VALUES ('evt_3')")
			}
			m, err := newMigrator(url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = m.close() })
			next := int64(1)
			for _, ids := range [][]idp.EventID{{"evt_3", "evt_4"}, {"evt_5", "evt_6"}} {
				first, second := ids[0], ids[1]
				write(string(first)) // before the step
				if _, err := m.up(t.Context()); err != nil {
					t.Fatal(err)
				}
				waits(first)
				write(string(second))
				write(string(second)) // what is repeated
				waits(first, second)
				seal(next, first)
				waits(second)
				if _, err := m.goose.DownTo(t.Context(), 15); err != nil {
					t.Fatal(err)
				}
				seal(next+1, second) // the version before works with what is left
				next += 2
			}
		})
	}
}
