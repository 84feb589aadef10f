package directory

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
)

// TextNoAnswer is said of a form that comes without the answer of a passkey: a browser that runs no scripts sends such a one.
const TextNoAnswer = "Your browser didn’t answer with a passkey. It needs JavaScript for that. Try again, or go back and choose another way."

// BeginPasskey begins to add a passkey to the caller's own account. Nothing is stored but the handle by which passkeys name the person,
// which is no one's to choose and stays. What was begun can be answered once, by the same session. Errors: idp.CodeNotFound where there
// are no passkeys; idp.CodeInvalid with field "kind" for a person who has policy.MaxAuthenticators; idp.CodeForbidden for a caller who is no
// active person.
func (s *Account) BeginPasskey(ctx context.Context, caller Caller, now time.Time) (Setup, error) {
	if s.Passkeys == nil {
		return Setup{}, idp.ErrNotFound
	}
	var person passkey.Person
	var user idp.User
	err := s.run(ctx, policy.CommandAddAuthenticator, caller, now, func(ctx context.Context, c *command) (err error) {
		if user, err = c.self(); err != nil {
			return err
		}
		account, err := c.FindAccount(ctx, user.ID)
		if err != nil {
			return err
		}
		if err := mayHaveMore(account, "kind"); err != nil {
			return err
		}
		if err := c.mayAddPasskey(ctx, account); err != nil {
			return err
		}
		c.event.Type = ""
		person = passkey.Person{ID: user.ID, Username: user.Username, Name: user.Name, Bound: account.Authenticators}
		person.Handle, err = c.KeepUserHandle(ctx, user.PracticeID, user.ID, idp.NewUserHandle(), now)
		return err
	})
	if err != nil {
		return Setup{}, err
	}
	asked, challenge, err := s.Passkeys.BeginAdding(person, addingBy(caller), now)
	if err != nil {
		return Setup{}, err
	}
	begun, err := s.sealSetup(user, setup{ID: challenge.Adds, Kind: idp.KindPasskey, Challenge: challenge, ExpiresAt: challenge.ExpiresAt})
	begun.Asked = string(asked)
	return begun, err
}

// addingBy is what a passkey that is being added belongs to: the session of the caller, and nothing but this page of it.
func addingBy(caller Caller) string { return "account/passkey/" + string(caller.SID) }

// ConfirmPasskey binds the passkey that has answered what was begun, named after its kind. The person is told at their address and
// numbers. An answer counts once, right or wrong; a right one that comes again is answered by what it bound, without an event.
//
// Errors: idp.CodeInvalid with field passkey.Field, and then an event and a wrong try of a code; idp.CodeUsed for what was begun and is
// over, or is not the caller's; idp.CodeBusy with RetryAfter while codes are locked; idp.CodeNotFound where there are no passkeys;
// idp.CodeForbidden for a caller who is no active person.
func (s *Account) ConfirmPasskey(ctx context.Context, caller Caller, sealed idp.Secret, answer []byte, now time.Time) (idp.Authenticator, error) {
	if s.Passkeys == nil {
		return idp.Authenticator{}, idp.ErrNotFound
	}
	user, err := s.whoami(ctx, policy.CommandAddAuthenticator, caller, now)
	if err != nil {
		return idp.Authenticator{}, err
	}
	begun, err := s.openSetup(user, sealed, now)
	if err != nil {
		return idp.Authenticator{}, err
	}
	if begun.Kind != idp.KindPasskey {
		return idp.Authenticator{}, idp.ErrUsed
	}
	if len(answer) == 0 {
		return idp.Authenticator{}, idp.Invalid(passkey.Field, "%s", TextNoAnswer)
	}
	account, err := s.Records.FindAccount(ctx, user.ID)
	if err != nil {
		return idp.Authenticator{}, err
	}
	added := idp.Authenticator{
		ID: begun.ID, PracticeID: user.PracticeID, UserID: user.ID, Kind: idp.KindPasskey, CreatedAt: now, LastUsedAt: now,
	}
	var refused *passkey.Refused
	added.Passkey, err = s.Passkeys.Add(begun.Challenge, addingBy(caller), answer, account.Practice.PasskeyModels, now)
	if err != nil && !errors.As(err, &refused) {
		return idp.Authenticator{}, err
	}
	err = s.run(ctx, policy.CommandAddAuthenticator, caller, now, func(ctx context.Context, c *command) error {
		return c.addPasskey(ctx, &added, begun.Challenge, refused)
	})
	return added, err
}

// addPasskey binds the passkey unless its answer is refused, came before, or is that of a passkey that is bound already, and codes are not
// locked.
func (c *command) addPasskey(ctx context.Context, added *idp.Authenticator, challenge passkey.Challenge, refused *passkey.Refused) error {
	user, err := c.self()
	if err != nil {
		return err
	}
	c.event.Details = map[string]string{"authenticator": string(added.ID), "kind": string(added.Kind)}
	if err := c.holdCodes(ctx, user); err != nil {
		return err
	}
	account, err := c.FindAccount(ctx, user.ID) // read again, because the counter is held only from here on
	if err != nil {
		return err
	}
	bound, there := find(account.Authenticators, added.ID)
	if there && refused == nil && bound.Passkey.Credential == added.Passkey.Credential {
		*added, c.event.Type = bound, ""
		return nil
	}
	if err := mayHaveMore(account, passkey.Field); err != nil {
		return err
	}
	if err := c.mayAddPasskey(ctx, account); err != nil {
		return err
	}
	if err := c.withinOwn(ctx); err != nil {
		return err
	}
	why, err := c.whyNotPasskey(ctx, *added, challenge, refused)
	if err != nil {
		return err
	}
	if err := c.tryCode(ctx, user, comparison{right: why == "", why: why, field: passkey.Field, wrong: passkey.TextRefused}); err != nil {
		return err
	}
	added.Label = unlike(account.Authenticators, passkey.NameOf(added.Passkey))
	c.event.Details["label"] = added.Label
	if err := c.bindNew(ctx, *added); err != nil {
		return err
	}
	return c.tellAuthenticator(ctx, account, *added, "added")
}

// mayAddPasskey refuses the first passkey of a person of whom any app needs one by now: with what they have proved, a false page could add
// it (policy.NeedsEnrolment). There a sign-in asks for the code of an administrator. Who has one proves with it.
func (c *command) mayAddPasskey(ctx context.Context, account idp.Account) error {
	if hasPasskey(account) && c.caller.Proved.ACR.Satisfies(idp.ACRPhishingResistant) {
		return nil
	}
	strictest, err := strictest(ctx, c, account, c.now)
	if err != nil || !strictest.Satisfies(idp.ACRPhishingResistant) {
		return err
	}
	return &refusal{reason: policy.FallenMFA.Reason(), answer: &idp.Error{
		Code: idp.CodeForbidden, Public: "You need a passkey already, so that a code is not enough to add one. Sign in with your passkey; if you have none, open the app that needs it: the sign-in tells you what to do.",
	}}
}

// whyNotPasskey spends the challenge, and says why the answer does not count; "" if it does. A passkey that someone else binds at this
// very moment is found when the command is begun again: the store has each once.
func (c *command) whyNotPasskey(ctx context.Context, added idp.Authenticator, challenge passkey.Challenge, refused *passkey.Refused) (idp.Reason, error) {
	first, err := c.Spend(ctx, "passkey/"+challenge.Value, challenge.ExpiresAt)
	if err != nil {
		return "", err
	}
	if !first {
		return idp.ReasonPasskeyUsed, nil
	}
	if refused != nil {
		return refused.Why(), nil
	}
	_, err = c.FindPasskey(ctx, added.Passkey.Credential)
	switch {
	case errors.Is(err, idp.ErrNotFound):
		return "", nil
	case err != nil:
		return "", err
	default:
		return idp.ReasonPasskeyTaken, nil
	}
}

// unlike is the name, with a number behind it if another authenticator has it.
func unlike(bound []idp.Authenticator, name string) string {
	free := name
	for n := 2; slices.ContainsFunc(bound, func(a idp.Authenticator) bool { return LabelOf(a) == free }); n++ {
		free = name + " " + strconv.Itoa(n)
	}
	return free
}

// AcceptedPasskeys says to the caller's own browser which passkeys of them still count; nil if there never was one, or where there are no
// passkeys. Errors: idp.CodeForbidden for a caller who is no active person.
func (s *Account) AcceptedPasskeys(ctx context.Context, caller Caller, now time.Time) (accepted *passkey.Accepted, err error) {
	if s.Passkeys == nil {
		return nil, nil
	}
	err = s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		if err := refuse(policy.MayManageSelf(q.actor)); err != nil {
			return err
		}
		user := q.actor.User
		handle, err := q.FindUserHandle(ctx, user.PracticeID, user.ID)
		if errors.Is(err, idp.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		account, err := q.FindAccount(ctx, user.ID)
		if err != nil {
			return err
		}
		all := s.Passkeys.Accepted(passkey.Person{ID: user.ID, Handle: handle, Bound: account.Authenticators})
		accepted = &all
		return nil
	})
	return accepted, err
}

// HasPasskeys reports whether passkeys can be added here.
func (s *Account) HasPasskeys() bool { return s.Passkeys != nil }
