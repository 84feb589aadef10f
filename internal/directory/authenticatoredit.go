package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// FindAuthenticator shows one of the caller's own, without its key. Errors: idp.CodeNotFound if the caller has no such;
// idp.CodeForbidden for a caller who is no active person.
func (s *Account) FindAuthenticator(ctx context.Context, caller Caller, id idp.AuthenticatorID, now time.Time) (found idp.Authenticator, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		if err := refuse(policy.MayManageSelf(q.actor)); err != nil {
			return err
		}
		account, err := q.FindAccount(ctx, q.actor.User.ID)
		if err != nil {
			return err
		}
		a, there := find(account.Authenticators, id)
		if !there {
			return q.unknown("authenticator", string(id), idp.ReasonNotFound)
		}
		found = a
		found.TOTPKey, found.Passkey.PublicKey = idp.Secret{}, idp.Secret{}
		return nil
	})
	return found, err
}

// RenameAuthenticator labels one of the caller's own. Errors: idp.CodeInvalid with field "label"; idp.CodeNotFound if the
// caller has no such; idp.CodeForbidden for a caller who is no active person.
func (s *Account) RenameAuthenticator(ctx context.Context, caller Caller, id idp.AuthenticatorID, label string, now time.Time) error {
	if err := checkName("label", "", label); err != nil {
		return err
	}
	return s.run(ctx, policy.CommandRenameAuthenticator, caller, now, func(ctx context.Context, c *command) error {
		account, a, err := c.own(ctx, id)
		if err != nil {
			return err
		}
		c.event.Details["label"] = LabelOf(a) + " → " + label
		return c.Unit.RenameAuthenticator(ctx, account.User.PracticeID, account.User.ID, id, label)
	})
}

// MakeDefault lets sign-ins ask for one of the caller's own first. The others can still be chosen there. Errors: idp.CodeNotFound if
// the caller has no such; idp.CodeForbidden for a caller who is no active person.
func (s *Account) MakeDefault(ctx context.Context, caller Caller, id idp.AuthenticatorID, now time.Time) error {
	return s.run(ctx, policy.CommandMakeDefault, caller, now, func(ctx context.Context, c *command) error {
		account, _, err := c.own(ctx, id)
		if err != nil {
			return err
		}
		return c.Unit.MakeDefault(ctx, account.User.PracticeID, account.User.ID, id, now)
	})
}

// RemoveAuthenticator removes one of the caller's own, and tells the person at the address and every number they had, the removed
// one too. Sessions stay; a sign-in that waits for a code of it begins again. Errors: idp.CodeForbidden with a text for the last
// one where MFA is required of the caller at any app (ABUSE 31), and for a caller who is no active person; idp.CodeNotFound if the
// caller has no such.
func (s *Account) RemoveAuthenticator(ctx context.Context, caller Caller, id idp.AuthenticatorID, now time.Time) error {
	return s.run(ctx, policy.CommandRemoveAuthenticator, caller, now, func(ctx context.Context, c *command) error {
		account, a, err := c.own(ctx, id)
		if err != nil {
			return err
		}
		if len(account.Authenticators) == 1 {
			if err := c.mayGoWithout(ctx, account); err != nil {
				return err
			}
		}
		if err := c.Unit.RemoveAuthenticator(ctx, account.User.PracticeID, account.User.ID, id); err != nil {
			return err
		}
		return c.tellAuthenticator(ctx, account, a, "removed")
	})
}

// own returns the caller's account and one of its authenticators. It holds the counter of codes, so that of two commands at once
// that remove the last two authenticators, the second sees what the first left. Another person's authenticator is answered like one
// that does not exist (ABUSE 32).
func (c *command) own(ctx context.Context, id idp.AuthenticatorID) (idp.Account, idp.Authenticator, error) {
	user, err := c.self()
	if err != nil {
		return idp.Account{}, idp.Authenticator{}, err
	}
	if err := c.holdCodes(ctx, user); err != nil {
		return idp.Account{}, idp.Authenticator{}, err
	}
	account, err := c.FindAccount(ctx, user.ID)
	if err != nil {
		return idp.Account{}, idp.Authenticator{}, err
	}
	a, there := find(account.Authenticators, id)
	if !there {
		return idp.Account{}, idp.Authenticator{}, c.unknown("authenticator", string(id), idp.ReasonNotFound)
	}
	c.event.Details = map[string]string{"authenticator": string(a.ID), "kind": string(a.Kind), "label": LabelOf(a)}
	return account, a, nil
}

// mayGoWithout refuses while any app that the person can enter asks for MFA.
func (c *command) mayGoWithout(ctx context.Context, account idp.Account) error {
	strictest, err := strictest(ctx, c, account, c.now)
	if err != nil || !strictest.Satisfies(idp.ACRMFA) {
		return err
	}
	return &refusal{reason: idp.ReasonLastAuthenticator, answer: &idp.Error{
		Code: idp.CodeForbidden, Public: "You need one beside your password to sign in, and this is the only one. Add another one first.",
	}}
}

// tellAuthenticator tells the person by mail, and by text to every number that was bound before (ABUSE 30).
func (c *command) tellAuthenticator(ctx context.Context, before idp.Account, a idp.Authenticator, what string) error {
	byMail := c.notice(idp.NoticeAuthenticator, before)
	byMail.Method, byMail.Text, byMail.About = a.Kind, what, LabelOf(a)
	if err := c.EnqueueNotice(ctx, byMail); err != nil {
		return err
	}
	for _, old := range before.Authenticators {
		if old.Kind != idp.KindSMS {
			continue
		}
		byText := byMail
		byText.Email, byText.Phone = "", old.Phone
		if err := c.EnqueueNotice(ctx, byText); err != nil {
			return err
		}
	}
	return nil
}
