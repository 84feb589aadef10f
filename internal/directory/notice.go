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
		Practice: account.Practice.Name, TimeZone: account.Practice.TimeZone, Address: c.caller.Address,
		UserAgent: c.caller.UserAgent, At: c.now,
	}
}
