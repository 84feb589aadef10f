package signin

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
)

const (
	// CodeLifetime is how long a code sent by text message works (NIST SP 800-63B-4, section 3.1.3: ten minutes at most).
	CodeLifetime = 10 * time.Minute
	// ResendAfter is the least time between two messages, but for the first one of a sign-in to a number that is verified: a person who
	// opens a second app gets its code at once. What bounds the number of messages counts that one too.
	ResendAfter = policy.TextInterval
)

// resend sends the code of the current step again: the same one while it lives, so that whichever message arrives is right.
func (s *Service) resend(ctx context.Context, p post) (Outcome, error) {
	if p.tx.State != StateSMS && p.tx.State != StateSMSVerify {
		return Outcome{State: p.tx.State}, nil
	}
	tx, err := s.send(ctx, p, p.tx, SendCode{Phone: asked(p.tx)})
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{State: tx.State}, nil
}

// send asks the limits, sends the code, and records what came of it. A message that did not go out is no error: the page
// says what to do.
func (s *Service) send(ctx context.Context, p post, tx Transaction, ask SendCode) (Transaction, error) {
	p.tx = tx
	challenge := challengeFor(tx, ask.Phone, p.now)
	text := p.text(ask.Phone)
	text.First = ask.First
	event, err := s.deliver(ctx, text, challenge, tx.Challenge, p.now)
	if err != nil {
		return tx, err
	}
	err = s.Ledger.Commit(ctx, func(u Unit) error {
		next, effects, err := Next(tx, event, p.now)
		if err != nil {
			return err
		}
		return s.perform(ctx, u, p, next, effects, idp.Secret{})
	})
	if err != nil {
		return tx, err
	}
	next, _, err := s.save(ctx, tx, event, idp.Secret{}, p.now)
	if err != nil {
		return tx, err
	}
	return next, nil
}

func (s *Service) deliver(ctx context.Context, text idp.SMSAsk, challenge, before Challenge, now time.Time) (Event, error) {
	sent, err := s.Codes.Send(ctx, text, challenge.Code, now)
	switch {
	case err != nil:
		return nil, err
	case sent.Came != proof.Sent:
		return CodeNotSent{Note: Note(sent.Came), Retry: sent.Retry, Limit: sent.Limit}, nil
	default:
		return CodeSent{Challenge: challenge, Again: challenge.Code == before.Code}, nil
	}
}

// text is what the limits look at for a message to this number. Using is set once an authenticator is bound, so its number was
// verified before.
func (p post) text(phone idp.Secret) idp.SMSAsk {
	return idp.SMSAsk{
		UserID: p.tx.UserID, PracticeID: p.tx.PracticeID, Phone: phone, Address: p.browser.Address,
		Verified: !phone.IsZero() && phone == p.tx.Using.Phone,
	}
}

// challengeFor is the code to send now: the one in flight while it lives and goes to the same number, else a new one.
// Sending again does not lengthen its life, and never touches the failure counter.
func challengeFor(tx Transaction, phone idp.Secret, now time.Time) Challenge {
	c := tx.Challenge
	if c.Code.IsZero() || c.Phone != phone || !now.Before(c.ExpiresAt) {
		c = Challenge{Code: authenticator.NewCode(), Phone: phone, ExpiresAt: now.Add(CodeLifetime)}
	}
	c.SentAt, c.ResendAt = now, now.Add(ResendAfter)
	c.Sends++
	return c
}

// sendProblem words a message that did not go out as a problem of the form that asked for it.
func sendProblem(note Note) ProblemCode {
	switch note {
	case NoteSMSClosed:
		return ProblemSMSClosed
	case NoteNumberRefused:
		return ProblemNumberRefused
	default:
		return ProblemSendFailed
	}
}
