package signin

import (
	"context"
	"errors"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
)

// errMoved is the error of a step that another post of the same browser changed while this one was being worked on.
var errMoved = errors.New("the step was changed by another post of the same browser")

// errSpent is the error of a sign-in whose session was started and has ended already: SQL took the last step, the sign-in could
// not be saved, and the person was signed out before it was taken again.
var errSpent = errors.New("the session of this sign-in has ended")

// maxSaves is how often a step is saved again because another post was saved first.
const maxSaves = 4

// save takes the step from tx that event leads to. If another post was saved first and left the step as it was (it brought a wrong
// code, say), the event, which is in SQL already, still holds: the step is then taken from what that post saved. Any other change
// is errMoved.
func (s *Service) save(ctx context.Context, tx Transaction, event Event, cookie idp.Secret, now time.Time) (Transaction, []Effect, error) {
	for range maxSaves {
		next, effects, err := Next(tx, event, now)
		if err != nil {
			return Transaction{}, nil, err
		}
		if rebinds(effects) {
			next.Binding = cookie.Hash()
		}
		err = s.Transactions.Update(ctx, next)
		if err == nil {
			next.Version++
			return next, effects, nil
		}
		if !errors.Is(err, idp.ErrConflict) {
			return Transaction{}, nil, err
		}
		tx, err = s.unmoved(ctx, tx)
		if err != nil {
			return Transaction{}, nil, err
		}
	}
	return Transaction{}, nil, errMoved
}

// unmoved returns the sign-in as it is stored now; errMoved if it is no longer at the step of tx, or the step no longer asks
// for the same: for a code of another authenticator, or for another code.
func (s *Service) unmoved(ctx context.Context, tx Transaction) (Transaction, error) {
	stored, err := s.Transactions.Find(ctx, tx.ID)
	if err != nil {
		return Transaction{}, err
	}
	if stored.State != tx.State || stored.Binding != tx.Binding || stored.Using != tx.Using || stored.Pending != tx.Pending ||
		stored.Challenge.Code != tx.Challenge.Code || stored.Challenge.Phone != tx.Challenge.Phone {
		return Transaction{}, errMoved
	}
	return stored, nil
}

// moved answers a step that another post changed: by the step that is the current one now, or, where that has the same name, by
// its page and a request to send the form again. What was sent is not judged.
func (s *Service) moved(ctx context.Context, p post) (Outcome, error) {
	was := p.tx
	var err error
	p.tx, err = s.Transactions.Find(ctx, was.ID)
	if err != nil {
		return Outcome{}, err
	}
	if p.tx.State != was.State || p.tx.Binding != was.Binding || p.form.Action != "" {
		return Outcome{State: p.tx.State}, nil
	}
	return s.reject(ctx, p, mainField(p.tx.State), ProblemSentTwice)
}

// mainField is the field that a step asks for.
func mainField(step State) string {
	switch step {
	case StatePassword:
		return "password"
	case StateChoose:
		return "kind"
	case StateSMSSetup:
		return "phone"
	case StateTOTPSetup, StateSMSVerify, StateTOTP, StateSMS:
		return "code"
	case StatePasskey, StatePasskeySetup:
		return passkey.Field
	case StateRecoveryPIN, StateRecover:
		return "pin"
	case StateNewPassword:
		return "new_password"
	default:
		return ""
	}
}
