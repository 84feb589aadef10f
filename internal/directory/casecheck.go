package directory

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// maxHow is the longest description of how a check was made, in characters.
const maxHow = 500

// NewCheck is a check that was made.
type NewCheck struct {
	Name    idp.CheckName
	Result  idp.CheckResult // ignored for idp.CheckMailboxCode: the code decides
	How     string          // what was done, never the answer that was given; at most 500 characters
	Voucher string          // idp.CheckColleague that passed: the user name of the colleague who confirmed; ignored for any other check
	Code    idp.Secret      // idp.CheckMailboxCode: the code that the person read out
}

// SendCaseCode mails a code to an administrator of the practice, or to the person, to be read out to support. A code that was sent
// before ends, but the wrong tries stay counted.
//
// Errors: idp.CodeNotFound if there is no such case, or person, for the caller; idp.CodeInvalid with field "to" if a code in that
// mailbox proves nothing; idp.CodeForbidden and idp.CodeConflict with a text; idp.CodeBusy.
func (s *Cases) SendCaseCode(ctx context.Context, caller Caller, id idp.CaseID, to idp.UserID, now time.Time) error {
	code := authenticator.NewDigits(policy.CaseCodeDigits)
	hash, err := s.Hasher.HashPIN(ctx, caller.claim(), code)
	if err != nil {
		return err
	}
	return s.run(ctx, policy.CommandSendCaseCode, caller, now, func(ctx context.Context, c *command) error {
		stored, account, err := c.supportCase(ctx, id)
		if err != nil {
			return err
		}
		reader, err := c.FindAccount(ctx, to)
		if errors.Is(err, idp.ErrNotFound) || err == nil && reader.User.PracticeID != stored.PracticeID {
			c.event.Details["named_user"] = string(to)
			return &refusal{reason: idp.ReasonNotFound, answer: idp.ErrNotFound}
		}
		if err != nil {
			return err
		}
		c.event.Details["to"] = string(to)
		sent, problem := policy.SendCode(c.actor, stored, hash, to, c.mayReadCode(stored, account.User, reader.User), now)
		if err := caseRefused(problem); err != nil {
			return err
		}
		if err := c.within(ctx, policy.CaseCode(reader.User)); err != nil {
			return err
		}
		notice := c.notice(idp.NoticeCaseCode, reader)
		notice.By, notice.About, notice.Until = c.actor.User.Name, account.User.Name, sent.CodeUntil
		notice.Code = code
		if err := c.EnqueueNotice(ctx, notice); err != nil {
			return err
		}
		return c.UpdateCase(ctx, sent)
	})
}

// mayReadCode reports whether a code in this reader's mailbox proves something: it does in the mailbox of the case's person, or of
// an administrator who has at least set a password by it. A person who is to be enabled is disabled and may still read: a practice
// of one person has no other. At APS the member of staff who opened the case or sends the code may be an administrator; a code sent
// to themselves proves nothing. Neither does one in a mailbox whose address was changed lately, nor one sent to a person who changed
// that of the case's person, or who joined since (ABUSE 49).
func (c *command) mayReadCode(about idp.Case, person, reader idp.User) bool {
	own := reader.ID == about.UserID
	if policy.AddressRests(reader, c.now) || !own && !policy.IsApart(reader, person, c.now) {
		return false
	}
	if reader.ID == about.OpenedBy || reader.ID == c.actor.User.ID {
		return false
	}
	if !reader.HasPassword() || reader.State != idp.UserActive && !(own && about.Action == idp.CaseEnableUser) {
		return false
	}
	return own || reader.HasRole(idp.RoleSystemAdministrator) || reader.HasRole(idp.RoleUserManagement)
}

// RecordCheck records how a check of the script went. The code of idp.CheckMailboxCode is compared here, and never kept.
//
// Errors: idp.CodeNotFound if there is no such case for the caller; idp.CodeInvalid with field "how", "check", "result", "voucher" or
// "code"; idp.CodeForbidden and idp.CodeConflict with a text; idp.CodeBusy.
func (s *Cases) RecordCheck(ctx context.Context, caller Caller, id idp.CaseID, n NewCheck, now time.Time) error {
	n.How = plainText(n.How)
	if n.How == "" && n.Name != idp.CheckMailboxCode {
		return idp.Invalid("how", "Say how you checked.")
	}
	if err := checkText("how", n.How, maxHow); err != nil {
		return err
	}
	if n.Name == idp.CheckMailboxCode {
		return s.tryCaseCode(ctx, caller, id, n, now)
	}
	named, err := s.voucher(ctx, n)
	if err != nil {
		return err
	}
	return s.run(ctx, policy.CommandRecordCheck, caller, now, func(ctx context.Context, c *command) error {
		stored, account, err := c.supportCase(ctx, id)
		if err != nil {
			return err
		}
		voucher, err := c.FindAccount(ctx, named)
		if err := unlessGone(err); err != nil {
			return err
		}
		c.event.Details["check"], c.event.Details["result"] = string(n.Name), string(n.Result)
		check := idp.CaseCheck{Name: n.Name, Result: n.Result, How: n.How, Voucher: voucher.User.ID, At: now}
		if check.Voucher != "" {
			c.event.Details["voucher"] = string(check.Voucher)
		}
		mayVouch := policy.MayVouch(c.actor, stored, voucher.User, account.User, now)
		checked, problem := policy.RecordCheck(c.actor, stored, check, account.Practice.Phone != "", mayVouch)
		if err := caseRefused(problem); err != nil {
			return err
		}
		c.event.Details["how"] = n.How
		return c.UpdateCase(ctx, checked)
	})
}

// voucher finds the colleague whom the check names; "" for a check that needs none, and for a user name that no one has.
func (s *Cases) voucher(ctx context.Context, n NewCheck) (idp.UserID, error) {
	if n.Name != idp.CheckColleague || n.Result != idp.CheckPassed || n.Voucher == "" {
		return "", nil
	}
	account, err := findByName(ctx, s.Records, n.Voucher)
	return account.User.ID, unlessGone(err)
}

// tryCaseCode compares a code outside of the transaction, because comparing is slow, and counts the try inside it.
func (s *Cases) tryCaseCode(ctx context.Context, caller Caller, id idp.CaseID, n NewCheck, now time.Time) error {
	read, err := s.Records.FindCase(ctx, id)
	if err := unlessGone(err); err != nil {
		return err
	}
	typed, ok := authenticator.NormalDigits(n.Code, policy.CaseCodeDigits)
	if !ok {
		return idp.Invalid("code", "Type the %d digits that were read out.", policy.CaseCodeDigits)
	}
	compared, err := s.Hasher.Verify(ctx, caller.claim(), read.CodeHash, typed)
	if err != nil {
		return err
	}
	return s.run(ctx, policy.CommandRecordCheck, caller, now, func(ctx context.Context, c *command) error {
		stored, _, err := c.supportCase(ctx, id)
		if err != nil {
			return err
		}
		if err := sameCode(read, stored); err != nil {
			return err
		}
		c.event.Details["check"], c.event.Details["to"] = string(idp.CheckMailboxCode), string(stored.CodeTo)
		tried, problem := policy.TryCaseCode(c.actor, stored, compared.OK, n.How, now)
		if problem == policy.CaseFine {
			c.event.Details["result"] = string(idp.CheckPassed)
			return c.UpdateCase(ctx, tried)
		}
		if problem == policy.CaseWrongCode || problem == policy.CaseWrongCodes { // the wrong try is stored
			if err := c.UpdateCase(ctx, tried); err != nil {
				return err
			}
		}
		return caseRefused(problem)
	})
}

// sameCode refuses a comparison with a code that has been replaced meanwhile. It does not count as a try.
func sameCode(read, stored idp.Case) error {
	switch {
	case stored.CodeHash.IsZero() && read.CodeHash.IsZero():
		return nil // there is no code: policy refuses the try
	case stored.CodeHash.IsZero():
		return exists("code", "That code was checked already, in another tab or by a second click. Look at the case again.")
	case !stored.CodeHash.Equal(read.CodeHash.Reveal()):
		return exists("code", "Another code was sent meanwhile, so this one was not checked. Ask for the newest one.")
	default:
		return nil
	}
}
