package sqlstore

import (
	"context"

	"gorm.io/gorm"

	"github.com/apscloud/apsid/internal/idp"
)

// mostManagers is how many people ListManagers names.
const mostManagers = 200

// withRoles is exactly the condition of the index users_by_role: few of a practice's people have any roles.
const withRoles = "roles <> '[]'"

// likeRole is the pattern of a role in a list of roles, which is JSON text. LIKE takes a role's "_" for any letter, but no two
// roles differ in that letter alone.
func likeRole(role idp.Role) text { return text(`%"` + string(role) + `"%`) }

func managers(practice idp.PracticeID, role idp.Role) build {
	return where("practice_id = ? AND state = ? AND "+withRoles+" AND roles LIKE ?", text(practice), text(idp.UserActive), likeRole(role))
}

// ListManagers lists the practice's active people with the role, by user name, at most 200.
func (q queries) ListManagers(ctx context.Context, practice idp.PracticeID, role idp.Role) ([]idp.User, error) {
	var rows []userRow
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return managers(practice, role)(db).Order("username").Limit(mostManagers)
	})
	if err != nil {
		return nil, err
	}
	var users []idp.User
	for _, row := range rows {
		u, err := row.domain()
		if err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, nil
}

// ListMailboxes lists the user names of the practice's active people, at most limit, by user name.
func (q queries) ListMailboxes(ctx context.Context, practice idp.PracticeID, limit int) ([]string, error) {
	var rows []struct{ Username text }
	err := q.find(ctx, &rows, func(db *gorm.DB) *gorm.DB {
		return db.Table("users").Select("username").Where("practice_id = ? AND state = ?", text(practice), text(idp.UserActive)).
			Order("username").Limit(limit)
	})
	if err != nil {
		return nil, err
	}
	var names []string
	for _, row := range rows {
		names = append(names, string(row.Username))
	}
	return names, nil
}
