package server_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/store/sqlstore"
	"github.com/apscloud/apsid/internal/testworld"
)

// alter changes what is stored of mia.
func (w *passkeyWorld) alter(change func(ctx context.Context, tx *sqlstore.Tx, mia idp.Account) error) {
	w.t.Helper()
	err := w.Records().InTx(w.t.Context(), func(tx *sqlstore.Tx) error {
		mia, err := tx.FindAccountByUsername(w.t.Context(), w.people["mia"].Username)
		if err != nil {
			return err
		}
		return change(w.t.Context(), tx, mia)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// A passkey by itself opens what a right password and code would open at that moment, and nothing else: it is no way around a lock, and a
// person or practice that may not sign in is answered as by a passkey of no one.
func TestAPasskeyByItselfIsNoWayAround(t *testing.T) {
	lock := func(proof idp.Proof, subject func(idp.Account) string) func(context.Context, *sqlstore.Tx, idp.Account) error {
		return func(ctx context.Context, tx *sqlstore.Tx, mia idp.Account) error {
			return tx.UpdateGuard(ctx, subject(mia), proof, func(g idp.Guard) idp.Guard {
				g.Locked, g.LockedUntil = true, time.Now().Add(time.Hour)
				return g
			})
		}
	}
	for _, c := range []struct {
		name   string
		change func(ctx context.Context, tx *sqlstore.Tx, mia idp.Account) error
		step   string // "": the app
		status int
	}{
		{"codes are locked", lock(idp.ProofCode, func(a idp.Account) string { return string(a.User.ID) }), "notice", http.StatusOK},
		{"the password is locked", lock(idp.ProofPassword, func(a idp.Account) string { return policy.PasswordGuard(a.User.Username) }), "", http.StatusOK},
		{"disabled", func(ctx context.Context, tx *sqlstore.Tx, mia idp.Account) error {
			mia.User.State = idp.UserDisabled
			return tx.UpdateUser(ctx, mia.User)
		}, "password", http.StatusUnprocessableEntity},
		{"the practice is suspended", func(ctx context.Context, tx *sqlstore.Tx, mia idp.Account) error {
			mia.Practice.State = idp.PracticeSuspended
			return tx.UpdatePractice(ctx, mia.Practice)
		}, "password", http.StatusUnprocessableEntity},
		{"the app is not for them", func(ctx context.Context, tx *sqlstore.Tx, mia idp.Account) error {
			mia.Practice.Apps = nil
			return tx.UpdatePractice(ctx, mia.Practice)
		}, "notice", http.StatusOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newPasskeyWorld(t)
			v, p := w.begin()
			w.alter(c.change)
			done := v.Post(p.At, url.Values{"credential": {w.keys["mia"].proves(t, askedBy(t, p))}})
			if c.step == "" {
				if !strings.HasPrefix(done.At, testworld.Unlistened) {
					t.Errorf("%d at %q", done.Status, done.Step)
				}
				return
			}
			if done.Step != c.step || done.Status != c.status || strings.HasPrefix(done.At, testworld.Unlistened) {
				t.Errorf("%d at %q (%s)", done.Status, done.Step, done.At)
			}
			if said := strings.Contains(done.Body, passkey.TextRefused); said != (c.step == "password") {
				t.Errorf("it says that the passkey was refused: %v", said)
			}
		})
	}
}
