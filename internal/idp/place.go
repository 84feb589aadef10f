package idp

import (
	"strconv"
	"strings"
	"time"
)

// Place is where a person reads: the time zone of their clock, and the region by whose habits they read dates and numbers. It is
// the one place where times, dates and numbers become text for people.
type Place struct {
	Zone   string // IANA name; an unknown one is read as UTC
	Region Region // an unknown one is read as Australia
}

// Place is where the people of the practice read.
func (d PracticeDetails) Place() Place { return Place{Zone: d.TimeZone, Region: d.Region} }

// Language is the English of the region (RFC 5646): "en-NZ".
func (p Place) Language() string {
	switch p.Region {
	case RegionNZ, RegionGB:
		return "en-" + string(p.Region)
	default:
		return "en-AU"
	}
}

// Location is the zone of the place.
func (p Place) Location() *time.Location {
	place, err := time.LoadLocation(p.Zone)
	if err != nil {
		return time.UTC
	}
	return place
}

// Time is the time of day with the name of the zone: "3:04 pm NZDT", and in the United Kingdom, as CLDR has it for en-GB, "15:04 GMT".
// The name tells the two hours of the same number apart on the day that summer time ends.
func (p Place) Time(at time.Time) string {
	at = at.In(p.Location())
	layout := "3:04 pm"
	if p.Region == RegionGB {
		layout = "15:04"
	}
	return at.Format(layout) + " " + zoneName(at)
}

// Clock is Time, with the day if it is not the day of now: "3:04 pm NZDT on Monday 2 January", and with the year if it is not that
// of now. It can follow "at" and "until".
func (p Place) Clock(at, now time.Time) string {
	text, there, today := p.Time(at), at.In(p.Location()), now.In(p.Location())
	switch {
	case sameDay(there, today):
		return text
	case there.Year() == today.Year():
		return text + there.Format(" on Monday 2 January")
	default:
		return text + there.Format(" on Monday 2 January 2006")
	}
}

// Moment is for lists, where it stands alone: "Today, 3:04 pm NZDT", "Yesterday, …", "2 Jan 2026, 3:04 pm NZDT".
func (p Place) Moment(at, now time.Time) string {
	there, today := at.In(p.Location()), now.In(p.Location())
	day := there.Format("2 Jan 2006")
	switch {
	case sameDay(there, today):
		day = "Today"
	case sameDay(there, today.AddDate(0, 0, -1)):
		day = "Yesterday"
	}
	return day + ", " + p.Time(at)
}

// Full is for what is read on another day, such as a message: "3:04 pm NZDT on 2 January 2026".
func (p Place) Full(at time.Time) string { return p.Time(at) + " on " + p.Day(at) }

// Short is Full where every letter counts, such as a text message: "2 Jan 3:04 pm NZDT".
func (p Place) Short(at time.Time) string { return at.In(p.Location()).Format("2 Jan ") + p.Time(at) }

// Day is the day in the zone of the place: "2 January 2026".
func (p Place) Day(at time.Time) string { return at.In(p.Location()).Format("2 January 2006") }

// Column heads a column of moments in a CSV file: its name, with the zone whose clock they are by: "time (Australia/Sydney)". The zero
// Place is that of a program, which reads UTC and the name alone.
func (p Place) Column(name string) string {
	if p == (Place{}) {
		return name
	}
	return name + " (" + p.Location().String() + ")"
}

// Instant is a moment in such a column (RFC 3339): by the clock of the place, with its distance from Greenwich, as of
// "2026-11-29T14:05:09+11:00"; for a program in UTC, as exact as it is known. "" for none.
func (p Place) Instant(at time.Time) string {
	switch {
	case at.IsZero():
		return ""
	case p == (Place{}):
		return at.UTC().Format(time.RFC3339Nano)
	default:
		return at.In(p.Location()).Format("2006-01-02T15:04:05-07:00")
	}
}

// Number groups the digits of a number by thousands, as the three regions write it: "1,204".
func Number[N int | int64](n N) string {
	const group = 3
	text := strconv.FormatInt(int64(n), 10)
	digits := strings.TrimPrefix(text, "-")
	sign := text[:len(text)-len(digits)]
	for at := len(digits) - group; at > 0; at -= group {
		digits = digits[:at] + "," + digits[at:]
	}
	return sign + digits
}

// zoneName is what people call the zone at the moment: "NZDT". A zone without a name of letters is said by its distance from
// Greenwich, as browsers do: "GMT+13:45".
func zoneName(at time.Time) string {
	name, seconds := at.Zone()
	if strings.Trim(name, "+-0123456789") != "" {
		return name
	}
	const hour, minute = 3600, 60
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	text := "GMT" + sign + strconv.Itoa(seconds/hour)
	if rest := seconds % hour / minute; rest != 0 {
		text += ":" + strconv.Itoa(rest/10) + strconv.Itoa(rest%10)
	}
	return text
}

func sameDay(a, b time.Time) bool { return a.Year() == b.Year() && a.YearDay() == b.YearDay() }
