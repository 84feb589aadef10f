package signin

import (
	"cmp"
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
)

// Next is the only transition of a sign-in: from a transaction and a fact to the next transaction and the effects to perform.
// It is pure: no clock, no randomness, no store. A fact that does not belong to the state is an error (idp.ErrConflict), and
// so is every fact in StateDone and StateEnded, which are final, and every fact after ExpiresAt.
func Next(tx Transaction, event Event, now time.Time) (Transaction, []Effect, error) {
	if !now.Before(tx.ExpiresAt) {
		return tx, nil, idp.Wrap(idp.CodeConflict, fmt.Errorf("the sign-in expired at %s", tx.ExpiresAt))
	}
	before := tx
	tx.Note = NoteNone
	switch tx.State {
	case StatePassword:
		switch e := event.(type) {
		case PasswordAccepted:
			return passwordAccepted(tx, e, now)
		case PasskeyAlone:
			return alone(tx, e, now)
		case PasskeyAsked:
			return passkeyAsked(before, e)
		case ProofRejected:
			return rejected(tx, e)
		}
	case StateChoose:
		if e, ok := event.(KindChosen); ok {
			return kindChosen(tx, e)
		}
	case StateTOTPSetup:
		switch e := event.(type) {
		case CodeAccepted:
			return confirmed(tx, e, now)
		case ProofRejected:
			return rejected(tx, e)
		case WentBack:
			return choose(tx), nil, nil
		}
	case StateSMSSetup:
		switch e := event.(type) {
		case PhoneGiven:
			tx.Pending.Country, tx.Pending.Phone = e.Country, e.Phone
			if tx.Challenge.Phone != e.Phone {
				tx.Challenge = Challenge{}
			}
			return tx, []Effect{SendCode{Phone: e.Phone}}, nil
		case CodeSent:
			return codeSent(tx, e, StateSMSVerify)
		case CodeNotSent:
			if e.Note == NoteSendWait { // the number is fine: its page sends the code as soon as it may
				tx.State = StateSMSVerify
			}
			return codeNotSent(tx, e)
		case WentBack:
			return choose(tx), nil, nil
		}
	case StateSMSVerify:
		switch e := event.(type) {
		case CodeSent:
			return codeSent(tx, e, StateSMSVerify)
		case CodeNotSent:
			return codeNotSent(tx, e)
		case CodeAccepted:
			return confirmed(tx, e, now)
		case ProofRejected:
			return rejected(tx, e)
		case WentBack:
			return smsSetup(tx), nil, nil
		}
	case StatePasskeySetup:
		switch e := event.(type) {
		case PasskeyAsked:
			return passkeyAsked(before, e)
		case PasskeyMade:
			return made(tx, e, now)
		case ProofRejected:
			return rejected(tx, e)
		case WentBack:
			if tx.Offer {
				return finish(tx, nil) // to the offer
			}
			if tx.SecondAt.IsZero() { // else it is what is missing, and there is nothing to choose
				return choose(tx), nil, nil
			}
		}
	case StateRecoveryPIN:
		if e, ok := event.(PINChosen); ok {
			tx.HasPIN = true
			return finish(tx, []Effect{
				SavePIN{Hash: e.Hash},
				Record{Type: idp.EventPINCreated, Result: idp.ResultSuccess},
			})
		}
	case StateTOTP:
		switch e := event.(type) {
		case CodeAccepted:
			if e.ID != "" {
				tx.Using = Using{ID: e.ID, Kind: idp.KindTOTP}
			}
			return verified(tx, []Effect{TouchAuthenticator{ID: tx.Using.ID}}, now)
		case CodeReplayed:
			return tx, []Effect{Record{Type: idp.EventCodeRejected, Result: idp.ResultFailure, Reason: idp.ReasonCodeUsed}}, nil
		case ProofRejected:
			return rejected(tx, e)
		case OtherChosen:
			return otherChosen(tx, e)
		case DeviceLost:
			return deviceLost(tx, e)
		case WentBack:
			if tx.Asked {
				return ask(tx, nil)
			}
		}
	case StateSMS:
		switch e := event.(type) {
		case CodeSent:
			return codeSent(tx, e, StateSMS)
		case CodeNotSent:
			return codeNotSent(tx, e)
		case CodeAccepted:
			tx.Offer = e.Offer
			return verified(tx, []Effect{TouchAuthenticator{ID: tx.Using.ID}, CountVerified{Phone: tx.Using.Phone}}, now)
		case ProofRejected:
			return rejected(tx, e)
		case OtherChosen:
			return otherChosen(tx, e)
		case DeviceLost:
			return deviceLost(tx, e)
		case WentBack:
			if tx.Asked {
				return ask(tx, nil)
			}
		}
	case StatePasskey:
		switch e := event.(type) {
		case PasskeyAsked:
			return passkeyAsked(before, e)
		case PasskeyAccepted:
			return verified(answered(tx, e), nil, now)
		case ProofRejected:
			return rejected(tx, e)
		case OtherChosen:
			return otherChosen(tx, e)
		case DeviceLost:
			return deviceLost(tx, e)
		case WentBack:
			if tx.Asked {
				return ask(tx, nil)
			}
		}
	case StateEnrolmentCode:
		switch e := event.(type) {
		case EnrolmentAccepted:
			return enrolmentAccepted(tx, now)
		case ProofRejected:
			return enrolmentRejected(tx, e)
		}
	case StateRecover:
		switch e := event.(type) {
		case PINAccepted:
			tx.State, tx.PINOf = StateRevoke, e.CreatedAt
			return tx, []Effect{
				Rebind{},
				Record{Type: idp.EventPINAccepted, Result: idp.ResultSuccess},
				Notify{Kind: idp.NoticePINUsed, Method: tx.Using.Kind, ByText: true},
			}, nil
		case ProofRejected:
			return rejected(tx, e)
		case PINForgotten:
			return end(tx, EndingForgottenPIN, time.Time{}, Record{Type: idp.EventPINForgotten, Result: idp.ResultFailure})
		case WentBack:
			return askForCode(tx)
		}
	case StateRevoke:
		switch event.(type) {
		case MFARevoked:
			effects := []Effect{
				RevokeMFA{},
				Record{Type: idp.EventMFARevoked, Result: idp.ResultSuccess, Reason: idp.ReasonRecoveryPIN},
				Notify{Kind: idp.NoticeMFARevoked, Method: tx.Using.Kind},
			}
			tx.Using, tx.HasPIN, tx.Other, tx.Challenge, tx.PINOf = Using{}, false, false, Challenge{}, time.Time{}
			tx = choose(tx)
			tx.Note, tx.Setup = NoteMFARevoked, SetupAgain
			return tx, effects, nil
		case WentBack:
			tx.PINOf = time.Time{}
			return askForCode(tx)
		}
	case StateNewPassword:
		switch e := event.(type) {
		case CodeWanted:
			if codeFirst(tx) {
				return askForCode(tx)
			}
		case PasswordRenewed:
			tx.PasswordOf, tx.Weak = e.PasswordOf, policy.PasswordFine
			return finish(tx, nil)
		case PasswordKept:
			tx.Weak = policy.PasswordFine
			return finish(tx, nil)
		}
	case StateOfferPasskey:
		switch event.(type) {
		case OfferTaken:
			return addPasskey(tx), nil, nil
		case OfferLeft:
			tx.Offer = false
			return finish(tx, nil)
		}
	case StateDone, StateEnded:
	}
	return before, nil, idp.Wrap(idp.CodeConflict, fmt.Errorf("a sign-in at %q takes no %T", before.State, event))
}

// passwordAccepted goes on after a right password.
func passwordAccepted(tx Transaction, e PasswordAccepted, now time.Time) (Transaction, []Effect, error) {
	tx = known(tx, e)
	tx.PasswordAt = now
	effects := []Effect{
		Rebind{},
		Record{Type: idp.EventPasswordAccepted, Result: idp.ResultSuccess, Reason: e.Requirement.Reason.Reason()},
	}
	if e.Using.ID == "" || !e.CodeLocked { // choosing another one would take a code
		tx.Weak = e.Weak
	}
	if e.Checked && e.Weak == policy.PasswordFine {
		effects = append(effects, KeepCheck{})
	}
	switch {
	case e.Access != policy.AccessGranted:
		return noAccess(tx, e.Access, effects)
	case !e.Requirement.MFA():
		return finish(tx, effects)
	case e.Using.ID == "":
		return choose(tx), effects, nil
	case e.CodeLocked:
		return end(tx, EndingLocked, e.CodeUntil, append(effects,
			Record{Type: idp.EventSigninLocked, Result: idp.ResultFailure, Reason: idp.ProofCode.Reason()})...)
	default:
		tx, more, err := askForCode(tx)
		return tx, append(effects, more...), err
	}
}

func noAccess(tx Transaction, access policy.Access, effects []Effect) (Transaction, []Effect, error) {
	return end(tx, EndingNoAccess, time.Time{}, append(effects,
		Record{Type: idp.EventSigninRefused, Result: idp.ResultFailure, Reason: access.Reason()})...)
}

// rejected counts a proof that was not accepted. A lock ends the sign-in for good, however long the lock lasts.
func rejected(tx Transaction, e ProofRejected) (Transaction, []Effect, error) {
	tx.Failures++
	tx.ByPasskey = e.Why != "" && tx.UserID == ""
	if e.Why != "" { // what was answered is not answered again
		tx.Passkey = passkey.Challenge{}
	}
	wrong := Record{Type: rejectedEvent(e.Proof), Result: idp.ResultFailure, Reason: cmp.Or(e.Why, e.Proof.Wrong())}
	locked := Record{Type: idp.EventSigninLocked, Result: idp.ResultFailure, Reason: e.Proof.Reason()}
	switch e.Verdict {
	case policy.Rejected:
		return tx, []Effect{wrong}, nil
	case policy.Locked:
		return end(tx, EndingLocked, e.Until, locked)
	case policy.LockedNow:
		effects := []Effect{wrong, locked}
		if e.Proof != idp.ProofPassword { // another person may know the password: the account's owner should be told
			effects = append(effects, Notify{Kind: idp.NoticeSigninPause, Method: tx.Using.Kind})
		}
		return end(tx, EndingLocked, e.Until, effects...)
	default:
		return tx, nil, idp.Wrap(idp.CodeInternal, fmt.Errorf("verdict %q is no rejection", e.Verdict))
	}
}

func rejectedEvent(proof idp.Proof) idp.EventType {
	switch proof {
	case idp.ProofPassword:
		return idp.EventPasswordRejected
	case idp.ProofPIN:
		return idp.EventPINRejected
	default:
		return idp.EventCodeRejected
	}
}

// choose begins the set-up of an authenticator; one that was shown before is forgotten, as it does not count.
func choose(tx Transaction) Transaction {
	tx.State = setUpFrom(tx)
	tx.Pending, tx.Challenge, tx.Passkey = Pending{}, Challenge{}, passkey.Challenge{}
	if tx.Setup == SetupNone {
		tx.Setup = SetupFirst
	}
	return tx
}

func kindChosen(tx Transaction, e KindChosen) (Transaction, []Effect, error) {
	tx.Pending = Pending{ID: e.ID, Kind: e.Kind, TOTPKey: e.Key}
	switch e.Kind {
	case idp.KindTOTP:
		tx.State = StateTOTPSetup
	case idp.KindSMS:
		tx.State = StateSMSSetup
	case idp.KindPasskey:
		tx = addPasskey(tx)
	default:
		return tx, nil, idp.Wrap(idp.CodeConflict, fmt.Errorf("no authenticator of kind %q", e.Kind))
	}
	return tx, nil, nil
}

// smsSetup goes back to the number; the challenge stays only for the number it was made for.
func smsSetup(tx Transaction) Transaction {
	tx.State = StateSMSSetup
	return tx
}

func codeSent(tx Transaction, e CodeSent, to State) (Transaction, []Effect, error) {
	tx.State, tx.Challenge = to, e.Challenge
	if e.Again {
		tx.Note = NoteCodeResent
	}
	return tx, []Effect{Record{Type: idp.EventCodeSent, Result: idp.ResultSuccess}}, nil
}

func codeNotSent(tx Transaction, e CodeNotSent) (Transaction, []Effect, error) {
	tx.Note = e.Note
	if !e.Retry.IsZero() {
		tx.Challenge.ResendAt = e.Retry
	}
	return tx, []Effect{Record{Type: idp.EventCodeNotSent, Result: idp.ResultFailure, Reason: notSent(e.Note), Limit: e.Limit}}, nil
}

// notSent is the reason of an event about a text message that did not go out.
func notSent(note Note) idp.Reason {
	switch note {
	case NoteSendWait:
		return idp.ReasonSendWait
	case NoteSMSClosed:
		return idp.ReasonSMSClosed
	case NoteNumberRefused:
		return idp.ReasonNumberRefused
	default:
		return idp.ReasonCodeNotSent
	}
}

// confirmed binds the pending authenticator, now that one good code has shown that it works.
func confirmed(tx Transaction, e CodeAccepted, now time.Time) (Transaction, []Effect, error) {
	pending := tx.Pending
	tx.Using = Using{ID: pending.ID, Kind: pending.Kind, Phone: pending.Phone}
	effects := []Effect{Bind{Pending: pending, Step: e.Step}}
	if pending.Kind == idp.KindSMS {
		effects = append(effects, CountVerified{Phone: pending.Phone})
	}
	return setUp(tx, effects, now)
}

// setUp goes on once an authenticator is bound, which is the one in use from now on.
func setUp(tx Transaction, effects []Effect, now time.Time) (Transaction, []Effect, error) {
	effects = append(effects,
		Record{Type: idp.EventMFAEnrolled, Result: idp.ResultSuccess, Reason: tx.Using.Kind.Reason()},
		Notify{Kind: idp.NoticeMFASetUp, Method: tx.Using.Kind},
	)
	tx.Pending = Pending{}
	tx, more, err := verified(tx, nil, now)
	if tx.State == StateRecoveryPIN {
		tx.Note = NoteMFASetUp
		if tx.Using.Kind == idp.KindPasskey {
			tx.Note = NotePasskeySetUp
		}
	}
	return tx, append(effects, more...), err
}

// verified goes on once the second factor was given. Where a stronger one is required, the person sets that up now; a person without a
// recovery PIN creates one first.
func verified(tx Transaction, effects []Effect, now time.Time) (Transaction, []Effect, error) {
	tx.SecondAt, tx.SecondKind = now, tx.Using.Kind
	tx.Challenge, tx.Passkey = Challenge{}, passkey.Challenge{}
	effects = append(effects, Rebind{}, Record{Type: idp.EventCodeAccepted, Result: idp.ResultSuccess, Reason: tx.Using.Kind.Reason()})
	if acr, _ := strength(tx); !acr.Satisfies(tx.Requirement.ACR) {
		return addPasskey(tx), effects, nil
	}
	if !tx.HasPIN {
		tx.State = StateRecoveryPIN
		return tx, effects, nil
	}
	return finish(tx, effects)
}

// askForCode asks for a code of the bound authenticator. The first text message is sent without being asked for.
func askForCode(tx Transaction) (Transaction, []Effect, error) {
	switch tx.Using.Kind {
	case idp.KindTOTP:
		tx.State = StateTOTP
		return tx, nil, nil
	case idp.KindSMS:
		tx.State = StateSMS
		if tx.Challenge.Sends > 0 {
			return tx, nil, nil
		}
		first := !tx.Texted
		tx.Texted = true
		return tx, []Effect{SendCode{Phone: tx.Using.Phone, First: first}}, nil
	case idp.KindPasskey:
		tx.State = StatePasskey
		return tx, nil, nil
	default:
		return tx, nil, idp.Wrap(idp.CodeConflict, fmt.Errorf("no authenticator of kind %q", tx.Using.Kind))
	}
}

// otherChosen asks for a code of another authenticator. A code that was sent stays valid for the number it was sent to, and for no
// other.
func otherChosen(tx Transaction, e OtherChosen) (Transaction, []Effect, error) {
	tx.Using = e.Using
	if e.Using.Kind == idp.KindSMS && tx.Challenge.Phone != e.Using.Phone {
		tx.Challenge = Challenge{}
	}
	return askForCode(tx)
}

func deviceLost(tx Transaction, e DeviceLost) (Transaction, []Effect, error) {
	switch e.Use {
	case policy.PINUsable:
		tx.State = StateRecover
		return tx, nil, nil
	case policy.PINPaused:
		tx.Note = NotePINUnusable
		return tx, nil, nil
	default:
		return end(tx, EndingNoPIN, time.Time{}, Record{Type: idp.EventPINForgotten, Result: idp.ResultFailure, Reason: idp.ReasonNoPIN})
	}
}

func end(tx Transaction, why Ending, until time.Time, effects ...Effect) (Transaction, []Effect, error) {
	tx.State, tx.EndReason, tx.EndUntil = StateEnded, why, until
	tx.Pending, tx.Challenge, tx.Passkey = Pending{}, Challenge{}, passkey.Challenge{}
	return tx, effects, nil
}
