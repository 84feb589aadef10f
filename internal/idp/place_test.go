package idp_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the zones of a machine without them

	"github.com/apscloud/apsid/internal/idp"
)

func TestTimesAreSaidWithTheirZone(t *testing.T) {
	at := time.Date(2026, 11, 29, 2, 40, 0, 0, time.UTC)
	for place, want := range map[idp.Place]string{
		{Zone: "Pacific/Auckland", Region: idp.RegionNZ}:    "3:40 pm NZDT",
		{Zone: "Australia/Sydney", Region: idp.RegionAU}:    "1:40 pm AEDT",
		{Zone: "Australia/Brisbane", Region: idp.RegionAU}:  "12:40 pm AEST",
		{Zone: "Australia/Adelaide", Region: idp.RegionAU}:  "1:10 pm ACDT",
		{Zone: "Australia/Eucla", Region: idp.RegionAU}:     "11:25 am GMT+8:45",
		{Zone: "Australia/Lord_Howe", Region: idp.RegionAU}: "1:40 pm GMT+11",
		{Zone: "Pacific/Chatham", Region: idp.RegionNZ}:     "4:25 pm GMT+13:45",
		{Zone: "America/St_Johns", Region: idp.RegionGB}:    "23:10 NST",
		{Zone: "America/Noronha", Region: idp.RegionAU}:     "12:40 am GMT-2",
		{Zone: "Europe/London", Region: idp.RegionGB}:       "02:40 GMT",
		{Zone: "Moon/Crater", Region: idp.RegionNZ}:         "2:40 am UTC",
		{Zone: "", Region: "US"}:                            "2:40 am UTC",
	} {
		if got := place.Time(at); got != want {
			t.Errorf("%+v: %q, want %q", place, got, want)
		}
	}
}

// A sheet has the reader's clock, and says whose it is; a program gets UTC.
func TestMomentsOfASheet(t *testing.T) {
	at := time.Date(2026, 11, 29, 3, 5, 9, 250_000_000, time.UTC)
	for place, want := range map[idp.Place][2]string{
		{Zone: "Australia/Sydney", Region: idp.RegionAU}: {"time (Australia/Sydney)", "2026-11-29T14:05:09+11:00"},
		{Zone: "Pacific/Chatham", Region: idp.RegionNZ}:  {"time (Pacific/Chatham)", "2026-11-29T16:50:09+13:45"},
		{Zone: "Europe/London", Region: idp.RegionGB}:    {"time (Europe/London)", "2026-11-29T03:05:09+00:00"},
		{Zone: "Moon/Crater", Region: idp.RegionNZ}:      {"time (UTC)", "2026-11-29T03:05:09+00:00"},
		{}: {"time", "2026-11-29T03:05:09.25Z"},
	} {
		if got := [2]string{place.Column("time"), place.Instant(at)}; got != want {
			t.Errorf("%+v: %q, want %q", place, got, want)
		}
		if got := place.Instant(time.Time{}); got != "" {
			t.Errorf("%+v: never is %q", place, got)
		}
	}
}

// On the day that summer time ends, 2:30 am comes twice; on the day that it begins, it does not come.
func TestTheHourThatComesTwice(t *testing.T) {
	sydney, london := idp.Place{Zone: "Australia/Sydney"}, idp.Place{Zone: "Europe/London", Region: idp.RegionGB}
	for _, c := range []struct {
		place idp.Place
		at    string
		want  string
	}{
		{sydney, "2026-04-04T15:30:00Z", "2:30 am AEDT"},
		{sydney, "2026-04-04T16:30:00Z", "2:30 am AEST"},
		{sydney, "2026-10-03T15:59:59Z", "1:59 am AEST"},
		{sydney, "2026-10-03T16:00:00Z", "3:00 am AEDT"},
		{london, "2026-10-25T00:30:00Z", "01:30 BST"},
		{london, "2026-10-25T01:30:00Z", "01:30 GMT"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.place.Time(at); got != c.want {
			t.Errorf("%s: %q, want %q", c.at, got, c.want)
		}
	}
}

func TestDaysAreThoseOfThePlace(t *testing.T) {
	auckland := idp.Place{Zone: "Pacific/Auckland", Region: idp.RegionNZ}
	now := time.Date(2026, 12, 31, 10, 59, 0, 0, time.UTC) // a minute before midnight there
	for offset, want := range map[time.Duration][2]string{
		0:                     {"11:59 pm NZDT", "Today, 11:59 pm NZDT"},
		time.Minute:           {"12:00 am NZDT on Friday 1 January 2027", "1 Jan 2027, 12:00 am NZDT"},
		-24 * time.Hour:       {"11:59 pm NZDT on Wednesday 30 December", "Yesterday, 11:59 pm NZDT"},
		-48 * time.Hour:       {"11:59 pm NZDT on Tuesday 29 December", "29 Dec 2026, 11:59 pm NZDT"},
		-366 * 24 * time.Hour: {"11:59 pm NZDT on Tuesday 30 December 2025", "30 Dec 2025, 11:59 pm NZDT"},
	} {
		if got := [2]string{auckland.Clock(now.Add(offset), now), auckland.Moment(now.Add(offset), now)}; got != want {
			t.Errorf("%s: %q, want %q", offset, got, want)
		}
	}
	next := now.Add(time.Minute)
	if got := auckland.Day(next) + "; " + auckland.Full(next) + "; " + auckland.Short(next); got != "1 January 2027; 12:00 am NZDT on 1 January 2027; 1 Jan 12:00 am NZDT" {
		t.Error(got)
	}
}

// Yesterday begins 23 or 25 hours before today where a clock was changed in between.
func TestYesterdayAcrossAChangeOfClocks(t *testing.T) {
	sydney := idp.Place{Zone: "Australia/Sydney"}
	now := time.Date(2026, 10, 3, 14, 30, 0, 0, time.UTC) // half past midnight of the day that has 23 hours
	if got := sydney.Moment(now.Add(-24*time.Hour), now); got != "Yesterday, 12:30 am AEST" {
		t.Error(got)
	}
	now = time.Date(2026, 10, 4, 13, 30, 0, 0, time.UTC) // half past midnight of the day after
	if got := sydney.Moment(now.Add(-23*time.Hour), now); got != "Yesterday, 12:30 am AEST" {
		t.Error(got)
	}
}

func TestLanguages(t *testing.T) {
	for region, want := range map[idp.Region]string{idp.RegionAU: "en-AU", idp.RegionNZ: "en-NZ", idp.RegionGB: "en-GB", "": "en-AU", `"><script>`: "en-AU"} {
		if got := (idp.Place{Region: region}).Language(); got != want {
			t.Errorf("%q: %q", region, got)
		}
	}
	practice := idp.Practice{PracticeDetails: idp.PracticeDetails{Region: idp.RegionNZ, TimeZone: "Pacific/Chatham"}}
	if got := practice.Place(); got != (idp.Place{Zone: "Pacific/Chatham", Region: idp.RegionNZ}) {
		t.Error(got)
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int]string{0: "0", 7: "7", 999: "999", 1204: "1,204", 9006: "9,006", 10_000: "10,000", 1_000_000: "1,000,000", -1204: "-1,204", -100: "-100"} {
		if got := idp.Number(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}
