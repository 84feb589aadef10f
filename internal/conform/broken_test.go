package conform_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/conform"
)

// fault is something that real apps get wrong.
type fault string

// findings says which checks must find which fault, and no others. Faults of one group are in one app: they don't affect each
// other.
func findings() []map[fault][]string {
	return []map[fault][]string{
		{ // an app without faults: what is found in the others comes from their faults
		},
		{
			"no PKCE": {"sign-in: state, nonce and PKCE"}, "any state": {"answers: state"},
			"iss when it is there": {"answers: no iss"}, "loops on errors": {"answers: error"}, "cookie for scripts": {"cookies: flags"},
			"pages may be stored": {"pages: not stored"}, "reports every input": {"activity: once a minute"},
			"takes any page's input": {"activity: other sites"}, "polls are input": {"activity: polls", "ends: idle"},
			"deaf to refused reports": {"ends: told by the report"}, "takes logout tokens twice": {"logout: replay"},
			"logout for any app": {"logout: wrong aud"}, "sign-out in the browser only": {"sign-out"},
		},
		{
			"state is a constant": {"sign-in: requests"}, "any iss": {"answers: iss", "answers: no iss"},
			"any nonce":             {"answers: nonce", "answers: no nonce"},
			"cookie to other sites": {"cookies: flags"}, "input is now": {"activity: report", "activity: told late"},
			"ignores the idle limit": {"ends: idle"}, "ignores the lifetime": {"ends: lifetime"},
			"deaf to refused renewals": {"ends: told by the renewal"}, "logout ends all of the person": {"logout: other sessions"},
			"logout with a nonce": {"logout: nonce"}, "logout of any typ": {"logout: wrong typ"}, "sign-out here only": {"sign-out"},
		},
		{
			"believes unsigned tokens": {
				"answers: ID token of another issuer", "answers: ID token for another app", "answers: ID token that is over",
				"answers: ID token of another key", "answers: ID token without a signature",
			},
			"home after the sign-in": {"sign-in: return"}, "attempts on the server": {"answers: another browser"},
			"session of before the sign-in": {"cookies: new at sign-in"}, "reports have no age": {"activity: report"},
			"renewals are input": {"ends: idle"}, "late input is lost": {"activity: told late"}, "renews twice": {"tokens: renewed once"}, "ends when the provider is away": {"provider away: sessions go on"},
			"logout ignores sub": {"logout: everywhere"}, "believes unsigned logout": {"logout: unsigned", "logout: another key"},
			"sign-out without a hint": {"sign-out"},
		},
		{
			"ends early":             {"ends: idle", "activity: keeps", "activity: told late"},
			"no nonce":               {"sign-in: state, nonce and PKCE"}, // the specifications ask nothing of what it does not send
			"logout from any issuer": {"logout: wrong iss"}, "logout without an event": {"logout: no events"}, "logout of nobody": {"logout: nobody"},
			"logout without a jti": {"logout: no jti"}, "logout that is over": {"logout: over"},
		},
		{
			"no logout":     {"logout: taken"},
			"never reports": {"activity: report", "activity: once a minute", "activity: other sites", "activity: polls"},
		},
		{ // that it refuses what is forged proves nothing
			"logout answers and does nothing": append(named("logout: ", forgeryNames()), "logout: one session", "logout: other sessions", "logout: everywhere", "logout: replay"),
		},
	}
}

func forgeryNames() []string {
	return []string{"wrong aud", "wrong iss", "nonce", "wrong typ", "unsigned", "another key", "no events", "nobody", "no jti", "over"}
}

func named(prefix string, names []string) []string {
	var all []string
	for _, name := range names {
		all = append(all, prefix+name)
	}
	return all
}

func TestEachFaultIsFoundAndNothingElse(t *testing.T) {
	for i, group := range findings() {
		name := "app " + string(rune('A'+i))
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := map[fault]bool{}
			var want []string
			for f, found := range group {
				faults[f] = true
				want = append(want, found...)
			}
			results := examine(t, func(s setting) http.Handler { return newApp(t, s, faults) }, nil)
			compare(t, results, want)
		})
	}
}

func compare(t *testing.T, results map[string]conform.Result, want []string) {
	t.Helper()
	for _, name := range want {
		if _, known := results[name]; !known {
			t.Errorf("there is no check %q", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(results)) {
		r := results[name]
		wanted := slices.Contains(want, name)
		switch {
		case wanted && r.State != conform.Wrong:
			t.Errorf("%s: not found (%s %s)", name, r.State, r.Seen)
		case !wanted && r.State == conform.Wrong:
			t.Errorf("%s: found though it is not there: %s", name, r.Seen)
		}
		if r.State == conform.Wrong && (r.Seen == "" || r.Rule == "" || r.Section == "" || strings.Contains(r.Seen, "\n")) {
			t.Errorf("%s: not said in one line: %+v", name, r)
		}
	}
}
