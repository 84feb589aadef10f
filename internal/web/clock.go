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
	Form    string // how a script writes it by the clock of a reader elsewhere: "clock" or "moment"; "": it never does
}

// NewClockTime words at, as seen from now, for a reader in the place. The zero time gives the zero ClockTime.
func NewClockTime(at, now time.Time, place idp.Place) ClockTime {
	return newTime(at, place, "clock", time.RFC3339, place.Clock(at, now))
}

// NewMoment is NewClockTime for lists and records, where many moments stand below one another: "Today, 10:42 am AEDT".
func NewMoment(at, now time.Time, place idp.Place) ClockTime {
	return newTime(at, place, "moment", time.RFC3339, place.Moment(at, now))
}

// NewDay is the day of a moment in the place: "2 January 2026".
func NewDay(at time.Time, place idp.Place) ClockTime {
	return newTime(at, place, "", time.DateOnly, place.Day(at))
}

func newTime(at time.Time, place idp.Place, form, machine, human string) ClockTime {
	if at.IsZero() {
		return ClockTime{}
	}
	there := at.In(place.Location())
	return ClockTime{Known: true, Machine: there.Format(machine), Human: human, Form: form}
}
