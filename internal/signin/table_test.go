package signin

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
)

// The test table of the sign-in: every way from a state by a fact. diagram.md is made from it, and every pair of state and
// fact that is not in it must be refused.

var begun = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

var (
	app = Using{ID: "aut_app", Kind: idp.KindTOTP}
	key = Using{ID: "aut_key", Kind: idp.KindPasskey}
	sms = Using{ID: "aut_sms", Kind: idp.KindSMS, Phone: idp.NewSecret("+61491570006")}

	mfa    = policy.Requirement{ACR: idp.ACRMFA, Reason: policy.MFAPracticeActivated}
	phr    = policy.Requirement{ACR: idp.ACRPhishingResistant, Reason: policy.MFARequested}
	must   = policy.Requirement{ACR: idp.ACRPhishingResistant, Reason: policy.PhishingPractice}
	noMFA  = policy.Requirement{ACR: idp.ACRPassword, Reason: policy.MFANotRequired}
	inFive = begun.Add(5 * time.Minute)
)

type way struct {
	name  string
	from  Transaction
	event Event
	label string // on the arrow of the diagram
	to    State
}

// at is a transaction that came to the state in the ordinary way.
func at(state State, change ...func(*Transaction)) Transaction {
	tx := Transaction{
		ID: "tx", Version: 3, State: state, Request: Request{ClientID: "timesheets"}, Binding: "hash", SID: "ses_1",
		CreatedAt: begun, ExpiresAt: begun.Add(Lifetime),
	}
	if state != StatePassword {
		tx.UserID, tx.PracticeID, tx.Username, tx.Requirement = "usr_1", "prc_1", "jane@example.com", mfa
		tx.PasswordAt = begun
	}
	switch state {
	case StateTOTPSetup:
		tx.Pending = Pending{ID: "aut_new", Kind: idp.KindTOTP, TOTPKey: idp.NewSecret("KEY")}
	case StateSMSSetup:
		tx.Pending = Pending{ID: "aut_new", Kind: idp.KindSMS}
	case StateSMSVerify:
		tx.Pending = Pending{ID: "aut_new", Kind: idp.KindSMS, Phone: idp.NewSecret("+61491570006")}
	case StateEnrolmentCode:
		tx.Requirement = must
	case StatePasskeySetup:
		tx.Pending = Pending{ID: "aut_new", Kind: idp.KindPasskey}
	case StateRecoveryPIN:
		tx.Using, tx.SecondAt, tx.SecondKind = app, begun, idp.KindTOTP
	case StateTOTP, StateRecover, StateRevoke:
		tx.Using, tx.HasPIN = app, true
	case StateSMS:
		tx.Using, tx.HasPIN = sms, true
	case StatePasskey:
		tx.Using, tx.HasPIN = key, true
	case StateNewPassword:
		tx.Requirement, tx.PasswordOf, tx.Weak, tx.Asked = noMFA, begun.Add(-time.Hour), policy.PasswordBreached, true
	case StateOfferPasskey:
		tx.Using, tx.HasPIN, tx.SecondAt, tx.SecondKind, tx.Offer = sms, true, begun, idp.KindSMS, true
	case StateDone:
		tx.Using, tx.HasPIN, tx.SecondAt, tx.SecondKind = app, true, begun, idp.KindTOTP
	}
	for _, c := range change {
		c(&tx)
	}
	return tx
}

func withPIN(tx *Transaction)    { tx.HasPIN = true }
func withoutPIN(tx *Transaction) { tx.HasPIN = false }
func withSMS(tx *Transaction)    { tx.Using = sms }
func withKey(tx *Transaction)    { tx.Using = key }

// guarded is a sign-in of a person of whom another app needs a passkey.
func guarded(tx *Transaction) { tx.Guarded = true }

// withRule is a sign-in that a rule wants to reach more than a code gives.
func withRule(tx *Transaction) { tx.Requirement = must }

// withPHR is a sign-in that has to reach more than a code gives.
func withPHR(tx *Transaction) { tx.Requirement = phr }

// upgrading is one whose code was right, and does not reach what is required.
func upgrading(tx *Transaction) {
	tx.Requirement, tx.Using, tx.HasPIN, tx.SecondAt, tx.SecondKind, tx.Pending = phr, app, true, begun, idp.KindTOTP, Pending{}
}

func withMFA(tx *Transaction) { tx.Requirement = mfa }
func withApp(tx *Transaction) { tx.Using, tx.HasPIN = app, true }
func weak(tx *Transaction)    { tx.Weak = policy.PasswordGuessable }
func wasAsked(tx *Transaction) {
	tx.Requirement, tx.Weak, tx.Asked = noMFA, policy.PasswordGuessable, true
}

func accepted(change func(*PasswordAccepted)) PasswordAccepted {
	e := PasswordAccepted{
		UserID: "usr_1", PracticeID: "prc_1", Username: "jane@example.com", Access: policy.AccessGranted, Requirement: mfa,
	}
	change(&e)
	return e
}

func aloneBy(change func(*PasswordAccepted)) PasskeyAlone {
	return PasskeyAlone{Who: accepted(change), With: PasskeyAccepted{ID: "aut_key"}}
}

// refused is the answer of a passkey that did not count.
func refused(e ProofRejected) ProofRejected {
	e.Why = idp.ReasonPasskeySignature
	return e
}

func wrong(p idp.Proof) ProofRejected { return ProofRejected{Proof: p, Verdict: policy.Rejected} }
func last(p idp.Proof) ProofRejected {
	return ProofRejected{Proof: p, Verdict: policy.LockedNow, Until: inFive}
}
func locked(p idp.Proof) ProofRejected {
	return ProofRejected{Proof: p, Verdict: policy.Locked, Until: inFive}
}

func ways() []way {
	return []way{
		{"MFA is not required", at(StatePassword), accepted(func(e *PasswordAccepted) { e.Requirement = noMFA }), "right, no MFA required", StateDone},
		{"MFA is not required, and the password is weak", at(StatePassword), accepted(func(e *PasswordAccepted) { e.Requirement, e.Checked, e.Weak = noMFA, true, policy.PasswordBreached }), "right but weak, no MFA required", StateNewPassword},
		{"never enrolled", at(StatePassword), accepted(func(*PasswordAccepted) {}), "right, no authenticator", StateChoose},
		{"has an app", at(StatePassword), accepted(func(e *PasswordAccepted) { e.Using, e.HasPIN = app, true }), "right, has an app", StateTOTP},
		{"has a number", at(StatePassword), accepted(func(e *PasswordAccepted) { e.Using, e.HasPIN = sms, true }), "right, has a number", StateSMS},
		{"has a passkey", at(StatePassword), accepted(func(e *PasswordAccepted) { e.Using, e.HasPIN = key, true }), "right, has a passkey", StatePasskey},
		{"has an app, and a passkey is required", at(StatePassword), accepted(func(e *PasswordAccepted) { e.Requirement, e.Using, e.HasPIN = phr, app, true }), "right, has an app", StateTOTP},
		{"a passkey by itself", at(StatePassword), aloneBy(func(e *PasswordAccepted) { e.HasPIN = true }), "a passkey by itself", StateDone},
		{"a passkey by itself, MFA is not required", at(StatePassword), aloneBy(func(e *PasswordAccepted) { e.Requirement, e.HasPIN = noMFA, true }), "a passkey by itself", StateDone},
		{"a passkey by itself, and there is no PIN", at(StatePassword), aloneBy(func(*PasswordAccepted) {}), "a passkey by itself, no PIN", StateRecoveryPIN},
		{"a passkey by itself, no access to the app", at(StatePassword), aloneBy(func(e *PasswordAccepted) { e.Access = policy.AccessNoApp }), "no access, or locked", StateEnded},
		{"asks for a passkey by itself", at(StatePassword), PasskeyAsked{Challenge: passkey.Challenge{Value: "c", Purpose: passkey.Alone}}, "asked", StatePassword},
		{"a wrong passkey by itself", at(StatePassword), refused(wrong(idp.ProofCode)), "wrong", StatePassword},
		{"fifth wrong passkey by itself", at(StatePassword), refused(last(idp.ProofCode)), "no access, or locked", StateEnded},
		{"no access to the app", at(StatePassword), accepted(func(e *PasswordAccepted) { e.Access = policy.AccessNoApp }), "no access, or locked", StateEnded},
		{"codes are locked", at(StatePassword), accepted(func(e *PasswordAccepted) { e.Using, e.CodeLocked, e.CodeUntil = app, true, inFive }), "no access, or locked", StateEnded},
		{"wrong password", at(StatePassword), wrong(idp.ProofPassword), "wrong", StatePassword},
		{"fifth wrong password", at(StatePassword), last(idp.ProofPassword), "no access, or locked", StateEnded},
		{"password under a lock", at(StatePassword), locked(idp.ProofPassword), "no access, or locked", StateEnded},

		{"chose an app", at(StateChoose), KindChosen{Kind: idp.KindTOTP, ID: "aut_new", Key: idp.NewSecret("KEY")}, "authenticator app", StateTOTPSetup},
		{"chose text messages", at(StateChoose), KindChosen{Kind: idp.KindSMS, ID: "aut_new"}, "text message", StateSMSSetup},

		{"chose a passkey", at(StateChoose), KindChosen{Kind: idp.KindPasskey, ID: "aut_new"}, "passkey", StatePasskeySetup},
		{"chose a passkey that another app needs", at(StateChoose, guarded), KindChosen{Kind: idp.KindPasskey, ID: "aut_new"}, "passkey, an app of theirs needs one", StateEnrolmentCode},

		{"asks to make a passkey", at(StatePasskeySetup), PasskeyAsked{Challenge: passkey.Challenge{Value: "c", Purpose: passkey.Adding}}, "asked", StatePasskeySetup},
		{"made a passkey", at(StatePasskeySetup), PasskeyMade{ID: "aut_key"}, "made", StateRecoveryPIN},
		{"made a passkey, and there is a PIN", at(StatePasskeySetup, withPIN), PasskeyMade{ID: "aut_key"}, "made, has a PIN", StateDone},
		{"made the passkey that is required", at(StatePasskeySetup, upgrading), PasskeyMade{ID: "aut_key"}, "made, has a PIN", StateDone},
		{"made a wrong passkey", at(StatePasskeySetup), refused(wrong(idp.ProofCode)), "wrong passkey", StatePasskeySetup},
		{"made the fifth wrong passkey", at(StatePasskeySetup), refused(last(idp.ProofCode)), "locked", StateEnded},
		{"back from the passkey", at(StatePasskeySetup), WentBack{}, "back", StateChoose},

		{"first code of the app", at(StateTOTPSetup), CodeAccepted{Step: 7}, "right code", StateRecoveryPIN},
		{"first code of the app, and there is a PIN", at(StateTOTPSetup, withPIN), CodeAccepted{Step: 7}, "right code, has a PIN", StateDone},
		{"wrong code of the app", at(StateTOTPSetup), wrong(idp.ProofCode), "wrong code", StateTOTPSetup},
		{"fifth wrong code of the app", at(StateTOTPSetup), last(idp.ProofCode), "locked", StateEnded},
		{"code of the app under a lock", at(StateTOTPSetup), locked(idp.ProofCode), "locked", StateEnded},
		{"back from the app", at(StateTOTPSetup), WentBack{}, "back", StateChoose},

		{"typed a number", at(StateSMSSetup), PhoneGiven{Country: "AU", Phone: idp.NewSecret("+61491570006")}, "number", StateSMSSetup},
		{"the code went out", at(StateSMSSetup), CodeSent{Challenge: Challenge{Code: idp.NewSecret("123456"), Sends: 1}}, "code sent", StateSMSVerify},
		{"the code did not go out", at(StateSMSSetup), CodeNotSent{Note: NoteCodeNotSent}, "not sent", StateSMSSetup},
		{"the code has to wait", at(StateSMSSetup), CodeNotSent{Note: NoteSendWait, Retry: inFive}, "code has to wait", StateSMSVerify},
		{"back from the number", at(StateSMSSetup), WentBack{}, "back", StateChoose},

		{"code of the new number", at(StateSMSVerify), CodeAccepted{}, "right code", StateRecoveryPIN},
		{"code of the new number, and there is a PIN", at(StateSMSVerify, withPIN), CodeAccepted{}, "right code, has a PIN", StateDone},
		{"wrong code of the new number", at(StateSMSVerify), wrong(idp.ProofCode), "wrong code", StateSMSVerify},
		{"fifth wrong code of the new number", at(StateSMSVerify), last(idp.ProofCode), "locked", StateEnded},
		{"code of the new number under a lock", at(StateSMSVerify), locked(idp.ProofCode), "locked", StateEnded},
		{"sent again to the new number", at(StateSMSVerify), CodeSent{Again: true, Challenge: Challenge{Code: idp.NewSecret("123456"), Sends: 2}}, "resend", StateSMSVerify},
		{"not sent again to the new number", at(StateSMSVerify), CodeNotSent{Note: NoteSendWait, Retry: inFive}, "resend", StateSMSVerify},
		{"back to the number", at(StateSMSVerify), WentBack{}, "back", StateSMSSetup},

		{"created the PIN", at(StateRecoveryPIN), PINChosen{Hash: idp.NewSecret("hash")}, "PIN created", StateDone},
		{"created the PIN, and the password is weak", at(StateRecoveryPIN, weak), PINChosen{Hash: idp.NewSecret("hash")}, "PIN created, weak password", StateNewPassword},

		{"code", at(StateTOTP), CodeAccepted{Step: 7}, "right code", StateDone},
		{"code, and the password is weak", at(StateTOTP, weak), CodeAccepted{Step: 7}, "right code, weak password", StateNewPassword},
		{"code for another password", at(StateTOTP, wasAsked), CodeAccepted{Step: 7}, "right code, weak password", StateNewPassword},
		{"does not choose another password", at(StateTOTP, wasAsked), WentBack{}, "back", StateNewPassword},
		{"code, and there is no PIN", at(StateTOTP, withoutPIN), CodeAccepted{Step: 7}, "right code, no PIN", StateRecoveryPIN},
		{"wrong code", at(StateTOTP), wrong(idp.ProofCode), "wrong code", StateTOTP},
		{"fifth wrong code", at(StateTOTP), last(idp.ProofCode), "locked", StateEnded},
		{"code that was used", at(StateTOTP), CodeReplayed{}, "code used before", StateTOTP},
		{"code under a lock", at(StateTOTP), locked(idp.ProofCode), "locked", StateEnded},
		{"asks for a text", at(StateTOTP), OtherChosen{Using: sms}, "another way", StateSMS},
		{"lost the device", at(StateTOTP), DeviceLost{Use: policy.PINUsable}, "lost device", StateRecover},
		{"lost the device, PIN rests", at(StateTOTP), DeviceLost{Use: policy.PINPaused}, "PIN rests", StateTOTP},
		{"lost the device, no PIN", at(StateTOTP), DeviceLost{Use: policy.PINNone}, "lost device, no PIN", StateEnded},

		{"texted code", at(StateSMS), CodeAccepted{}, "right code", StateDone},
		{"texted code, and the password is weak", at(StateSMS, weak), CodeAccepted{}, "right code, weak password", StateNewPassword},
		{"does not choose another password by text", at(StateSMS, wasAsked), WentBack{}, "back", StateNewPassword},
		{"texted code, and there is no PIN", at(StateSMS, withoutPIN), CodeAccepted{}, "right code, no PIN", StateRecoveryPIN},
		{"wrong texted code", at(StateSMS), wrong(idp.ProofCode), "wrong code", StateSMS},
		{"fifth wrong texted code", at(StateSMS), last(idp.ProofCode), "locked", StateEnded},
		{"texted code under a lock", at(StateSMS), locked(idp.ProofCode), "locked", StateEnded},
		{"text sent", at(StateSMS), CodeSent{Challenge: Challenge{Code: idp.NewSecret("123456"), Sends: 1}}, "resend", StateSMS},
		{"text not sent", at(StateSMS), CodeNotSent{Note: NoteSMSClosed}, "resend", StateSMS},
		{"asks for the app", at(StateSMS), OtherChosen{Using: app}, "another way", StateTOTP},
		{"asks for another number", at(StateSMS), OtherChosen{Using: Using{ID: "aut_two", Kind: idp.KindSMS, Phone: idp.NewSecret("+61491570110")}}, "another number", StateSMS},
		{"lost the phone", at(StateSMS), DeviceLost{Use: policy.PINUsable}, "lost device", StateRecover},
		{"lost the phone, PIN rests", at(StateSMS), DeviceLost{Use: policy.PINPaused}, "PIN rests", StateSMS},
		{"lost the phone, no PIN", at(StateSMS), DeviceLost{Use: policy.PINNone}, "lost device, no PIN", StateEnded},

		{"right code, and a rule needs a passkey", at(StateTOTP, withRule), CodeAccepted{Step: 7}, "right code, a rule needs a passkey", StateEnrolmentCode},
		{"texted code, and a rule needs a passkey", at(StateSMS, withRule), CodeAccepted{}, "right code, a rule needs a passkey", StateEnrolmentCode},
		{"never enrolled, and a rule needs a passkey", at(StatePassword), accepted(func(e *PasswordAccepted) { e.Requirement, e.Using = must, Using{} }), "right, a rule needs a passkey", StateEnrolmentCode},
		{"revoked, and a rule needs a passkey", at(StateRevoke, withRule), MFARevoked{}, "Revoke MFA, a rule needs a passkey", StateEnrolmentCode},
		{"code of an administrator", at(StateEnrolmentCode), EnrolmentAccepted{}, "right code", StatePasskeySetup},
		{"wrong code of an administrator", at(StateEnrolmentCode), wrong(idp.ProofCode), "wrong code", StateEnrolmentCode},
		{"fifth wrong code of an administrator", at(StateEnrolmentCode), last(idp.ProofCode), "locked", StateEnded},
		{"code of an administrator under a lock", at(StateEnrolmentCode), locked(idp.ProofCode), "locked", StateEnded},
		{"code, and a passkey is required", at(StateTOTP, withPHR), CodeAccepted{Step: 7}, "right code, a passkey is required", StatePasskeySetup},
		{"texted code, and a passkey is required", at(StateSMS, withPHR), CodeAccepted{}, "right code, a passkey is required", StatePasskeySetup},

		{"asks for the passkey anew", at(StatePasskey), PasskeyAsked{Challenge: passkey.Challenge{Value: "c", Purpose: passkey.Second}}, "asked", StatePasskey},
		{"passkey", at(StatePasskey), PasskeyAccepted{ID: "aut_key"}, "right passkey", StateDone},
		{"passkey, as required", at(StatePasskey, withPHR), PasskeyAccepted{ID: "aut_key"}, "right passkey", StateDone},
		{"passkey, and the password is weak", at(StatePasskey, weak), PasskeyAccepted{ID: "aut_key"}, "right passkey, weak password", StateNewPassword},
		{"does not choose another password by passkey", at(StatePasskey, wasAsked), WentBack{}, "back", StateNewPassword},
		{"passkey, and there is no PIN", at(StatePasskey, withoutPIN), PasskeyAccepted{ID: "aut_key"}, "right passkey, no PIN", StateRecoveryPIN},
		{"wrong passkey", at(StatePasskey), refused(wrong(idp.ProofCode)), "wrong passkey", StatePasskey},
		{"fifth wrong passkey", at(StatePasskey), refused(last(idp.ProofCode)), "locked", StateEnded},
		{"passkey under a lock", at(StatePasskey), refused(locked(idp.ProofCode)), "locked", StateEnded},
		{"asks for the app instead of the passkey", at(StatePasskey), OtherChosen{Using: app}, "another way", StateTOTP},
		{"asks for a text instead of the passkey", at(StatePasskey), OtherChosen{Using: sms}, "another way", StateSMS},
		{"asks for the passkey", at(StateTOTP), OtherChosen{Using: key}, "another way", StatePasskey},
		{"asks for the passkey instead of a text", at(StateSMS), OtherChosen{Using: key}, "another way", StatePasskey},
		{"lost the passkey", at(StatePasskey), DeviceLost{Use: policy.PINUsable}, "lost device", StateRecover},
		{"lost the passkey, PIN rests", at(StatePasskey), DeviceLost{Use: policy.PINPaused}, "PIN rests", StatePasskey},
		{"lost the passkey, no PIN", at(StatePasskey), DeviceLost{Use: policy.PINNone}, "lost device, no PIN", StateEnded},

		{"right PIN", at(StateRecover), PINAccepted{}, "right PIN", StateRevoke},
		{"wrong PIN", at(StateRecover), wrong(idp.ProofPIN), "wrong PIN", StateRecover},
		{"fifth wrong PIN", at(StateRecover), last(idp.ProofPIN), "locked", StateEnded},
		{"PIN under a lock", at(StateRecover), locked(idp.ProofPIN), "locked", StateEnded},
		{"forgot the PIN", at(StateRecover), PINForgotten{}, "forgot PIN", StateEnded},
		{"found the device", at(StateRecover), WentBack{}, "back", StateTOTP},
		{"found the passkey", at(StateRecover, withKey), WentBack{}, "back", StatePasskey},
		{"found the phone", at(StateRecover, withSMS), WentBack{}, "back", StateSMS},

		{"revoked", at(StateRevoke), MFARevoked{}, "Revoke MFA", StateChoose},
		{"did not revoke", at(StateRevoke), WentBack{}, "cancel", StateTOTP},
		{"did not revoke, passkey", at(StateRevoke, withKey), WentBack{}, "cancel", StatePasskey},
		{"did not revoke, texts", at(StateRevoke, withSMS), WentBack{}, "cancel", StateSMS},

		{"chose another password", at(StateNewPassword), PasswordRenewed{PasswordOf: begun}, "chose another", StateDone},
		{"kept the password", at(StateNewPassword), PasswordKept{}, "not now", StateDone},
		{"kept the password, and has an app", at(StateNewPassword, withApp), PasswordKept{}, "not now", StateDone},
		{"texted code, and a passkey is offered", at(StateSMS), CodeAccepted{Offer: true}, "right code, a passkey is offered", StateOfferPasskey},
		{"texted code, a weak password, and a passkey is offered later", at(StateSMS, weak), CodeAccepted{Offer: true}, "right code, weak password", StateNewPassword},
		{"kept the password, and a passkey is offered", at(StateNewPassword, func(tx *Transaction) { tx.Offer = true }), PasswordKept{}, "not now, a passkey is offered", StateOfferPasskey},
		{"takes the passkey that is offered", at(StateOfferPasskey), OfferTaken{}, "set up", StatePasskeySetup},
		{"takes no passkey", at(StateOfferPasskey), OfferLeft{}, "not now", StateDone},
		{"back to the offer", at(StatePasskeySetup, func(tx *Transaction) { *tx = at(StateOfferPasskey); tx.State = StatePasskeySetup }), WentBack{}, "back to the offer", StateOfferPasskey},
		{"made the passkey that was offered", at(StatePasskeySetup, func(tx *Transaction) { *tx = at(StateOfferPasskey); tx.State = StatePasskeySetup }), PasskeyMade{ID: "aut_key"}, "made, has a PIN", StateDone},
		{"wants to choose, and has an app", at(StateNewPassword, withApp), CodeWanted{}, "choose, has an app", StateTOTP},
		{"wants to choose, and has a passkey", at(StateNewPassword, withKey), CodeWanted{}, "choose, has a passkey", StatePasskey},
		{"wants to choose, and has a number", at(StateNewPassword, withSMS), CodeWanted{}, "choose, has a number", StateSMS},
	}
}

func allStates() []State {
	return []State{
		StatePassword, StateChoose, StateTOTPSetup, StateSMSSetup, StateSMSVerify, StatePasskeySetup, StateEnrolmentCode, StateRecoveryPIN, StateTOTP, StateSMS, StatePasskey,
		StateRecover, StateRevoke, StateNewPassword, StateOfferPasskey, StateDone, StateEnded,
	}
}

func allEvents() []Event {
	return []Event{
		accepted(func(*PasswordAccepted) {}), wrong(idp.ProofCode), KindChosen{Kind: idp.KindTOTP}, PhoneGiven{}, CodeSent{}, CodeNotSent{},
		CodeAccepted{}, PINChosen{}, DeviceLost{Use: policy.PINUsable}, PINAccepted{}, PINForgotten{}, MFARevoked{}, CodeWanted{},
		PasswordRenewed{PasswordOf: begun}, PasswordKept{}, WentBack{}, CodeReplayed{},
		PasskeyAsked{}, PasskeyAccepted{ID: "aut_key"}, PasskeyMade{ID: "aut_key"}, EnrolmentAccepted{}, OfferTaken{}, OfferLeft{}, aloneBy(func(*PasswordAccepted) {}), OtherChosen{Using: app},
	}
}
