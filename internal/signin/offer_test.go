package signin_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// named makes the house one where browsers use passkeys.
func named(t *testing.T) *house {
	t.Helper()
	h := newHouse(t)
	var err error
	if h.Party, err = passkey.New(passkey.Config{ID: "id.example", Name: "APS ID", Origins: []string{"https://id.example"}}); err != nil {
		t.Fatal(err)
	}
	return h
}

// texted is a sign-in of the person with a number, up to the right code.
func (h *house) texted(want signin.State) *tab {
	h.t.Helper()
	h.now = h.now.Add(time.Hour) // the number has a limit of its own
	b := h.open("timesheets").post(login("sms"), signin.StateSMS)
	return b.post(code(h.phone.code(h.t)), want)
}

// A text message can be stolen by a phone call to the carrier: who uses one is offered a passkey, and decides.
func TestAPasskeyIsOfferedAfterATextOnceAMonth(t *testing.T) {
	h := named(t)
	h.now = time.Date(2026, 11, 30, 22, 0, 0, 0, time.UTC)
	first := h.texted(signin.StateOfferPasskey)
	if _, err := first.node.Finish(bg, first.browser, h.now); err == nil {
		t.Error("a sign-in at an offer gave a session")
	}
	first.post(signin.Form{}, signin.StatePasskeySetup).post(signin.Form{Action: signin.ActionBack}, signin.StateOfferPasskey)
	if s := first.post(notNow(), signin.StateDone).finish().Session; s.ACR != idp.ACRMFA || s.AMR[1] != idp.AMRSMS {
		t.Errorf("%+v", s)
	}
	h.texted(signin.StateOfferPasskey) // the month after
	h.texted(signin.StateDone).finish()
	h.now = time.Date(2026, 12, 31, 23, 0, 0, 0, time.UTC)
	h.texted(signin.StateOfferPasskey).post(signin.Form{Action: signin.ActionNever}, signin.StateDone).finish()
	for range 15 { // not even when other reminders are long forgotten
		h.now = h.now.AddDate(0, 1, 0)
		if _, err := h.sql.Clean(bg, h.now); err != nil {
			t.Fatal(err)
		}
	}
	h.texted(signin.StateDone).finish()
}

// An offer is made to those who can take it, and by none of the steps that set something up.
func TestNoPasskeyIsOfferedToWhoCanNotHaveOne(t *testing.T) {
	t.Run("no name", func(t *testing.T) { newHouse(t).texted(signin.StateDone).finish() })
	t.Run("has one", func(t *testing.T) {
		h := named(t)
		h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
			return tx.CreateAuthenticator(ctx, idp.Authenticator{
				ID: "aut_key", PracticeID: "prc_mfa", UserID: "usr_sms", Kind: idp.KindPasskey, CreatedAt: h.now,
				Passkey: idp.Passkey{Credential: "Y3JlZA", PublicKey: idp.NewSecret("COSE")},
			})
		})
		b := h.open("timesheets").post(login("sms"), signin.StatePasskey).post(signin.Form{Action: signin.ActionOther}, signin.StateSMS)
		b.post(code(h.phone.code(t)), signin.StateDone).finish()
	})
	t.Run("has as many ways as there can be", func(t *testing.T) {
		h := named(t)
		h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
			for n := range policy.MaxAuthenticators - 1 {
				id := idp.AuthenticatorID("aut_old" + strconv.Itoa(n))
				err := tx.CreateAuthenticator(ctx, idp.Authenticator{
					ID: id, PracticeID: "prc_mfa", UserID: "usr_sms", Kind: idp.KindSMS, CreatedAt: h.now.Add(-time.Hour), Phone: idp.NewSecret("+6149157001" + strconv.Itoa(n)),
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		h.texted(signin.StateDone).finish()
	})
	t.Run("guarded", func(t *testing.T) { // ISM-2011
		h := named(t)
		h.needPasskeysAt("contacts", h.now)
		h.texted(signin.StateDone).finish()
	})
	t.Run("needed", func(t *testing.T) {
		h := named(t)
		b := h.asking("timesheets", idp.ACRPhishingResistant)
		b.now = h.now
		b.post(login("sms"), signin.StateSMS).post(code(h.phone.code(t)), signin.StatePasskeySetup)
		if b.view().Back {
			t.Error("a page that leads back to no offer")
		}
	})
	t.Run("just set up", func(t *testing.T) {
		h := named(t)
		b := h.smsSetup().post(mobile, signin.StateSMSVerify)
		b.post(code(h.phone.code(t)), signin.StateRecoveryPIN)
		b.post(signin.Form{PIN: idp.NewSecret("739418"), PINConfirm: idp.NewSecret("739418")}, signin.StateDone).finish()
	})
	t.Run("an app's code", func(t *testing.T) {
		h := named(t)
		h.open("timesheets").post(login("app"), signin.StateTOTP).post(code(totpAt(t, totpKey, h.now)), signin.StateDone).finish()
	})
}

// What happens to the person while the offer is looked at counts, as at any other step.
func TestAnOfferIsNoShelter(t *testing.T) {
	h := named(t)
	b := h.texted(signin.StateOfferPasskey)
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		_, err := tx.RevokeMFA(ctx, "prc_mfa", "usr_sms")
		return err
	})
	out, err := b.try(notNow())
	if err == nil && out.State == signin.StateDone {
		t.Error("a code of a number that is gone opened something")
	}
	late := named(t)
	b = late.texted(signin.StateOfferPasskey)
	late.needPasskeysAt("timesheets", late.now)
	if out, err := b.try(notNow()); err == nil && out.State == signin.StateDone {
		t.Error("a code opened an app that needs passkeys by now")
	}
}
