package auditlog_test

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/store/storetest"
	"github.com/apscloud/apsid/internal/testenv"
)

// days is how many days the old trail has, from 30 January on, and daily how many events each has.
const days, daily = 45, 12

func march() time.Time { return time.Date(2019, 3, 1, 0, 0, 0, 0, time.UTC) }

// eachOld runs a test on both engines, over a trail of the end of January, February and the beginning of March.
func eachOld(t *testing.T, test func(t *testing.T, trail *trail)) {
	t.Helper()
	for _, engine := range []sqlstore.Engine{sqlstore.SQLite, sqlstore.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			test(t, old(t, engine))
		})
	}
}

func old(t *testing.T, engine sqlstore.Engine) *trail {
	t.Helper()
	address := urlOf(t, engine)
	if engine == sqlstore.Postgres { // the role of a node may not let events leave
		u, err := url.Parse(address)
		must(t, err)
		address = testenv.AsOwner(t, strings.TrimPrefix(u.Path, "/"))
	}
	tr := empty(t, address)
	for day := range days {
		tr.now = time.Date(2019, 1, 30+day, 9, 0, 0, 0, time.UTC)
		tr.add(t, daily)
		if day%4 == 1 { // on the last day of January and of February, among others
			tr.seal(t)
		}
	}
	tr.seal(t)
	return tr
}

func (tr *trail) leave(t *testing.T, store auditlog.Archives, folder string, before time.Time) ([]auditlog.Archive, error) {
	t.Helper()
	return auditlog.Leave(t.Context(), store, auditlog.Leaving{
		Folder: folder, Before: before, Names: func(id string) string { return strings.TrimPrefix(id, "usr_") },
	}, tr.now)
}

// left lets January and February leave, and returns where to.
func left(t *testing.T, tr *trail) (folder string) {
	t.Helper()
	folder = t.TempDir()
	made, err := tr.leave(t, tr.Store, folder, march())
	must(t, err)
	if len(made) != 2 || made[0].Size != 2*daily || made[1].Since != 2*daily || made[1].Size != 30*daily {
		t.Fatalf("%+v", made)
	}
	tr.seal(t) // the events that tell of it
	return folder
}

func (tr *trail) count(t *testing.T, table string) (n int) {
	t.Helper()
	must(t, tr.DB().QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n))
	return n
}

func TestOldEventsLeaveAndAreStillProved(t *testing.T) {
	eachOld(t, func(t *testing.T, tr *trail) {
		early, newest := "", ""
		checkpoints, err := tr.ListCheckpoints(t.Context(), 0, 1000)
		must(t, err)
		early, newest = checkpoints[3].Note, checkpoints[len(checkpoints)-1].Note
		folder := left(t, tr)
		if made, err := tr.leave(t, tr.Store, folder, march()); len(made) != 0 || err != nil {
			t.Fatalf("a second time: %+v, %v", made, err)
		}
		const gone, all = 30 * daily, days*daily + 2
		for table, want := range map[string]int{"events": all - gone, "log_leaves": all - gone, "log_archives": 2, "log_checkpoints": 5} {
			if n := tr.count(t, table); n != want {
				t.Errorf("%s has %d rows, want %d", table, n, want)
			}
		}
		for _, kept := range []string{"", newest} {
			report, fault := tr.verify(t, kept)
			if fault != nil || report.Archived != gone || report.Proved || report.Events != all-gone || report.Waiting != 0 || report.Newest.Size != all {
				t.Fatalf("%+v, %v", report, fault)
			}
		}
		if _, err := auditlog.Verify(t.Context(), tr.Store, early, ""); err == nil || !strings.Contains(err.Error(), "name the folder") {
			t.Errorf("a checkpoint of what has left: %v", err)
		}
		tr.folder = folder
		for _, kept := range []string{"", early, newest} {
			report, fault := tr.verify(t, kept)
			if fault != nil || report.Archived != gone || !report.Proved || report.Events != all {
				t.Fatalf("%+v, %v", report, fault)
			}
		}
		// It goes on: new events, and a third file, which leaves nothing behind.
		tr.now = time.Date(2019, 5, 1, 0, 0, 0, 0, time.UTC)
		made, err := tr.leave(t, tr.Store, folder, tr.now)
		must(t, err)
		if len(made) != 1 || tr.count(t, "log_leaves") != 0 || tr.count(t, "log_checkpoints") != 1 {
			t.Fatalf("%+v", made)
		}
		for _, tr.folder = range []string{"", folder} {
			if report, fault := tr.verify(t, ""); fault != nil || report.Newest.Size != all {
				t.Errorf("%+v, %v", report, fault)
			}
		}
		tr.add(t, 3)
		tr.seal(t)
		for _, tr.folder = range []string{"", folder} {
			if report, fault := tr.verify(t, ""); fault != nil || report.Newest.Size != all+4 || report.Waiting != 0 {
				t.Errorf("%+v, %v", report, fault)
			}
		}
	})
}

// A file is lines as they are exported, and readable by its owner alone.
func TestAnArchiveIsLinesAsTheyAreExported(t *testing.T) {
	tr := old(t, sqlstore.SQLite)
	folder := left(t, tr)
	path := filepath.Join(folder, "events-000000000000-000000000024.jsonl")
	text, err := os.ReadFile(path)
	must(t, err)
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(lines) != 2*daily+1 || !strings.HasPrefix(lines[0], `{"time":"2019-01-30T09:00:01Z","event_id":"`+string(tr.ids[0])+`","action":"signin.succeeded","result":"success"`) ||
		!strings.Contains(lines[0], `"user_name":"mia"`) || !strings.Contains(lines[2*daily], `"checkpoint":"apsid-audit-log\n24\n`) {
		t.Errorf("%s", text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
	must(t, tr.AppendEvent(t.Context(), idp.AuditEvent{ID: idp.NewEventID(tr.now), At: tr.now, PracticeID: "prc_x", UserID: "usr_mia"}))
	page, next := "", 0
	for { // a person's own activity is what is left of it, page by page
		events, more, err := tr.SearchEvents(t.Context(), "prc_x", directory.EventQuery{UserID: "usr_mia"}, sqlstore.Page{After: page, Limit: 50})
		must(t, err)
		next += len(events)
		if page = more; page == "" {
			break
		}
	}
	if next != 15*daily+1 {
		t.Errorf("%d events are listed", next)
	}
}

// Whatever is done to what has left is found, by its file, and where the record shows it without one.
func TestWhateverIsDoneToAnArchiveIsFound(t *testing.T) {
	january, february := "events-000000000000-000000000024.jsonl", "events-000000000024-000000000360.jsonl"
	replace := func(file, from, to string) func(*testing.T, *trail, string) {
		return func(t *testing.T, _ *trail, folder string) {
			text, err := os.ReadFile(filepath.Join(folder, file))
			must(t, err)
			changed := bytes.Replace(text, []byte(from), []byte(to), 1)
			if bytes.Equal(changed, text) {
				t.Fatalf("no %s in it", from)
			}
			must(t, os.WriteFile(filepath.Join(folder, file), changed, 0o600))
		}
	}
	lines := func(file string, change func([][]byte) [][]byte) func(*testing.T, *trail, string) {
		return func(t *testing.T, _ *trail, folder string) {
			text, err := os.ReadFile(filepath.Join(folder, file))
			must(t, err)
			must(t, os.WriteFile(filepath.Join(folder, file), bytes.Join(change(bytes.SplitAfter(text, []byte("\n"))), nil), 0o600))
		}
	}
	for name, c := range map[string]struct {
		attack   func(t *testing.T, tr *trail, folder string)
		sql      []string // or what is done to the database
		recorded bool     // found without the files, too
	}{
		"an event altered":      {attack: replace(january, "203.0.113.7", "203.0.113.8")},
		"its stored form":       {attack: replace(january, `\"amr\"`, `\"arm\"`)},
		"a name altered":        {attack: replace(february, `"user_name":"mia"`, `"user_name":"eve"`)},
		"a readable form":       {attack: replace(february, `"factors":"pwd otp"`, `"factors":"pwd sms"`)},
		"a leaf altered":        {attack: replace(january, `"leaf":"`, `"leaf":"A`)},
		"the signature":         {attack: replace(january, "apsid-audit-archive", "apsid-audit-archivf")},
		"the sizes":             {attack: replace(february, `archive\n24\n360\n`, `archive\n24\n359\n`)},
		"the checkpoint":        {attack: replace(february, `audit-log\n360\n`, `audit-log\n361\n`)},
		"a line removed":        {attack: lines(january, func(l [][]byte) [][]byte { return append(l[:5], l[6:]...) })},
		"two lines swapped":     {attack: lines(january, func(l [][]byte) [][]byte { l[3], l[4] = l[4], l[3]; return l })},
		"a line twice":          {attack: lines(january, func(l [][]byte) [][]byte { l[3] = l[4]; return l })},
		"the last line removed": {attack: lines(january, func(l [][]byte) [][]byte { return l[:2*daily] })},
		"cut off":               {attack: lines(january, func(l [][]byte) [][]byte { return l[:5] })},
		"something added":       {attack: lines(january, func(l [][]byte) [][]byte { return append(l, []byte("{}\n")) })},
		"emptied":               {attack: lines(january, func([][]byte) [][]byte { return nil })},
		"another month's": {attack: func(t *testing.T, _ *trail, f string) {
			must(t, os.Rename(filepath.Join(f, february), filepath.Join(f, january)))
		}},
		"removed":                {attack: func(t *testing.T, _ *trail, f string) { must(t, os.Remove(filepath.Join(f, january))) }},
		"the last one removed":   {attack: func(t *testing.T, _ *trail, f string) { must(t, os.Remove(filepath.Join(f, february))) }},
		"of another log":         {attack: anotherLogs},
		"first record removed":   {sql: []string{"DELETE FROM log_archives WHERE since = 0"}, recorded: false},
		"last record removed":    {sql: []string{"DELETE FROM log_archives WHERE since > 0"}, recorded: true},
		"all records removed":    {sql: []string{"DELETE FROM log_archives"}, recorded: true},
		"record's note altered":  {sql: []string{"UPDATE log_archives SET note = replace(note, '360', '361')"}, recorded: true},
		"record's size altered":  {sql: []string{"UPDATE log_archives SET size = 361 WHERE size = 360"}, recorded: true},
		"record's tree altered":  {sql: []string{"UPDATE log_archives SET frontier = (SELECT hash FROM log_leaves WHERE idx = 400) WHERE size = 360"}, recorded: true},
		"first record's note":    {sql: []string{"UPDATE log_archives SET note = 'x' WHERE since = 0"}, recorded: false},
		"another's note":         {sql: []string{"UPDATE log_archives SET note = (SELECT a.note FROM log_archives AS a WHERE a.since = 0) WHERE since > 0"}, recorded: true},
		"more deleted":           {sql: []string{"DELETE FROM events WHERE id IN (SELECT event_id FROM log_leaves WHERE idx < 365)", "DELETE FROM log_leaves WHERE idx < 365"}, recorded: true},
		"deleted, and claimed":   {sql: claimed("360"), recorded: true},
		"claimed by another row": {sql: claimed("24"), recorded: true},
		"with its checkpoint": {sql: []string{"DELETE FROM events WHERE id IN (SELECT event_id FROM log_leaves WHERE idx < 408)", "DELETE FROM log_leaves WHERE idx < 408",
			"INSERT INTO log_archives SELECT size, 360, note, frontier, created_at FROM log_checkpoints WHERE size = 408", "DELETE FROM log_checkpoints WHERE size < 408"}, recorded: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := old(t, sqlstore.SQLite)
			folder := left(t, tr)
			if c.sql != nil {
				tr.attack(t, c.sql...)
			} else {
				c.attack(t, tr, folder)
			}
			if _, err := auditlog.Verify(t.Context(), tr.Store, "", folder); err == nil {
				t.Error("not found by the files")
			}
			if _, err := auditlog.Verify(t.Context(), tr.Store, "", ""); (err != nil) != c.recorded {
				t.Errorf("without the files: %v", err)
			}
			if c.recorded {
				if made, err := tr.leave(t, tr.Store, t.TempDir(), tr.now.AddDate(0, 1, 0)); err == nil {
					t.Errorf("more has left: %+v", made)
				}
			}
		})
	}
}

// claimed deletes up to 456, with leaves and checkpoints, and claims that an archive has them, with the note of the archive of this size.
func claimed(size string) []string {
	return []string{
		"DELETE FROM events WHERE id IN (SELECT event_id FROM log_leaves WHERE idx < 456)", "DELETE FROM log_leaves WHERE idx < 456",
		"INSERT INTO log_archives SELECT 456, 360, (SELECT note FROM log_archives WHERE size = " + size + "), frontier, created_at FROM log_checkpoints WHERE size = 456",
		"DELETE FROM log_checkpoints WHERE size < 456",
	}
}

// anotherLogs puts the archive of another log, of the same size, in the place of this one's.
func anotherLogs(t *testing.T, tr *trail, folder string) {
	theirs := left(t, old(t, tr.Engine()))
	entries, err := os.ReadDir(theirs)
	must(t, err)
	for _, e := range entries {
		must(t, os.Rename(filepath.Join(theirs, e.Name()), filepath.Join(folder, e.Name())))
	}
}

// The database lets an event go that is in an archive, and no other, whoever asks.
func TestTheDatabaseKeepsWhatIsInNoArchive(t *testing.T) {
	eachOld(t, func(t *testing.T, tr *trail) {
		left(t, tr)
		for _, which := range []string{"", " WHERE id = '" + string(tr.ids[30*daily]) + "'"} {
			if _, err := tr.DB().ExecContext(t.Context(), "DELETE FROM events"+which); err == nil || !strings.Contains(err.Error(), "only ever added to") {
				t.Errorf("%v", err)
			}
		}
		if n, err := tr.RemoveArchived(t.Context(), 31*daily, 1000); err == nil || n != daily {
			t.Errorf("%d, %v", n, err)
		}
		if _, fault := tr.verify(t, ""); fault != nil {
			t.Error(fault)
		}
	})
}

var errStopped = errors.New("the machine stopped")

// stopping is a store that stops at the nth change.
type stopping struct {
	*sqlstore.Store
	left int
}

func (s *stopping) step() error {
	if s.left--; s.left < 0 {
		return errStopped
	}
	return nil
}

func (s *stopping) RecordArchive(ctx context.Context, a auditlog.Archive, event idp.AuditEvent) error {
	return errors.Join(s.step(), func() error {
		if s.left < 0 {
			return nil
		}
		return s.Store.RecordArchive(ctx, a, event)
	}())
}

func (s *stopping) RemoveArchived(ctx context.Context, size int64, limit int) (int, error) {
	if err := s.step(); err != nil {
		return 0, err
	}
	return s.Store.RemoveArchived(ctx, size, min(limit, 100))
}

// A run that stops anywhere has lost nothing, and the next one finishes it.
func TestARunThatStopsIsFinishedByTheNext(t *testing.T) {
	eachOld(t, func(t *testing.T, tr *trail) {
		folder := t.TempDir()
		runs := 0
		for ; ; runs++ {
			store := &stopping{tr.Store, runs % 5}
			_, err := tr.leave(t, store, folder, march())
			for _, tr.folder = range []string{"", folder} {
				tr.seal(t)
				if report, fault := tr.verify(t, ""); fault != nil || report.Events < 15*daily {
					t.Fatalf("after run %d: %+v, %v", runs, report, fault)
				}
			}
			if err == nil {
				break
			}
			if !errors.Is(err, errStopped) {
				t.Fatal(err)
			}
		}
		if report, fault := tr.verify(t, ""); fault != nil || report.Events != days*daily+2 || report.Archived != 30*daily || runs < 5 {
			t.Errorf("%d runs: %+v, %v", runs, report, fault)
		}
		if n := tr.count(t, "events"); n != 15*daily+2 {
			t.Errorf("%d events are left", n)
		}
	})
}

// Nothing leaves that is not in its place, and no file is ever overwritten.
func TestNothingLeavesThatIsNotProved(t *testing.T) {
	for name, attack := range map[string]func(t *testing.T, tr *trail, folder string){
		"an event was altered": func(t *testing.T, tr *trail, _ string) {
			tr.attack(t, "UPDATE events SET reason = 'x' WHERE id = '"+string(tr.ids[5])+"'")
		},
		"an event was removed": func(t *testing.T, tr *trail, _ string) {
			tr.attack(t, "DELETE FROM events WHERE id = '"+string(tr.ids[5])+"'")
		},
		"a leaf was removed": func(t *testing.T, tr *trail, _ string) { tr.attack(t, "DELETE FROM log_leaves WHERE idx = 5") },
		"a checkpoint was forged": func(t *testing.T, tr *trail, _ string) {
			tr.attack(t, "UPDATE log_checkpoints SET note = 'x' WHERE size = 24")
		},
		"a checkpoint was exchanged": func(t *testing.T, tr *trail, _ string) {
			tr.attack(t, "UPDATE log_checkpoints SET size = 25 WHERE size = 24")
		},
		"a file is there": func(t *testing.T, _ *trail, folder string) {
			must(t, os.WriteFile(filepath.Join(folder, "events-000000000000-000000000024.jsonl"), []byte("precious\n"), 0o600))
		},
		"no folder": func(t *testing.T, _ *trail, folder string) { must(t, os.Remove(folder)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := old(t, sqlstore.SQLite)
			folder := filepath.Join(t.TempDir(), "archive")
			must(t, os.Mkdir(folder, 0o700))
			attack(t, tr, folder)
			before := tr.count(t, "events")
			if made, err := tr.leave(t, tr.Store, folder, march()); err == nil || len(made) != 0 {
				t.Errorf("%+v, %v", made, err)
			}
			if n := tr.count(t, "events"); n != before || tr.count(t, "log_archives") != 0 {
				t.Errorf("%d events are left of %d", n, before)
			}
			if text, err := os.ReadFile(filepath.Join(folder, "events-000000000000-000000000024.jsonl")); err == nil && string(text) != "precious\n" {
				t.Errorf("the file is %q", text)
			}
		})
	}
}

func TestManyRunsAtOnceMoveEachEventOnce(t *testing.T) {
	eachOld(t, func(t *testing.T, tr *trail) {
		tr.folder = t.TempDir()
		var running sync.WaitGroup
		var done [4]int64
		for n := range done {
			running.Go(func() {
				made, _ := tr.leave(t, tr.Store, tr.folder, march()) // another run may be first
				for _, a := range made {
					done[n] += a.Size - a.Since
				}
			})
		}
		running.Wait()
		_, err := tr.leave(t, tr.Store, tr.folder, march())
		must(t, err)
		tr.seal(t)
		if report, fault := tr.verify(t, ""); fault != nil || report.Archived != 30*daily || report.Events != days*daily+2 || !report.Proved {
			t.Errorf("%+v, %v, by %v", report, fault, done)
		}
	})
}

func TestNothingOldLeavesNothing(t *testing.T) {
	tr := old(t, sqlstore.SQLite)
	if made, err := tr.leave(t, tr.Store, t.TempDir(), time.Date(2019, 1, 30, 9, 0, 0, 0, time.UTC)); len(made) != 0 || err != nil {
		t.Errorf("%+v, %v", made, err)
	}
	none := empty(t, storetest.SQLite(t))
	if made, err := none.leave(t, none.Store, t.TempDir(), march()); len(made) != 0 || err != nil {
		t.Errorf("%+v, %v", made, err)
	}
}
