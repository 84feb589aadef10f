package signin_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/signin"
	"github.com/apscloud/apsid/internal/store/sqlstore"
)

// needPasskeysAt lets an app need passkeys from this moment on.
func (h *house) needPasskeysAt(id idp.ClientID, from time.Time) {
	h.t.Helper()
	h.commit(func(ctx context.Context, tx *sqlstore.Tx) error {
		client, err := tx.FindClient(ctx, id)
		if err != nil {
			return err
		}
		client.PhishingResistanceFrom = from
		return tx.UpdateClient(ctx, client)
	})
}

// asking is a tab whose app asks for this strength.
func (h *house) asking(client idp.ClientID, acr idp.ACR) *tab {
	h.t.Helper()
	begun, err := h.Begin(bg, signin.Request{ClientID: client, RedirectURI: "https://" + string(client) + ".example/cb", RequestedACR: acr}, "203.0.113.7", h.now)
	if err != nil {
		h.t.Fatal(err)
	}
	return &tab{house: h, node: h.Service, state: begun.State, browser: signin.Browser{
		Transaction: begun.Transaction, Cookie: begun.Cookie, Again: begun.Again, Address: "203.0.113.7", UserAgent: "test",
	}}
}

// ISM-2011: a passkey is good at every app, so that one app that needs it guards how the first one is added at all of them: by no password,
// code or PIN of another app, whichever way leads there.
func TestAnAppThatNeedsPasskeysGuardsThemEverywhere(t *testing.T) {
	h := named(t)
	tomorrow := h.now.Add(24 * time.Hour)
	h.needPasskeysAt("contacts", tomorrow)
	has := func(b *tab) bool { return slices.Contains(b.view().Kinds, idp.KindPasskey) }
	if !has(h.open("timesheets").post(login("never"), signin.StateChoose)) {
		t.Error("before that day nothing is guarded, and no passkey is offered")
	}
	h.now = tomorrow

	first := h.open("timesheets").post(login("never"), signin.StateChoose)
	if has(first) {
		t.Error("a first set-up offers a passkey on a password alone")
	}
	first.refuse(signin.Form{Kind: idp.KindPasskey}, signin.ProblemKind)

	asked := h.asking("timesheets", idp.ACRPhishingResistant)
	asked.now = h.now.Add(time.Minute)
	asked.post(login("app"), signin.StateTOTP).post(code(totpAt(t, totpKey, asked.now)), signin.StateEnrolmentCode)

	lost := h.open("timesheets").post(login("app"), signin.StateTOTP).post(signin.Form{Action: signin.ActionLostDevice}, signin.StateRecover)
	if lost.post(signin.Form{PIN: idp.NewSecret("739418")}, signin.StateRevoke).post(signin.Form{}, signin.StateChoose); has(lost) {
		t.Error("a recovery offers a passkey on a PIN")
	}
}
