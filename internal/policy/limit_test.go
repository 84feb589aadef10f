package policy_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// The page for operators has a row for each limit, with its default, and none for a limit that there is not.
func TestEveryLimitHasARow(t *testing.T) {
	page, err := os.ReadFile("../../deploy/docs/limits.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); len(cells) > 4 && strings.HasPrefix(cells[1], " `") {
			rows[strings.Trim(cells[1], " `")] = strings.TrimSpace(cells[2])
		}
	}
	limits := policy.DefaultLimits()
	for name, rate := range limits {
		if rows[string(name)] != rate.String() {
			t.Errorf("limits.md has %q for %s, whose default is %s", rows[string(name)], name, rate)
		}
	}
	for name := range rows {
		if _, known := limits[idp.LimitName(name)]; !known {
			t.Errorf("limits.md has %s, and there is no such limit", name)
		}
	}
}

func TestLimitsAreSetAsOperatorsMeanThem(t *testing.T) {
	limits, err := policy.LimitsWith(map[string]string{"user": "20/2h", "day": "301/24h", "country-breaker": "100/1h"})
	if err != nil {
		t.Fatal(err)
	}
	want := policy.DefaultLimits()
	want[idp.LimitTextsToUser] = idp.Rate{Most: 20, Window: 2 * time.Hour}
	want[idp.LimitTextsByDay] = idp.Rate{Most: 301, Window: 24 * time.Hour}
	want[idp.LimitUnverifiedByDay] = idp.Rate{Most: 151, Window: 24 * time.Hour} // half, unless it is set
	want[idp.LimitCountryBreaker] = idp.Rate{Most: 100, Window: time.Hour}
	for name, rate := range want {
		if limits[name] != rate {
			t.Errorf("%s is %s, want %s", name, limits[name], rate)
		}
	}
	limits, err = policy.LimitsWith(map[string]string{"day": "300/24h", "day-unverified": "300/24h"})
	if err != nil || limits[idp.LimitUnverifiedByDay].Most != 300 {
		t.Errorf("%v, %v", limits[idp.LimitUnverifiedByDay], err)
	}
	if limits, err := policy.LimitsWith(nil); err != nil || limits[idp.LimitUnverifiedByDay] != policy.DefaultLimits()[idp.LimitUnverifiedByDay] {
		t.Errorf("nothing set: %v, %v", limits[idp.LimitUnverifiedByDay], err)
	}
}

func TestLimitsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, c := range []struct {
		changes map[string]string
		says    string
	}{
		{map[string]string{"texts": "5/1h"}, `there is no limit "texts"`},
		{map[string]string{"user": "0/1h"}, "a count is 1 to"},
		{map[string]string{"user-day": "30/1h"}, "user-day=30/1h: only the count can be set, like 30/24h"},
		{map[string]string{"number-day": "30/48h"}, "number-day=30/48h"},
		{map[string]string{"day": "5000/1h"}, "day=5000/1h"},
		{map[string]string{"day-unverified": "10/1h"}, "day-unverified=10/1h"},
		{map[string]string{"practice-breaker": "30/24h"}, "practice-breaker=30/24h"},
		{map[string]string{"address-breaker": "30/1m"}, "address-breaker=30/1m"},
		{map[string]string{"country-breaker": "50/2h"}, "country-breaker=50/2h"},
		{map[string]string{"country-breaker": "9/1h"}, "country-breaker=9/1h: a count is 10 at least"},
		{map[string]string{"address-breaker": "1/1h"}, "address-breaker=1/1h: a count is 2 at least"},
		{map[string]string{"day-unverified": "5001/24h"}, "day-unverified=5001/24h: it is more than day=5000/24h"},
		{map[string]string{"day": "100/24h", "day-unverified": "101/24h"}, "it is more than day=100/24h"},
	} {
		if _, err := policy.LimitsWith(c.changes); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v, want %q", c.changes, err, c.says)
		}
	}
}

// No practice, network or site alone closes a country, and no practice a network, whatever its breaker is set to.
func TestNobodyAloneIsACountry(t *testing.T) {
	for least := 2; least < 1000; least++ {
		if share := policy.NetworkShare(least); share < 1 || share*2 > least {
			t.Errorf("of %d in a network, one practice adds %d", least, share)
		}
	}
	for least := 10; least < 1000; least++ {
		if share := policy.CountryShare(least); share < 1 || share*10 > least {
			t.Errorf("of %d, one adds %d", least, share)
		}
	}
}
