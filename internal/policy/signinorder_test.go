package policy_test

import (
	"slices"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

func TestInSigninOrder(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, 11, n, 9, 0, 0, 0, time.UTC) }
	app := func(id idp.AuthenticatorID, chosen time.Time) idp.Authenticator {
		return idp.Authenticator{ID: id, Kind: idp.KindTOTP, DefaultAt: chosen}
	}
	number := func(id idp.AuthenticatorID, chosen time.Time) idp.Authenticator {
		return idp.Authenticator{ID: id, Kind: idp.KindSMS, DefaultAt: chosen}
	}
	key := func(id idp.AuthenticatorID, chosen time.Time) idp.Authenticator {
		return idp.Authenticator{ID: id, Kind: idp.KindPasskey, DefaultAt: chosen}
	}
	all := []idp.Kind{idp.KindPasskey, idp.KindTOTP, idp.KindSMS}
	never, both := time.Time{}, []idp.Kind{idp.KindTOTP, idp.KindSMS}
	for name, c := range map[string]struct {
		bound   []idp.Authenticator // newest first
		allowed []idp.Kind
		want    []idp.AuthenticatorID
	}{
		"nothing is bound":                         {nil, both, nil},
		"nothing is chosen: apps, then the newest": {[]idp.Authenticator{number("n2", never), app("a2", never), number("n1", never), app("a1", never)}, both, []idp.AuthenticatorID{"a2", "a1", "n2", "n1"}},
		"a number is chosen":                       {[]idp.Authenticator{number("n2", never), app("a1", never), number("n1", day(1))}, both, []idp.AuthenticatorID{"n1", "a1", "n2"}},
		"the older app is chosen":                  {[]idp.Authenticator{app("a2", never), app("a1", day(1))}, both, []idp.AuthenticatorID{"a1", "a2"}},
		"chosen again: the latest":                 {[]idp.Authenticator{number("n2", day(1)), number("n1", day(3)), app("a1", day(2))}, both, []idp.AuthenticatorID{"n1", "a1", "n2"}},
		"the chosen one is removed":                {[]idp.Authenticator{number("n2", day(1)), app("a1", never)}, both, []idp.AuthenticatorID{"n2", "a1"}},
		"all chosen ones are removed":              {[]idp.Authenticator{number("n2", never), app("a1", never)}, both, []idp.AuthenticatorID{"a1", "n2"}},
		"chosen at the same moment":                {[]idp.Authenticator{number("n2", day(1)), app("a1", day(1))}, both, []idp.AuthenticatorID{"a1", "n2"}},
		"the chosen kind is not allowed":           {[]idp.Authenticator{number("n2", day(1)), app("a1", never)}, []idp.Kind{idp.KindTOTP}, []idp.AuthenticatorID{"a1", "n2"}},
		"apps are not allowed":                     {[]idp.Authenticator{number("n2", never), app("a1", never)}, []idp.Kind{idp.KindSMS}, []idp.AuthenticatorID{"n2", "a1"}},
		"a passkey is best":                        {[]idp.Authenticator{number("n2", never), app("a1", never), key("k2", never), key("k1", never)}, all, []idp.AuthenticatorID{"k2", "k1", "a1", "n2"}},
		"the chosen one before a passkey":          {[]idp.Authenticator{key("k1", never), number("n2", day(1))}, all, []idp.AuthenticatorID{"n2", "k1"}},
		"passkeys are not allowed":                 {[]idp.Authenticator{key("k1", day(1)), number("n2", never)}, both, []idp.AuthenticatorID{"n2", "k1"}},
		"nothing is allowed":                       {[]idp.Authenticator{number("n2", never), app("a1", never)}, nil, []idp.AuthenticatorID{"a1", "n2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given := slices.Clone(c.bound)
			var got []idp.AuthenticatorID
			for _, a := range policy.InSigninOrder(c.bound, c.allowed) {
				got = append(got, a.ID)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			if !slices.EqualFunc(given, c.bound, func(a, b idp.Authenticator) bool { return a.ID == b.ID }) {
				t.Error("the list of the caller was changed")
			}
			passkeys := slices.ContainsFunc(c.bound, func(a idp.Authenticator) bool { return a.Kind == idp.KindPasskey })
			usual := len(c.allowed) == len(all) || len(c.allowed) == len(both) && !passkeys
			if first := policy.DefaultAuthenticator(c.bound); usual && len(got) > 0 && first != got[0] {
				t.Errorf("default %q, first %q", first, got[0])
			}
		})
	}
	if got := policy.DefaultAuthenticator(nil); got != "" {
		t.Errorf("default of nothing: %q", got)
	}
}
