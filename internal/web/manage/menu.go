package manage

import (
	"slices"

	"github.com/apscloud/apsid/internal/directory"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
	"github.com/apscloud/apsid/internal/web"
	"github.com/apscloud/apsid/internal/web/people"
)

// menuOf is the [...] menu of a person: what can be done now, and what can't with the reason.
func menuOf(detail directory.UserDetail, l people.Listing) web.Menu {
	u := detail.Account.User
	menu := web.Menu{Label: "Actions for " + people.Name(u)}
	page := func(command policy.Command, path, label string) {
		menu.Items = append(menu.Items, web.MenuItem{
			URL: l.At(userPath(u.ID, path)), Label: label, Why: detail.May[command], Danger: policy.Describe(command).Danger,
		})
	}
	add := func(command policy.Command) { page(command, command.Verb(), policy.Describe(command).Label) }
	add(policy.CommandResetMFA)
	if len(detail.Account.Authenticators) == 0 && !u.Invited() {
		add(policy.CommandRemindMFA)
	}
	if detail.May[policy.CommandEnrolmentCode] == "" {
		add(policy.CommandEnrolmentCode)
	}
	if len(detail.Locks) > 0 {
		add(policy.CommandUnlockUser)
	}
	if u.Invited() { // with or without an invitation: an import sends none
		add(policy.CommandResendInvite)
		add(policy.CommandRevokeInvite)
	} else {
		add(policy.CommandSendPasswordReset)
		if !policy.AddressConfirmed(u) {
			add(policy.CommandResendConfirmation)
		}
	}
	page(policy.CommandEditUser, "edit", "Edit name and email")
	page(policy.CommandEditUser, "access", "Roles and apps")
	if u.State == idp.UserDisabled {
		add(policy.CommandEnableUser)
	} else {
		add(policy.CommandDisableUser)
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
