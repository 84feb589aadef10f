package directory

import (
	"context"

	"github.com/apscloud/apsid/internal/idp"
)

// tell queues a notice to the person by mail, and by text to the number that is bound: as messages of their own, so that each
// is tried again for itself.
func (c *command) tell(ctx context.Context, kind idp.NoticeKind, account idp.Account) error {
	byMail := c.notice(kind, account)
	var phone idp.Secret
	for _, each := range account.Authenticators { // newest first
		if byMail.Method == "" {
			byMail.Method = each.Kind
		}
		if each.Kind == idp.KindSMS && phone.IsZero() {
			phone = each.Phone
		}
	}
	if err := c.EnqueueNotice(ctx, byMail); err != nil || phone.IsZero() {
		return err
	}
	byText := byMail
	byText.Email, byText.Phone = "", phone
	return c.EnqueueNotice(ctx, byText)
}

// notice begins a message to the person by mail.
func (c *command) notice(kind idp.NoticeKind, account idp.Account) idp.Notice {
	return idp.Notice{
		Kind: kind, UserID: account.User.ID, Name: account.User.Name, Email: account.User.Username,
		Practice: account.Practice.Name, TimeZone: account.Practice.TimeZone, Region: account.Practice.Region, Address: c.caller.Address,
		UserAgent: c.caller.UserAgent, At: c.now, By: c.doneBy(account),
	}
}

// doneBy names the actor to a reader who is someone else; "" if the reader acted themselves or the actor has no name. People of a
// practice learn of a member of APS staff only that it was APS.
func (c *command) doneBy(reader idp.Account) string {
	switch {
	case c.actor.Kind == idp.ActorClient:
		return c.actor.Client.Name
	case c.actor.User.ID == "" || c.actor.User.ID == reader.User.ID:
		return ""
	case c.actor.User.PracticeID != reader.User.PracticeID:
		return "APS support"
	default:
		return c.actor.User.Name
	}
}

// tellManagers tells the people who can help that an account was frozen.
func (c *command) tellManagers(ctx context.Context, frozen idp.Account) error {
	told := map[idp.UserID]bool{frozen.User.ID: true}
	for _, role := range []idp.Role{idp.RoleUserManagement, idp.RoleSystemAdministrator} {
		managers, err := c.ListManagers(ctx, frozen.Practice.ID, role)
		if err != nil {
			return err
		}
		for _, manager := range managers {
			if told[manager.ID] {
				continue
			}
			told[manager.ID] = true
			n := c.notice(idp.NoticeFrozen, idp.Account{User: manager, Practice: frozen.Practice})
			n.About = frozen.User.Name
			if err := c.EnqueueNotice(ctx, n); err != nil {
				return err
			}
		}
	}
	return nil
}
