package directory_test

import (
	"context"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// Events that belong to no practice, like the sign-in with a user name that does not exist, are handed out to APS only (ABUSE 32).
func TestEventsOfNoPracticeAreForAPS(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		ctx := t.Context()
		w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.AppendEvent(ctx, idp.AuditEvent{
				ID: idp.NewEventID(w.now), At: w.now, Type: idp.EventPasswordRejected, Result: idp.ResultFailure, Reason: idp.ReasonWrongPassword,
			})
		})
		w.fresh()
		for _, name := range []string{tom, uma, olivia} {
			if _, err := w.Practices.ExportEvents(ctx, by(name), "", directory.EventQuery{}, w.now); idp.CodeOf(err) != idp.CodeNotFound {
				t.Errorf("%s: %v", name, err)
			}
			if e := w.wantEvent(idp.EventEventsExported, idp.ResultFailure, "other_practice"); e.PracticeID != practiceX {
				t.Errorf("%s left %+v", name, e)
			}
		}
		for name, caller := range map[string]directory.Caller{"the machine": shell, "APS staff": staffer(riley)} {
			found, err := w.Practices.ExportEvents(ctx, caller, "", directory.EventQuery{}, w.now)
			w.must(err)
			rejected := 0
			for event, err := range found {
				w.must(err)
				if event.PracticeID != "" {
					t.Errorf("%s got %+v", name, event)
				}
				if event.Type == idp.EventPasswordRejected {
					rejected++
				}
			}
			if rejected != 1 {
				t.Errorf("%s got %d events", name, rejected)
			}
			w.wantEvent(idp.EventEventsExported, idp.ResultSuccess, "")
		}
	})
}
