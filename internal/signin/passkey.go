package signin

import (
	"cmp"
	"context"
	"errors"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/proof"
)

// reply is what a browser has answered for a passkey, checked outside of any transaction. It counts once it is settled in one.
type reply struct {
	credential idp.CredentialID // "" if it can't be read
	holder     passkey.Holder
	verified   passkey.Verified
	refused    *passkey.Refused // not nil: it does not count
}

// wrongPasskey is what a person is told of an answer that does not count, whatever was wrong.
func wrongPasskey() Problem { return Problem{Field: passkey.Field, Code: ProblemPasskey} }

// read checks the answer in the form against what this sign-in asked. The answer of a passkey that no one has costs what that of another
// person's does, but for the signature.
func (s *Service) read(ctx context.Context, p post) (r reply, err error) {
	answer, err := passkey.Read([]byte(p.form.Credential.Reveal()))
	if err == nil {
		r.credential = answer.Credential()
		r.holder, err = s.holderOf(ctx, r.credential)
	}
	if err == nil {
		r.verified, err = s.Party.Verify(p.tx.Passkey, ceremonyOf(p.tx), answer, r.holder, p.now)
	}
	if errors.As(err, &r.refused) {
		return r, nil
	}
	return r, err
}

// holderOf returns the passkey and the handle of its person; zero if no one has it.
func (s *Service) holderOf(ctx context.Context, credential idp.CredentialID) (holder passkey.Holder, err error) {
	holder.Authenticator, err = s.Passkeys.FindPasskey(ctx, credential)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return passkey.Holder{}, err
	}
	holder.Handle, err = s.Passkeys.FindUserHandle(ctx, holder.Authenticator.PracticeID, holder.Authenticator.UserID)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return passkey.Holder{}, err
	}
	return holder, nil
}

// settle lets the answer count, or counts it as a wrong one, on the counter of the person's codes, which is held. Under a lock it is not
// looked at: then nothing tells a right one from a wrong one.
func (r reply) settle(ctx context.Context, u Unit, p *post, held idp.Guard, user idp.UserID, accepted Event) (Event, error) {
	why := r.why()
	if why == "" && !policy.IsLocked(held, p.now) {
		refused, err := r.verified.Settle(ctx, u, p.now)
		if err != nil {
			return nil, err
		}
		if refused != nil {
			why = refused.Why()
		}
	}
	return tryPasskey(ctx, u, p, user, why, accepted)
}

// why is the reason for which the answer does not count; "" if there is none so far.
func (r reply) why() idp.Reason {
	if r.refused == nil {
		return ""
	}
	return r.refused.Why()
}

// tryPasskey is try for an answer that was refused for this reason, or for none. How many more are left is not said: the text is the same
// for everyone.
func tryPasskey(ctx context.Context, u Unit, p *post, user idp.UserID, why idp.Reason, accepted Event) (Event, error) {
	event, err := try(ctx, u, string(user), idp.ProofCode, why == "", accepted, p.now)
	if e, rejected := event.(ProofRejected); rejected {
		e.Why, e.Left = cmp.Or(why, idp.ReasonLocked), 0
		return e, err
	}
	return event, err
}

func (r reply) accepted() PasskeyAccepted {
	bound := r.holder.Authenticator
	return PasskeyAccepted{ID: bound.ID, Synced: bound.Passkey.BackupEligible}
}

// verifyPasskey takes the answer of a passkey after the password.
func (s *Service) verifyPasskey(ctx context.Context, p post) (Outcome, error) {
	if p.form.Credential.IsZero() || s.Party == nil {
		return s.reject(ctx, p, passkey.Field, ProblemMissing)
	}
	r, err := s.read(ctx, p)
	if err != nil {
		return Outcome{}, err
	}
	return s.prove(ctx, p, func(ctx context.Context, u Unit, p *post) (Event, error) {
		held, err := proof.Hold(ctx, u, string(p.tx.UserID), idp.ProofCode)
		if err != nil {
			return nil, err
		}
		return r.settle(ctx, u, p, held, p.tx.UserID, r.accepted())
	}, wrongPasskey())
}

// makePasskey takes the passkey that the browser has made.
func (s *Service) makePasskey(ctx context.Context, p post) (Outcome, error) {
	if p.form.Credential.IsZero() || s.Party == nil {
		return s.reject(ctx, p, passkey.Field, ProblemMissing)
	}
	added, err := s.Party.Add(p.tx.Passkey, ceremonyOf(p.tx), []byte(p.form.Credential.Reveal()), p.account.Practice.PasskeyModels, p.now)
	var refused *passkey.Refused
	if err != nil && !errors.As(err, &refused) {
		return Outcome{}, err
	}
	settle := func(ctx context.Context, u Unit, p *post) (Event, error) {
		why := reply{refused: refused}.why()
		return tryPasskey(ctx, u, p, p.tx.UserID, why, PasskeyMade{ID: p.tx.Passkey.Adds, Passkey: added})
	}
	out, err := s.prove(ctx, p, settle, wrongPasskey())
	if errors.As(err, &refused) { // by the store: someone has it already, and nothing has happened
		return s.prove(ctx, p, settle, wrongPasskey())
	}
	return out, err
}
