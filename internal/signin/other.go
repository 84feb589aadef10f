package signin

import (
	"context"
	"slices"

	"github.com/apscloud/apsid/internal/idp"
)

// waysOf lists the ways to get a code, the one to ask for first: an app before text messages (NIST SP 800-63B-4, section
// 3.1.3.3 restricts those). Several apps are one way, because a code of any of them will do; each number is its own.
func waysOf(bound []idp.Authenticator) []Using {
	var apps, numbers []Using
	for _, a := range bound { // newest first
		switch {
		case a.Kind == idp.KindSMS:
			numbers = append(numbers, Using{ID: a.ID, Kind: a.Kind, Phone: a.Phone})
		case a.Kind == idp.KindTOTP && len(apps) == 0:
			apps = append(apps, Using{ID: a.ID, Kind: a.Kind})
		}
	}
	return append(apps, numbers...)
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
