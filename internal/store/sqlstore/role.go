package sqlstore

import (
	"context"

	"github.com/apscloud/apsid/internal/idp"
)

// CountActive returns how many active users of the practice hold the role.
func (q queries) CountActive(ctx context.Context, practice idp.PracticeID, role idp.Role) (int64, error) {
	ctx, cancel := q.bound(ctx)
	defer cancel()
	var n int64
	// Roles are JSON text. LIKE takes a role's "_" for any letter, by which no two of them differ.
	err := q.db.WithContext(ctx).Model(&userRow{}).Where("practice_id = ? AND state = ? AND roles LIKE ?",
		text(practice), text(idp.UserActive), text(`%"`+string(role)+`"%`)).Count(&n).Error
	return n, mapFind(err)
}
