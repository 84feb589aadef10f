package directory_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// withPasskey gives a person a passkey, which only a ceremony does elsewhere.
func (w *town) withPasskey(name string) idp.Authenticator {
	w.t.Helper()
	user := w.account(name).User
	a := idp.Authenticator{
		ID: idp.NewAuthenticatorID(), PracticeID: user.PracticeID, UserID: user.ID, Kind: idp.KindPasskey, CreatedAt: w.now,
		Passkey: idp.Passkey{
			Credential: idp.CredentialID(idp.RandomSecret(32).Reveal()), PublicKey: idp.NewSecret("COSE"), Model: "08987058-cadc-4b81-b6e1-30de50dcbe96",
		},
	}
	w.do(func(ctx context.Context, tx *sqlstore.Tx) error { return tx.CreateAuthenticator(ctx, a) })
	return a
}

// A passkey is listed by what it is called, without its key; it is named, made the default, removed and reset as any authenticator.
func TestAPasskeyIsAnAuthenticatorAsOthersAre(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		a := w.withPasskey(tom)
		for _, name := range []string{olivia, tom, riley} {
			d, err := w.FindUser(t.Context(), by(name), "usr_"+tom, w.now)
			w.must(err)
			first := d.Account.Authenticators[slices.IndexFunc(d.Account.Authenticators, func(b idp.Authenticator) bool { return b.ID == a.ID })]
			if first.ID != a.ID || !first.Passkey.PublicKey.IsZero() || directory.LabelOf(first) != "Windows Hello" {
				t.Errorf("%s sees %+v as %q", name, first, directory.LabelOf(first))
			}
		}
		w.must(w.RenameAuthenticator(t.Context(), by(tom), a.ID, "Laptop", w.now))
		w.must(w.MakeDefault(t.Context(), by(tom), a.ID, w.now))
		found, err := w.FindAuthenticator(t.Context(), by(tom), a.ID, w.now)
		w.must(err)
		if found.Label != "Laptop" || !found.DefaultAt.Equal(w.now) || !found.Passkey.PublicKey.IsZero() {
			t.Errorf("found %+v", found)
		}
		w.must(w.RemoveAuthenticator(t.Context(), by(tom), a.ID, w.now))
		if _, err := w.FindAuthenticator(t.Context(), by(tom), a.ID, w.now); !errors.Is(err, idp.ErrNotFound) {
			t.Errorf("a removed one: %v", err)
		}

		w.withPasskey(tom)
		w.must(w.ResetMFA(t.Context(), by(olivia), "usr_"+tom, "lost the laptop", w.now))
		if left := w.account(tom).Authenticators; len(left) != 0 {
			t.Errorf("after a reset: %+v", left)
		}
	})
}

// ABUSE 31: the only passkey of a person who needs MFA stays.
func TestTheLastPasskeyStaysWhereMFAIsRequired(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		a := w.withPasskey(tom)
		for _, other := range w.account(tom).Authenticators {
			if other.ID == a.ID {
				continue
			}
			w.must(w.RemoveAuthenticator(t.Context(), by(tom), other.ID, w.now))
		}
		err := w.RemoveAuthenticator(t.Context(), by(tom), a.ID, w.now)
		if idp.CodeOf(err) != idp.CodeForbidden || len(w.account(tom).Authenticators) != 1 {
			t.Errorf("removed: %v", err)
		}
	})
}
