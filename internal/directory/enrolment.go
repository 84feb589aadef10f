package directory

import (
	"context"
	"time"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
	"github.com/apscloud/apsid/internal/policy"
)

// EnrolmentCode is a code with which a person adds their first passkey in a sign-in, where one is needed: beside the password it is the
// second check, which no false page can have asked for beforehand.
type EnrolmentCode struct {
	Code  idp.Secret // shown once, to be read out in person
	Until time.Time
}

// CreateEnrolmentCode returns a code for the person, good once and for policy.EnrolmentLife; one that was made before ends. The person is
// told by e-mail, and by text to a number that is bound.
//
// Errors: idp.CodeNotFound if there is no such person in reach of the caller; idp.CodeForbidden with a text, also for a person who has a
// passkey, has not joined yet or is disabled, and for an integration, which reads nothing out; idp.CodeBusy as InviteUser.
func (s *People) CreateEnrolmentCode(ctx context.Context, caller Caller, id idp.UserID, now time.Time) (made EnrolmentCode, err error) {
	err = s.run(ctx, policy.CommandEnrolmentCode, caller, now, func(ctx context.Context, c *command) error {
		account, err := c.account(ctx, id)
		if err != nil {
			return err
		}
		if c.actor.Kind == idp.ActorClient {
			return notNow(policy.PermissionNoAccess.Reason(), "People read these codes out: an integration makes none.")
		}
		if err := c.refuseEnrolment(ctx, account); err != nil {
			return err
		}
		if err := c.within(ctx, policy.ChangeOfAnother(c.actor, account.User.Username)); err != nil {
			return err
		}
		made, err = c.enrolmentCode(ctx, account)
		return err
	})
	if err != nil {
		return EnrolmentCode{}, err
	}
	return made, nil
}

// enrolmentCode makes a code for the person, and tells them.
func (c *command) enrolmentCode(ctx context.Context, account idp.Account) (EnrolmentCode, error) {
	made := EnrolmentCode{Code: authenticator.NewEnrolmentCode(), Until: c.now.Add(policy.EnrolmentLife)}
	hash, _ := authenticator.EnrolmentHash(account.User.ID, made.Code)
	err := c.CreateLink(ctx, idp.Link{
		Hash: hash, Purpose: idp.LinkEnrolment, PracticeID: account.User.PracticeID, UserID: account.User.ID,
		CreatedBy: c.caller.Actor, CreatedAt: c.now, ExpiresAt: made.Until,
	})
	if err != nil {
		return EnrolmentCode{}, err
	}
	return made, c.tell(ctx, idp.NoticeEnrolmentCode, account)
}

func (c *command) refuseEnrolment(ctx context.Context, account idp.Account) error {
	strictest, err := strictest(ctx, c, account, c.now)
	if err != nil {
		return err
	}
	return refuseState(mayEnrol(account, strictest))
}

// mayEnrol says why a person, of whom their strictest app asks for this, needs no enrolment code; "" if they may get one.
func mayEnrol(account idp.Account, strictest idp.ACR) string {
	switch {
	case !strictest.Satisfies(idp.ACRPhishingResistant):
		return "No app of this person needs a passkey. They add one in Your account, without a code."
	case account.User.State != idp.UserActive:
		return "This person is disabled. Enable the account first."
	case account.User.Invited():
		return "This person has not joined yet. They accept the invitation first."
	case hasPasskey(account):
		return "This person has a passkey. If it is lost, reset MFA first."
	default:
		return ""
	}
}
