package signin

import (
	"context"
	"slices"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// waysOf lists the ways to get a code, the one to ask for first. Several apps are one way, because a code of any of them will do; each
// number is its own.
func waysOf(bound []idp.Authenticator) (ways []Using) {
	isApp := func(w Using) bool { return w.Kind == idp.KindTOTP }
	for _, a := range policy.InSigninOrder(bound, policy.AllowedAuthenticators()) {
		if a.Kind != idp.KindTOTP || !slices.ContainsFunc(ways, isApp) {
			ways = append(ways, Using{ID: a.ID, Kind: a.Kind, Phone: a.Phone})
		}
	}
	return ways
}

// other goes on to the person's next way to get codes; pressed again and again, it comes round to the first.
func (s *Service) other(ctx context.Context, p post) (Outcome, error) {
	ways := waysOf(p.account.Authenticators)
	current := slices.IndexFunc(ways, func(w Using) bool {
		return w.ID == p.tx.Using.ID || w.Kind == idp.KindTOTP && p.tx.Using.Kind == idp.KindTOTP
	})
	if len(ways) < 2 || current < 0 {
		return Outcome{State: p.tx.State}, nil
	}
	return s.simply(ctx, p, OtherChosen{Using: ways[(current+1)%len(ways)]})
}
