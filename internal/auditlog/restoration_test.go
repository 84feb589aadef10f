package auditlog_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/auditlog"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// cut takes the trail back to this many leaves, as the restore of a backup does, or somebody who has all rights of the database.
func (tr *trail) cut(t *testing.T, size int64) {
	t.Helper()
	tr.attack(t,
		fmt.Sprintf("DELETE FROM events WHERE id NOT IN (SELECT event_id FROM log_leaves WHERE idx < %d)", size),
		fmt.Sprintf("DELETE FROM log_leaves WHERE idx >= %d", size),
		fmt.Sprintf("DELETE FROM log_checkpoints WHERE size > %d", size))
}

func (tr *trail) notary(t *testing.T) *auditlog.Notary {
	t.Helper()
	notary, err := auditlog.OpenNotary(t.Context(), tr.Store, tr.now)
	must(t, err)
	return notary
}

func (tr *trail) newest(t *testing.T) auditlog.Checkpoint {
	t.Helper()
	newest, err := tr.NewestCheckpoint(t.Context())
	must(t, err)
	return newest
}

// restored writes the event of a restore whose signed text is this, and seals it.
func (tr *trail) restored(t *testing.T, text string) {
	t.Helper()
	tr.now = tr.now.Add(time.Minute)
	must(t, tr.InTx(t.Context(), func(tx *sqlstore.Tx) error {
		return tx.AppendEvent(t.Context(), idp.AuditEvent{
			ID: idp.NewEventID(tr.now), At: tr.now, Type: idp.EventSystemRestored, Actor: idp.Actor{Kind: idp.ActorSystem, ID: "shell:olga"},
			Result: idp.ResultSuccess, Details: map[string]string{auditlog.RestorationDetail: text},
		})
	}))
	tr.seal(t)
}

// said signs that a backup was restored, as an operator does who has the keys.
func (tr *trail) said(t *testing.T, known auditlog.Place) string {
	t.Helper()
	notary := tr.notary(t)
	kept, err := notary.Checkpoint(tr.newest(t).Note)
	must(t, err)
	tr.now = tr.now.Add(time.Minute)
	text, err := notary.Sign(auditlog.Restoration{Epoch: idp.Epoch{Number: 1, Since: tr.now.Add(time.Second / 2)}, Kept: kept, Known: known})
	must(t, err)
	return text
}

// ABUSE 54: a checkpoint that was kept says that events are gone. A restore accounts for those of before it, and they stay named.
func TestARestoreAccountsForWhatItTook(t *testing.T) {
	eachEngine(t, func(t *testing.T, tr *trail) {
		old := tr.newest(t)
		known, err := tr.notary(t).Checkpoint(old.Note)
		must(t, err)
		tr.cut(t, 700)
		tr.restored(t, tr.said(t, known))
		for grown := range 2 { // smaller than the kept checkpoint's tree, then larger
			report, fault := tr.verify(t, old.Note)
			if fault != nil || report.Gap == nil || report.Gap.Events != 5 || report.Gap.By.By != "shell:olga" || len(report.Restored) != 1 {
				t.Fatalf("grown %d: %+v, %v", grown, report.Gap, fault)
			}
			if report, fault = tr.verify(t, report.Newest.Note); fault != nil || report.Gap != nil || len(report.Restored) != 1 {
				t.Errorf("a checkpoint of after the restore: %+v, %v", report, fault)
			}
			tr.add(t, 20)
			tr.seal(t)
		}
	})
}

// ABUSE 54: somebody with all rights of the database deletes events and passes that off as a restore.
func TestADeletionIsNotPassedOffAsARestore(t *testing.T) {
	for name, forge := range map[string]func(*testing.T, *trail) (kept string){
		"an event without a signature": func(t *testing.T, tr *trail) string {
			kept := tr.newest(t).Note
			tr.cut(t, 700)
			tr.restored(t, "apsid-restoration\n1 2027-01-01T00:00:00Z\n0 x x\n9 x x\n")
			return kept
		},
		"a checkpoint in the place of the signed text": func(t *testing.T, tr *trail) string {
			kept := tr.newest(t).Note
			tr.cut(t, 700)
			tr.restored(t, kept)
			return kept
		},
		"an event of a restore that was, once more": func(t *testing.T, tr *trail) string {
			text := tr.said(t, auditlog.Place{})
			tr.now = tr.now.Add(2 * time.Hour) // so that the checkpoint before stays
			tr.restored(t, text)
			tr.add(t, 30)
			tr.now = tr.now.Add(2 * time.Hour)
			tr.seal(t)
			kept := tr.newest(t).Note
			tr.cut(t, 705)
			tr.restored(t, text)
			return kept
		},
		"a restore of another trail": func(t *testing.T, tr *trail) string {
			kept := tr.newest(t).Note
			text := tr.said(t, auditlog.Place{})
			tr.cut(t, 700)
			tr.restored(t, text) // names 705 events, which are not before it
			return kept
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachEngine(t, func(t *testing.T, tr *trail) {
				report, fault := tr.verify(t, forge(t, tr))
				if fault == nil || report.Gap != nil {
					t.Errorf("%+v, %v", report, fault)
				}
			})
		})
	}
}

func TestARestorationSaysWhatWasSigned(t *testing.T) {
	eachEngine(t, func(t *testing.T, tr *trail) {
		notary := tr.notary(t)
		place, err := notary.Checkpoint(tr.newest(t).Note)
		must(t, err)
		want := auditlog.Restoration{Epoch: idp.Epoch{Number: 7, Since: start().Add(123 * time.Microsecond)}, Kept: place}
		text, err := notary.Sign(want)
		must(t, err)
		if got, err := notary.Restoration(text); err != nil || got.Epoch != want.Epoch || got.Kept != want.Kept || got.Known.Size != 0 {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := notary.Restoration(strings.Replace(text, "7 ", "8 ", 1)); err == nil {
			t.Error("a changed text is taken")
		}
		if _, err := notary.Checkpoint(text); err == nil {
			t.Error("a restoration is taken for a checkpoint")
		}
		if _, err := notary.Restoration("x"); err == nil || errors.Is(err, idp.ErrNotFound) {
			t.Errorf("no note: %v", err)
		}
	})
}
