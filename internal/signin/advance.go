package signin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
)

// post is one form being worked on.
type post struct {
	tx      Transaction
	browser Browser
	form    Form
	now     time.Time
	account idp.Account // of the user, once known; at the password, of the person whom the user name names
	client  idp.Client
}

// claim is the claim to have something hashed of a person whose password was right.
func (p post) claim() authenticator.Claim {
	return authenticator.Claim{Address: p.browser.Address, Account: string(p.tx.UserID), Proved: true}
}

// decide turns a checked proof into an event, inside the SQL transaction that holds the failure counter. It may run again. What it
// reads again, it leaves in the post.
type decide func(ctx context.Context, u Unit, p *post) (Event, error)

// always is the decision of a step without a proof.
func always(e Event) decide {
	return func(context.Context, Unit, *post) (Event, error) { return e, nil }
}

// advance moves the sign-in by what decide says: SQL first, then the transaction, then what can't be taken back. It returns
// errMoved if another post of the same browser changed the step meanwhile.
func (s *Service) advance(ctx context.Context, p post, d decide) (Outcome, Event, error) {
	var event Event
	read, cookie := p, idp.RandomSecret(32)
	err := s.Ledger.Commit(ctx, func(u Unit) error {
		var err error
		p = read // what was read before this transaction, should it run again
		event, err = d(ctx, u, &p)
		if err != nil {
			return err
		}
		if _, rejected := event.(ProofRejected); p.tx.UserID != "" && !rejected {
			err = stand(ctx, u, &p)
			if err != nil {
				return err
			}
		}
		next, effects, err := Next(p.tx, event, p.now)
		if err != nil {
			return err
		}
		return s.perform(ctx, u, p, next, effects, cookie)
	})
	if err != nil {
		return Outcome{}, nil, err
	}
	next, effects, err := s.save(ctx, p.tx, event, cookie, p.now)
	if err != nil {
		return Outcome{}, event, err
	}
	out := Outcome{State: s.follow(ctx, p, next, effects).State}
	if rebinds(effects) {
		out.Cookie = cookie
	}
	if next.State == StateDone {
		out.Known = s.remember(ctx, p)
	}
	return out, event, nil
}

// perform does the effects that belong into SQL.
func (s *Service) perform(ctx context.Context, u Unit, p post, next Transaction, effects []Effect, cookie idp.Secret) error {
	for place, effect := range effects {
		var err error
		switch e := effect.(type) {
		case Record:
			err = u.AppendEvent(ctx, auditEvent(p, next, e, place))
		case TouchAuthenticator:
			err = u.TouchAuthenticator(ctx, e.ID, p.now)
		case Bind:
			err = passkey.Taken(u.CreateAuthenticator(ctx, bound(next, e, p.now)))
		case SavePIN:
			err = firstPIN(ctx, u, p)
			if err != nil {
				return err
			}
			err = u.SavePIN(ctx, idp.RecoveryPIN{PracticeID: next.PracticeID, UserID: next.UserID, Hash: e.Hash, CreatedAt: p.now})
		case RevokeMFA:
			err = revoke(ctx, u, next, p.now)
		case Notify:
			err = enqueue(ctx, u, p, next, e)
		case StartSession:
			err = u.StartSession(ctx, session(p, next, e, cookie))
			if errors.Is(err, idp.ErrConflict) {
				err = errSpent
			}
		case Rebind, SendCode, CountVerified, KeepCheck:
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// revoke removes the person's authenticators, and ends all sessions, which relied on them.
func revoke(ctx context.Context, u Unit, tx Transaction, now time.Time) error {
	_, err := u.EndUserSessions(ctx, tx.PracticeID, tx.UserID, idp.EndRevoked, revoked(tx, now), now)
	if err != nil {
		return err
	}
	_, err = u.RevokeMFA(ctx, tx.PracticeID, tx.UserID)
	return err
}

// follow performs the effects that wait for the new state to be saved. If one fails the step still stands: the page says that no
// message went out and offers to send one, the breaker misses a count, or the password is checked again.
func (s *Service) follow(ctx context.Context, p post, tx Transaction, effects []Effect) Transaction {
	for _, effect := range effects {
		var err error
		switch e := effect.(type) {
		case SendCode:
			tx, err = s.send(ctx, p, tx, e)
		case CountVerified:
			err = s.Codes.Verified(ctx, p.text(e.Phone), p.now)
		case KeepCheck:
			s.keepCheck(ctx, tx.UserID, p.now)
		}
		if err != nil {
			s.Log.ErrorContext(ctx, "after a step of a sign-in", "effect", fmt.Sprintf("%T", effect), "error", err)
		}
	}
	return tx
}

// try settles a proof against its failure counter: accepted if it counts, or the rejection.
func try(ctx context.Context, u Unit, subject string, kind idp.Proof, right bool, accepted Event, now time.Time) (Event, error) {
	settled, err := proof.Settle(ctx, u, subject, kind, right, now)
	if err != nil {
		return nil, err
	}
	if settled.Verdict == policy.Accepted {
		return accepted, nil
	}
	return ProofRejected{Proof: kind, Verdict: settled.Verdict, Until: settled.Until, Left: settled.Left}, nil
}

// current reads the account and the app before a step that rests on them. It refuses what has fallen away already; what the step
// grants is compared again in the transaction that grants it.
func (s *Service) current(ctx context.Context, p post) (post, error) {
	account, err := s.Accounts.FindAccount(ctx, p.tx.UserID)
	if errors.Is(err, idp.ErrNotFound) {
		return p, &fallen{p, policy.FallenAccess}
	}
	if err != nil {
		return p, err
	}
	p.account = account
	p.client, err = s.Clients.FindClient(ctx, p.tx.Request.ClientID)
	if err != nil {
		return p, err
	}
	return p, standing(p)
}

func rebinds(effects []Effect) bool {
	for _, effect := range effects {
		if _, ok := effect.(Rebind); ok {
			return true
		}
	}
	return false
}
