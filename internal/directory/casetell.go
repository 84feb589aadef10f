package directory

import (
	"context"

	"github.com/apscloud/apsid/internal/idp"
)

// tellOfCase tells the practice's administrators, and the person, what support was asked for or has done. Each gets it once.
func (c *command) tellOfCase(ctx context.Context, kind idp.NoticeKind, subject idp.Case, account idp.Account) error {
	readers := []idp.User{account.User}
	for _, role := range []idp.Role{idp.RoleSystemAdministrator, idp.RoleUserManagement} {
		found, err := c.ListManagers(ctx, subject.PracticeID, role)
		if err != nil {
			return err
		}
		readers = append(readers, found...)
	}
	told := map[idp.UserID]bool{}
	for _, reader := range readers {
		if told[reader.ID] {
			continue
		}
		told[reader.ID] = true
		notice := c.notice(kind, idp.Account{User: reader, Practice: account.Practice})
		notice.By, notice.About, notice.Text = c.actor.User.Name, account.User.Name, caseWish(subject.Action)
		if err := c.EnqueueNotice(ctx, notice); err != nil {
			return err
		}
	}
	return nil
}

// caseWish words the action of a case so that it follows "APS support was asked to".
func caseWish(action idp.CaseAction) string {
	switch action {
	case idp.CaseGrantUserManagement:
		return "give access to User Management+"
	case idp.CaseEnableUser:
		return "enable the account again"
	case idp.CaseEnrolmentCode:
		return "give a code to add the first passkey"
	default:
		return "reset MFA"
	}
}
