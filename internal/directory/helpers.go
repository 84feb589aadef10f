package directory

import (
	"context"
	"slices"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// mostHelpers is how many people ListHelpers names.
const mostHelpers = 3

// Helper is a person of the caller's practice whom the caller can ask for help with the sign-in.
type Helper struct{ Name, Username string }

// ListHelpers names up to three people of the caller's own practice who can reset MFA, System Administrators first, and never the
// caller. Errors: idp.CodeForbidden for a caller who is no active person.
func (s *Account) ListHelpers(ctx context.Context, caller Caller, now time.Time) (helpers []Helper, err error) {
	err = s.ask(ctx, caller, now, func(ctx context.Context, q *query) error {
		if err := refuse(policy.MayManageSelf(q.actor)); err != nil {
			return err
		}
		for _, role := range []idp.Role{idp.RoleSystemAdministrator, idp.RoleUserManagement} {
			managers, err := q.ListManagers(ctx, q.actor.Practice.ID, role)
			if err != nil {
				return err
			}
			for _, manager := range managers {
				helper := Helper{Name: manager.Name, Username: manager.Username}
				if len(helpers) < mostHelpers && !q.isSelf(manager.ID) && !slices.Contains(helpers, helper) {
					helpers = append(helpers, helper)
				}
			}
		}
		return nil
	})
	return helpers, err
}
