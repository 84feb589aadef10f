package signin

import (
	"context"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// A person who has just waited for a text message is offered a passkey, once in a calendar month, unless they never want to be.

// offers reports whether the person is offered one in this sign-in, and records that for the month.
func (s *Service) offers(ctx context.Context, u Unit, p post) (bool, error) {
	if !s.mayOffer(p) {
		return false, nil
	}
	never, err := u.IsReminded(ctx, neverOffer(p.tx.UserID))
	if err != nil || never {
		return false, err
	}
	return u.TakeReminder(ctx, "passkey-offer/"+string(p.tx.UserID)+"/"+p.now.UTC().Format("2006-01"), p.now)
}

// mayOffer reports whether the person may add one with the code that they have given, and need not.
func (s *Service) mayOffer(p post) bool {
	bound, needed := p.account.Authenticators, p.tx.Requirement.ACR.Satisfies(idp.ACRPhishingResistant)
	has := slices.ContainsFunc(bound, func(a idp.Authenticator) bool { return a.Kind == idp.KindPasskey })
	return s.Party != nil && p.tx.State == StateSMS && !p.tx.Guarded && !needed && !has && len(bound) < policy.MaxAuthenticators
}

// offerNoMore goes on without a passkey, and offers none again. That is kept for longer than any reminder is.
func (s *Service) offerNoMore(ctx context.Context, p post) (Outcome, error) {
	const forGood = 100 * 365 * 24 * time.Hour
	if p.tx.State != StateOfferPasskey {
		return Outcome{State: p.tx.State}, nil
	}
	out, _, err := s.advance(ctx, p, func(ctx context.Context, u Unit, p *post) (Event, error) {
		_, err := u.TakeReminder(ctx, neverOffer(p.tx.UserID), p.now.Add(forGood))
		return OfferLeft{}, err
	})
	return out, err
}

func neverOffer(user idp.UserID) string { return "passkey-offer/" + string(user) + "/never" }
