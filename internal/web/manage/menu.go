package manage

import (
	"slices"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/people"
)

// menuOf is the [...] menu of a person: what can be done now, and what can't with the reason.
func menuOf(detail directory.UserDetail, l listing) web.Menu {
	u := detail.Account.User
	menu := web.Menu{Label: "Actions for " + people.Name(u)}
	add := func(event, path, label string, danger bool) {
		why, known := detail.May[event]
		if !known {
			return // it makes no sense for this person
		}
		menu.Items = append(menu.Items, web.MenuItem{URL: l.at(userPath(u.ID, path)), Label: label, Why: why, Danger: danger})
	}
	add(idp.EventMFAReset, "reset-mfa", "Reset MFA", false)
	if len(detail.Locks) > 0 {
		add(idp.EventUserUnlocked, "unlock", "Unlock", false)
	}
	if detail.Invite != nil {
		add(idp.EventInviteResent, "resend-invitation", "Send the invitation again", false)
		add(idp.EventInviteRevoked, "revoke-invitation", "Take the invitation back", true)
	} else {
		add(idp.EventPasswordResetSent, "send-password-reset", "Send password reset", false)
	}
	add(idp.EventUserUpdated, "edit", "Edit name and email", false)
	add(idp.EventUserUpdated, "access", "Roles and apps", false)
	if u.State == idp.UserDisabled {
		add(idp.EventUserEnabled, "enable", "Enable", false)
	} else {
		add(idp.EventUserDisabled, "disable", "Disable", true)
	}
	menu.Why = shared(menu.Items)
	return menu
}

// shared is the reason why nothing can be done, if it is the same for all; "" otherwise.
func shared(items []web.MenuItem) string {
	if len(items) == 0 {
		return ""
	}
	why := items[0].Why
	if slices.ContainsFunc(items, func(item web.MenuItem) bool { return item.Why != why }) {
		return ""
	}
	return why
}
