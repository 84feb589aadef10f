package signin

import (
	"context"
	"slices"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// waysOf lists the ways to give a second factor, the one to ask for first. Several apps are one way, because a code of any of them will
// do, and so are several passkeys, of which the browser takes the one that is there; each number is its own. Where a passkey is required
// and the person has one, nothing else is asked for: it would not do.
func (s *Service) waysOf(bound []idp.Authenticator, required policy.Requirement) (ways []Using) {
	if s.Party == nil { // no browser could use them here
		bound = slices.DeleteFunc(slices.Clone(bound), isPasskey)
	}
	if required.ACR.Satisfies(idp.ACRPhishingResistant) && slices.ContainsFunc(bound, isPasskey) {
		bound = slices.DeleteFunc(slices.Clone(bound), func(a idp.Authenticator) bool { return !isPasskey(a) })
	}
	for _, a := range policy.InSigninOrder(bound, policy.AllowedAuthenticators(s.Party != nil)) {
		way := Using{ID: a.ID, Kind: a.Kind, Phone: a.Phone}
		if !slices.ContainsFunc(ways, way.isSameWay) {
			ways = append(ways, way)
		}
	}
	return ways
}

func isPasskey(a idp.Authenticator) bool { return a.Kind == idp.KindPasskey }

// isSameWay reports whether the person has no choice between the two.
func (u Using) isSameWay(other Using) bool {
	return u.ID == other.ID || u.Kind == other.Kind && u.Kind != idp.KindSMS
}

// other goes on to the person's next way; pressed again and again, it comes round to the first.
func (s *Service) other(ctx context.Context, p post) (Outcome, error) {
	ways := s.waysOf(p.account.Authenticators, p.tx.Requirement)
	current := slices.IndexFunc(ways, p.tx.Using.isSameWay)
	if len(ways) < 2 || current < 0 {
		return Outcome{State: p.tx.State}, nil
	}
	return s.simply(ctx, p, OtherChosen{Using: ways[(current+1)%len(ways)]})
}
