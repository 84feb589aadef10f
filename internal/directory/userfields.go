package directory

import (
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/mailbox"
)

// userFields are open to the people who manage the practice; what they may give, policy.MayGrant says.
func userFields() fields[UserEdit, idp.User] {
	type (
		e = *UserEdit
		u = *idp.User
	)
	return fields[UserEdit, idp.User]{
		editable("username", toPractice, func(e e) **string { return &e.Username }, func(u u) *string { return &u.Username }, word).
			tidied(tidyUsername),
		editable("name", toPractice, func(e e) **string { return &e.Name }, func(u u) *string { return &u.Name }, word),
		editable("roles", toPractice, func(e e) **[]idp.Role { return &e.Roles }, func(u u) *[]idp.Role { return &u.Roles }, list).
			tidied(func(u u) { u.Roles = sorted(u.Roles) }),
		editable("blocked_apps", toPractice, func(e e) **[]idp.ClientID { return &e.BlockedApps },
			func(u u) *[]idp.ClientID { return &u.BlockedApps }, list).
			tidied(func(u u) { u.BlockedApps = sorted(u.BlockedApps) }),
		fixed[UserEdit]("state", 0, func(u idp.User) idp.UserState { return u.State }, word),
	}
}

// tidyUsername normalises a user name. One that can't be a user name stays as it was typed, for checkPerson to refuse.
func tidyUsername(u *idp.User) {
	if name, err := mailbox.Parse(u.Username); err == nil {
		u.Username = name
	}
}

// CompareUsers returns what differs between two people, and the edit of the first that makes them like the second. The state has
// commands of its own: it is a change too, and in no edit.
func CompareUsers(before, after idp.User) (UserEdit, []Change) {
	edit, changes := userFields().compare(before, after)
	edit.Version = before.Version
	return edit, changes
}
