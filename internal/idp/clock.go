package idp

import "time"

// Clock says a moment as a clock on the wall of the zone does, "3:04 pm AEDT", with the day if it is not the day of now. An unknown
// zone is UTC.
func Clock(at, now time.Time, zone string) string {
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	at, now = at.In(place), now.In(place)
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("3:04 pm MST")
	}
	return at.Format("3:04 pm MST on Monday 2 January")
}
