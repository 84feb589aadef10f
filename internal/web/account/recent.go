package account

import (
	"context"
	"net/http"
	"net/url"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/activity"
	"github.com/apscloud/apsid/internal/web/door"
)

// perPage is how many events a page of the list has.
const perPage = 50

// entry is an event, in words.
type entry struct {
	activity.Entry
	At              web.ClockTime
	App             string // "" if it was not at an app
	Device, Address string
	Other           bool // another person did it
}

// recentBody is the list.
type recentBody struct {
	Entries []entry
	Pager   web.Pager
}

func (s *Surface) recent(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	after := r.URL.Query().Get("after")
	events, next, err := s.Practices.ListEvents(r.Context(), v.Caller, v.Account.Practice.ID,
		directory.EventQuery{UserID: v.Account.User.ID}, directory.Page{After: after, Limit: perPage}, v.Now)
	if err != nil {
		return err
	}
	body := recentBody{Entries: s.entries(r.Context(), v, events), Pager: web.Pager{Shown: len(events)}}
	if after != "" {
		body.Pager.First = home + "/activity"
	}
	if next != "" {
		body.Pager.Next = home + "/activity?after=" + url.QueryEscape(next)
	}
	return s.show(w, r, "activity", s.frame(v, inActivity, "activity", "Recent activity"), body)
}

func (s *Surface) entries(ctx context.Context, v door.Visitor, events []idp.AuditEvent) []entry {
	names := map[idp.ClientID]string{"": ""}
	var all []entry
	for _, e := range events {
		if _, known := names[e.ClientID]; !known {
			names[e.ClientID] = s.appName(ctx, e.ClientID)
		}
		all = append(all, entry{
			Entry: activity.Describe(e), At: web.NewMoment(e.At, v.Now, v.Zone()), App: names[e.ClientID], Address: e.Address,
			Device: activity.Device(e.UserAgent), Other: e.Actor.ID != "" && e.Actor.ID != string(v.Account.User.ID),
		})
	}
	return all
}
