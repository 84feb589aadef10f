package directory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
)

// BeginTOTP begins to add an authenticator app to the caller's own account. Nothing is stored. Errors: idp.CodeInvalid with
// field "kind" for a person who has policy.MaxAuthenticators; idp.CodeForbidden for a caller who is no active person.
func (s *Account) BeginTOTP(ctx context.Context, caller Caller, now time.Time) (Setup, error) {
	user, err := s.mayAdd(ctx, caller, "kind", nil, now)
	if err != nil {
		return Setup{}, err
	}
	return s.sealSetup(user, setup{
		ID: idp.NewAuthenticatorID(), Kind: idp.KindTOTP, Key: authenticator.NewTOTPKey().Reveal(), ExpiresAt: now.Add(SetupLifetime),
	})
}

// ConfirmAuthenticator binds the authenticator whose set-up was begun, after one right code, which can't be used again. The person
// is told at the old address and numbers. An authenticator that was confirmed before is returned as it is, without an event. label
// follows the rules of names; for "" a label is chosen.
//
// Errors: idp.CodeInvalid with field "code" or "label"; idp.CodeUsed for a set-up that is over, or that is not the caller's;
// idp.CodeBusy with RetryAfter while codes are locked; idp.CodeForbidden for a caller who is no active person.
func (s *Account) ConfirmAuthenticator(ctx context.Context, caller Caller, sealed, code idp.Secret, label string, now time.Time) (idp.Authenticator, error) {
	user, err := s.whoami(ctx, policy.CommandAddAuthenticator, caller, now)
	if err != nil {
		return idp.Authenticator{}, err
	}
	begun, err := s.openSetup(user, sealed, now)
	if err != nil {
		return idp.Authenticator{}, err
	}
	if begun.Kind == idp.KindPasskey { // no code of it is ever right
		return idp.Authenticator{}, idp.ErrUsed
	}
	if label == "" {
		label = defaultLabel(idp.Authenticator{Kind: begun.Kind, Phone: idp.NewSecret(begun.Phone)})
	}
	given, err := begun.check(code, now)
	if err := idp.AllInvalid(err, checkName("label", "", label)); err != nil {
		return idp.Authenticator{}, err
	}
	added := idp.Authenticator{
		ID: begun.ID, PracticeID: user.PracticeID, UserID: user.ID, Kind: begun.Kind, Label: label, TOTPKey: idp.NewSecret(begun.Key),
		Phone: idp.NewSecret(begun.Phone), LastStep: given.step, CreatedAt: now, LastUsedAt: now,
	}
	err = s.run(ctx, policy.CommandAddAuthenticator, caller, now, func(ctx context.Context, c *command) error {
		return c.addAuthenticator(ctx, &added, given)
	})
	if err != nil {
		return idp.Authenticator{}, err
	}
	if added.Kind == idp.KindSMS {
		_ = s.Codes.Verified(ctx, textTo(caller, user, added.Phone), now) // on an error the limit on text messages misses one verified code
	}
	return added, nil
}

// comparison is the result of comparing a code, or the answer of a passkey, with the set-up that was begun.
type comparison struct {
	right bool
	step  int64      // KindTOTP: the time step that is used up
	wrong string     // the text for the caller if the code is wrong
	field string     // the field that had it
	why   idp.Reason // what was wrong, for the trail
}

// check compares a code with the set-up that was begun; it returns an error for a text that can't be a code.
func (b setup) check(typed idp.Secret, now time.Time) (comparison, error) {
	if typed.IsZero() {
		return comparison{}, idp.Invalid("code", "Enter the 6-digit code.")
	}
	code, ok := authenticator.NormalCode(typed)
	if !ok {
		return comparison{}, idp.Invalid("code", authenticator.TextCodeFormat)
	}
	wrong := authenticator.WrongCodeText(b.Kind)
	if b.Kind == idp.KindSMS {
		return comparison{right: code.Equal(b.Code), wrong: wrong, field: "code", why: idp.ReasonWrongCode}, nil
	}
	match, err := authenticator.MatchTOTP(idp.NewSecret(b.Key), code, now, 0)
	if err != nil {
		return comparison{}, err
	}
	if match.Drift != 0 {
		wrong = authenticator.TextCodeClock
	}
	return comparison{right: match.OK, step: match.Step, wrong: wrong, field: "code", why: idp.ReasonWrongCode}, nil
}

// addAuthenticator binds the authenticator, if its code is right and codes are not locked (ABUSE 16, 17).
func (c *command) addAuthenticator(ctx context.Context, added *idp.Authenticator, given comparison) error {
	user, err := c.self()
	if err != nil {
		return err
	}
	c.event.Details = map[string]string{"authenticator": string(added.ID), "kind": string(added.Kind), "label": added.Label}
	if err := c.holdCodes(ctx, user); err != nil {
		return err
	}
	account, err := c.FindAccount(ctx, user.ID) // read again, because the counter is held only from here on
	if err != nil {
		return err
	}
	if bound, there := find(account.Authenticators, added.ID); there {
		*added, c.event.Type = bound, ""
		return nil
	}
	if err := mayHaveMore(account, "code"); err != nil {
		return err
	}
	if err := c.withinOwn(ctx); err != nil {
		return err
	}
	if err := c.tryCode(ctx, user, given); err != nil {
		return err
	}
	if err := c.bindNew(ctx, *added); err != nil {
		return err
	}
	return c.tellAuthenticator(ctx, account, *added, "added")
}

// bindNew stores the authenticator. One that was removed since its set-up began stays removed (ABUSE 25): then the set-up is over,
// and no one is told.
func (c *command) bindNew(ctx context.Context, added idp.Authenticator) error {
	if err := c.CreateAuthenticator(ctx, added); err != nil {
		return err
	}
	account, err := c.FindAccount(ctx, added.UserID)
	if err != nil {
		return err
	}
	if _, there := find(account.Authenticators, added.ID); !there {
		return idp.ErrUsed
	}
	return nil
}

// holdCodes keeps the counter of wrong codes to the end of the transaction: two confirmations of one set-up come one after the
// other.
func (c *command) holdCodes(ctx context.Context, user idp.User) error {
	_, err := proof.Hold(ctx, c, string(user.ID), idp.ProofCode)
	return err
}

// tryCode counts one try, with the same counter as the sign-in.
func (c *command) tryCode(ctx context.Context, user idp.User, given comparison) error {
	settled, err := proof.Settle(ctx, c, string(user.ID), idp.ProofCode, given.right, c.now)
	if err != nil {
		return err
	}
	switch settled.Verdict {
	case policy.Accepted:
		return nil
	case policy.Rejected:
		return &refusal{reason: given.why, answer: idp.Invalid(given.field, "%s", warned(given.wrong, settled, idp.ProofCode))}
	case policy.LockedNow:
		return &refusal{reason: idp.ReasonLockedNow, answer: idp.Busy(settled.Until.Sub(c.now))}
	default:
		return &refusal{reason: idp.ReasonLocked, answer: idp.Busy(settled.Until.Sub(c.now))}
	}
}

// warned is what is said of a wrong proof, with the tries that are left where there are few.
func warned(text string, settled proof.Settled, kind idp.Proof) string {
	return strings.TrimSpace(text + " " + policy.TriesText(settled.Left, kind))
}

// mayAdd reads the caller's account, and refuses a person who has policy.MaxAuthenticators, or this number already.
func (s *Account) mayAdd(ctx context.Context, caller Caller, field string, phone *idp.Secret, now time.Time) (idp.User, error) {
	user, err := s.whoami(ctx, policy.CommandAddAuthenticator, caller, now)
	if err != nil {
		return idp.User{}, err
	}
	account, err := s.Records.FindAccount(ctx, user.ID)
	if err != nil {
		return idp.User{}, err
	}
	if phone != nil && slices.ContainsFunc(account.Authenticators, func(a idp.Authenticator) bool { return a.Phone == *phone }) {
		return idp.User{}, idp.Invalid(field, "You get codes on this number already.")
	}
	return user, mayHaveMore(account, field)
}

func mayHaveMore(account idp.Account, field string) error {
	if len(account.Authenticators) >= policy.MaxAuthenticators {
		return idp.Invalid(field, "You have %d ways to sign in, which is as many as there can be. Remove one first.", policy.MaxAuthenticators)
	}
	return nil
}

func find(all []idp.Authenticator, id idp.AuthenticatorID) (idp.Authenticator, bool) {
	for _, a := range all {
		if a.ID == id {
			return a, true
		}
	}
	return idp.Authenticator{}, false
}

// LabelOf returns what an authenticator is called on screen: its label, or the name of its kind.
func LabelOf(a idp.Authenticator) string {
	if a.Label != "" {
		return a.Label
	}
	return defaultLabel(a)
}

func defaultLabel(a idp.Authenticator) string {
	switch a.Kind {
	case idp.KindSMS:
		digits := a.Phone.Reveal()
		return fmt.Sprintf("Mobile ••• %s", digits[max(0, len(digits)-3):])
	case idp.KindPasskey:
		return passkey.NameOf(a.Passkey)
	default:
		return "Authenticator app"
	}
}
