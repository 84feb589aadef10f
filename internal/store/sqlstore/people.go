package sqlstore

import (
	"context"
	"slices"
	"time"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
)

// lockedNow is the condition of a guard that refuses every try now; its one value is the current time.
const lockedNow = "locked AND (locked_until IS NULL OR locked_until > ?)"

// filterUsers returns the condition of a filter; idp.ErrInvalid for one that does not exist.
func filterUsers(f directory.UserFilter, practice idp.PracticeID, now time.Time) (build, error) {
	switch f {
	case directory.FilterAll:
		return everybody, nil
	case directory.FilterNotEnrolled:
		// Not as NOT EXISTS: Postgres compares each person with each authenticator if it takes those whom a search finds for few.
		return where("state = ? AND users.id NOT IN (SELECT user_id FROM authenticators WHERE practice_id = ?)",
			text(idp.UserActive), text(practice)), nil
	case directory.FilterNoPasskey:
		return where("state = ? AND users.id NOT IN (SELECT user_id FROM authenticators WHERE practice_id = ? AND kind = ?)",
			text(idp.UserActive), text(practice), text(idp.KindPasskey)), nil
	case directory.FilterLocked:
		return where("users.id IN (SELECT user_id FROM guards WHERE "+lockedNow+")", at(now)), nil
	case directory.FilterNeverSigned:
		return where("state = ? AND last_signin_at IS NULL", text(idp.UserActive)), nil
	case directory.FilterInvited:
		return where("state = ? AND password_hash = '' AND password_changed_at IS NULL", text(idp.UserActive)), nil
	case directory.FilterDisabled:
		return where("state = ?", text(idp.UserDisabled)), nil
	case directory.FilterManagers:
		return where(withRoles+" AND (roles LIKE ? OR roles LIKE ?)", likeRole(idp.RoleUserManagement), likeRole(idp.RoleSystemAdministrator)), nil
	default:
		return nil, idp.ErrInvalid
	}
}

// people adds to a page of users what lists show of each: two more statements for all of them.
func (q queries) people(ctx context.Context, users []idp.User, now time.Time) ([]directory.Person, error) {
	if len(users) == 0 {
		return nil, nil
	}
	ids := make([]text, len(users))
	for i, u := range users {
		ids[i] = text(u.ID)
	}
	var bound []struct {
		UserID, Kind text
		Since        stamp
	}
	err := q.find(ctx, &bound, func(db *gorm.DB) *gorm.DB {
		return db.Table("authenticators").Select("user_id, kind, min(created_at) AS since").Where("?", among("user_id", ids)).Group("user_id, kind").Order("kind")
	})
	if err != nil {
		return nil, err
	}
	kinds, since := make(map[idp.UserID][]idp.Kind, len(bound)), make(map[idp.UserID]time.Time, len(bound))
	for _, b := range bound {
		id := idp.UserID(b.UserID)
		kinds[id] = append(kinds[id], idp.Kind(b.Kind))
		if before, found := since[id]; !found || b.Since.at.Before(before) {
			since[id] = b.Since.at
		}
	}
	var guards []struct{ UserID text }
	err = q.find(ctx, &guards, func(db *gorm.DB) *gorm.DB {
		return db.Table("guards").Select("DISTINCT user_id").Where("? AND "+lockedNow, among("user_id", ids), at(now))
	})
	if err != nil {
		return nil, err
	}
	people := make([]directory.Person, len(users))
	for i, u := range users {
		people[i] = directory.Person{
			User: u, Kinds: kinds[u.ID], Since: since[u.ID], Locked: slices.Contains(guards, struct{ UserID text }{text(u.ID)}),
		}
		people[i].User.PasswordHash = idp.Secret{}
	}
	return people, nil
}
