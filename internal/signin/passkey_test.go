package signin_test

import (
	"context"
	"testing"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// Where the installation has lost its name, browsers use no passkeys. A person who has nothing else is kept out: their password opens
// nothing, and they can't set up something new with it either.
func TestWithAPasskeyAloneThePasswordOpensNothing(t *testing.T) {
	h := newHouse(t)
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		if _, err := tx.RevokeMFA(ctx, "prc_mfa", "usr_app"); err != nil {
			return err
		}
		return tx.CreateAuthenticator(ctx, idp.Authenticator{
			ID: "aut_passkey", PracticeID: "prc_mfa", UserID: "usr_app", Kind: idp.KindPasskey, CreatedAt: h.now,
			Passkey: idp.Passkey{Credential: "Y3JlZA", PublicKey: idp.NewSecret("COSE")},
		})
	})
	tab := h.open("timesheets")
	outcome, err := tab.try(login("app"))
	if err == nil && outcome.State != signin.StatePassword { // as a page that is out of date is answered
		t.Errorf("%+v, %v", outcome, err)
	}
	if state := tab.view().State; state != signin.StatePassword {
		t.Errorf("the sign-in is at %q", state)
	}
	for _, e := range h.events("prc_mfa") {
		if e.Type == idp.EventSigninSucceeded || e.Type == idp.EventMFAEnrolled {
			t.Errorf("event %s", e.Type)
		}
	}
}
