package signin

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
)

// What passkeys add to Next.

// passkeyAsked keeps what the browser is asked. That moves nothing, and what there is to say to the person is still to be said.
func passkeyAsked(tx Transaction, e PasskeyAsked) (Transaction, []Effect, error) {
	tx.Passkey = e.Challenge
	return tx, nil, nil
}

// answered records which passkey it was.
func answered(tx Transaction, e PasskeyAccepted) Transaction {
	tx.Using, tx.Synced = Using{ID: e.ID, Kind: idp.KindPasskey}, e.Synced
	return tx
}

// alone goes on after a passkey that was password and code in one: the person may be kept out as after a right password.
func alone(tx Transaction, e PasskeyAlone, now time.Time) (Transaction, []Effect, error) {
	tx = answered(known(tx, e.Who), e.With)
	tx.Alone = true
	if e.Who.Access != policy.AccessGranted {
		tx.SecondAt, tx.SecondKind = now, idp.KindPasskey
		return noAccess(tx, e.Who.Access, []Effect{
			Rebind{}, Record{Type: idp.EventCodeAccepted, Result: idp.ResultSuccess, Reason: idp.KindPasskey.Reason()},
		})
	}
	return verified(tx, nil, now)
}

// made binds the passkey that the browser has made.
func made(tx Transaction, e PasskeyMade, now time.Time) (Transaction, []Effect, error) {
	tx = answered(tx, PasskeyAccepted{ID: e.ID, Synced: e.Passkey.BackupEligible})
	tx.Passkey, tx.Offer = passkey.Challenge{}, false
	return setUp(tx, []Effect{Bind{Pending: Pending{ID: e.ID, Kind: idp.KindPasskey}, Passkey: e.Passkey}}, now)
}
