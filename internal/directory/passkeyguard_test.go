package directory_test

import (
	"context"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// ISM-2011: where an app needs a passkey, a session that was begun by a code adds none, at whatever app. Before that day it does, and so
// does who has proved who they are by a passkey.
func TestACodeAddsNoPasskeyWhereAnAppNeedsOne(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		s, _ := w.phoned()
		begun, err := s.BeginPasskey(t.Context(), at(tom, "contacts"), w.now)
		w.must(err)
		answer := newDevice().answer(t, begun.Asked)
		w.must(w.store.InTx(t.Context(), func(tx *sqlstore.Tx) error {
			app, err := tx.FindClient(t.Context(), "contacts")
			if err != nil {
				return err
			}
			app.PhishingResistanceFrom = w.now.Add(time.Minute)
			return tx.UpdateClient(t.Context(), app)
		}))
		_, err = s.BeginPasskey(t.Context(), at(tom, "timesheets"), w.now)
		w.must(err)
		w.now = w.now.Add(time.Minute)
		for name, act := range map[string]func() error{
			"begin": func() error { return only(s.BeginPasskey(t.Context(), at(tom, "timesheets"), w.now)) },
			"confirm": func() error {
				return only(s.ConfirmPasskey(t.Context(), at(tom, "contacts"), begun.Sealed, answer, w.now))
			},
		} {
			if err := act(); idp.CodeOf(err) != idp.CodeForbidden {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := len(w.account(tom).Authenticators); n != 2 {
			t.Errorf("%d authenticators", n)
		}
		first := newDevice()
		w.must(w.store.InTx(t.Context(), func(tx *sqlstore.Tx) error {
			return tx.CreateAuthenticator(context.Background(), idp.Authenticator{
				ID: "aut_first", PracticeID: w.account(tom).User.PracticeID, UserID: w.account(tom).User.ID, Kind: idp.KindPasskey, CreatedAt: w.now,
				Passkey: idp.Passkey{Credential: "Zmlyc3Q", PublicKey: idp.NewSecret("COSE")},
			})
		}))
		byCode, byPasskey := at(tom, "contacts"), at(tom, "contacts")
		byCode.Proved = policy.Proved{ACR: idp.ACRMFA, At: w.now}
		byPasskey.Proved = policy.Proved{ACR: idp.ACRPhishingResistant, At: w.now}
		if err := only(s.BeginPasskey(t.Context(), byCode, w.now)); idp.CodeOf(err) != idp.CodeForbidden {
			t.Errorf("by a code, of a person who has one: %v", err)
		}
		second, err := s.BeginPasskey(t.Context(), byPasskey, w.now)
		w.must(err)
		w.must(only(s.ConfirmPasskey(t.Context(), byPasskey, second.Sealed, first.answer(t, second.Asked), w.now)))
	})
}
