package signin

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
)

// asksFor says for what a step asks the browser for a passkey; "" if it does not.
func asksFor(step State) passkey.Purpose {
	switch step {
	case StatePassword:
		return passkey.Alone
	case StatePasskey:
		return passkey.Second
	case StatePasskeySetup:
		return passkey.Adding
	default:
		return ""
	}
}

// ceremonyOf names what a challenge belongs to: this sign-in, in the browser that has its cookie.
func ceremonyOf(tx Transaction) string { return tx.ID + "/" + tx.Binding }

// askAlone lets a sign-in that begins ask for a passkey at once, so that its first page has nothing to store.
func (s *Service) askAlone(tx Transaction, now time.Time) (Transaction, error) {
	if s.Party == nil {
		return tx, nil
	}
	var err error
	_, tx.Passkey, err = s.Party.BeginAlone(ceremonyOf(tx), now)
	return tx, err
}

// ask returns what the browser is asked at the step of tx, and tx with the challenge of that, which is stored; "" where it is asked for no
// passkey. A page that is shown again asks the same, as long as there is time enough to answer. It is idp.ErrConflict if the person has no
// passkey any more.
func (s *Service) ask(ctx context.Context, tx Transaction, now time.Time) (Transaction, string, error) {
	for range maxSaves {
		purpose := asksFor(tx.State)
		if s.Party == nil || purpose == "" {
			return tx, "", nil
		}
		who, err := s.asked(ctx, tx, now)
		if err != nil {
			return tx, "", err
		}
		if tx.Passkey.Purpose == purpose && now.Before(tx.Passkey.ExpiresAt.Add(-passkey.Lifetime/2)) {
			asked, err := s.Party.Asked(tx.Passkey, who)
			return tx, string(asked), err
		}
		asked, challenge, err := s.beginAsking(purpose, who, tx, now)
		if err != nil {
			return tx, "", err
		}
		next, _, err := Next(tx, PasskeyAsked{Challenge: challenge}, now)
		if err != nil {
			return tx, "", err
		}
		err = s.Transactions.Update(ctx, next)
		if err == nil {
			next.Version++
			return next, string(asked), nil
		}
		if !errors.Is(err, idp.ErrConflict) {
			return tx, "", err
		}
		tx, err = s.Transactions.Find(ctx, tx.ID) // as another request has left it
		if err != nil {
			return tx, "", err
		}
	}
	return tx, "", idp.Busy(time.Second)
}

func (s *Service) beginAsking(purpose passkey.Purpose, who passkey.Person, tx Transaction, now time.Time) (json.RawMessage, passkey.Challenge, error) {
	switch purpose {
	case passkey.Adding:
		return s.Party.BeginAdding(who, ceremonyOf(tx), now)
	case passkey.Second:
		return s.Party.BeginSecond(who, ceremonyOf(tx), now)
	default:
		return s.Party.BeginAlone(ceremonyOf(tx), now)
	}
}

// asked is the person of whom a step asks a passkey; who makes their first one gets the handle by which passkeys name them. It is no one
// before it is known who signs in.
func (s *Service) asked(ctx context.Context, tx Transaction, now time.Time) (passkey.Person, error) {
	if tx.State == StatePassword {
		return passkey.Person{}, nil
	}
	account, err := s.Accounts.FindAccount(ctx, tx.UserID)
	if errors.Is(err, idp.ErrNotFound) {
		return passkey.Person{}, idp.Wrap(idp.CodeConflict, err)
	}
	if err != nil {
		return passkey.Person{}, err
	}
	handle, err := s.Passkeys.FindUserHandle(ctx, tx.PracticeID, tx.UserID)
	if errors.Is(err, idp.ErrNotFound) && tx.State == StatePasskeySetup {
		err = s.Ledger.Commit(ctx, func(u Unit) (err error) {
			handle, err = u.KeepUserHandle(ctx, tx.PracticeID, tx.UserID, idp.NewUserHandle(), now)
			return err
		})
	}
	if errors.Is(err, idp.ErrNotFound) {
		return passkey.Person{}, idp.Wrap(idp.CodeConflict, err)
	}
	return passkey.Person{ID: tx.UserID, Handle: handle, Username: tx.Username, Name: tx.Name, Bound: account.Authenticators}, err
}
