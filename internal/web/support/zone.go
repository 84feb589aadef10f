package support

import (
	"strings"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
)

// zonesOf are the time zones of a region (IANA), those of most of its people first.
func zonesOf(region idp.Region) []string {
	switch region {
	case idp.RegionNZ:
		return []string{"Pacific/Auckland", "Pacific/Chatham"}
	case idp.RegionGB:
		return []string{"Europe/London", "Europe/Belfast", "Europe/Guernsey", "Europe/Isle_of_Man", "Europe/Jersey"}
	default:
		return []string{
			"Australia/Sydney", "Australia/Melbourne", "Australia/Brisbane", "Australia/Perth", "Australia/Adelaide", "Australia/Hobart",
			"Australia/Darwin", "Australia/Canberra", "Australia/Broken_Hill", "Australia/Eucla", "Australia/Lindeman", "Australia/Lord_Howe",
			"Pacific/Norfolk", "Indian/Christmas", "Indian/Cocos",
		}
	}
}

// zoneChoice offers the zones of all regions, those of the practice's own first, and the one that the practice has.
func zoneChoice(field web.Input, region idp.Region, chosen string) web.Options {
	zones := zonesOf(region)
	for _, other := range []idp.Region{idp.RegionAU, idp.RegionNZ, idp.RegionGB} {
		if other != region {
			zones = append(zones, zonesOf(other)...)
		}
	}
	options := web.Options{Name: field.Name, Label: field.Label, Hint: field.Hint}
	known := false
	for _, zone := range append(zones, "UTC") {
		known = known || zone == chosen
		options.Options = append(options.Options, web.Option{Value: zone, Label: zoneName(zone), Chosen: zone == chosen})
	}
	if !known && chosen != "" {
		options.Options = append([]web.Option{{Value: chosen, Label: chosen, Chosen: true}}, options.Options...)
	}
	return options
}

// zoneName begins with the place, which is what people look for: "Sydney (Australia)".
func zoneName(zone string) string {
	area, place, found := strings.Cut(zone, "/")
	if !found {
		return zone
	}
	return strings.ReplaceAll(place, "_", " ") + " (" + area + ")"
}
