package web

import "time"

// ClockTime is a moment as people read it, in the zone of their practice.
type ClockTime struct {
	Known   bool
	Machine string // RFC 3339, for <time datetime>
	Human   string // "10:42 am AEDT", with the day when it is not today
	Zone    string // IANA name
}

// NewClockTime words at, as seen from now, in the zone; an unknown zone is UTC. The zero time gives the zero ClockTime.
func NewClockTime(at, now time.Time, zone string) ClockTime {
	if at.IsZero() {
		return ClockTime{}
	}
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	at, now = at.In(place), now.In(place)
	human := at.Format("3:04 pm MST")
	if at.YearDay() != now.YearDay() || at.Year() != now.Year() {
		human += at.Format(" on Monday 2 January")
	}
	return ClockTime{Known: true, Machine: at.Format(time.RFC3339), Human: human, Zone: place.String()}
}
