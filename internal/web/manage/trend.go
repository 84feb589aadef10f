package manage

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
)

// weeksBack is how far back the trend goes.
const weeksBack = 12

// trend shows how many people were ready for MFA, week by week: as a drawing and as a table.
type trend struct {
	Summary       string // what the drawing says, in words
	People, Ready string // points of two lines (SVG 2, section 10.6)
	Most          int64  // the number at the top of the drawing
	From, Until   web.ClockTime
	Rows          []trendRow
}

type trendRow struct {
	At                   web.ClockTime
	People, Ready, Share string
}

// The size of the drawing, in its own units.
const (
	trendWide = 600
	trendHigh = 160
)

// trend reads it. Its last line has the same numbers as the counts beside it: both are of now.
func (s *Surface) trend(r *http.Request, v door.Visitor) (trend, error) {
	times := make([]time.Time, weeksBack+1)
	for i := range times {
		times[i] = v.Now.AddDate(0, 0, 7*(i-weeksBack))
	}
	counts, err := s.Practices.TrackMFA(r.Context(), v.Caller, v.Account.Practice.ID, times, v.Now)
	if err != nil {
		return trend{}, err
	}
	return trendOf(counts, v.Zone()), nil
}

func trendOf(counts []directory.MFACount, place idp.Place) trend {
	first, last := counts[0], counts[len(counts)-1]
	t := trend{From: web.NewDay(first.At, place), Until: web.NewDay(last.At, place), Most: 1}
	for _, c := range counts {
		t.Most = max(t.Most, c.People)
	}
	var people, ready strings.Builder
	for i, c := range counts {
		x := i * trendWide / (len(counts) - 1)
		fmt.Fprintf(&people, "%d,%d ", x, trendHigh-c.People*trendHigh/t.Most)
		fmt.Fprintf(&ready, "%d,%d ", x, trendHigh-c.Ready*trendHigh/t.Most)
		t.Rows = append(t.Rows, trendRow{
			At: web.NewDay(c.At, place), People: idp.Number(c.People), Ready: idp.Number(c.Ready), Share: fmt.Sprintf("%d %%", c.Ready*100/max(c.People, 1)),
		})
	}
	t.People, t.Ready = strings.TrimSpace(people.String()), strings.TrimSpace(ready.String())
	t.Summary = fmt.Sprintf("%s of %s people were ready on %s", idp.Number(last.Ready), idp.Number(last.People), t.Until.Human)
	if first.People > 0 {
		t.Summary += fmt.Sprintf(", and %s of %s on %s", idp.Number(first.Ready), idp.Number(first.People), t.From.Human)
	}
	t.Summary += "."
	return t
}
