package directory

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// Recovery names a person who can't sign in any more and is to be let in again, and says whom the recovery may reach.
type Recovery struct {
	Username string
	Anybody  bool // also a person who is not on the staff of APS, whom an administrator or APS support could help
	Enable   bool // also a person who is disabled, who is enabled then
}

// Recovered is the result of a recovery.
type Recovered struct {
	Account idp.Account // as it was before the recovery
	Link    idp.Secret  // the token of a link to choose a new password: it exists nowhere else
	Until   time.Time   // when the link ends
	Enrols  bool        // the next sign-in asks for a passkey, and for an enrolment code before it (RecoverEnrolment)
}

// RecoverUser lets a person in again: it ends the locks of password, code and PIN, removes the authenticators and the PIN, ends all
// sessions, and returns a link to choose a new password, in place of those that were mailed. The person is told by e-mail, and by
// text to the number that was bound. It is for the day when the last administrator is locked out, and for the machine's own
// shell alone, where caller names the person who works there.
//
// Errors: idp.CodeNotFound if no one has the user name; idp.CodeForbidden with a text for a person whom the recovery does not
// reach, for a practice that is suspended, and for any other caller.
func (s *People) RecoverUser(ctx context.Context, caller Caller, r Recovery, now time.Time) (given Recovered, err error) {
	err = s.recovering(ctx, policy.CommandRecoverUser, caller, r, now, func(ctx context.Context, c *command, account idp.Account) error {
		given = Recovered{Account: account}
		given.Link, given.Until, err = c.recover(ctx, account)
		if err != nil {
			return err
		}
		account.User.State, account.Authenticators = idp.UserActive, nil
		strictest, err := strictest(ctx, c, account, now)
		given.Enrols = strictest.Satisfies(idp.ACRPhishingResistant)
		return err
	})
	if err != nil {
		return Recovered{}, err
	}
	return given, nil
}

// RecoverEnrolment returns an enrolment code for a person whom nobody else can give one: where passkeys are needed, the last
// administrator has no other way to add the first passkey after a recovery. It is for the machine's own shell, as RecoverUser is, and the
// person is told as by CreateEnrolmentCode.
//
// Errors: those of RecoverUser; idp.CodeForbidden with a text for a person who gets no code of anybody.
func (s *People) RecoverEnrolment(ctx context.Context, caller Caller, r Recovery, now time.Time) (made EnrolmentCode, err error) {
	err = s.recovering(ctx, policy.CommandRecoverEnrolment, caller, r, now, func(ctx context.Context, c *command, account idp.Account) error {
		if err := c.refuseEnrolment(ctx, account); err != nil {
			return err
		}
		c.event.Details = map[string]string{"operator": c.caller.ID}
		made, err = c.enrolmentCode(ctx, account)
		return err
	})
	if err != nil {
		return EnrolmentCode{}, err
	}
	return made, nil
}

// recovering gives a command of the machine's own shell about the person whom the recovery names and reaches.
func (s *People) recovering(ctx context.Context, name policy.Command, caller Caller, r Recovery, now time.Time, do func(context.Context, *command, idp.Account) error) error {
	found, err := findByName(ctx, s.Records, r.Username)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return err
	}
	return s.run(ctx, name, caller, now, func(ctx context.Context, c *command) error {
		if err := c.shellOnly(); err != nil {
			return err
		}
		if found.User.ID == "" {
			return c.unknown("user", r.Username, idp.ReasonNotFound)
		}
		account, err := c.account(ctx, found.User.ID)
		if err != nil {
			return err
		}
		if err := r.reaches(account); err != nil {
			return err
		}
		return do(ctx, c, account)
	})
}

// reaches refuses a person whom a recovery with these fields does not cover.
func (r Recovery) reaches(account idp.Account) error {
	staff := account.Practice.Kind == idp.PracticeAPS && account.User.HasRole(idp.RoleAPSStaff)
	switch {
	case !staff && !r.Anybody:
		return notNow(idp.ReasonNotStaff, "This person is not on the staff of APS: their administrator, or APS support, can help them.")
	case account.Practice.State != idp.PracticeActive:
		return notNow(policy.AccessPracticeSuspended.Reason(), "Their practice is suspended: nobody in it can sign in.")
	case account.User.State != idp.UserActive && !r.Enable:
		return notNow(policy.AccessUserDisabled.Reason(), "This account is disabled, by an administrator or by its owner.")
	default:
		return nil
	}
}

// recover carries the recovery out.
func (c *command) recover(ctx context.Context, account idp.Account) (idp.Secret, time.Time, error) {
	var removed []string
	for _, each := range account.Authenticators {
		removed = append(removed, string(each.Kind))
	}
	c.event.Details = map[string]string{
		"operator": c.caller.ID, "state": string(account.User.State), "removed": text(strings.Join(removed, " ")),
	}
	if err := c.holdPassword(ctx, account.User); err != nil {
		return idp.Secret{}, time.Time{}, err
	}
	if err := c.unlockPassword(ctx); err != nil {
		return idp.Secret{}, time.Time{}, err
	}
	if account.User.State != idp.UserActive {
		account.User.State, account.User.UpdatedAt = idp.UserActive, c.now
		if err := c.UpdateUser(ctx, account.User); err != nil {
			return idp.Secret{}, time.Time{}, err
		}
	}
	if err := c.resetMFA(ctx, account); err != nil {
		return idp.Secret{}, time.Time{}, err
	}
	if err := c.endLinks(ctx, account.User); err != nil {
		return idp.Secret{}, time.Time{}, err
	}
	token, link, err := c.makeLink(ctx, resetLink(), account.User)
	return token, link.ExpiresAt, err
}
