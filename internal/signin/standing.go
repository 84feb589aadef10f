package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// fallen is the error of a step that rests on something that is no longer so.
type fallen struct {
	post post
	why  policy.Fallen
}

// Error implements error.
func (f *fallen) Error() string {
	return fmt.Sprintf("what the sign-in rests on has fallen away: %s", f.why)
}

// What a step grants rests on what holds at that moment: so it reads the person and the app again, and keeps both as they are until the
// transaction is over. The failure counters are locked before: every step takes them first.

// held takes what was read so.
func (p *post) held(account idp.Account, client idp.Client, err error) error {
	if errors.Is(err, idp.ErrNotFound) && account.User.ID == "" {
		return &fallen{*p, policy.FallenAccess}
	}
	if err != nil {
		return err
	}
	p.account, p.client = account, client
	return nil
}

// stand holds the person and the app for a sign-in that a proof was given in: it refuses what rests on a proof that is worth nothing any
// more, because what it was checked against is another now, or gone.
func stand(ctx context.Context, u Unit, p *post) error {
	account, client, err := u.HoldAccountAt(ctx, p.account.User.PracticeID, p.account.User.ID, p.tx.Request.ClientID)
	if err := p.held(account, client, err); err != nil {
		return err
	}
	return standing(*p)
}

// standing compares what the sign-in rests on with the person and the app that were read.
func standing(p post) error {
	why := policy.Standing(basisOf(p.tx, p.account), p.account, p.client, p.now)
	if why == policy.FallenNothing && (p.tx.State == StateNewPassword || p.tx.State == StateOfferPasskey) { // it has all its proofs: they must be enough for what is required by now
		acr, _ := strength(p.tx)
		why = policy.Suffices(acr, p.account.User, p.account.Practice, p.client, p.now)
	}
	if why != policy.FallenNothing {
		return &fallen{p, why}
	}
	return nil
}

// basisOf is what the sign-in's proofs were checked against. A sign-in that the previous release began does not know which password
// it was: then one that was changed after it was given is another.
func basisOf(tx Transaction, account idp.Account) policy.Basis {
	basis := policy.Basis{Username: tx.Username, Password: tx.PasswordOf, Authenticator: tx.Using.ID, PIN: tx.PINOf}
	if basis.Password.IsZero() && !account.User.PasswordChangedAt.After(tx.PasswordAt) {
		basis.Password = account.User.PasswordChangedAt
	}
	return basis
}

// firstPIN refuses to replace a recovery PIN that was created since this sign-in found none. A step that was committed and could not
// be saved is taken again: then the PIN is its own, and the session is there.
func firstPIN(ctx context.Context, u Unit, p post) error {
	if p.account.PIN == nil {
		return nil
	}
	_, err := u.FindSession(ctx, p.tx.SID)
	if errors.Is(err, idp.ErrNotFound) {
		return &fallen{p, policy.FallenPIN}
	}
	return err
}

// fell ends a sign-in that rests on something that is no longer so, with an event, and starts it again from its request.
func (s *Service) fell(ctx context.Context, f *fallen) error {
	refused := Record{Type: idp.EventSigninRefused, Result: idp.ResultFailure, Reason: f.why.Reason()}
	err := s.Ledger.Commit(ctx, func(u Unit) error { return u.AppendEvent(ctx, auditEvent(f.post, f.post.tx, refused, 0)) })
	if err != nil {
		return err
	}
	return s.restart(ctx, f.post.tx.Request, f.post.browser.Address, f.post.now)
}
