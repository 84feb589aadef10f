package signin

import (
	"context"
	"errors"
	"fmt"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/mailbox"
	"github.com/apscloud/apsid/internal/policy"
)

// password checks user name and password. Unknown user names and disabled and suspended accounts take the same path, at the same
// cost, to the same answer: their password is never right, and their failures count and lock alike.
func (s *Service) password(ctx context.Context, p post) (Outcome, error) {
	var missing []Problem
	if p.form.Username == "" {
		missing = append(missing, Problem{Field: "username", Code: ProblemMissing})
	}
	if p.form.Password.IsZero() {
		missing = append(missing, Problem{Field: "password", Code: ProblemMissing})
	}
	if len(missing) > 0 {
		return s.rejectAll(ctx, p, missing)
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
	g := given{username: username, counter: s.passwordGuard(p, username)}
	claim := authenticator.Claim{Address: p.browser.Address, Account: username, Proved: g.counter != policy.PasswordGuard(username)}
	if !claim.Proved { // an attacker in the same network does not keep out who has signed in with this browser before
		until, err := s.sprayed(ctx, p)
		if err != nil {
			return Outcome{}, err
		}
		if !until.IsZero() {
			return s.rejectUntil(ctx, p, "password", ProblemManyWrong, until)
		}
	}
	g.due = s.checkIsDue(ctx, p, username)
	checked, err := s.Passwords.Verify(ctx, claim, p.account.User.PasswordHash, p.form.Password)
	if err != nil && !errors.Is(err, idp.ErrInvalid) { // a text that can't be a password is just wrong
		return Outcome{}, err
	}
	g.right, g.upgraded = checked.OK && policy.MaySignIn(p.account.User, p.account.Practice), checked.Upgraded
	wrong := Problem{Field: "password", Code: ProblemCredentials}
	out, err := s.prove(ctx, p, s.settle(&g), wrong)
	var first *unchecked
	if errors.As(err, &first) {
		g.due = false
		g.weak, g.checked = s.check(ctx, p, first.account)
		out, err = s.prove(ctx, p, s.settle(&g), wrong)
	}
	if err == nil && g.rejected && !claim.Proved {
		err = s.countWrong(ctx, p)
	}
	return out, err
}

// given is a user name and a password that were compared with what is stored.
type given struct {
	username string
	counter  string // on which the try counts
	right    bool
	upgraded idp.Secret // the hash to store instead; zero: it stays as it is
	rejected bool       // it did not count
	due      bool       // a right password is to be checked by the rules for new ones before it is taken
	checked  bool
	weak     policy.PasswordProblem
}

// settle settles the try; a right password that is due to be checked is *unchecked, and nothing has happened.
func (s *Service) settle(g *given) decide {
	return func(ctx context.Context, u Unit, p *post) (Event, error) {
		event, err := s.tryPassword(ctx, u, p, g.counter, g.username, g.right)
		g.rejected = event != nil
		if err != nil || g.rejected {
			return event, err
		}
		before := p.account.User
		accepted, err := s.accept(ctx, u, p)
		if err != nil {
			return nil, err
		}
		if accepted.Guarded, err = s.guarded(ctx, p.account, p.now); err != nil {
			return nil, err
		}
		if g.due && accepted.Access == policy.AccessGranted {
			return nil, &unchecked{p.account}
		}
		accepted.Checked, accepted.Weak = g.checked, g.weak
		if g.upgraded.IsZero() {
			return accepted, nil
		}
		return accepted, u.UpdatePasswordHash(ctx, before.ID, before.PasswordHash, g.upgraded)
	}
}

// accept gathers what policy says of the person who gave the right password.
//
// The password was compared with what was stored before it was hashed, which takes long: it counts if the account still has it, and
// may still sign in.
func (s *Service) accept(ctx context.Context, u Unit, p *post) (PasswordAccepted, error) {
	found := p.account.User
	codes, account, client, err := u.HoldAccountWithCodesAt(ctx, found.PracticeID, found.ID, p.tx.Request.ClientID)
	if err := p.held(account, client, err); err != nil {
		return PasswordAccepted{}, err
	}
	user, practice := p.account.User, p.account.Practice
	switch {
	case user.Username != found.Username:
		return PasswordAccepted{}, &fallen{*p, policy.FallenUsername}
	case !user.PasswordChangedAt.Equal(found.PasswordChangedAt):
		return PasswordAccepted{}, &fallen{*p, policy.FallenPassword}
	case !policy.MaySignIn(user, practice):
		return PasswordAccepted{}, &fallen{*p, policy.FallenAccess}
	}
	e := p.who()
	if ways := s.waysOf(p.account.Authenticators, e.Requirement); len(ways) > 0 {
		e.Using, e.Other = ways[0], len(ways) > 1
	}
	if e.Using.ID == "" && e.Requirement.MFA() && len(p.account.Authenticators) > 0 { // what they have can't be used here, and the password alone sets up nothing
		return PasswordAccepted{}, idp.Wrap(idp.CodeConflict, fmt.Errorf("user %s has passkeys only", user.ID))
	}
	if policy.IsLocked(codes, p.now) {
		e.CodeLocked, e.CodeUntil = true, codes.LockedUntil
	}
	return e, nil
}

// who is the person at whom the account was found, with what policy asks of them.
func (p *post) who() PasswordAccepted {
	user, practice := p.account.User, p.account.Practice
	return PasswordAccepted{
		UserID: user.ID, PracticeID: practice.ID, Username: user.Username, PasswordOf: user.PasswordChangedAt, Name: user.Name,
		Practice: practice.Name, TimeZone: practice.TimeZone, Region: practice.Region, Helper: helperOf(user), HasPIN: p.account.PIN != nil,
		Access:      policy.MayEnter(user, practice, p.client),
		Requirement: policy.RequireMFA(user, practice, p.client, p.tx.Request.RequestedACR, p.now),
	}
}

// helperOf is whom the person is to ask for help: never themselves.
func helperOf(user idp.User) Helper {
	switch {
	case user.HasRole(idp.RoleAPSStaff):
		return HelperColleague
	case user.HasRole(idp.RoleSystemAdministrator):
		return HelperAnother
	default:
		return HelperAdministrator
	}
}
