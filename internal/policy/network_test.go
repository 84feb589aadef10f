package policy_test

import (
	"testing"

	"github.com/apscloud/apsid/internal/policy"
)

func TestCirclesAroundAnAddress(t *testing.T) {
	for address, want := range map[string][2]string{
		"203.0.113.77":              {"203.0.113.77", "203.0.113.0/24"},
		"::ffff:203.0.113.77":       {"203.0.113.77", "203.0.113.0/24"},
		"2001:db8:1:2:3:4:5:6":      {"2001:db8:1:2::/64", "2001:db8:1::/48"},
		"fe80::1%eth0":              {"fe80::/64", "fe80::/48"},
		"":                          {"", ""},
		"203.0.113.77, 203.0.113.9": {"203.0.113.77, 203.0.113.9", "203.0.113.77, 203.0.113.9"},
	} {
		if got := [2]string{policy.Network(address), policy.Site(address)}; got != want {
			t.Errorf("%q: %q, want %q", address, got, want)
		}
	}
}
