package policy

import (
	"fmt"
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

// What the limits on text messages have beside their rates.
const (
	// TextInterval is the time between two messages to one user, and to one number.
	TextInterval = 30 * time.Second
	// TextsVerifiedPercent is what a breaker asks for: it is closed while fewer of the messages that it judges led to a right code.
	TextsVerifiedPercent = 20
	// TextGrace is how old a message is, to the minute, before a breaker judges it: people need time to type.
	TextGrace = 2 * time.Minute
	// TextBreakerWindow is how far back a breaker looks.
	TextBreakerWindow = time.Hour

	countrySample = 10 // how many practices, networks or sites it takes at least to close a country
	networkSample = 2  // how many practices it takes to close a network, which several may share
)

// CountryShare is the most that one practice, network or site adds to what a country is judged by, when its breaker needs so many
// messages to judge: a tenth.
func CountryShare(least int) int { return max(1, least/countrySample) }

// NetworkShare is the same for one practice and its network: half.
func NetworkShare(least int) int { return max(1, least/networkSample) }

// LimitsWith returns the limits with some of them changed, as an operator sets them: the name, and the rate as text. Of all messages
// of a day, those to numbers that were never verified get half, unless they are given a rate of their own. An error says which rate
// makes no sense.
func LimitsWith(changes map[string]string) (idp.Limits, error) {
	limits, err := DefaultLimits().With(changes)
	if err != nil {
		return nil, err
	}
	if _, own := changes[string(idp.LimitUnverifiedByDay)]; !own {
		limits[idp.LimitUnverifiedByDay] = half(limits[idp.LimitTextsByDay])
	}
	return limits, checkTexts(limits)
}

func half(r idp.Rate) idp.Rate { return idp.Rate{Most: (r.Most + 1) / 2, Window: r.Window} }

// checkTexts refuses rates that would not do what their names say.
func checkTexts(limits idp.Limits) error {
	// The order is fixed: of two rates that are wrong, the one that the operator set is named before the one that follows from it.
	for _, fixed := range []struct {
		name   idp.LimitName
		window time.Duration
	}{
		{idp.LimitTextsToUserByDay, 24 * time.Hour},
		{idp.LimitTextsToNumberByDay, 24 * time.Hour},
		{idp.LimitTextsByDay, 24 * time.Hour},
		{idp.LimitUnverifiedByDay, 24 * time.Hour},
		{idp.LimitPracticeBreaker, TextBreakerWindow},
		{idp.LimitNetworkBreaker, TextBreakerWindow},
		{idp.LimitCountryBreaker, TextBreakerWindow},
	} {
		if rate := limits[fixed.name]; rate.Window != fixed.window {
			return fmt.Errorf("%s=%s: only the count can be set, like %s", fixed.name, rate, idp.Rate{Most: rate.Most, Window: fixed.window})
		}
	}
	all, unverified := limits[idp.LimitTextsByDay], limits[idp.LimitUnverifiedByDay]
	if unverified.Most > all.Most {
		return fmt.Errorf("%s=%s: it is more than %s=%s, which holds for all messages", idp.LimitUnverifiedByDay, unverified, idp.LimitTextsByDay, all)
	}
	if rate := limits[idp.LimitCountryBreaker]; rate.Most < countrySample {
		return fmt.Errorf("%s=%s: a count is %d at least, so that no single practice or network closes a country", idp.LimitCountryBreaker, rate, countrySample)
	}
	if rate := limits[idp.LimitNetworkBreaker]; rate.Most < networkSample {
		return fmt.Errorf("%s=%s: a count is %d at least, so that no single practice closes a network", idp.LimitNetworkBreaker, rate, networkSample)
	}
	return nil
}
