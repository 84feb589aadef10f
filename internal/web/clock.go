package web

import (
	"time"

	"github.com/apscloud/apsid/internal/idp"
)

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
	return ClockTime{Known: true, Machine: at.In(place).Format(time.RFC3339), Human: idp.Clock(at, now, zone), Zone: place.String()}
}

// NewMoment is NewClockTime for lists and records, where many moments stand below one another and the page says the zone once:
// "Today, 10:42 am", "2 Jan 2026, 10:42 am".
func NewMoment(at, now time.Time, zone string) ClockTime {
	moment := NewClockTime(at, now, zone)
	if !moment.Known {
		return moment
	}
	place, err := time.LoadLocation(moment.Zone)
	if err != nil {
		return moment // can't happen: NewClockTime has loaded the zone
	}
	at, now = at.In(place), now.In(place)
	day := at.Format("2 Jan 2006")
	switch day {
	case now.Format("2 Jan 2006"):
		day = "Today"
	case now.AddDate(0, 0, -1).Format("2 Jan 2006"):
		day = "Yesterday"
	}
	moment.Human = day + ", " + at.Format("3:04 pm")
	return moment
}

// NewDay is the day of a moment: "2 January 2026".
func NewDay(at time.Time, zone string) ClockTime {
	moment := NewClockTime(at, at, zone)
	if !moment.Known {
		return moment
	}
	place, err := time.LoadLocation(moment.Zone)
	if err != nil {
		return moment // can't happen: NewClockTime has loaded the zone
	}
	moment.Machine, moment.Human = at.In(place).Format(time.DateOnly), at.In(place).Format("2 January 2006")
	return moment
}
