package signin

import (
	"fmt"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
)

// ask asks to choose another password. That counts as the check of this day: whether the person does is up to them.
func ask(tx Transaction, effects []Effect) (Transaction, []Effect, error) {
	tx.State = StateNewPassword
	if tx.Asked {
		return tx, effects, nil
	}
	tx.Asked = true
	return tx, append(effects, KeepCheck{}, Record{Type: idp.EventPasswordWeak, Result: idp.ResultSuccess, Reason: tx.Weak.Reason()}), nil
}

// codeFirst reports whether the person has to give a code before they choose another password: the sign-in needed none, and they can
// give one. A password alone must not be enough to take over the account of a person who has set up more.
func codeFirst(tx Transaction) bool { return tx.Using.ID != "" && tx.SecondAt.IsZero() }

// finish reaches done, if and only if every proof that is required was given. A person whose password would be refused today is asked
// to choose another one before, once; then who is to be offered a passkey is.
func finish(tx Transaction, effects []Effect) (Transaction, []Effect, error) {
	acr, amr := strength(tx)
	if tx.ProvedFirst().IsZero() || tx.UserID == "" || !acr.Satisfies(tx.Requirement.ACR) {
		return tx, nil, idp.Wrap(idp.CodeInternal, fmt.Errorf("a sign-in at %q lacks a proof", tx.State))
	}
	if tx.Weak != policy.PasswordFine {
		return ask(tx, effects)
	}
	if tx.Offer {
		tx.State, tx.Passkey = StateOfferPasskey, passkey.Challenge{}
		return tx, effects, nil
	}
	tx.State = StateDone
	return tx, append(effects,
		Rebind{},
		StartSession{ACR: acr, AMR: amr, Factors: secondFactors(tx)},
		Record{Type: idp.EventSigninSucceeded, Result: idp.ResultSuccess, Reason: tx.Requirement.Reason.Reason()},
	), nil
}

// strength says what was proved (RFC 8176).
func strength(tx Transaction) (idp.ACR, []idp.AMR) {
	switch {
	case tx.SecondAt.IsZero():
		return idp.ACRPassword, []idp.AMR{idp.AMRPassword}
	case tx.SecondKind == idp.KindPasskey && tx.Alone:
		return idp.ACRPhishingResistant, []idp.AMR{keyOf(tx), idp.AMRUser, idp.AMRMFA}
	case tx.SecondKind == idp.KindPasskey:
		return idp.ACRPhishingResistant, []idp.AMR{idp.AMRPassword, keyOf(tx), idp.AMRUser, idp.AMRMFA}
	case tx.SecondKind == idp.KindSMS:
		return idp.ACRMFA, []idp.AMR{idp.AMRPassword, idp.AMRSMS, idp.AMRMFA}
	default:
		return idp.ACRMFA, []idp.AMR{idp.AMRPassword, idp.AMROTP, idp.AMRMFA}
	}
}

// secondFactors are those that were proved, which is one or none.
func secondFactors(tx Transaction) []idp.Factor {
	if tx.SecondAt.IsZero() {
		return nil
	}
	return []idp.Factor{{Kind: tx.SecondKind, ID: tx.Using.ID, At: tx.SecondAt}}
}

// keyOf says where the key of the passkey is: in one device, or wherever the person's account is.
func keyOf(tx Transaction) idp.AMR {
	if tx.Synced {
		return idp.AMRSoftware
	}
	return idp.AMRHardware
}
