package signin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/passkey"
	"github.com/apscloud/apsid/internal/policy"
)

// signInAlone takes the answer of a passkey instead of user name and password. Whoever may not sign in is kept out as with a password. What
// does not count is counted on the network that it came from, as a wrong password is, and on the counter of the codes of its person, if
// there is one: a locked password does not lock a passkey, and locked codes do.
func (s *Service) signInAlone(ctx context.Context, p post) (Outcome, error) {
	if s.Party == nil {
		return Outcome{State: p.tx.State}, nil
	}
	r, err := s.read(ctx, p)
	if err != nil {
		return Outcome{}, err
	}
	if p.client, err = s.Clients.FindClient(ctx, p.tx.Request.ClientID); err != nil {
		return Outcome{}, err
	}
	p.account, err = s.Accounts.FindAccount(ctx, r.holder.Authenticator.UserID)
	if err != nil && !errors.Is(err, idp.ErrNotFound) {
		return Outcome{}, err
	}
	known := s.knows(p)
	if !known { // as with a password
		until, err := s.sprayed(ctx, p)
		if err != nil {
			return Outcome{}, err
		}
		if !until.IsZero() {
			return s.rejectUntil(ctx, p, passkey.Field, ProblemManyWrong, until)
		}
	}
	rejected := false
	out, err := s.prove(ctx, p, func(ctx context.Context, u Unit, p *post) (Event, error) {
		event, err := s.settleAlone(ctx, u, p, r)
		_, rejected = event.(ProofRejected)
		return event, err
	}, wrongPasskey())
	if err == nil && rejected && !known {
		err = s.countWrong(ctx, p)
	}
	if out.Problem != nil && r.credential != "" && r.holder.Authenticator.ID == "" {
		out.View.Unknown = s.unknown(r.credential)
	}
	return out, err
}

// settleAlone settles the answer on the counter of the person whose passkey it is.
func (s *Service) settleAlone(ctx context.Context, u Unit, p *post, r reply) (Event, error) {
	found := p.account.User
	if found.ID == "" {
		return rejectStranger(ctx, u, r, p.now)
	}
	codes, account, client, err := u.HoldAccountWithCodesAt(ctx, found.PracticeID, found.ID, p.tx.Request.ClientID)
	if err := p.held(account, client, err); err != nil {
		return nil, err
	}
	if !policy.MaySignIn(p.account.User, p.account.Practice) {
		return tryPasskey(ctx, u, p, found.ID, cmp.Or(r.why(), policy.FallenAccess.Reason()), nil)
	}
	return r.settle(ctx, u, p, codes, found.ID, PasskeyAlone{Who: p.who(), With: r.accepted()})
}

// rejectStranger rejects the answer of a passkey that no one has. It writes a counter that counts nothing, as a made-up user name does.
func rejectStranger(ctx context.Context, u Unit, r reply, now time.Time) (Event, error) {
	err := u.UpdateGuard(ctx, policy.DecoyGuard(string(r.credential)), idp.ProofCode, func(g idp.Guard) idp.Guard {
		g.UpdatedAt = now
		return g
	})
	return ProofRejected{Proof: idp.ProofCode, Verdict: policy.Rejected, Why: cmp.Or(r.why(), idp.ReasonPasskeyUnknown)}, err
}

// knows reports whether the person has signed in with this browser before.
func (s *Service) knows(p post) bool {
	return slices.ContainsFunc(s.openKnown(p.browser.Known), func(k knownPerson) bool { return k.fits(p.account.User, p.now) })
}

// unknown is the argument of PublicKeyCredential.signalUnknownCredential (WebAuthn level 3, section 5.1.10.1): the browser has no use for a
// passkey that no one has here any more.
func (s *Service) unknown(credential idp.CredentialID) string {
	signal, err := json.Marshal(map[string]string{"rpId": s.Party.ID(), "credentialId": string(credential)})
	if err != nil {
		return ""
	}
	return string(signal)
}
