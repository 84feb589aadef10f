package support

import (
	"testing"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
)

// Every zone that is offered exists, once; the region's own come first, and the practice's own is kept whatever it is.
func TestZonesAreAList(t *testing.T) {
	for region, first := range map[idp.Region]string{idp.RegionAU: "Australia/Sydney", idp.RegionNZ: "Pacific/Auckland", idp.RegionGB: "Europe/London"} {
		for _, chosen := range []string{"Australia/Perth", "Asia/Manila", ""} {
			seen, marked := map[string]bool{}, ""
			options := zoneChoice(web.Input{Name: fieldZone}, region, chosen).Options
			for _, option := range options {
				if _, err := time.LoadLocation(option.Value); err != nil || seen[option.Value] || option.Label == "" {
					t.Errorf("%s: %+v: %v", region, option, err)
				}
				seen[option.Value] = true
				if option.Chosen {
					marked += option.Value
				}
			}
			if marked != chosen {
				t.Errorf("%s: %q is chosen, want %q", region, marked, chosen)
			}
			if got := options[0].Value; got != first && got != chosen {
				t.Errorf("%s begins with %s", region, got)
			}
		}
	}
	if got := zoneName("Australia/Broken_Hill"); got != "Broken Hill (Australia)" {
		t.Error(got)
	}
}
