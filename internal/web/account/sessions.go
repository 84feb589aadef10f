package account

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/activity"
	"github.com/apscloud/apsid/internal/web/door"
)

// remembered is how many sign-ins are looked through for the browsers of the sessions.
const remembered = 200

// sessionRow is an app that a browser is signed in to.
type sessionRow struct {
	App, Address  string
	Since, Active web.ClockTime
	Here          bool // it is this one
	End           string
}

// deviceGroup is a browser, by what it says of itself, with the apps it is signed in to.
type deviceGroup struct {
	Device string
	Here   bool // one of them is the session of this page
	Rows   []sessionRow
}

// sessionsBody lists them.
type sessionsBody struct {
	form
	Devices []deviceGroup
	All     string // where the visitor signs out everywhere
}

func (s *Surface) sessions(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	return s.showSessions(w, r, v, web.NoProblem())
}

func (s *Surface) showSessions(w http.ResponseWriter, r *http.Request, v door.Visitor, problem web.Problem) error {
	devices, err := s.devices(r.Context(), v)
	if err != nil {
		return err
	}
	body := sessionsBody{form: form{Problem: problem, Here: home + "/sessions"}, Devices: devices, All: home + "/sessions/end"}
	f := s.frame(v, inSessions, "sessions", "Where you are signed in")
	f.Note = s.kit.Note(r)
	return s.showForm(w, r, "sessions", f, body, problem)
}

// devices groups the visitor's sessions by browser: this one first, and then by name.
func (s *Surface) devices(ctx context.Context, v door.Visitor) ([]deviceGroup, error) {
	live, err := s.People.ListUserSessions(ctx, v.Caller, v.Account.User.ID, v.Now)
	if err != nil {
		return nil, err
	}
	begun, err := s.beginnings(ctx, v)
	if err != nil {
		return nil, err
	}
	groups := map[string]deviceGroup{}
	for _, each := range live {
		from := begun[each.ID]
		group := groups[activity.Device(from.UserAgent)]
		group.Device, group.Here = cmp.Or(activity.Device(from.UserAgent), "Unknown browser"), group.Here || each.ID == v.Session.ID
		group.Rows = append(group.Rows, sessionRow{
			App: s.appName(ctx, each.ClientID), Address: from.Address,
			Since: web.NewMoment(each.CreatedAt, v.Now, v.Zone()), Active: web.NewMoment(each.LastActivity, v.Now, v.Zone()),
			Here: each.ID == v.Session.ID, End: home + "/sessions/" + url.PathEscape(string(each.ID)) + "/end",
		})
		groups[activity.Device(from.UserAgent)] = group
	}
	all := slices.Collect(maps.Values(groups))
	slices.SortFunc(all, func(a, b deviceGroup) int {
		switch {
		case a.Here:
			return -1
		case b.Here:
			return 1
		default:
			return cmp.Compare(a.Device, b.Device)
		}
	})
	for _, group := range all {
		slices.SortStableFunc(group.Rows, func(a, b sessionRow) int { return cmp.Compare(a.App, b.App) })
	}
	return all, nil
}

// beginnings finds with which browser each session began: the trail knows.
func (s *Surface) beginnings(ctx context.Context, v door.Visitor) (map[idp.SID]idp.AuditEvent, error) {
	found := map[idp.SID]idp.AuditEvent{}
	for _, kind := range []idp.EventType{idp.EventSigninSucceeded, idp.EventSessionJoined} {
		events, _, err := s.Practices.ListEvents(ctx, v.Caller, v.Account.Practice.ID,
			directory.EventQuery{UserID: v.Account.User.ID, Type: kind}, directory.Page{Limit: remembered}, v.Now)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			found[e.SID] = e
		}
	}
	return found, nil
}

// appName is the app's name, or what it is registered as.
func (s *Surface) appName(ctx context.Context, id idp.ClientID) string {
	client, err := s.Clients.FindClient(ctx, id)
	if err != nil {
		return string(id)
	}
	return client.Name
}

func (s *Surface) endSession(w http.ResponseWriter, r *http.Request, v door.Visitor) error {
	if _, err := web.ReadForm(w, r); err != nil {
		return err
	}
	session := idp.SID(r.PathValue("session"))
	err := s.Account.EndOwnSession(r.Context(), v.Caller, session, v.Now)
	if problem, ok := problemOf(err, v.Now, v.Zone()); ok {
		return s.showSessions(w, r, v, problem)
	}
	if err != nil {
		return err
	}
	if session == v.Session.ID {
		s.Cookies.ClearSession(w, v.Client.ID)
		return seeOther(w, r, donePath("signed-out"))
	}
	return s.kit.Done(w, r, home+"/sessions", "signed-out")
}
