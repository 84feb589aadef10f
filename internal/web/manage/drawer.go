package manage

import (
	"context"
	"slices"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/door"
	"github.com/apscloud/apsid/internal/web/people"
	"github.com/apscloud/apsid/internal/web/trail"
)

// drawer is one person, as the drawer shows them.
type drawer struct {
	ID       idp.UserID
	Name     string
	Username string
	Close    string // the list without a drawer, at the row of the person
	Badges   []web.Badge
	Menu     web.Menu
	Locks    []people.Lock
	Changed  *web.ClockTime // when the address was changed that is not confirmed yet; nil: it is confirmed, or was never changed
	Invite   *invite
	Rights   string
	Blocked  []string // names of apps
	Methods  []people.Method
	PIN      bool
	Signin   web.ClockTime
	Password web.ClockTime
	Added    web.ClockTime
	Sessions []sessionRow
	Events   []trail.Row
	Activity string // the address of the whole activity
}

// invite is an invitation of a person who has no password yet.
type invite struct {
	Sent, Until web.ClockTime
	Open        bool
}

// sessionRow is a session, with what ends it.
type sessionRow struct {
	App        string
	MFA        bool
	Since      web.ClockTime
	LastActive web.ClockTime
	End        string // where the form that ends it goes; "": the visitor may not end it
}

// recentEvents is how many events the drawer shows.
const recentEvents = 8

// drawer reads everything about one person. Errors: idp.CodeNotFound for a person of another practice (ABUSE 32).
func (s *Surface) drawer(ctx context.Context, v door.Visitor, id idp.UserID, l people.Listing) (drawer, error) {
	detail, err := s.People.FindUser(ctx, v.Caller, id, v.Now)
	if err != nil {
		return drawer{}, err
	}
	u := detail.Account.User
	if u.PracticeID != v.Account.Practice.ID {
		return drawer{}, idp.ErrNotFound // APS staff may see people of other practices, but not on this surface
	}
	sessions, err := s.People.ListUserSessions(ctx, v.Caller, id, v.Now)
	if err != nil {
		return drawer{}, err
	}
	events, err := s.Trail.Recent(ctx, v, scope(v), directory.EventQuery{UserID: id}, recentEvents)
	if err != nil {
		return drawer{}, err
	}
	apps := slices.Clone(u.BlockedApps)
	for _, session := range sessions {
		apps = append(apps, session.ClientID)
	}
	names, err := s.Trail.AppNames(ctx, apps)
	if err != nil {
		return drawer{}, err
	}
	d := drawer{
		ID: u.ID, Name: people.Name(u), Username: u.Username, Close: l.At(home) + "#" + string(u.ID), Rights: people.RightsOf(u),
		Badges: people.Badges(u, len(detail.Locks) > 0), Menu: menuOf(detail, l), PIN: detail.Account.PIN != nil,
		Signin: web.NewMoment(u.LastSigninAt, v.Now, v.Zone()), Password: web.NewMoment(u.PasswordChangedAt, v.Now, v.Zone()),
		Added:    web.NewMoment(u.CreatedAt, v.Now, v.Zone()),
		Activity: home + "/activity?user=" + string(u.ID), Invite: inviteOf(detail.Invite, v), Locks: people.Locks(detail.Locks, v.Now, v.Zone()),
		Events: events,
	}
	if !u.Invited() && !policy.AddressConfirmed(u) {
		changed := web.NewClockTime(u.UsernameChangedAt, v.Now, v.Zone())
		d.Changed = &changed
	}
	d.Methods = people.Methods(detail, v.Now, v.Zone())
	for _, app := range u.BlockedApps {
		d.Blocked = append(d.Blocked, names[app])
	}
	end := func(session idp.Session) string {
		if detail.May[policy.CommandEndSession] != "" && u.ID != v.Account.User.ID {
			return ""
		}
		return l.At(userPath(u.ID, "sessions", string(session.ID), "end"))
	}
	for _, session := range sessions {
		d.Sessions = append(d.Sessions, sessionRow{
			App: names[session.ClientID], MFA: session.ACR.Satisfies(idp.ACRMFA), Since: web.NewMoment(session.AuthTime, v.Now, v.Zone()),
			LastActive: web.NewMoment(session.LastActivity, v.Now, v.Zone()), End: end(session),
		})
	}
	return d, nil
}

func inviteOf(link *idp.Link, v door.Visitor) *invite {
	if link == nil {
		return nil
	}
	return &invite{
		Sent: web.NewMoment(link.CreatedAt, v.Now, v.Zone()), Until: web.NewClockTime(link.ExpiresAt, v.Now, v.Zone()), Open: link.IsOpen(v.Now),
	}
}
