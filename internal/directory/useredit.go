package directory

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// UserEdit changes a person; nil fields stay. Version is that of the person as it was read: another one is idp.ErrConflict.
type UserEdit struct {
	Version     int64
	Username    *string
	Name        *string
	Roles       *[]idp.Role
	BlockedApps *[]idp.ClientID
}

// UpdateUser edits a person: name, user name, roles, app access. A new user name or other roles, or an app less, end all sessions.
// The event lists the changes; an edit that changes nothing leaves no event.
//
// Errors: idp.CodeInvalid with the field; idp.CodeNotFound if there is no such person in reach of the caller; idp.CodeForbidden
// with a text; idp.CodeConflict with field "username" if it is taken, and without a field if the person was changed meanwhile;
// idp.CodeBusy as InviteUser, if mails follow from the edit.
func (s *People) UpdateUser(ctx context.Context, caller Caller, id idp.UserID, wanted UserEdit, now time.Time) (saved idp.User, err error) {
	err = s.run(ctx, policy.CommandEditUser, caller, now, func(ctx context.Context, c *command) error {
		before, err := c.account(ctx, id)
		if err != nil {
			return err
		}
		after, changes, err := c.edited(before, wanted)
		if err != nil {
			return err
		}
		saved = after
		if len(changes) == 0 {
			c.event.Type, saved = "", before.User
			return nil
		}
		saved.Version++
		c.event.Details = changes
		return c.saveEdit(ctx, before, after, changes)
	})
	switch {
	case err != nil && wanted.Username != nil:
		return idp.User{}, s.taken(ctx, policy.CommandEditUser, caller, saved.Username, err, now)
	case collided(err):
		return idp.User{}, errStale()
	case err != nil:
		return idp.User{}, err
	}
	saved.PasswordHash = idp.Secret{}
	return saved, nil
}

// edited applies the edit, if the caller may make it.
func (c *command) edited(before idp.Account, wanted UserEdit) (idp.User, edits, error) {
	if wanted.Username != nil && *wanted.Username == before.User.Username {
		wanted.Username = nil // an older name that Parse would change or refuse stays, while the form with it is sent again
	}
	after, changes := userFields().apply(wanted, before.User)
	if wanted.Roles != nil {
		if err := refuse(policy.MayGrant(c.actor, before.User, after.Roles)); err != nil {
			return after, nil, err
		}
		if err := checkRoles(before.Practice, after.Roles); err != nil {
			return after, nil, err
		}
	}
	if wanted.BlockedApps != nil {
		if err := checkBlocked(before.Practice, before.User.BlockedApps, after.BlockedApps); err != nil {
			return after, nil, err
		}
	}
	if _, err := checkPerson(after.Username, after.Name, before.User); err != nil {
		return after, nil, err
	}
	if wanted.Version != before.User.Version {
		return after, nil, errStale()
	}
	if changes["username"] != "" {
		after = policy.Rename(after, c.caller.Actor, c.now)
	}
	after.UpdatedAt = c.now
	return after, changes, nil
}

// saveEdit stores the edit with what follows from it.
func (c *command) saveEdit(ctx context.Context, before idp.Account, after idp.User, changes edits) error {
	if err := c.keepManager(ctx, before, missing(before.User.Roles, after.Roles)); err != nil {
		return err
	}
	renamed := after.Username != before.User.Username
	if err := c.within(ctx, c.mailsOfEdit(before.User, after, changes)); err != nil {
		return err
	}
	if err := c.Unit.UpdateUser(ctx, after); err != nil {
		return err
	}
	if renamed {
		if err := c.moveMailbox(ctx, before, after); err != nil {
			return err
		}
	}
	if changes["roles"] != "" {
		n := c.notice(idp.NoticeRoles, idp.Account{User: after, Practice: before.Practice})
		n.Text = rights(after.Roles)
		if err := c.EnqueueNotice(ctx, n); err != nil {
			return err
		}
	}
	if !renamed && changes["roles"] == "" && len(missing(after.BlockedApps, before.User.BlockedApps)) == 0 {
		return nil
	}
	return c.signOut(ctx, after, string(c.event.Type))
}

// mailsOfEdit is what the mails count that follow from the edit.
func (c *command) mailsOfEdit(before, after idp.User, changes edits) (uses []idp.Use) {
	renamed := changes["username"] != ""
	if renamed && after.Invited() {
		uses = append(uses, policy.Invitation(c.actor, after.PracticeID, after.Username)...)
	}
	if renamed && !after.Invited() || changes["roles"] != "" {
		uses = append(uses, policy.ChangeOfAnother(c.actor, before.Username)...)
	}
	if renamed && !after.Invited() {
		uses = append(uses, policy.ConfirmationTo(after.Username))
	}
	return uses
}

// moveMailbox tells the person at the old address, ends the links that were sent there, and asks the holder of the new address to confirm
// it. A person who has not joined yet is invited at the new address instead, which confirms it too.
func (c *command) moveMailbox(ctx context.Context, before idp.Account, after idp.User) error {
	if err := c.endLinks(ctx, after); err != nil {
		return err
	}
	if _, err := c.RevokeLinks(ctx, after.PracticeID, after.ID, idp.LinkConfirm, c.now); err != nil {
		return err
	}
	if after.Invited() {
		return c.sendLink(ctx, invitation(), idp.Account{User: after, Practice: before.Practice})
	}
	n := c.notice(idp.NoticeUsername, before)
	n.Text = after.Username
	if err := c.EnqueueNotice(ctx, n); err != nil || after.State != idp.UserActive {
		return err // the link of a person who is disabled does nothing
	}
	return c.sendLink(ctx, confirmLink(), idp.Account{User: after, Practice: before.Practice})
}

// missing lists what is in the first list and not in the second.
func missing[T comparable](from, in []T) (found []T) {
	for _, each := range from {
		if !slices.Contains(in, each) {
			found = append(found, each)
		}
	}
	return found
}

// rights says what a person with these roles may do, in words.
func rights(roles []idp.Role) string {
	var all []string
	for _, role := range roles {
		switch role {
		case idp.RoleUserManagement:
			all = append(all, "access to User Management+")
		case idp.RoleSystemAdministrator:
			all = append(all, "System Administrator")
		case idp.RoleAPSStaff:
			all = append(all, "APS staff")
		}
	}
	if len(all) == 0 {
		return "no rights beyond signing in"
	}
	return strings.Join(all, ", ")
}
