package directory_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// slowHasher lets something happen after the next comparison, before its result is used.
type slowHasher struct {
	directory.Hasher
	then func()
}

func (h *slowHasher) Verify(ctx context.Context, claim authenticator.Claim, hash, password idp.Secret) (authenticator.Result, error) {
	result, err := h.Hasher.Verify(ctx, claim, hash, password)
	if happens := h.then; happens != nil {
		h.then = nil
		happens()
	}
	return result, err
}

// meanwhile lets other happen while the next proof is being compared.
func (w *town) meanwhile(other func()) {
	w.Account.Hasher = &slowHasher{Hasher: w.Account.Hasher, then: other} // all services share it
}

// wantNotJudged expects an answer about the field that says what is true: not that the proof was wrong.
func wantNotJudged(t *testing.T, err error, field, says string) {
	t.Helper()
	var e *idp.Error
	if !errors.As(err, &e) || e.Code != idp.CodeConflict || e.Field != field || !strings.Contains(e.Public, says) {
		t.Errorf("got %v, want a conflict about %s that says %q", err, field, says)
	}
}

func TestAPasswordStoredAnewMeanwhileIsNotCalledWrong(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.now = w.now.Add(time.Hour)
		w.meanwhile(func() { // a sign-in upgrades the hash of the same password
			w.do(func(ctx context.Context, tx *sqlstore.Tx) error {
				hash, err := w.Account.Hasher.Hash(ctx, authenticator.Claim{}, idp.NewSecret(password))
				w.must(err)
				return tx.UpdatePasswordHash(ctx, "usr_"+tom, w.account(tom).User.PasswordHash, hash)
			})
		})
		wantNotJudged(t, w.changeTo(password, newPassword), "current_password", "Enter your current password again")
		if g := w.guard("username:tom@example.com", idp.ProofPassword); g.Failures != 0 {
			t.Errorf("it counted: %+v", g)
		}
		w.must(w.changeTo(password, newPassword))
	})
}

func TestACaseCodeThatIsNoLongerOutIsNotCalledWrong(t *testing.T) {
	atDesk(t, func(t *testing.T, d *desk) {
		id := d.open(idp.CaseResetMFA, tom).ID
		send := func() idp.Secret {
			d.must(d.SendCaseCode(t.Context(), staffer(riley), id, "usr_"+olivia, d.now))
			return d.mailed(idp.NoticeCaseCode)[0].Code
		}
		try := func(code idp.Secret) error {
			return d.RecordCheck(t.Context(), staffer(riley), id, directory.NewCheck{Name: idp.CheckMailboxCode, Code: code}, d.now)
		}
		misses := func() int {
			found, err := d.store.FindCase(t.Context(), id)
			d.must(err)
			return found.CodeMisses
		}
		var second idp.Secret
		first := send()
		d.meanwhile(func() { second = send() })
		wantNotJudged(t, try(first), "code", "Another code was sent")
		d.meanwhile(func() { d.must(try(second)) })
		wantNotJudged(t, try(second), "code", "checked already")
		if n := misses(); n != 0 {
			t.Errorf("%d misses", n)
		}
	})
}
