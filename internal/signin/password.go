package signin

import (
	"context"
	"errors"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/mailbox"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
)

// password checks user name and password. Unknown user names and disabled and suspended accounts take the same path, at the same
// cost, to the same answer: their password is never right, and their failures count and lock alike.
func (s *Service) password(ctx context.Context, p post) (Outcome, error) {
	if p.form.Username == "" {
		return s.reject(ctx, p, "username", ProblemMissing)
	}
	if p.form.Password.IsZero() {
		return s.reject(ctx, p, "password", ProblemMissing)
	}
	if len(p.form.Password.Reveal()) > policy.MaxPasswordBytes {
		return s.reject(ctx, p, "password", ProblemTooLong)
	}
	username := mailbox.Typed(p.form.Username)
	if len(username) > idp.MaxUsername {
		return s.reject(ctx, p, "username", ProblemTooLong)
	}
	var err error
	p.account, err = mailbox.Find(p.form.Username, func(name string) (idp.Account, error) { return s.Accounts.FindAccountByUsername(ctx, name) })
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return Outcome{}, err
	}
	if p.account.User.ID != "" {
		username = p.account.User.Username // every text that leads to the account counts on one counter (ABUSE 17)
	}
	p.client, err = s.Clients.FindClient(ctx, p.tx.Request.ClientID)
	if err != nil {
		return Outcome{}, err
	}
	counter := s.passwordGuard(p, username)
	claim := authenticator.Claim{Address: p.browser.Address, Account: username, Proved: counter != policy.PasswordGuard(username)}
	if !claim.Proved { // an attacker in the same network does not keep out who has signed in with this browser before
		until, err := s.sprayed(ctx, p)
		if err != nil {
			return Outcome{}, err
		}
		if !until.IsZero() {
			return s.rejectUntil(ctx, p, "password", ProblemManyWrong, until)
		}
	}
	checked, err := s.Passwords.Verify(ctx, claim, p.account.User.PasswordHash, p.form.Password)
	if err != nil && !errors.Is(err, idp.ErrInvalid) { // a text that can't be a password is just wrong
		return Outcome{}, err
	}
	right := checked.OK && policy.MaySignIn(p.account.User, p.account.Practice)
	rejected := false
	out, err := s.prove(ctx, p, func(ctx context.Context, u Unit, p *post) (Event, error) {
		event, err := s.tryPassword(ctx, u, p, counter, username, right)
		rejected = event != nil
		if err != nil || rejected {
			return event, err
		}
		before := p.account.User
		event, err = accept(ctx, u, p)
		if err != nil || checked.Upgraded.IsZero() {
			return event, err
		}
		return event, u.UpdatePasswordHash(ctx, before.ID, before.PasswordHash, checked.Upgraded)
	}, Problem{Field: "password", Code: ProblemCredentials})
	if err == nil && rejected && !claim.Proved {
		err = s.countWrong(ctx, p)
	}
	return out, err
}

// accept gathers what policy says of the person who gave the right password.
//
// The password was compared with what was stored before it was hashed, which takes long: it counts if the account still has it, and
// may still sign in.
func accept(ctx context.Context, u Unit, p *post) (Event, error) {
	codes, err := proof.Hold(ctx, u, string(p.account.User.ID), idp.ProofCode) // before the account: a step with a code locks in this order
	if err != nil {
		return nil, err
	}
	compared := p.account.User.PasswordChangedAt
	if err := hold(ctx, u, p); err != nil {
		return nil, err
	}
	user, practice := p.account.User, p.account.Practice
	switch {
	case !user.PasswordChangedAt.Equal(compared):
		return nil, &fallen{*p, policy.FallenPassword}
	case !policy.MaySignIn(user, practice):
		return nil, &fallen{*p, policy.FallenAccess}
	}
	e := PasswordAccepted{
		UserID: user.ID, PracticeID: practice.ID, Username: user.Username, PasswordOf: user.PasswordChangedAt, Name: user.Name,
		Practice: practice.Name, TimeZone: practice.TimeZone, HasPIN: p.account.PIN != nil,
		Access:      policy.MayEnter(user, practice, p.client),
		Requirement: policy.RequireMFA(user, practice, p.client, p.tx.Request.RequestedACR, p.now),
	}
	if ways := waysOf(p.account.Authenticators); len(ways) > 0 {
		e.Using, e.Other = ways[0], len(ways) > 1
	}
	if policy.IsLocked(codes, p.now) {
		e.CodeLocked, e.CodeUntil = true, codes.LockedUntil
	}
	return e, nil
}
