package passkey

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/apscloud/apsid/internal/idp"
)

// errNone is the cause of the error of BeginSecond for a person without a passkey.
var errNone = errors.New("the person has no passkey")

// BeginSecond asks for one of the passkeys of a person whose password was right. binding and what is returned are as with BeginAdding. A
// person without a passkey is idp.CodeConflict.
func (p *Party) BeginSecond(of Person, binding string, now time.Time) (json.RawMessage, Challenge, error) {
	assertion, err := p.second(of)
	if err != nil {
		return nil, Challenge{}, err
	}
	c := begun(Second, assertion.Response.Challenge, binding, now)
	c.UserID, c.Handle = of.ID, of.Handle
	asked, err := options(assertion.Response)
	return asked, c, err
}

// BeginAlone asks for any passkey of this site, of whoever is there: the authenticator has to make sure of that person, by their finger,
// face or PIN. binding and what is returned are as with BeginAdding.
func (p *Party) BeginAlone(binding string, now time.Time) (json.RawMessage, Challenge, error) {
	assertion, err := p.alone()
	if err != nil {
		return nil, Challenge{}, err
	}
	asked, err := options(assertion.Response)
	return asked, begun(Alone, assertion.Response.Challenge, binding, now), err
}

// Holder is the passkey that the store has under Answer.Credential, and the handle of its person. Zero: no one has it.
type Holder struct {
	Authenticator idp.Authenticator
	Handle        idp.UserHandle
}

// Verified is an answer that is right. It counts once it is settled.
type Verified struct {
	Use idp.PasskeyUse
	// Person says that the authenticator has made sure who is there: possession, and knowledge or inherence, in one.
	Person bool
}

// Verify checks an answer. Its errors are refusals.
func (p *Party) Verify(c Challenge, binding string, answer Answer, holder Holder, now time.Time) (Verified, error) {
	if err := c.open(binding, now, Second, Alone); err != nil {
		return Verified{}, err
	}
	if err := c.heldBy(answer, holder); err != nil {
		return Verified{}, err
	}
	stored := holder.Authenticator.Passkey
	if err := checkKey([]byte(stored.PublicKey.Reveal())); err != nil {
		return Verified{}, refuse(idp.ReasonPasskeyAlgorithm, err)
	}
	person, err := newAccount(Person{ID: holder.Authenticator.UserID, Handle: holder.Handle, Bound: []idp.Authenticator{holder.Authenticator}})
	if err != nil {
		return Verified{}, err
	}
	if _, err := p.validate(c, person, answer.parsed); err != nil || !p.takes(answer.parsed.Response.CollectedClientData) {
		return Verified{}, p.whyNotProved(answer, stored, c, err)
	}
	flags := answer.parsed.Response.AuthenticatorData.Flags
	return Verified{
		Use: idp.PasskeyUse{
			ID: holder.Authenticator.ID, SignCount: answer.parsed.Response.AuthenticatorData.Counter, BackedUp: flags.HasBackupState(),
			Challenge: c.Value, Until: c.ExpiresAt,
		},
		Person: flags.UserVerified(),
	}, nil
}

// heldBy refuses an answer of a passkey that is not one of whoever has to answer, or that names another person (WebAuthn level 3, section
// 7.2, step 6). Practices need no check of their own: a person is of exactly one.
func (c Challenge) heldBy(answer Answer, holder Holder) error {
	a, named := holder.Authenticator, answer.handle()
	switch {
	case a.Kind != idp.KindPasskey || a.Passkey.Credential != answer.Credential():
		return refuse(idp.ReasonPasskeyUnknown, nil)
	case c.Purpose == Second && a.UserID != c.UserID:
		return refuse(idp.ReasonPasskeyOthers, nil)
	case c.Purpose == Alone && named == "", named != "" && named != holder.Handle:
		return refuse(idp.ReasonPasskeyHandle, nil)
	default:
		return nil
	}
}

func (p *Party) validate(c Challenge, of account, parsed *protocol.ParsedCredentialAssertionData) (*webauthn.Credential, error) {
	session := webauthn.SessionData{Challenge: c.Value, RelyingPartyID: p.ID(), UserVerification: protocol.VerificationPreferred}
	if c.Purpose == Alone {
		session.UserVerification = protocol.VerificationRequired
		return p.web.ValidateDiscoverableLogin(func([]byte, []byte) (webauthn.User, error) { return of, nil }, session, parsed)
	}
	session.UserID = of.handle
	return p.web.ValidateLogin(of, session, parsed)
}

func (p *Party) whyNotProved(answer Answer, stored idp.Passkey, c Challenge, err error) error {
	data := answer.parsed.Response.AuthenticatorData
	reason := p.why(said{answer.parsed.Response.CollectedClientData, data.Flags, data.RPIDHash}, protocol.AssertCeremony, c)
	switch {
	case reason != "":
	case isOf(err, protocol.ErrAssertionSignature):
		reason = idp.ReasonPasskeySignature
	case data.Flags.HasBackupEligible() != stored.BackupEligible:
		reason = idp.ReasonPasskeyFlags
	default:
		reason = idp.ReasonPasskeyForm
	}
	return refuse(reason, err)
}

// Uses is what a store does with a right answer, in the transaction that grants what it is for.
type Uses interface {
	// UsePasskey lets an answer count. It reports false for a counter that went backwards, and records that; idp.ErrUsed for a challenge
	// that was answered before, idp.ErrNotFound if there is no such passkey any more.
	UsePasskey(ctx context.Context, use idp.PasskeyUse, now time.Time) (moved bool, err error)
}

// Settle lets the answer count: once, if its counter moves forward and the passkey is still there. A refusal is no error: the caller
// commits what was recorded about it. An error is that of the store.
func (v Verified) Settle(ctx context.Context, uses Uses, now time.Time) (*Refused, error) {
	moved, err := uses.UsePasskey(ctx, v.Use, now)
	switch {
	case errors.Is(err, idp.ErrUsed):
		return refuse(idp.ReasonPasskeyUsed, nil), nil
	case errors.Is(err, idp.ErrNotFound):
		return refuse(idp.ReasonPasskeyUnknown, nil), nil
	case err != nil:
		return nil, err
	case !moved:
		return refuse(idp.ReasonPasskeyCounter, nil), nil
	default:
		return nil, nil
	}
}
